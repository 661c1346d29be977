"""The dense leg: exact inner product over vectors, in FAISS."""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder import Vectors
from index.errors import IndexCorrupt

Rows = npt.NDArray[np.int64]


class DenseLeg:
    """Vectors by row. Scores are cosines, since the vectors have length one; higher is better."""

    def __init__(self, faiss_index: faiss.IndexFlatIP) -> None:
        self._index = faiss_index
        # The vectors as they lie in the flat index, not copied: reading them through faiss takes three times as long.
        size = faiss_index.ntotal * faiss_index.d
        self._vectors = faiss.rev_swig_ptr(faiss_index.get_xb(), size).reshape(faiss_index.ntotal, faiss_index.d)

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseLeg":
        """Return a leg over (rows, dimension) vectors."""
        faiss_index = faiss.IndexFlatIP(vectors.shape[1])
        faiss_index.add(vectors)
        return cls(faiss_index)

    @classmethod
    def load(cls, path: Path) -> "DenseLeg":
        """Return the leg saved in a file. Raises IndexCorrupt when it is an index of another sort."""
        found = faiss.read_index(str(path))
        if not isinstance(found, faiss.IndexFlatIP):
            raise IndexCorrupt(f"索引文件 {path.name} 不是所需的那一种。请运行 anwen index 重建。")
        return cls(found)

    def save(self, path: Path) -> None:
        """Write the leg to a file."""
        faiss.write_index(self._index, str(path))

    def best(self, vector: Vectors, count: int, allowed: npt.NDArray[np.bool_] | None = None) -> Rows:
        """Return the rows of the best `count` scores for a (dimension,) vector, best first.

        `allowed` marks by row what may be found; the rest is passed over inside the search.
        """
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(  # type: ignore[call-arg]  # the stubs lack it
                sel=faiss.IDSelectorBatch(np.flatnonzero(allowed))
            )
        _, rows = self._index.search(vector[None, :], min(count, self._index.ntotal), params=parameters)
        return np.asarray(rows[0][rows[0] >= 0], np.int64)

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the scores of the given rows."""
        return np.asarray(self.vectors(rows) @ vector, np.float32)

    def vectors(self, rows: Rows) -> Vectors:
        """Return the (len(rows), dimension) vectors of the given rows."""
        return np.asarray(self._vectors[rows], np.float32)
