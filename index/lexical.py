"""The lexical leg: BM25 over the postings of an index's segments."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from index.live import Live, Mask, Rows
from index.postings import Postings

Scores: TypeAlias = npt.NDArray[np.float32]


_REMEMBERED = 1 << 16
"""Tokens whose idf is kept: those that questions and the sentences before them say again and again."""


class LexicalLeg:
    """BM25 over the tokens of passages, or of cases, by row; higher is better, 0 is nothing in common.

    The formula is Lucene's, Σ idf · tf / (tf + k1 · (1 − b + b · length / mean length)), with
    idf = ln(1 + (N − df + ½) / (df + ½)); so the scores for a question never exceed its `mass`. N, df and the mean
    are those of the live rows of all segments, so that an index grown by parts scores as one built at once.
    """

    def __init__(self, segments: Sequence[Postings], live: Live, k1: float, b: float) -> None:
        self._segments = segments
        self._live = live
        lengths = np.concatenate(
            [np.zeros(0), *(postings.lengths[live.local(at)] for at, postings in enumerate(segments))]
        )
        mean = max(float(lengths.mean()), 1e-9) if lengths.size else 1.0
        self._known_idf: dict[str, float] = {}
        self._saturation = (k1 * (1 - b + b * lengths / mean)).astype(np.float32)

    def scores(self, tokens: Sequence[str], allowed: Mask | None = None) -> Scores:
        """Return the score of every row for the tokens of a question, 0 where `allowed` is False."""
        scores = np.zeros(self._live.size, np.float32)
        for token, times in Counter(tokens).items():
            rows, counts = self._found(token)
            scores[rows] += times * self._idf(len(rows)) * (counts / (counts + self._saturation[rows]))
        if allowed is not None:
            scores[~allowed] = 0
        return scores

    def rows_with(self, token: str) -> Rows:
        """Return the rows that have a token."""
        return self._found(token)[0]

    def idf(self, token: str) -> float:
        """Return the inverse document frequency of a token, the highest there is for one that was never seen."""
        if (known := self._known_idf.get(token)) is not None:
            return known
        if len(self._known_idf) >= _REMEMBERED:
            self._known_idf.clear()
        # Not by functools: its cache would hold this leg, and the leg its cache, and an index that was replaced would
        # stay in memory until the collector comes round.
        return self._known_idf.setdefault(token, self._idf(len(self._found(token)[0])))

    def mass(self, tokens: Sequence[str]) -> float:
        """Return the sum of the tokens' idf: what a row would score that had all of them without end."""
        return sum(times * self.idf(token) for token, times in Counter(tokens).items())

    def _idf(self, frequency: int) -> float:
        return math.log(1 + (self._live.size - frequency + 0.5) / (frequency + 0.5))

    def _found(self, token: str) -> tuple[Rows, Scores]:
        rows: list[Rows] = []
        counts: list[Scores] = []
        for at, postings in enumerate(self._segments):
            local, times = postings.found(token)
            if local.size:
                own = self._live.rows(at, local)
                is_live = own >= 0
                rows.append(own[is_live])
                counts.append(times[is_live].astype(np.float32))
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return np.concatenate(rows), np.concatenate(counts)
