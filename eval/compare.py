"""Configurations beside one another on the same questions: how large the difference, how sure, and where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.bench import Bench
from eval.fingerprint import fingerprint
from eval.measures import NAMES
from eval.result import Fingerprint
from eval.statistics import Difference, difference, holm
from eval.variant import Variant

TESTED = ("nDCG@10", "S@1")
"""Measures whose differences are tested; their number counts in the correction."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose first passage is right in one configuration only, with both first passages."""

    question: str
    kind: str
    won: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A question and what it gained (or lost) in nDCG@10."""

    question: str
    kind: str
    gain: float


@dataclass(frozen=True, slots=True)
class Contest:
    """One configuration against the first: its means, the tested differences with corrected chances, what moved."""

    name: str
    means: Mapping[str, float]
    differences: Mapping[str, Difference]
    p_corrected: Mapping[str, float]
    moved: tuple[Moved, ...]
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first configuration with its fingerprint and means, the others against it, and the milliseconds of each."""

    fingerprint: Fingerprint
    questions: int
    base: str
    means: Mapping[str, float]
    contests: tuple[Contest, ...]
    milliseconds: Mapping[str, tuple[float, ...]]


def compared(
    bench: Bench, variants: Sequence[Variant], advance: Callable[[], None] = lambda: None, command: str = ""
) -> Comparison:
    """Return all configurations against the first; `advance` is called after each question of each.

    `command` is the line that was given, for the record.
    """
    runs = [bench.run(each, advance) for each in variants]
    values = [bench.values(each, run) for each, run in zip(variants, runs, strict=True)]
    differences = [{name: difference(values[0][name], of[name]) for name in TESTED} for of in values[1:]]
    corrected = iter(holm([each[name].p for each in differences for name in TESTED]))
    contests = tuple(
        Contest(
            name=variants[at].name,
            means=_means(values[at]),
            differences=differences[at - 1],
            p_corrected={name: next(corrected) for name in TESTED},
            moved=_moved(bench, values[0], values[at]),
            flips=_flips(bench, (variants[0], variants[at]), (runs[0], runs[at]), (values[0], values[at])),
        )
        for at in range(1, len(variants))
    )
    return Comparison(
        fingerprint=fingerprint(bench, variants[0], command, with_peers=any(each.peer for each in variants)),
        questions=len(bench.collection.answerable),
        base=variants[0].name,
        means=_means(values[0]),
        contests=contests,
        milliseconds={name: tuple(times) for name, times in bench.timed(variants).items()},
    )


def _means(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean(list(values[name].values()))) for name in NAMES}


def _moved(
    bench: Bench, before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]
) -> tuple[Moved, ...]:
    gains = {key: after["nDCG@10"][key] - value for key, value in before["nDCG@10"].items()}
    moved = [
        Moved(topic.question, topic.kind, gains[topic.id]) for topic in bench.collection.answerable if gains[topic.id]
    ]
    return tuple(sorted(moved, key=lambda each: each.gain))


def _flips(
    bench: Bench,
    variants: tuple[Variant, Variant],
    runs: tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]],
    values: tuple[Mapping[str, Mapping[str, float]], Mapping[str, Mapping[str, float]]],
) -> tuple[Flip, ...]:
    firsts = [
        {topic.id: _text(bench, variant, run.get(topic.id, ())) for topic in bench.collection.answerable}
        for variant, run in zip(variants, runs, strict=True)
    ]
    return tuple(
        Flip(topic.question, topic.kind, was < now, firsts[0][topic.id], firsts[1][topic.id])
        for topic in bench.collection.answerable
        if (was := values[0]["S@1"][topic.id]) != (now := values[1]["S@1"][topic.id])
    )


def _text(bench: Bench, variant: Variant, ranking: Sequence[str]) -> str:
    generation = bench.generation(variant)
    row = generation.row.get(ranking[0]) if ranking else None
    return "（没有找到）" if row is None else generation.text(generation.passages[row])
