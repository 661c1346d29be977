"""The outline of a compilation: cases, their sections and paragraphs, read off the lines of its text.

Nothing is dropped: every line that is not blank becomes a case title, a heading or a paragraph, and a line that could
be read in more than one way is kept as text and reported as a Doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.document import Case, Document, Paragraph, Part, Place, Section
from corpus.numerals import NUMERAL, numeral
from corpus.places import place_of_title, short_name

_CASE = re.compile(rf"第\s*(?P<number>[{NUMERAL}]+)\s*篇\s*[:：、.．,，]?\s*(?P<title>.*)")
_PREFACE = re.compile(
    r"[【\[（(]?\s*(编者按|编者的话|前\s*言|序\s*言|编写说明|编辑说明)\s*[】\]）)]?\s*[:：]?\s*(?P<run_in>.*)"
)
_NUMBERED = (
    re.compile(r"第?[一二三四五六七八九十百]+\s*[、.．]"),
    re.compile(r"[(（]\s*[一二三四五六七八九十百]+\s*[)）]"),
    re.compile(r"\d{1,2}\s*[.．、](?!\d)"),
)
"""Numbered headings by level, outermost first."""
_STOPS = "。！？；!?;"
_HEADING_LONGEST = 40
_BARE_LONGEST = 25
_TIMED = re.compile(r"(?:截至|截止|到|至)?\s*(?:目前|\d{4}\s*年)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line whose part in the outline is uncertain, and what was made of it, in Chinese."""

    line: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    start: int
    end: int


@dataclass(slots=True)
class _OpenSection:
    headings: tuple[str, ...]
    paragraphs: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _OpenCase:
    number: int | None
    label: str
    title: str
    start: int
    end: int
    sections: list[_OpenSection] = field(default_factory=lambda: [_OpenSection(())])


