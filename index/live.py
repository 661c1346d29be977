"""Which rows of an index's segments are live, and what their rows are in the generation, which counts only those."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]


class Live:
    """Live rows of segments one after another. A row counted within its segment is called local."""

    def __init__(self, masks: Sequence[Mask]) -> None:
        """Take for each segment which of its rows are live."""
        self._locals = [np.flatnonzero(mask) for mask in masks]
        self._starts = np.cumsum([0, *map(len, self._locals)], dtype=np.int64)
        self._rows: list[Rows] = []
        for mask, local, start in zip(masks, self._locals, self._starts, strict=False):
            rows = np.full(len(mask), -1, np.int64)
            rows[local] = np.arange(start, start + len(local))
            self._rows.append(rows)

    @classmethod
    def whole(cls, sizes: Sequence[int]) -> "Live":
        """Return the rows of segments of which all rows are live."""
        return cls([np.ones(size, np.bool_) for size in sizes])

    @property
    def size(self) -> int:
        """The number of live rows."""
        return int(self._starts[-1])

    def rows(self, segment: int, local: npt.NDArray[np.integer]) -> Rows:
        """Return the rows in the generation of local rows, -1 for those that are not live."""
        rows: Rows = self._rows[segment][local]
        return rows

    def local(self, segment: int) -> Rows:
        """Return the local rows of a segment that are live."""
        return self._locals[segment]

    def mask(self, segment: int, allowed: Mask | None) -> Mask | None:
        """Return a mask over the local rows of a segment: live, and allowed by a mask over the generation's rows.

        None where all are.
        """
        local, rows = self._locals[segment], self._rows[segment]
        if allowed is None and len(local) == len(rows):
            return None
        mask = np.zeros(len(rows), np.bool_)
        mask[local] = True if allowed is None else allowed[self._starts[segment] : self._starts[segment + 1]]
        return mask

    def split(self, rows: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Yield (segment, positions in `rows`, local rows) for rows of the generation."""
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        for segment in np.unique(owners).tolist():
            positions = np.flatnonzero(owners == segment)
            yield segment, positions, self._locals[segment][rows[positions] - self._starts[segment]]
