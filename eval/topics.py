"""Questions with the spans of text that answer them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from corpus.document import Document
from eval.errors import TopicWrong

_FOLDER = Path(__file__).parent / "topics"
OURS = _FOLDER / "henan-2021.jsonl"
BUNDLED = {
    "ours": OURS,
    "answers": _FOLDER / "henan-2021-answers.jsonl",
    "paraphrases": _FOLDER / "henan-2021-paraphrases.jsonl",
    "across": _FOLDER / "henan-2021-across.jsonl",
}
"""Our own questions on the bundled compilation, by name: for ranking, for answers and silence, far-fetched, across."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a document that answers, and how well; `quote` is what stands there."""

    document: str
    start: int
    end: int
    quote: str
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Topic:
    """A question. Without evidence it cannot be answered from the corpus, and `why` says of which sort it is.

    `split` is dev (looked at when choices are made) or held (only measured); `answers` are the strings of which a right
    answer holds one, where the question asks for something exact; `place` the place that it names, in full.
    """

    id: str
    split: str
    kind: str
    question: str
    place: str | None = None
    evidence: tuple[Span, ...] = ()
    answers: tuple[str, ...] = ()
    why: str | None = None
    items: tuple[str, ...] = ()
    cases: tuple[int, ...] = ()


_TOPIC = TypeAdapter(Topic)


def topics(path: Path = OURS) -> tuple[Topic, ...]:
    """Return the topics in a file of one JSON object a line. Raises TopicWrong."""
    found = []
    # JSON leaves in a text what `splitlines` takes for the end of a line.
    for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
        if line.strip():
            try:
                found.append(_TOPIC.validate_json(line))
            except ValidationError as error:
                raise TopicWrong(f"{path} 第{number}行不是一个题目：{error.errors()[0]['msg']}。") from error
    return tuple(found)


def line_of(topic: Topic) -> str:
    """Return the topic as one line of a topics file."""
    return json.dumps(_TOPIC.dump_python(topic, mode="json"), ensure_ascii=False)


def checked(found: Iterable[Topic], documents: Sequence[Document]) -> None:
    """Raise TopicWrong unless every quote stands where it says."""
    texts = {document.id: document.text for document in documents}
    for topic in found:
        for span in topic.evidence:
            if span.document not in texts:
                raise TopicWrong(f"题目 {topic.id} 的依据在文档 {span.document} 里，而语料里没有这个文档。")
            if texts[span.document][span.start : span.end] != span.quote:
                raise TopicWrong(f"题目 {topic.id} 的依据与文档 {span.document} 第 {span.start} 字起的原文不符。")
