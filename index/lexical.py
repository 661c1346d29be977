"""The lexical leg: BM25 over tokens, in bm25s."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import bm25s
import numpy as np
import numpy.typing as npt

Scores: TypeAlias = npt.NDArray[np.float32]


class LexicalLeg:
    """BM25 over the tokens of passages, or of cases, by row; higher is better, 0 is nothing in common.

    The formula is Lucene's, Σ idf · tf / (tf + k1 · (1 − b + b · length / mean length)), with
    idf = ln(1 + (N − df + ½) / (df + ½)); so the scores for a question never exceed its `mass`.
    """

    def __init__(self, bm25: bm25s.BM25) -> None:
        self._bm25 = bm25
        self._size = int(bm25.scores["num_docs"])

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]], k1: float, b: float) -> "LexicalLeg":
        """Return a leg over the tokens of each row."""
        bm25 = bm25s.BM25(k1=k1, b=b, method="lucene")
        # A row without tokens is given the empty one, which nobody asks for: a mean length of 0 divides by nothing.
        bm25.index([list(row) or [""] for row in tokens], show_progress=False)
        return cls(bm25)

    @classmethod
    def load(cls, folder: Path) -> "LexicalLeg":
        """Return the leg saved in a folder."""
        return cls(bm25s.BM25.load(str(folder)))

    def save(self, folder: Path) -> None:
        """Write the leg to a folder."""
        self._bm25.save(str(folder), show_progress=False)

    def scores(self, tokens: Sequence[str], allowed: npt.NDArray[np.bool_] | None = None) -> Scores:
        """Return the score of every row for the tokens of a question, 0 where `allowed` is False."""
        known = [token for token in tokens if token in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._size, np.float32)
        weights = None if allowed is None else allowed.astype(np.float32)
        return np.asarray(self._bm25.get_scores(known, weight_mask=weights), np.float32)

    def rows_with(self, token: str) -> npt.NDArray[np.int64]:
        """Return the rows that have a token."""
        at = self._bm25.vocab_dict.get(token)
        if at is None:
            return np.zeros(0, np.int64)
        starts = self._bm25.scores["indptr"]
        return np.asarray(self._bm25.scores["indices"][starts[at] : starts[at + 1]], np.int64)

    def idf(self, token: str) -> float:
        """Return the inverse document frequency of a token, the highest there is for one that was never seen."""
        at = self._bm25.vocab_dict.get(token)
        starts = self._bm25.scores["indptr"]
        frequency = 0 if at is None else int(starts[at + 1] - starts[at])
        return math.log(1 + (self._size - frequency + 0.5) / (frequency + 0.5))

    def mass(self, tokens: Sequence[str]) -> float:
        """Return the sum of the tokens' idf: what a row would score that had all of them without end."""
        return sum(self.idf(token) for token in tokens)
