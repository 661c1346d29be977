"""Other ways to make one order of the same hits, to be measured against the product's."""

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import numpy.typing as npt

from corpus.document import Aspect
from eval.variant import Fusion, Variant
from index.search import Hit

_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009)."""


def fused(hits: Sequence[Hit], variant: Variant, asked: Aspect | None) -> list[Hit]:
    """Return the hits in the order of a configuration: its fusion, and its bonus for the aspect that was asked for."""
    if not hits:
        return []
    pieces = np.array([astuple(hit.scores) for hit in hits])
    weights = np.array(astuple(variant.weights))
    scores = _fused(pieces, weights, variant.fusion)
    scores += variant.aspect * np.array([hit.passage.aspect == asked for hit in hits])
    return [hits[at] for at in np.argsort(-scores, kind="stable")]


def _fused(
    pieces: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], fusion: Fusion
) -> npt.NDArray[np.float64]:
    if fusion is Fusion.RRF:
        ranks = np.argsort(np.argsort(-pieces, axis=0, kind="stable"), axis=0, kind="stable") + 1
        return np.asarray((weights > 0) @ (1 / (_K + ranks)).T, np.float64)
    if fusion is Fusion.MINMAX:
        low, high = pieces.min(axis=0), pieces.max(axis=0)
        pieces = (pieces - low) / np.where(high > low, high - low, 1)
    return np.asarray(pieces @ (weights / weights.sum()), np.float64)
