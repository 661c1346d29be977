"""The dense leg: exact inner product over the vectors of an index's segments, in FAISS."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from index.encoder import Vectors
from index.errors import IndexCorrupt
from index.live import Live, Mask, Rows


class VectorRows:
    """The vectors of segments by row. Scores are cosines, since the vectors have length one; higher is better."""

    def __init__(self, segments: Sequence[Vectors], live: Live) -> None:
        self._segments = segments
        self._live = live

    def vectors(self, rows: Rows) -> Vectors:
        """Return the (len(rows), dimension) vectors of the given rows."""
        found = np.zeros((len(rows), self._segments[0].shape[1]), np.float32)
        for segment, positions, local in self._live.split(rows):
            found[positions] = self._segments[segment][local]
        return found

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the scores of the given rows."""
        return np.asarray(self.vectors(rows) @ vector, np.float32)


class FlatIndex:
    """The vectors of one segment in a flat FAISS index."""

    def __init__(self, faiss_index: faiss.IndexFlatIP) -> None:
        self._index = faiss_index
        # The vectors as they lie in the flat index, not copied: reading them through faiss takes three times as long.
        size = faiss_index.ntotal * faiss_index.d
        self.vectors: Vectors = faiss.rev_swig_ptr(faiss_index.get_xb(), size).reshape(-1, faiss_index.d)

    @classmethod
    def of(cls, vectors: Vectors) -> "FlatIndex":
        """Return an index over (rows, dimension) vectors."""
        faiss_index = faiss.IndexFlatIP(vectors.shape[1])
        faiss_index.add(vectors)
        return cls(faiss_index)

    @classmethod
    def load(cls, path: Path) -> "FlatIndex":
        """Return the index saved in a file. Raises IndexCorrupt when it is an index of another sort."""
        found = faiss.read_index(str(path))
        if not isinstance(found, faiss.IndexFlatIP):
            raise IndexCorrupt(f"索引文件 {path.name} 不是所需的那一种。请运行 anwen index 重建。")
        return cls(found)

    def save(self, path: Path) -> None:
        """Write the index to a file. Raises OSError, where faiss itself would say RuntimeError of a full disk."""
        path.write_bytes(faiss.serialize_index(self._index).tobytes())

    def best(self, vector: Vectors, count: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Return the best `count` scores for a (dimension,) vector and their rows, best first.

        `allowed` marks by row what may be found; the rest is passed over inside the search.
        """
        count = min(count, self._index.ntotal)
        if not count:  # documents without text; faiss asks for one at least
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(  # type: ignore[call-arg]  # the stubs lack it
                sel=faiss.IDSelectorBatch(np.flatnonzero(allowed))
            )
        scores, rows = self._index.search(vector[None, :], count, params=parameters)
        found = rows[0] >= 0
        return scores[0][found], np.asarray(rows[0][found], np.int64)


class DenseLeg:
    """The vectors of passages, searched in every segment."""

    def __init__(self, segments: Sequence[FlatIndex], live: Live) -> None:
        self._segments = segments
        self._live = live
        self._rows = VectorRows([segment.vectors for segment in segments], live)

    def best(self, vector: Vectors, count: int, allowed: Mask | None = None) -> Rows:
        """Return the rows of the best `count` scores for a (dimension,) vector, best first, among the `allowed`."""
        scores, rows = [], []
        for at, segment in enumerate(self._segments):
            own, local = segment.best(vector, count, self._live.mask(at, allowed))
            scores.append(own)
            rows.append(self._live.rows(at, local))
        order = np.argsort(-np.concatenate(scores), kind="stable")[:count]
        return np.concatenate(rows)[order]

    def vectors(self, rows: Rows) -> Vectors:
        """Return the (len(rows), dimension) vectors of the given rows."""
        return self._rows.vectors(rows)
