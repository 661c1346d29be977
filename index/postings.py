"""For each token the rows that have it, and how often: what BM25 is computed from."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.live import Live

_ARRAYS = ("starts", "rows", "counts", "lengths")
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Postings:
    """`rows[starts[t]:starts[t + 1]]` have token t, `counts` times each; `lengths` are the tokens of each row."""

    vocabulary: dict[str, int]
    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]

    @classmethod
    def of(cls, tokens: Iterable[Iterable[str]]) -> "Postings":
        """Return the postings of the tokens of each row."""
        vocabulary: dict[str, int] = {}
        ids: list[npt.NDArray[np.int32]] = []
        counts: list[npt.NDArray[np.uint16]] = []
        lengths: list[int] = []
        for row in tokens:
            counted = Counter(row)
            ids.append(np.array([vocabulary.setdefault(token, len(vocabulary)) for token in counted], np.int32))
            counts.append(np.array([min(count, _MOST) for count in counted.values()], np.uint16))
            lengths.append(counted.total())
        rows = np.repeat(np.arange(len(ids)), [len(row) for row in ids])
        return cls._sorted(
            vocabulary,
            np.concatenate([*ids, np.zeros(0, np.int32)]),
            rows,
            np.concatenate([*counts, np.zeros(0, np.uint16)]),
            np.array(lengths, np.int32),
        )

    @classmethod
    def joined(cls, parts: Sequence["Postings"], live: Live) -> "Postings":
        """Return the postings of the live rows of parts, one part after another."""
        vocabulary: dict[str, int] = {}
        tokens, rows, counts = [], [], []
        for at, part in enumerate(parts):
            ids = np.array([vocabulary.setdefault(token, len(vocabulary)) for token in part.vocabulary], np.int32)
            own = live.rows(at, part.rows)
            is_live = own >= 0
            tokens.append(np.repeat(ids, np.diff(part.starts))[is_live])
            rows.append(own[is_live])
            counts.append(part.counts[is_live])
        lengths = [part.lengths[live.local(at)] for at, part in enumerate(parts)]
        return cls._sorted(
            vocabulary, np.concatenate(tokens), np.concatenate(rows), np.concatenate(counts), np.concatenate(lengths)
        )

    @classmethod
    def _sorted(
        cls,
        vocabulary: dict[str, int],
        tokens: npt.NDArray[np.int32],
        rows: npt.NDArray[np.int64],
        counts: npt.NDArray[np.uint16],
        lengths: npt.NDArray[np.int32],
    ) -> "Postings":
        by_token = sparse.csc_array((counts, (rows, tokens)), shape=(len(lengths), len(vocabulary)))
        return cls(
            vocabulary,
            by_token.indptr.astype(np.int64),
            by_token.indices.astype(np.int32),
            by_token.data,
            lengths,
        )

    def found(self, token: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
        """Return the rows that have a token, ascending, and how often each has it."""
        at = self.vocabulary.get(token)
        if at is None:
            return self.rows[:0], self.counts[:0]
        own = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.rows[own], self.counts[own]

    def save(self, folder: Path) -> None:
        """Write the postings to a new folder."""
        folder.mkdir()
        (folder / "vocabulary.json").write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), "utf-8")
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> "Postings":
        """Return the postings in a folder; their arrays are read from the disk as they are used."""
        words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        arrays = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS]
        return cls({word: at for at, word in enumerate(words)}, *arrays)
