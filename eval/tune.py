"""Weights and passage sizes that would do better: sought on one split, shown beside another that was not looked at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.optimize import differential_evolution

from eval.bench import Bench
from eval.judgements import judged
from eval.statistics import LEVEL, Difference, difference
from eval.variant import Variant, variant
from index.search import Weights
from qa.asking import retrieve
from qa.understanding import understood

_ALL = 10**6
_CUTOFF = 10
_LARGEST = 4.0
"""Weights are sought between 0 and this; only their shares matter."""
_GENERATIONS = 40
_POPULATION = 12
SIZES = (200, 300, 400, 600)
"""Lengths of passages that are tried where the collection lets them be cut."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning found: the weights now and those found, and what the found ones have on both splits, in nDCG@10.

    Sizes: length of passages → (mean on the training split, mean on the held one).
    """

    now: Weights
    found: Weights
    trained_mean: float
    trained: Difference
    held_mean: float
    held: Difference
    sizes: dict[int, tuple[float, float]]

    @property
    def advised(self) -> bool:
        """Whether a change is advised: better on the held split too, and not by chance."""
        return self.held.mean > 0 and self.held.p < LEVEL


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of all questions: evidence (questions, candidates, pieces), gains of each, and the best DCG there is.

    Candidates that pad a question out have no evidence and no gain, and come last.
    """

    ids: tuple[str, ...]
    evidence: Matrix
    gains: Matrix
    ideal: npt.NDArray[np.float64]

    def ndcg(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return nDCG@10 of each question (Järvelin, Kekäläinen 2002, gains as graded)."""
        scores = self.evidence @ (weights / weights.sum())
        order = np.argsort(-scores, axis=1, kind="stable")[:, :_CUTOFF]
        return np.asarray((np.take_along_axis(self.gains, order, axis=1) @ _discounts()) / self.ideal, np.float64)


def tuned(train: Bench, held: Bench, tell: Callable[[str], None], *, sizes: bool) -> Tuned:
    """Return the weights that are best on the training bench, and what they do on the held one.

    Found by differential evolution (Storn, Price 1997) from a fixed seed, over the candidates of both legs.
    """
    now = Weights()
    tell("取候选段落……")
    here, there = pooled(train, Variant()), pooled(held, Variant())
    tell("找权重……")
    best = differential_evolution(
        lambda point: -float(here.ndcg(point).mean()),
        [(0.01, _LARGEST)] * len(fields(Weights)),
        maxiter=_GENERATIONS,
        popsize=_POPULATION,
        x0=np.array(astuple(now)),
        rng=np.random.default_rng(0),
        polish=False,
    )
    found = Weights(*(round(float(value), 2) for value in best.x))
    after = np.array(astuple(found))
    before = np.array(astuple(now))
    means: dict[int, tuple[float, float]] = {}
    for size in SIZES if sizes else ():
        tell(f"段落长 {size}……")
        cut = variant(f"hybrid,longest={size}")
        means[size] = (float(pooled(train, cut).ndcg(before).mean()), float(pooled(held, cut).ndcg(before).mean()))
    return Tuned(
        now=now,
        found=found,
        trained_mean=float(here.ndcg(before).mean()),
        trained=_difference(here, before, after),
        held_mean=float(there.ndcg(before).mean()),
        held=_difference(there, before, after),
        sizes=means,
    )


def _difference(pool: Pool, before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> Difference:
    was, now = (dict(zip(pool.ids, pool.ndcg(weights).tolist(), strict=True)) for weights in (before, after))
    return difference(was, now)


def pooled(bench: Bench, found: Variant) -> Pool:
    """Return the candidates of the answerable questions by a configuration's index.

    Without the questions across cases, whose order is not by weight alone.
    """
    reader = bench.reader(found)
    topics = [topic for topic in bench.collection.answerable if not understood(topic.question, reader.names).across]
    grades = judged(topics, reader.generation.passages)
    evidence: list[Matrix] = []
    gains: list[Sequence[int]] = []
    for topic in topics:
        hits = retrieve(reader, topic.question, _ALL).hits
        evidence.append(np.array([astuple(hit.scores) for hit in hits]).reshape(len(hits), len(fields(Weights))))
        gains.append([grades[topic.id].get(hit.passage.id, 0) for hit in hits])
    widest = max(map(len, gains))
    padded = np.full((len(gains), max(widest, _CUTOFF), len(fields(Weights))), -1.0)
    gained = np.zeros(padded.shape[:2])
    for at, (pieces, own) in enumerate(zip(evidence, gains, strict=True)):
        padded[at, : len(own)] = pieces
        gained[at, : len(own)] = own
    return Pool(
        ids=tuple(grades),
        evidence=padded,
        gains=gained,
        ideal=np.array([_ideal(of.values()) for of in grades.values()]),
    )


def _ideal(grades: Iterable[int]) -> float:
    ordered = np.array(sorted(grades, reverse=True)[:_CUTOFF], float)
    return float(ordered @ _discounts()[: len(ordered)])


def _discounts() -> npt.NDArray[np.float64]:
    return 1 / np.log2(np.arange(2, _CUTOFF + 2))
