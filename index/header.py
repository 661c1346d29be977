"""The context header: what a passage is about but does not say, put before it where it is embedded and tokenised.

What is cited is always the passage alone.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum

from corpus.document import Case, Document, Passage

_OPENING_LEXICAL = 100
_OPENING_DENSE = 60
"""Characters of the opening that stand for the title of a case that has none."""
_TAIL = 45
"""Characters of the passage before, in the same section, that a passage's words are read with."""


class Context(StrEnum):
    """What a passage is read with: the case's title or opening, its headings, the end of the passage before."""

    TITLE = "title"
    HEADINGS = "headings"
    BEFORE = "before"


LEXICAL = (Context.TITLE, Context.HEADINGS, Context.BEFORE)
DENSE = (Context.TITLE, Context.HEADINGS)

_ENUMERATED = re.compile(
    r"(?:(?<=[\s。；;])|^)"
    r"(?P<outer>[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[条章]|"
    r"(?P<inner>[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[.、．](?!\d)))"
    r"\s*(?P<words>[^\s。；;：:！？]{2,40})"
)
"""Headings that stand inside running text, by their numbers: 一、… and 第一条…, and below them （一）… and 1.…"""


def lexical_texts(
    document: Document, passages: Sequence[Passage], context: Collection[Context] = LEXICAL
) -> Iterator[str]:
    """Yield for each passage of a document, in reading order, the text whose tokens are indexed.

    Case title (or opening), the headings it stands under, the end of the passage before, and the passage.
    """
    enumerated = {at: _enumerated(document.text, case) for at, case in enumerate(document.cases)}
    before: Passage | None = None
    for passage in passages:
        case = document.cases[passage.case]
        headings = case.sections[passage.section].headings or _open_at(enumerated[passage.case], passage.start)
        tail = ""
        if before and (before.case, before.section) == (passage.case, passage.section):
            tail = document.text[max(before.start, before.end - _TAIL) : before.end]
        yield _joined(
            _title(document, passage, _OPENING_LEXICAL) if Context.TITLE in context else "",
            *(headings if Context.HEADINGS in context else ()),
            tail if Context.BEFORE in context else "",
            _own(document, passage),
        )
        before = passage


def dense_text(document: Document, passage: Passage, context: Collection[Context] = DENSE) -> str:
    """Return the text of a passage that a model reads: case title (or opening), headings, and the passage."""
    headings = document.cases[passage.case].sections[passage.section].headings
    return _joined(
        _title(document, passage, _OPENING_DENSE) if Context.TITLE in context else "",
        *(headings if Context.HEADINGS in context else ()),
        _own(document, passage),
    )


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _own(document: Document, passage: Passage) -> str:
    return document.text[passage.start : passage.end]


def _title(document: Document, passage: Passage, opening: int) -> str:
    case = document.cases[passage.case]
    if case.title:
        return case.title
    is_all = passage.start <= case.start and passage.end >= case.end
    return "" if is_all else document.text[case.start : min(case.start + opening, case.end)]


def _enumerated(text: str, case: Case) -> list[tuple[int, bool, str]]:
    """Return (position, whether inner, words) of the numbered headings in the running text of a case."""
    found = _ENUMERATED.finditer(text, case.start, case.end)
    return [(match.start(), bool(match["inner"]), match["words"]) for match in found]


def _open_at(enumerated: list[tuple[int, bool, str]], position: int) -> tuple[str, ...]:
    """Return the outer and inner heading that are open where a passage begins."""
    outer = inner = ""
    for at, is_inner, words in enumerated:
        if at >= position:
            break
        outer, inner = (outer, words) if is_inner else (words, "")
    return tuple(heading for heading in (outer, inner) if heading)
