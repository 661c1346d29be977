"""Where the cases of a compilation begin: 第…篇, 案例一, a title that its list of contents gave, a declared heading."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.extracted import Hint
from corpus.numerals import CIRCLED, NUMERAL, numeral
from corpus.outlining.asides import Entry
from corpus.outlining.lines import STOPS, Doubt, Line, last_line, reads_as_title
from corpus.outlining.markers import Style, marker_of

_CASE = re.compile(rf"第\s*(?P<number>[{NUMERAL}]+)\s*篇\s*[:：、.．,，]?\s*(?P<title>.*)")
_EXAMPLE = re.compile(
    rf"(?P<label>[【\[（(]?\s*(?:典型|经典|优秀|示范)?案\s*例\s*(?:之\s*)?(?P<number>[{NUMERAL}{CIRCLED}]{{1,8}})\s*[】\]）)]?)"
    r"(?P<gap>\s*[:：、.．,，丨｜|—-]*\s*)(?P<title>.*)"
)
_RINGED = re.compile(rf"(?P<label>(?P<number>[{CIRCLED}]))\s*[丨｜|]\s*(?P<title>.+)")
_PREFACE = re.compile(
    r"[【\[（(]?\s*(编者按|编者的话|前\s*言|序\s*言|编写说明|编辑说明)\s*[】\]）)]?\s*[:：]?\s*(?P<run_in>.*)"
)
_OCCASION = re.compile(r"\d{4}\s*年|会议|[省市县区州]长|主席")
_UNIT = re.compile(
    r".{2,28}(?:公司|集团|[局厅部委办]|委员会|政府|办公室|中心|支行|分行|银行|党委|大学|学院|医院|管委会|研究院|法院|检察院)"
)
_SECTIONS = re.compile(r"\W*(?:目\s*录|前\s*言|序\s*言|附\s*[件录].*|名词解释|编者按|后\s*记|参考文献)\W*")
_COMPILED = re.compile(r"案例|汇编|典型经验|经验做法|选编|集锦")
_LONGEST = 80
SUBTITLE_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Opening:
    """The title of a case: the lines it takes, `last` included, and what is read off them."""

    first: int
    last: int
    number: int | None
    label: str
    title: str


def opens_case(words: str) -> bool:
    """Tell whether a line is the number of a case or the name of a preface, as far as the line alone can tell."""
    return bool(_CASE.match(words[:_LONGEST]) or _PREFACE.fullmatch(words[:_LONGEST]))


def is_preface(title: str) -> bool:
    """Tell whether a title is that of a preface (编者按)."""
    return bool(_PREFACE.fullmatch(title[:_LONGEST]))


def is_unit(words: str) -> bool:
    """Tell whether a line is the name of an authority, a company or an institute, as stands below a title."""
    return _UNIT.fullmatch(words) is not None


def is_subtitle(words: str) -> bool:
    """Tell whether a line is one that continues the title above it after a dash."""
    return words.startswith(("——", "--", "──")) and reads_as_title(words, SUBTITLE_LONGEST)


def openings(
    found: Sequence[Line], entries: Sequence[Entry], hints: Mapping[int, Hint], fallback_title: str, doubts: list[Doubt]
) -> list[Opening]:
    """Return the titles of cases among the lines, in reading order."""
    opened: dict[int, Opening] = {}
    compiled = _COMPILED.search(fallback_title) or any(_COMPILED.search(line.words[:400]) for line in found[:8])
    for entry in entries:
        if opening := _listed(found, entry, bool(compiled)):
            opened[opening.first] = opening
    for at in range(len(found)):
        if at not in opened and (opening := _opening(found, at, doubts)):
            opened[at] = opening
    if not any(opening.number is not None or opening.label for opening in opened.values()):
        titles = _restarting(found) or _declared(found, hints)
        opened.update((opening.first, opening) for opening in titles if opening.first not in opened)
    ordered: list[Opening] = []
    for first in sorted(opened):
        if not ordered or first > ordered[-1].last:
            ordered.append(_with_subtitle(found, opened[first]))
    return ordered


def _opening(found: Sequence[Line], at: int, doubts: list[Doubt]) -> Opening | None:
    line = found[at]
    words = line.words
    if match := _PREFACE.fullmatch(words[: 2 * _LONGEST]):
        if not match["run_in"]:
            return Opening(at, at, None, "", re.sub(r"\s", "", match[1]))
        doubts.append(line.doubt("像是编者按的标题，但后面直接跟着正文，按正文处理"))
        return None
    if match := _CASE.match(words):
        return _numbered(line, at, match, doubts)
    match = _EXAMPLE.match(words) or _RINGED.match(words)
    if not match or not reads_as_title(words, _LONGEST) or not _apart(match):
        return None
    number = numeral(match["number"])
    if number is None:
        return None
    title, last = match["title"].strip(), at
    if not title and at + 1 < len(found) and reads_as_title(found[at + 1].words, _LONGEST):
        title, last = found[at + 1].words, at + 1
    return Opening(at, last, number, re.sub(r"\s", "", match["label"]), title)


def _apart(match: re.Match[str]) -> bool:
    """Tell whether something stands between 案例一 and its title, so that 案例一般 is no number."""
    groups = match.groupdict()
    return "gap" not in groups or bool(groups["gap"]) or groups["label"][-1] in "】])）" or not groups["title"]


def _numbered(line: Line, at: int, match: re.Match[str], doubts: list[Doubt]) -> Opening | None:
    number, title = numeral(match["number"]), match["title"].strip()
    if number is None:
        doubts.append(line.doubt(f"篇号“{match['number'][:20]}”读不出数字，按正文处理"))
        return None
    if len(line.words) > _LONGEST or line.words[-1] in STOPS:
        doubts.append(line.doubt("以篇号开头，但像一句正文，按正文处理"))
        return None
    if not title:
        doubts.append(line.doubt("只有篇号，没有标题"))
    return Opening(at, at, number, re.sub(r"\s", "", f"第{match['number']}篇"), title)


def _listed(found: Sequence[Line], entry: Entry, compiled: bool) -> Opening | None:
    words = found[entry.first].words
    marker = marker_of(words)
    ringed = entry.label != "" and entry.label in _RINGS
    if opens_case(words) or _EXAMPLE.match(words) or _SECTIONS.fullmatch(words):
        return None
    if not ringed and (not compiled or (marker and marker.style < Style.ARABIC)):
        return None
    title = "".join(line.words for line in found[entry.first : entry.last + 1])
    if entry.first < entry.last and is_unit(words) and not words.endswith((":", "：")):
        title = f"{words}：{title[len(words) :]}"
    if marker and marker.style in (Style.ARABIC, Style.CIRCLED):
        title = title[marker.length :]
    if entry.unit:
        title = f"{entry.unit}：{title}"
    return Opening(entry.first, entry.last, entry.number, entry.label, title)


_RINGS = frozenset(
    chr(code) for low, high in ((0x2460, 0x2473), (0x3251, 0x325F), (0x32B1, 0x32BF)) for code in range(low, high + 1)
)


def _restarting(found: Sequence[Line]) -> list[Opening]:
    """Return the titles 一、…, 二、… of a compilation in each of whose cases 一、 begins anew.

    Such a title is followed by an inner 一、, and the titles themselves count on; the first of all is a title.
    """
    numbered = []
    for at, line in enumerate(found):
        marker = marker_of(line.words)
        if marker and marker.style is Style.MAIN and reads_as_title(line.words, _LONGEST):
            numbered.append((at, marker))
    outer = [(at, marker) for (at, marker), (_, following) in pairwise(numbered) if following.ordinal == 1]
    if not outer or outer[0] != numbered[0]:
        return []
    if len(outer) == 1 and any(len(line.words) > _LONGEST for line in found[numbered[0][0] : numbered[1][0]]):
        return []  # one number given twice in a report, not a title above its sections
    first = outer[0][1].ordinal
    if [marker.ordinal for _, marker in outer] != list(range(first, first + len(outer))):
        return []
    titles = []
    for at, marker in outer:
        words = found[at].words
        titles.append(
            Opening(at, at, marker.ordinal, words[: marker.length].strip(" 、.．\u3000"), words[marker.length :])
        )
    return titles


def _declared(found: Sequence[Line], hints: Mapping[int, Hint]) -> list[Opening]:
    """Return the headings of level 1 that a file declares, when there are several and none is a numbered section."""
    tops = [
        at
        for at, hint in hints.items()
        if hint.level == 1 and hint.end >= found[at].end and not _SECTIONS.fullmatch(found[at].words)
    ]
    if tops[:2] == [0, 1]:
        del tops[0]  # the title of the whole, declared alike
    if len(tops) < 2 or any(marker_of(found[at].words) for at in tops):
        return []
    lasts = [last_line(found, at, hints[at]) for at in tops]
    return [
        Opening(at, last, None, "", "".join(line.words for line in found[at : last + 1]))
        for at, last in zip(tops, lasts, strict=True)
    ]


def _with_subtitle(found: Sequence[Line], opening: Opening) -> Opening:
    """Return the title with the line below it, when that is the rest of it after a dash."""
    at = opening.last + 1
    if at >= len(found) or not opening.title or is_preface(opening.title) or not is_subtitle(found[at].words):
        return opening
    title = opening.title if _OCCASION.search(found[at].words) else opening.title + found[at].words
    return Opening(opening.first, at, opening.number, opening.label, title)
