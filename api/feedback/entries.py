"""What people say of answers, and the test questions they make: one JSON line each in a file of the data folder."""

import io
import logging
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from api.errors import FeedbackBusy, FeedbackFull, FeedbackTooLong, SpanUnknown, TopicUnfit, of_system
from api.feedback import schemas
from api.feedback.schemas import AnswerEntry, Quote, Topic, TopicEntry, TopicSpan
from api.state import State
from corpus.document import Document
from index import durable
from index.tokenizer import normalised
from qa.conversation import Turn, resolved
from qa.understanding import understood

_log = logging.getLogger(__name__)

LARGEST_FILE = 64 << 20
"""Bytes of all entries; anybody who may ask can add one."""
LARGEST_ENTRY = 64 << 10
"""Bytes of one; an answer of twenty sentences has a third of it."""
_PATIENCE = 10.0
"""Seconds that an entry waits for others to be written."""
_ID = re.compile(rb'^\{"id":\s*"fb-(\d+)"', re.MULTILINE)
"""How a line begins, whole or half written; quotes in a text are escaped, so no text looks like it."""
_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""What JSON leaves as it is in a text, and `str.splitlines` takes for the end of a line."""

_UNANSWERABLE, _ASKED = "unanswerable", "asked"
"""Kinds of topics, as the evaluation names them, where nobody said another."""

_Kept = TypeVar("_Kept", AnswerEntry, TopicEntry)
_ENTRY: TypeAdapter[AnswerEntry | TopicEntry] = TypeAdapter(schemas.Entry)


@dataclass(frozen=True, slots=True)
class Export:
    """Evaluation topics, and what could not become one.

    `gone` counts pieces of evidence that the documents no longer have; `left_out` questions that had no other, or were
    asked within filters or without a part of what they say, neither of which a topic has.
    """

    topics: tuple[Topic, ...]
    gone: int
    left_out: int


def judged(given: schemas.FeedbackIn, state: State) -> AnswerEntry:
    """Return what somebody thinks of an answer, as it is kept, without an id. Raises SpanUnknown."""
    return AnswerEntry(
        **_asked(given.question, given.turns, state),
        filters=given.filters,
        ignore=given.ignore,
        helpful=given.helpful,
        note=given.note,
        sentences=_quotes(given.sentences, state),
        abstained=given.abstained,
        reason=given.reason,
    )


def made(given: schemas.TopicIn, state: State) -> TopicEntry:
    """Return a test question as it is kept, without an id. Raises SpanUnknown, TopicUnfit."""
    if bool(given.evidence) == bool(given.why):
        raise TopicUnfit("要么给出依据（evidence），要么说明为什么答不了（why），二者取一。")
    evidence = _quotes(given.evidence, state)
    for answer in given.answers:
        if not any(answer in each.quote for each in evidence):
            raise TopicUnfit(f"答案“{answer}”不在依据里。请照原文摘抄。")
    return TopicEntry(
        **_asked(given.question, given.turns, state),
        evidence=evidence,
        answers=given.answers,
        kind=given.kind or (_UNANSWERABLE if given.why else _ASKED),
        why=given.why,
    )


def appended(path: Path, entry: _Kept) -> _Kept:
    """Write an entry behind all others; return it with its id. It is on the disk when this returns.

    Raises FeedbackTooLong, FeedbackFull, FeedbackBusy, DiskFull, Inaccessible; then no entry was added.
    """
    try:
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE), path.open("a+b") as file:
            return _written(file, path, entry)
    except Timeout as error:
        raise FeedbackBusy("另一个进程正占用反馈文件，这一条没有记下。请稍后再试。") from error
    except OSError as error:
        raise of_system(error) from error


def entries(path: Path) -> tuple[AnswerEntry | TopicEntry, ...]:
    """Return all entries, the oldest first, without lines that a crash cut short. Raises Inaccessible."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise of_system(error) from error
    found = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            try:
                found.append(_ENTRY.validate_json(line))
            except ValidationError:
                _log.warning("%s 第 %d 行读不懂，已略过", path, number)
    return tuple(found)


def exported(found: Iterable[AnswerEntry | TopicEntry], documents: Sequence[Document]) -> Export:
    """Return the entries as evaluation topics, one for each question, in the order in which they were first asked.

    Of entries on one question the last counts; but what somebody made a test question is not undone by what others
    think of an answer to it. An answer that did not help makes none: nobody knows yet what would have.
    """
    last: dict[tuple[str, str], AnswerEntry | TopicEntry] = {}
    for entry in found:
        key = (normalised(entry.whole), str(_bounds(entry)))
        if not (isinstance(entry, AnswerEntry) and isinstance(last.get(key), TopicEntry)):
            last[key] = entry
    known = {document.id: document for document in documents}
    topics: list[Topic] = []
    gone = left_out = 0
    for entry in last.values():
        if isinstance(entry, AnswerEntry) and not entry.helpful:
            continue
        told = entry.evidence if isinstance(entry, TopicEntry) else entry.sentences
        standing = [now for each in told if (now := _standing(each, known.get(each.document_id)))]
        gone += len(told) - len(standing)
        topic = topic_of(entry, standing)
        if _bounds(entry) or bool(topic.evidence) == bool(topic.why):
            left_out += 1
        else:
            topics.append(topic)
    return Export(tuple(topics), gone, left_out)


