"""How often the rules for 做法, 成效 and 背景 agree with two people who labelled the same sentences by reading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
from pydantic import TypeAdapter
from sklearn.metrics import cohen_kappa_score

from corpus.aspects import sentence_aspect
from corpus.document import Aspect
from corpus.reader import bundled
from eval.statistics import Estimate, estimate

LABELS = Path(__file__).parent / "labels" / "aspects.jsonl"


@dataclass(frozen=True, slots=True)
class Label:
    """A sentence, `[start, end)` of a document of the compilation, or of a paragraph of a report; what two people say.

    Reports are not part of the project: their sentences are kept by place, not by text.
    """

    source: str
    paragraph: int | None
    start: int
    end: int
    split: str
    labels: tuple[Aspect, Aspect]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Between the two people (share and Cohen's kappa), and of the rules with both where they agree, by group."""

    sentences: int
    people: float
    kappa: float
    rules: dict[str, Estimate]


_LABEL = TypeAdapter(Label)


def agreement(reports: Path | None) -> Agreement:
    """Return the agreement over the compilation, and over the reports in a folder if one is given."""
    found = [(label, text) for label in _labels() if (text := _text(label, reports)) is not None]
    first, second = ([label.labels[at] for label, _ in found] for at in (0, 1))
    agreed = [(label, text) for label, text in found if label.labels[0] is label.labels[1]]
    groups = {
        "全部": agreed,
        "汇编": [pair for pair in agreed if pair[0].paragraph is None],
        "报告": [pair for pair in agreed if pair[0].paragraph is not None],
        "dev": [pair for pair in agreed if pair[0].split == "dev"],
        "held": [pair for pair in agreed if pair[0].split == "held"],
    }
    return Agreement(
        sentences=len(found),
        people=len(agreed) / len(found),
        kappa=float(cohen_kappa_score(first, second)),
        rules={name: _accuracy(group) for name, group in groups.items() if group},
    )


def _labels() -> Iterator[Label]:
    for line in LABELS.read_text("utf-8").splitlines():
        yield _LABEL.validate_json(line)


def _text(label: Label, reports: Path | None) -> str | None:
    if label.paragraph is None:
        document = next(each for each in bundled() if each.id == label.source)
        return document.text[label.start : label.end]
    if reports is None:
        return None
    return docx.Document(str(reports / label.source)).paragraphs[label.paragraph].text[label.start : label.end]


def _accuracy(group: Sequence[tuple[Label, str]]) -> Estimate:
    return estimate([float(sentence_aspect(text) is label.labels[0]) for label, text in group])
