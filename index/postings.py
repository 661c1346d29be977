"""For each token the rows that have it, and how often: what BM25 is computed from."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.live import Live, Rows

Keys: TypeAlias = npt.NDArray[np.uint64]

_ARRAYS = ("keys", "starts", "rows", "counts", "lengths")
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Postings:
    """`rows[starts[t]:starts[t + 1]]` have the token with `keys[t]`, `counts` times each; `lengths` are tokens by row.

    A key is a hash of 64 bits, ascending: of ten million tokens two share one with a chance of about one in a million,
    and no dictionary of them has to be held in memory.
    """

    keys: Keys
    starts: Rows
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]

    @classmethod
    def of(cls, tokens: Iterable[Iterable[str]]) -> "Postings":
        """Return the postings of the tokens of each row."""
        known: dict[str, int] = {}
        keys: list[Keys] = [np.zeros(0, np.uint64)]
        counts: list[npt.NDArray[np.uint16]] = [np.zeros(0, np.uint16)]
        sizes: list[int] = []
        lengths: list[int] = []
        for row in tokens:
            counted = Counter(row)
            for token in counted.keys() - known.keys():
                known[token] = _key(token)
            keys.append(np.array([known[token] for token in counted], np.uint64))
            counts.append(np.array([min(count, _MOST) for count in counted.values()], np.uint16))
            sizes.append(len(counted))
            lengths.append(counted.total())
        rows = np.repeat(np.arange(len(sizes)), sizes)
        return cls._sorted(np.concatenate(keys), rows, np.concatenate(counts), np.array(lengths, np.int32))

    @classmethod
    def joined(cls, parts: Sequence["Postings"], live: Live) -> "Postings":
        """Return the postings of the live rows of parts, one part after another."""
        keys, rows, counts = [], [], []
        for at, part in enumerate(parts):
            own = live.rows(at, part.rows)
            is_live = own >= 0
            keys.append(np.repeat(part.keys, np.diff(part.starts))[is_live])
            rows.append(own[is_live])
            counts.append(part.counts[is_live])
        lengths = [part.lengths[live.local(at)] for at, part in enumerate(parts)]
        return cls._sorted(np.concatenate(keys), np.concatenate(rows), np.concatenate(counts), np.concatenate(lengths))

    @classmethod
    def _sorted(
        cls, keys: Keys, rows: Rows, counts: npt.NDArray[np.uint16], lengths: npt.NDArray[np.int32]
    ) -> "Postings":
        different, at = np.unique(keys, return_inverse=True)
        by_token = sparse.csc_array((counts, (rows, at)), shape=(len(lengths), len(different)))
        return cls(
            different, by_token.indptr.astype(np.int64), by_token.indices.astype(np.int32), by_token.data, lengths
        )

    def found(self, token: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
        """Return the rows that have a token, ascending, and how often each has it."""
        key = np.uint64(_key(token))
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return self.rows[:0], self.counts[:0]
        own = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.rows[own], self.counts[own]

    def save(self, folder: Path) -> None:
        """Write the postings to a new folder."""
        folder.mkdir()
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> "Postings":
        """Return the postings in a folder; the arrays are read from the disk as they are used."""
        return cls(*(mapped(folder / f"{name}.npy") for name in _ARRAYS))


def mapped(path: Path) -> npt.NDArray[Any]:
    """Return an array in a file, read from the disk as it is used."""
    # As a plain array: numpy takes three times as long to slice its own class for mapped files.
    return np.asarray(np.load(path, mmap_mode="r"))


def _key(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "little")