def outlined(document_id: str, text: str, fallback_title: str) -> tuple[Document, tuple[Doubt, ...]]:
    """Return the document with its outline, and the lines about which the outline is unsure.

    `fallback_title` is the title when the text does not name itself.
    """
    lines = list(_lines(text))
    doubts: list[Doubt] = []
    cases: list[_OpenCase] = []
    for at, line in enumerate(lines):
        words = text[line.start : line.end]
        following = text[lines[at + 1].start : lines[at + 1].end] if at + 1 < len(lines) else ""
        if opened := _opened_case(words, line, doubts):
            cases.append(opened)
            continue
        if not cases:
            cases.append(_OpenCase(None, "", "", line.start, line.end))
        case = cases[-1]
        case.end = line.end
        if at == 0 and len(lines) > 1 and _is_title(words):
            case.title = words
        elif path := _heading_path(words, following, case, line, doubts):
            case.sections.append(_OpenSection(path))
        else:
            case.sections[-1].paragraphs.append(line)
    _check_numbers(cases, doubts, lines)
    title = _document_title(text, cases) or fallback_title
    if cases and not cases[0].title:
        cases[0].title = title
    closed = tuple(_closed(case, text, doubts) for case in cases)
    return Document(document_id, title, text, closed), tuple(sorted(doubts, key=lambda doubt: doubt.start))


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines that are not blank, without the white space around them."""
    for number, match in enumerate(re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|$)", text), start=1):
        words = match.group().strip()
        if words:
            start = match.start() + match.group().index(words)
            yield _Line(number, start, start + len(words))


def _opened_case(words: str, line: _Line, doubts: list[Doubt]) -> _OpenCase | None:
    if match := _PREFACE.fullmatch(words):
        if not match["run_in"]:
            return _OpenCase(None, "", re.sub(r"\s", "", match[1]), line.start, line.end)
        doubts.append(Doubt(line.number, line.start, line.end, "像是编者按的标题，但后面直接跟着正文，按正文处理"))
        return None
    match = _CASE.match(words)
    if not match:
        return None
    number, title = numeral(match["number"]), match["title"].strip()
    if number is None:
        doubts.append(Doubt(line.number, line.start, line.end, f"篇号“{match['number']}”读不出数字，按正文处理"))
        return None
    if len(words) > 80 or words[-1] in _STOPS:
        doubts.append(Doubt(line.number, line.start, line.end, "以篇号开头，但像一句正文，按正文处理"))
        return None
    if not title:
        doubts.append(Doubt(line.number, line.start, line.end, "只有篇号，没有标题"))
    return _OpenCase(number, re.sub(r"\s", "", f"第{match['number']}篇"), title, line.start, line.end)


def _is_title(words: str) -> bool:
    return len(words) <= 60 and words[-1] not in _STOPS + "，,、：:"


def _heading_path(
    words: str, following: str, case: _OpenCase, line: _Line, doubts: list[Doubt]
) -> tuple[str, ...] | None:
    """Return the path of headings that this line opens, or None when it is a paragraph."""
    level = next((level for level, marker in enumerate(_NUMBERED) if marker.match(words)), None)
    ends_open = words[-1] not in _STOPS + "，,、：:"
    longest = _BARE_LONGEST if level is None else _HEADING_LONGEST
    if len(words) > longest or not ends_open:
        return None
    if not following or _CASE.match(following) or _PREFACE.fullmatch(following):
        doubts.append(Doubt(line.number, line.start, line.end, "像标题，但后面没有正文，按正文处理"))
        return None
    if level is None and len(following) <= len(words):
        doubts.append(Doubt(line.number, line.start, line.end, "短行后面也是短行，分不清标题和正文，按标题处理"))
    path = case.sections[-1].headings
    if level is None:
        # A bare heading closes everything but the numbered headings it may stand under.
        return (*[heading for heading in path if _level(heading) is not None], words)
    return (*[heading for heading in path if (_level(heading) or 0) < level and _level(heading) is not None], words)


def _level(heading: str) -> int | None:
    return next((level for level, marker in enumerate(_NUMBERED) if marker.match(heading)), None)


def _check_numbers(cases: list[_OpenCase], doubts: list[Doubt], lines: list[_Line]) -> None:
    numbers = {line.start: line.number for line in lines}
    seen: set[int] = set()
    last: int | None = None
    for case in cases:
        if case.number is None:
            continue
        if case.number in seen:
            doubts.append(Doubt(numbers[case.start], case.start, case.end, f"篇号{case.number}在本文件中不止一次出现"))
        elif last is not None and case.number != last + 1:
            doubts.append(Doubt(numbers[case.start], case.start, case.end, f"篇号从{last}跳到{case.number}，不连续"))
        seen.add(case.number)
        last = case.number


def _document_title(text: str, cases: list[_OpenCase]) -> str:
    """Return how the text calls itself: its first line, or the 《……汇编》 of which its preface speaks."""
    first = cases[0] if cases else None
    if first is None or first.number is not None:
        return ""
    if first.title and not _PREFACE.fullmatch(first.title):
        return first.title
    named = re.search(r"《([^《》\n]{2,60}汇编[^《》\n]{0,20})》", text[first.start : first.end])
    return named[1] if named else ""


def _closed(case: _OpenCase, text: str, doubts: list[Doubt]) -> Case:
    place = place_of_title(case.title)
    sections = [
        _section(Part.BODY if section.headings else Part.LEAD, section.headings, section.paragraphs)
        for section in case.sections
        if section.paragraphs or section.headings
    ]
    last = case.sections[-1]
    if case.number is not None and last.headings and len(last.paragraphs) > 1:
        closing = last.paragraphs[-1]
        if _sums_up(text[closing.start : closing.end], place):
            sections[-1:] = [
                _section(Part.BODY, last.headings, last.paragraphs[:-1]),
                _section(Part.CLOSING, (), [closing]),
            ]
        else:
            reason = "篇末的一段，分不清是最后一节的内容还是全篇的总结，留在最后一节"
            doubts.append(Doubt(closing.number, closing.start, closing.end, reason))
    return Case(case.number, case.label, case.title, place, case.start, case.end, tuple(sections))


def _sums_up(words: str, place: Place) -> bool:
    """Tell whether the last paragraph of a case speaks of the whole case: it opens with a time and the place."""
    opening = words[:40]
    names = {place.county, place.city, short_name(place), "全市", "全县", "全区"} - {""}
    return bool(_TIMED.match(words)) and any(name in opening for name in names)


def _section(part: Part, headings: tuple[str, ...], lines: list[_Line]) -> Section:
    paragraphs = tuple(Paragraph(number, line.start, line.end) for number, line in enumerate(lines, start=1))
    return Section(part, headings, paragraphs)
