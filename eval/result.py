"""What an evaluation found, as values: they are the JSON file, the baseline and what the report shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from eval.statistics import Difference, Estimate


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All that decides the figures: the same gives the same, but for times. `command` is the line that made them."""

    collection: str
    data: str
    configuration: str
    model: str
    settings: Mapping[str, object]
    tokenizer: str
    versions: Mapping[str, str]
    machine: str
    made: str
    command: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as a reader sees it: `marks` are the sentences marked, as offsets into its text."""

    id: str
    citation: str
    text: str
    marks: tuple[tuple[int, int], ...]
    grade: int
    score: float
    holds_answer: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One question: what was asked, what is right, what came back.

    `values` are its measures (none when it cannot be answered), `found_at` the ranks of the right passages of which
    there are `right`; `confidence` is the score by which the system could abstain. `shares` are what its answer is
    worth, by the names of `Evaluation.answers`.
    """

    id: str
    split: str
    kind: str
    question: str
    why: str | None
    gold: tuple[str, ...]
    answers: tuple[str, ...]
    values: Mapping[str, float]
    found_at: tuple[int, ...]
    right: int
    answer: str
    silence: str | None
    confidence: float
    shares: Mapping[str, float]
    milliseconds: float
    passages: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Exactness:
    """Citations checked against the raw text, and those that were exact."""

    checked: int
    exact: int

    @property
    def share(self) -> float:
        """The share that is exact; it must be 1."""
        return self.exact / self.checked if self.checked else 1.0


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well silence is told from speech; None where a set has no questions of one sort.

    `auroc`: the chance that an answerable question has more confidence than an unanswerable one. `false_answers`: the
    share of the unanswerable that were answered; `false_silences`: of the answerable that were not.
    """

    auroc: float | None
    false_answers: Estimate | None
    false_silences: Estimate | None


@dataclass(frozen=True, slots=True)
class Rung:
    """A configuration beside the one measured: its figures, and what it has over it in nDCG@10."""

    name: str
    configuration: str
    means: Mapping[str, float]
    difference: Difference
    p_corrected: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one configuration on one collection. Measures are by name, `kinds` by kind of question first.

    `answers` holds the shares of right answers (answer, figure, list, precision and recall of cases) and of passages
    that hold an answer string (string S@1, string S@5), each over the questions that have such a thing. `latency` is
    percentile → milliseconds of a whole answer.
    """

    fingerprint: Fingerprint
    measures: Mapping[str, Estimate]
    kinds: Mapping[str, Mapping[str, Estimate]]
    answers: Mapping[str, Estimate]
    citations: Exactness
    abstention: Abstention
    latency: Mapping[str, float]
    results: tuple[Result, ...]
    ladder: tuple[Rung, ...] = ()

    def values(self) -> dict[str, dict[str, float]]:
        """Return measure → question → value."""
        return {
            name: {result.id: result.values[name] for result in self.results if result.values} for name in self.measures
        }


_EVALUATION = TypeAdapter(Evaluation)


def to_json(evaluation: Evaluation) -> bytes:
    """Return an evaluation as JSON."""
    return _EVALUATION.dump_json(evaluation, indent=1)
