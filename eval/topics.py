"""Questions with the spans of text that answer them."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

OURS = Path(__file__).parent / "topics" / "henan-2021.jsonl"
"""Our own questions on the bundled compilation."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a document that answers; `quote` is what stands there."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A question. Without evidence it cannot be answered from the corpus, and `why` says of which sort it is.

    `split` is dev (looked at when choices are made) or held (only measured); `answer` the exact string where the
    question asks for one; `place` the place that it names, in full.
    """

    id: str
    split: str
    kind: str
    question: str
    place: str | None
    evidence: tuple[Span, ...]
    answer: str | None
    why: str | None = None


_TOPIC = TypeAdapter(Topic)


def topics(path: Path = OURS) -> tuple[Topic, ...]:
    """Return the topics in a file of one JSON object a line."""
    return tuple(_TOPIC.validate_json(line) for line in path.read_text("utf-8").splitlines() if line.strip())