def topic_of(entry: AnswerEntry | TopicEntry, evidence: Sequence[Quote]) -> Topic:
    """Return an entry as a topic with the evidence, and those of its answers that stand in it."""
    if isinstance(entry, TopicEntry):
        kind, why, answers = entry.kind, entry.why, entry.answers
    else:
        why = (entry.reason or "not_covered") if entry.abstained else None
        kind, answers = (_UNANSWERABLE if why else _ASKED), []
    return Topic(
        id=entry.id,
        # By the question: one that was looked at when choices were made is never measured as one that was not.
        split="held" if zlib.crc32(normalised(entry.whole).encode()) % 2 else "dev",
        kind=kind,
        question=entry.whole,
        place=entry.place,
        evidence=[
            TopicSpan(document=each.document_id, **each.model_dump(exclude={"document_id"})) for each in evidence
        ],
        answers=[answer for answer in answers if any(answer in each.quote for each in evidence)],
        why=why,
    )


def line_of(topic: Topic) -> str:
    """Return the topic as one line of a topics file, without the line's end."""
    return topic.model_dump_json().translate(_LINE_ENDS)


def _asked(question: str, turns: Sequence[str], state: State) -> dict[str, Any]:
    whole = resolved(question, [Turn(turn) for turn in turns], state.reader.names).question.strip()
    places = understood(whole, state.reader.names).places
    return {
        "id": "",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": question,
        "turns": list(turns),
        "whole": whole,
        "place": (places[0].place.county or places[0].place.city or None) if places else None,
        "index": state.index_ref,
    }


def _quotes(spans: Sequence[schemas.Span], state: State) -> list[Quote]:
    """Return the spans with the words that stand there. Raises SpanUnknown."""
    found = []
    for span in spans:
        document = state.reader.generation.document.get(span.document_id)
        if document is None:
            raise SpanUnknown(f"没有编号为“{span.document_id}”的文档。汇编如果刚有改动，请重新提问。")
        quote = document.text[span.start : span.end]
        if not quote.strip() or not _is_in_paragraph(document, span.start, span.end):
            raise SpanUnknown(
                f"文档“{span.document_id}”的 {span.start}–{span.end} 不是一个自然段之内的一段文字。"
                "跨段的请分开给；汇编如果刚有改动，请重新提问。"
            )
        found.append(Quote(**span.model_dump(), quote=quote))
    return found


def _is_in_paragraph(document: Document, start: int, end: int) -> bool:
    return any(
        paragraph.start <= start < end <= paragraph.end
        for case in document.cases
        if case.start <= start < case.end
        for section in case.sections
        for paragraph in section.paragraphs
    )


def _standing(quote: Quote, document: Document | None) -> Quote | None:
    """Return where the words stand now: where they stood, or at the one place to which a change moved them."""
    if document is None:
        return None
    text, words = document.text, quote.quote
    if text[quote.start : quote.end] == words:
        start = quote.start
    elif text.count(words) == 1:
        start = text.index(words)
    else:
        return None
    end = start + len(words)
    if not _is_in_paragraph(document, start, end):
        return None
    return quote.model_copy(update={"start": start, "end": end})


def _bounds(entry: AnswerEntry | TopicEntry) -> dict[str, Any]:
    """Return the filters within which the question was asked, and which parts of it did not count."""
    if isinstance(entry, TopicEntry):
        return {}
    bounds = entry.filters.model_dump(exclude_defaults=True) if entry.filters else {}
    return bounds | ({"ignore": sorted(set(entry.ignore))} if entry.ignore else {})


def _written(file: io.BufferedRandom, path: Path, entry: _Kept) -> _Kept:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * LARGEST_ENTRY))
    tail = file.read()
    last = max(map(int, _ID.findall(tail)), default=0)
    entry = entry.model_copy(update={"id": f"fb-{last + 1:03d}"})
    line = entry.model_dump_json().encode() + b"\n"
    if len(line) > LARGEST_ENTRY:
        raise FeedbackTooLong(f"这一条反馈太长，连同引文和之前的对话最多 {LARGEST_ENTRY >> 10} KB。")
    # A line that a crash cut short stays by itself.
    line = (b"" if not tail or tail.endswith(b"\n") else b"\n") + line
    if size + len(line) > LARGEST_FILE:
        raise FeedbackFull(
            f"反馈文件 {path} 已满（{LARGEST_FILE >> 20} MB），这一条没有记下。请管理员导出后移走这个文件。"
        )
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    if not size:
        durable.sync(path.parent)
    return entry
