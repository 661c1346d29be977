"""The outline of a compilation: cases, their sections and paragraphs, read off the lines of its text.

Nothing is dropped: every line that is not blank becomes a case title, a heading, a paragraph or an aside, and a line
that could be read in more than one way is kept as text and reported as a Doubt. A heading that runs into its text
(（一）经济稳。全年……) opens a section whose first paragraph is the whole line, so that it can be cited whole.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus.document import Case, Document, Origin, Paragraph, Part, Place, Section
from corpus.extracted import Hint
from corpus.outlining.asides import parted
from corpus.outlining.damage import damage
from corpus.outlining.heading import Heading, paths
from corpus.outlining.headings import headings
from corpus.outlining.lines import Doubt, Line, lines, reads_as_title
from corpus.outlining.markers import Style, marker_of
from corpus.outlining.titles import Opening, is_preface, is_subtitle, is_unit, openings
from corpus.places import place_of_title, short_name

__all__ = ["Doubt", "outlined"]

_TITLE_LONGEST = 60
_TIMED = re.compile(r"(?:截至|截止|到|至)?\s*(?:目前|\d{4}\s*年)")
_NAMED = re.compile(r"《([^《》\n]{2,60}汇编[^《》\n]{0,20})》")


def outlined(
    document_id: str, text: str, fallback_title: str, hints: Sequence[Hint] = (), origins: Sequence[Origin] = ()
) -> tuple[Document, tuple[Doubt, ...]]:
    """Return the document with its outline, and the lines about which the outline is unsure.

    `fallback_title` is the title when the text does not name itself. `hints` are headings that the file declares; they
    are believed, but for a long sentence with its stop. `origins` pass into the document.
    """
    everything = list(lines(text))
    doubts = list(damage(everything))
    body, entries, asides = parted(everything)
    declared = _declared(body, hints)
    opened = openings(body, entries, declared, fallback_title, doubts)
    cases = _cases(text, body, opened, declared, doubts)
    _check_numbers(cases, body, opened, doubts)
    title = _document_title(text, cases) or fallback_title
    if cases and not cases[0].title:
        cases[0] = replace(cases[0], title=title, place=place_of_title(title))
    document = Document(document_id, title, text, tuple(cases), asides, tuple(origins))
    return document, tuple(sorted(doubts, key=lambda doubt: doubt.start))


def _declared(body: Sequence[Line], hints: Sequence[Hint]) -> dict[int, Hint]:
    """Return the declared headings by the line they begin in."""
    result: dict[int, Hint] = {}
    at = 0
    for hint in sorted(hints, key=lambda hint: hint.start):
        while at < len(body) and body[at].end <= hint.start:
            at += 1
        if at < len(body) and body[at].start < hint.end and hint.start <= body[at].start:
            result.setdefault(at, hint)
    return result


def _cases(
    text: str, body: Sequence[Line], opened: Sequence[Opening], hints: Mapping[int, Hint], doubts: list[Doubt]
) -> list[Case]:
    cases = []
    first = opened[0].first if opened else len(body)
    if first > 0:
        taken = _title_lines(body, first, hints)
        title = body[0].words if taken else ""
        heading = (body[0].start, body[taken - 1].end) if taken else None
        cases.append(_case(text, body[:first], taken, hints, 0, (None, "", title), heading, doubts))
    ends = [*(opening.first for opening in opened), len(body)][1:]
    for opening, end in zip(opened, ends, strict=True):
        heading = (body[opening.first].start, body[opening.last].end)
        name = (opening.number, opening.label, opening.title)
        taken = opening.last - opening.first + 1
        cases.append(_case(text, body[opening.first : end], taken, hints, opening.first, name, heading, doubts))
    return cases


def _title_lines(body: Sequence[Line], end: int, hints: Mapping[int, Hint]) -> int:
    """Return how many lines at the top are the title of the text."""
    if len(body) < 2 or not reads_as_title(body[0].words, _TITLE_LONGEST):
        return 0
    marker = marker_of(body[0].words)
    if marker and marker.style <= Style.BRACKETED:
        return 0
    if 0 in hints:
        peers = [at for at, hint in hints.items() if 0 < at < end and hint.level <= hints[0].level]
        if peers and not any(marker_of(body[at].words) for at in peers):
            return 0
    return 2 if end > 1 and is_subtitle(body[1].words) and 1 not in hints else 1


def _case(
    text: str,
    body: Sequence[Line],
    taken: int,
    hints: Mapping[int, Hint],
    offset: int,
    name: tuple[int | None, str, str],
    heading: tuple[int, int] | None,
    doubts: list[Doubt],
) -> Case:
    """Return the case that stands in lines of which the first `taken` are its title; `hints` count from `offset` on."""
    number, label, title = name
    under = body[taken:]
    here = range(offset + taken, offset + len(body)) if hints else ()
    inside = {at - offset - taken: hints[at] for at in here if at in hints}
    place = place_of_title(title)
    if not place.name and under and is_unit(under[0].words):
        place = place_of_title(under[0].words)
    sections = _sections(under, headings(under, title, inside, doubts))
    if number is not None:
        sections = _with_closing(text, sections, place, under, doubts)
    return Case(number, label, title, place, body[0].start, body[-1].end, tuple(sections), heading)


def _sections(body: Sequence[Line], found: Sequence[Heading]) -> list[Section]:
    first = found[0].first if found else len(body)
    sections = [_section(Part.LEAD, (), body[:first], None)] if first else []
    ends = [*(heading.first for heading in found), len(body)][1:]
    for heading, path, end in zip(found, paths(found), ends, strict=True):
        begin = heading.first if heading.run_in else heading.last + 1
        sections.append(_section(Part.BODY, path, body[begin:end], (heading.start, heading.end)))
    return sections


def _section(part: Part, path: tuple[str, ...], body: Sequence[Line], heading: tuple[int, int] | None) -> Section:
    paragraphs = tuple(Paragraph(number, line.start, line.end) for number, line in enumerate(body, start=1))
    return Section(part, path, paragraphs, heading)


def _with_closing(
    text: str, sections: list[Section], place: Place, body: Sequence[Line], doubts: list[Doubt]
) -> list[Section]:
    """Return the sections with the last paragraph on its own, when it sums up the case."""
    last = sections[-1] if sections else None
    if last is None or not last.headings or len(last.paragraphs) < 2:
        return sections
    closing = last.paragraphs[-1]
    if not _sums_up(text[closing.start : closing.end], place):
        doubts.append(body[-1].doubt("篇末的一段，分不清是最后一节的内容还是全篇的总结，留在最后一节"))
        return sections
    return [
        *sections[:-1],
        Section(last.part, last.headings, last.paragraphs[:-1], last.heading),
        Section(Part.CLOSING, (), (Paragraph(1, closing.start, closing.end),)),
    ]


def _sums_up(words: str, place: Place) -> bool:
    """Tell whether the last paragraph of a case speaks of the whole case: it opens with a time and the place."""
    opening = words[:40]
    names = {place.county, place.city, short_name(place), "全市", "全县", "全区"} - {""}
    return bool(_TIMED.match(words)) and any(name in opening for name in names)


def _check_numbers(cases: Sequence[Case], body: Sequence[Line], opened: Sequence[Opening], doubts: list[Doubt]) -> None:
    title_lines = {body[opening.first].start: body[opening.first] for opening in opened}
    seen: set[int] = set()
    last: int | None = None
    for case in cases:
        if case.number is None:
            continue
        line = title_lines[case.start]
        if case.number in seen:
            doubts.append(line.doubt(f"篇号{case.number}在本文件中不止一次出现"))
        elif last is not None and case.number != last + 1:
            doubts.append(line.doubt(f"篇号从{last}跳到{case.number}，不连续"))
        seen.add(case.number)
        last = case.number


def _document_title(text: str, cases: Sequence[Case]) -> str:
    """Return how the text calls itself: its first line, or the 《……汇编》 of which its preface speaks."""
    first = cases[0] if cases else None
    if first is None or first.number is not None:
        return ""
    if first.title and not is_preface(first.title):
        return first.title
    named = _NAMED.search(text, first.start, first.end)
    return named[1] if named else ""
