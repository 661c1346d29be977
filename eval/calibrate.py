"""The weights of the confidence: fitted on the questions for tuning, shown beside those that are only measured."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from eval.bench import Bench
from eval.collection import split_of
from eval.left_out import looked_up_without
from eval.variant import Variant
from qa.asking import Found, Reader, retrieve
from qa.confidence import READ, Signals, log_odds, signals, years_unsaid
from qa.evidence import evidence

SETS = {"ours": 1.0, "answers": 1.0, "across": 0.3, "paraphrases": 0.3, "../shared/data/policies_dev": 0.1}
"""What a question of each set counts. Those of a BEIR folder are asked twice, once with their documents hidden."""
_STRENGTH = 0.3
"""Inverse of the L2 penalty, over standardised signals."""
_TRAIN = "dev"

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question: its signals (None where the plan is silent by itself), whether it can be answered, what it counts."""

    split: str
    signals: Signals | None
    answerable: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Share:
    """Of one set and split: AUROC, and false answers and false silences at a threshold of .5, by the signals alone."""

    name: str
    split: str
    auroc: float
    false_answers: float
    false_silences: float
    answers_at_5: float
    """False answers where 5 % of the answerable are left silent."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The weights and the intercept that fit best, and what they reach."""

    weights: Signals
    intercept: float
    shares: tuple[Share, ...]


def calibrated(benches: Sequence[tuple[Bench, float]], tell: Callable[[str], None]) -> Calibrated:
    """Return the logistic regression over the signals of all questions for tuning, of all benches."""
    groups: dict[str, list[Example]] = {}
    for bench, weight in benches:
        tell(f"{bench.collection.name}……")
        groups[bench.collection.name] = list(_examples(bench, weight))
    train = [each for group in groups.values() for each in group if each.split == _TRAIN and each.signals]
    scaler = StandardScaler()
    inputs = scaler.fit_transform(_matrix(train))
    model = LogisticRegression(C=_STRENGTH, max_iter=5000)
    model.fit(inputs, [each.answerable for each in train], sample_weight=[each.weight for each in train])
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    found = Signals(*(round(float(weight), 3) for weight in weights))
    return Calibrated(
        weights=found,
        intercept=round(intercept, 3),
        shares=tuple(
            _share(name, split, [each for each in group if each.split == split], found, intercept)
            for name, group in groups.items()
            for split in sorted({each.split for each in group})
            if len({each.answerable for each in group if each.split == split}) > 1
        ),
    )


def _examples(bench: Bench, weight: float) -> list[Example]:
    reader = bench.reader(Variant())
    asks_left_out = all(topic.evidence for topic in bench.collection.topics) and len(bench.collection.documents) > 1
    found = []
    for topic in bench.collection.topics:
        replies = [(bool(topic.evidence), retrieve(reader, topic.question, READ))]
        if asks_left_out:
            replies.append((False, looked_up_without(reader, topic, READ)))
        found += [Example(split_of(topic), _signals(each, reader), right, weight) for right, each in replies]
    return found


def _signals(found: Found, reader: Reader) -> Signals | None:
    marked = evidence(found.hits[:READ], found.interpretation, reader.generation)
    if found.plan.silence or not marked or years_unsaid(found.interpretation, marked[0], reader.generation):
        return None
    return signals(found.interpretation, found.plan, marked, reader.generation)


def _matrix(examples: Sequence[Example]) -> Matrix:
    return np.array([astuple(each.signals) for each in examples if each.signals])


def _share(name: str, split: str, group: Sequence[Example], weights: Signals, intercept: float) -> Share:
    scores = np.array([log_odds(each.signals, weights, intercept) if each.signals else -np.inf for each in group])
    right = np.array([each.answerable for each in group])
    return Share(
        name=name,
        split=split,
        auroc=float(roc_auc_score(right, np.maximum(scores, -1e6))),
        false_answers=float((scores[~right] >= 0).mean()),
        false_silences=float((scores[right] < 0).mean()),
        answers_at_5=float((scores[~right] >= np.quantile(scores[right], 0.05)).mean()),
    )
