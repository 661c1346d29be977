"""From a bad answer to a test: a question with the words that should have answered it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.document import Document
from eval.errors import TopicWrong
from eval.topics import Span, Topic, line_of, topics
from index.lexicon import mined
from index.tokenizer import Tokenizer
from qa.understanding import PlaceNames, understood

SPLITS = ("dev", "held")
_AROUND = 15
_NUMBER = re.compile(r"\d+$")


def made(
    question: str,
    evidence: Sequence[str],
    answers: Sequence[str],
    documents: Sequence[Document],
    existing: Sequence[Topic],
    *,
    kind: str,
    split: str,
    why: str | None,
) -> Topic:
    """Return a topic, its evidence found in the documents, its place read from the question.

    Raises TopicWrong when a piece of evidence stands nowhere, or more than once (saying where), or crosses a paragraph;
    when an answer is not in the evidence; when the question is there already; when neither evidence nor why is given.
    """
    asked = question.strip()
    if not asked:
        raise TopicWrong("问题不能为空。")
    if found := next((topic for topic in existing if topic.question == asked), None):
        raise TopicWrong(f"这个问题已经有了：{found.id}。")
    if bool(evidence) == bool(why):
        raise TopicWrong("要么给出依据（--evidence），要么说明为什么答不了（--why），二者取一。")
    if split not in SPLITS:
        raise TopicWrong(f"没有 {split} 这一部分。可选：{'、'.join(SPLITS)}。")
    spans = tuple(_span(quote, documents) for quote in evidence)
    for answer in answers:
        if not any(answer in span.quote for span in spans):
            raise TopicWrong(f"答案“{answer}”不在依据里。")
    places = understood(asked, PlaceNames(documents, Tokenizer(mined(documents)))).places
    place = (places[0].place.county or places[0].place.city) if places else None
    return Topic(_next_id(existing), split, kind, asked, place or None, spans, tuple(answers), why)


def append(topic: Topic, path: Path) -> None:
    """Add a topic to a topics file, as its last line."""
    before = path.read_text("utf-8") if path.exists() else ""
    gap = "" if not before or before.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{gap}{line_of(topic)}\n")


def existing(path: Path) -> tuple[Topic, ...]:
    """Return the topics of a file, none when there is no such file yet."""
    return topics(path) if path.exists() else ()


def _span(quote: str, documents: Sequence[Document]) -> Span:
    places = [(document, at) for document in documents for at in _starts(quote, document.text)]
    if not places:
        raise TopicWrong(f"原文里没有“{quote}”。请逐字摘抄，标点也要一致。")
    if len(places) > 1:
        where = "；".join(f"{document.id} 第 {at} 字：{_around(document.text, at, quote)}" for document, at in places)
        raise TopicWrong(f"“{quote}”在原文里有 {len(places)} 处，请摘得长些以便区分。{where}")
    document, start = places[0]
    end = start + len(quote)
    if not any(
        paragraph.start <= start and end <= paragraph.end
        for case in document.cases
        for section in case.sections
        for paragraph in section.paragraphs
    ):
        raise TopicWrong(f"“{quote}”不在一个自然段之内。一处依据请只摘一段里的话，跨段的分开给。")
    return Span(document.id, start, end, quote)


def _starts(quote: str, text: str) -> Iterator[int]:
    at = text.find(quote) if quote.strip() else -1
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _around(text: str, at: int, quote: str) -> str:
    return text[max(0, at - _AROUND) : at + len(quote) + _AROUND].replace("\n", " ")


def _next_id(existing: Sequence[Topic]) -> str:
    """Return an id that goes on from the last one: hn-221 → hn-222."""
    last = existing[-1].id if existing else "q-000"
    number = _NUMBER.search(last)
    stem = last[: number.start()] if number else f"{last}-"
    taken = [int(match[0]) for topic in existing if (match := _NUMBER.search(topic.id))]
    return f"{stem}{max(taken, default=0) + 1:03d}"
