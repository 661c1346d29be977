"""How sure a figure is: bootstrap intervals, and the paired randomisation test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

LEVEL = 0.05
"""Chance at which a difference is called significant; intervals hold the rest."""
_RESAMPLES = 2000
_SHUFFLES = 20_000
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` questions with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What B has over A on the same questions: mean with its interval, how likely by chance, and how large.

    `p` is two-sided; `effect` the mean over the standard deviation of the differences (Cohen's d_z); `wins` and
    `losses` count the questions on which B is better and worse.
    """

    mean: float
    low: float
    high: float
    p: float
    effect: float
    wins: int
    losses: int


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of at least one value, with a percentile bootstrap interval (Efron 1979)."""
    array = np.asarray(values, float)
    low, high = _interval(array)
    return Estimate(float(array.mean()), low, high, len(array))


def difference(a: Mapping[str, float], b: Mapping[str, float]) -> Difference:
    """Return what B has over A on the questions of A (B must have them all).

    The test shuffles the signs of the differences (Fisher's randomisation; Smucker, Allan, Carterette 2007).
    """
    differences = np.array([b[key] - a[key] for key in a])
    moved = differences[differences != 0]
    low, high = _interval(differences)
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    return Difference(
        mean=float(differences.mean()),
        low=low,
        high=high,
        p=_chance(moved),
        effect=float(differences.mean()) / spread if spread else 0.0,
        wins=int((moved > 0).sum()),
        losses=int((moved < 0).sum()),
    )


def holm(chances: Sequence[float]) -> list[float]:
    """Return chances corrected for their number (Holm 1979): the smallest times n, the next times n − 1, …"""
    corrected = [0.0] * len(chances)
    largest = 0.0
    for place, at in enumerate(sorted(range(len(chances)), key=lambda at: chances[at])):
        largest = max(largest, min(1.0, chances[at] * (len(chances) - place)))
        corrected[at] = largest
    return corrected


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    found = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=1 - LEVEL,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _chance(moved: npt.NDArray[np.float64]) -> float:
    """Return the chance of so large a mean when each sign is a coin's; questions that did not move change nothing."""
    if len(moved) < 2:  # of one coin, each side is as large as the other
        return 1.0
    found = stats.permutation_test(
        (moved,),
        np.mean,
        permutation_type="samples",
        n_resamples=_SHUFFLES,
        batch=_BATCH,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)
