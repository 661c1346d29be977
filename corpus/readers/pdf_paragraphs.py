"""From the lines of PDF pages to paragraphs, across page breaks."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.readers.lines import join
from corpus.readers.pdf_lines import Line

_INDENT = 1.2
_SHORT = 2.0
"""In widths of a Chinese character: how far a first line stands in, and a last line ends before the edge."""
_LATIN = 0.55
"""Width of a Latin letter or digit to that of a Chinese character."""
_RESIZED = 0.12
"""Share by which characters differ in size between a heading and its text."""
_APART = 1.6
"""Distance of baselines, to the usual one, from which lines stand apart."""
_EDGE = 0.1
"""Share of a page's lines that must begin at its left edge."""

_ENDED = re.compile(r"[。！？；：”）!?;:]$")
_MARK = re.compile(
    r"第[〇零一二三四五六七八九十百\d]+[篇章节条部编]|[一二三四五六七八九十]+[、．.]|[（(][一二三四五六七八九十\d]+[)）]|"
    r"\d+[.．、](?!\d)|[①-⑳●■◆★▲【]"
)
_WORD = re.compile(r"[A-Za-z0-9.,%％+\-/]+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, and the pages it stands on: (offset in its text, page)."""

    text: str
    pages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The edges between which a column is set, and the usual distance of its baselines."""

    left: float
    right: float
    spacing: float


def paragraphs(lines: Sequence[Line]) -> Iterator[Paragraph]:
    """Yield paragraphs: lines go on in one until a line ends short, or the next stands in, apart or in another size."""
    frames = _frames(lines)
    text, pages = "", list[tuple[int, int]]()
    before: Line | None = None
    for line in lines:
        if before is not None and _begins(before, line, frames):
            yield Paragraph(text, tuple(pages))
            text, pages = "", []
        joined = join(text, line.text)
        if not pages or pages[-1][1] != line.page:
            pages.append((len(joined) - len(line.text), line.page))
        text, before = joined, line
    if text:
        yield Paragraph(text, tuple(pages))


def _begins(before: Line, line: Line, frames: dict[tuple[int, int], _Frame]) -> bool:
    """Tell whether a paragraph begins with `line`."""
    frame, last = frames[line.page, line.column], frames[before.page, before.column]
    em = max(line.height, 1.0)
    if abs(before.height - line.height) > _RESIZED * max(before.height, line.height):
        return True
    together = (before.page, before.column) == (line.page, line.column)
    if together and before.base - line.base > _APART * frame.spacing:
        return True
    word = _WORD.match(line.text)
    needed = len(word[0]) * _LATIN if word else 0.0
    if last.right - before.right > (_SHORT + needed) * em:
        return True
    ended = bool(_ENDED.search(before.text))
    if line.left - frame.left > _INDENT * em:
        # A block set in as a whole goes on as long as its lines are full and no sentence has ended.
        hanging = abs((line.left - frame.left) - (before.left - last.left)) < 0.3 * em
        return ended or not hanging
    return ended and bool(_MARK.match(line.text))


def _frames(lines: Sequence[Line]) -> dict[tuple[int, int], _Frame]:
    columns: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        columns[line.page, line.column].append(line)
    widest: defaultdict[int, float] = defaultdict(float)
    for (_, column), members in columns.items():
        widest[column] = max(widest[column], _right(members) - _left(members))
    return {place: _frame(members, widest[place[1]]) for place, members in columns.items()}


def _frame(members: Sequence[Line], width: float) -> _Frame:
    left = _left(members)
    # A page with only a few short lines is as wide as the others.
    right = max(_right(members), left + width) if len(members) < 5 else _right(members)
    gaps = [a.base - b.base for a, b in pairwise(members) if a.base > b.base]
    return _Frame(left, right, statistics.median(gaps) if gaps else float("inf"))


def _left(members: Sequence[Line]) -> float:
    """Return the leftmost place at which enough lines begin."""
    em = statistics.median(line.height for line in members)
    starts = Counter(round(line.left / max(em / 2, 1)) for line in members)
    enough = min(start for start, count in starts.items() if count >= max(1, _EDGE * len(members)))
    return min(line.left for line in members if round(line.left / max(em / 2, 1)) == enough)


def _right(members: Sequence[Line]) -> float:
    """Return the right edge, past which a mark or two may hang."""
    ends = sorted(line.right for line in members)
    return ends[-1 - len(ends) // 20]
