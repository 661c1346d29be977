"""Which lines of a case are headings, or begin with one, and how deep each stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus.extracted import Hint
from corpus.outlining.bare import APPENDED, bare_headings, front_matter
from corpus.outlining.heading import Heading, running, standing
from corpus.outlining.leads import leads
from corpus.outlining.lines import STOPS, Doubt, Line, is_unfinished, last_line
from corpus.outlining.markers import Marker, Style, marker_of
from corpus.outlining.numbered import groups, numbered, said

_APPENDIX = re.compile(
    r"\W{0,2}(?:附\s*[件录表]\s*[\d一二三四五六七八九十]{0,3}\s*[:：、.．]?\s*)?(?:名词(?:解释|注释|释义)|术语(?:解释|表)?|注释|有关用语说明)\W{0,2}"
)
_ATTACHED = re.compile(r"附\s*[件录]\s*[\d一二三四五六七八九十]{0,3}\s*[:：]?(?:\s.{0,30})?")
_FEWEST_DECLARED = 2
"""Declared headings from which on a file is taken to declare those without a number as well."""
_SENTENCE_LONGEST = 40
"""A declared heading that is longer and ends in a stop is a sentence."""
_DECLARED = -10.0
_LEAD = 99.0
"""Ranks: of declared headings, to which their level is added, and of unnumbered leads; numbered ones stand between."""


def headings(found: Sequence[Line], title: str, hints: Mapping[int, Hint], doubts: list[Doubt]) -> list[Heading]:
    """Return the headings among the lines of one case, in reading order.

    `title` is that of the case, `hints` are the headings the file declares, by position in `found`.
    """
    if not found:
        return []
    declared = _declared(found, hints, doubts)
    glossary = _glossary(found)
    markers = _markers(found, declared, doubts)
    attached = {at for at, line in enumerate(found) if _ATTACHED.fullmatch(line.words[:_SENTENCE_LONGEST])}
    counted = groups(found, {at: marker for at, marker in markers.items() if at not in glossary}, attached)
    ranks = {markers[at].style: heading.rank for at, heading in declared.items() if at in markers}
    taken = {
        at: replace(heading, rank=ranks.get(markers[at].style, heading.rank))
        for at, heading in numbered(found, counted, doubts).items()
    } | declared
    for at in glossary:
        if _APPENDIX.fullmatch(found[at].words) and at not in taken and at + 1 < len(found):
            taken[at] = standing(found, at, at, APPENDED)
    if len(declared) < _FEWEST_DECLARED:
        front = front_matter(found, markers, title)
        taken.update(bare_headings(found, front, taken, markers, glossary, attached, doubts))
    if not taken:
        taken = said(found, counted)
    for at, end in leads(found, taken, markers, glossary):
        taken[at] = running(found, at, end, _LEAD)
    ordered: list[Heading] = []
    for at in sorted(taken):
        if not ordered or at > ordered[-1].last:
            ordered.append(taken[at])
    return ordered


def _declared(found: Sequence[Line], hints: Mapping[int, Hint], doubts: list[Doubt]) -> dict[int, Heading]:
    result = {}
    for at, hint in hints.items():
        line = found[at]
        if hint.end >= line.end and len(line.words) > _SENTENCE_LONGEST and line.words[-1] in STOPS:
            doubts.append(line.doubt("文件标为标题，但像一句正文，按正文处理"))
        elif hint.end < line.end:
            result[at] = running(found, at, hint.end - line.start, hint.level + _DECLARED)
        else:
            result[at] = standing(found, at, last_line(found, at, hint), hint.level + _DECLARED)
    return result


def _glossary(found: Sequence[Line]) -> set[int]:
    """Return the lines of explained terms: their numbers and short sentences are no headings."""
    result: set[int] = set()
    inside = False
    for at, line in enumerate(found):
        if len(line.words) <= _SENTENCE_LONGEST:
            if _APPENDIX.fullmatch(line.words):
                inside = True
            elif _ATTACHED.fullmatch(line.words):
                inside = False
        if inside:
            result.add(at)
    return result


def _markers(found: Sequence[Line], declared: Mapping[int, Heading], doubts: list[Doubt]) -> dict[int, Marker]:
    """Return the numbers at the heads of lines, without those that a broken line only seems to begin with."""
    markers: dict[int, Marker] = {}
    counted: dict[Style, int] = {}
    for at, line in enumerate(found):
        marker = marker_of(line.words)
        if marker is None:
            continue
        before = found[at - 1].words if at else ""
        unfinished = is_unfinished(before)
        expected = marker.ordinal in (1, counted.get(marker.style, 0) + 1)
        if unfinished and not expected and at not in declared:
            doubts.append(line.doubt("像编号，但上一行没有写完、编号也接不上，按断行的正文处理"))
            continue
        markers[at] = marker
        counted[marker.style] = marker.ordinal
        for style in Style:
            if style > marker.style:
                counted.pop(style, None)
    return markers
