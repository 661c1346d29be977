"""From the characters of a PDF page to its lines in reading order."""

import ctypes
import statistics
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

_SAME_LINE = 0.4
"""Baselines nearer than this share of a character's height are one line's."""
_WORD_GAP = 0.25
_PIECE_GAP = 0.75
_CELL_GAP = 1.2
"""Gaps, in heights of a character: between words of Latin letters, between columns, between a table's cells."""

_MIDDLE = (0.35, 0.65)
"""Where on a page's width the gutter between two columns may lie."""
_COLUMN_LINES = 6
"""Lines in each of two columns, at least."""
_CROSSING = 0.3
"""Share of a page's lines that may cross the gutter: headings over both columns."""
_FILLED = 0.6
"""Share of the left column's lines that reach its right edge; a table's cells do not."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its text, its left and right edge and baseline in points, the height of its characters.

    `column` tells apart, within a page, the regions between whose edges text is set.
    """

    text: str
    page: int
    left: float
    right: float
    base: float
    height: float
    column: int = 0

    @property
    def starts_wide(self) -> bool:
        """Whether it begins with a Chinese character or mark."""
        return is_wide(self.text[0])


class _Glyph(NamedTuple):
    character: str
    left: float
    right: float
    base: float
    height: float


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page's lines in reading order, how many of its characters say nothing, and where its two columns meet."""

    lines: list[Line]
    mute: int
    gutter: float | None


def page_lines(page: pypdfium2.PdfPage, number: int, before: float | None = None) -> PageLines:
    """Return the lines of a page; `before` is where columns met on the page before, for a page that ends early."""
    width, _ = page.get_size()
    glyphs = list(_glyphs(page))
    readable = [glyph for glyph in glyphs if _says(glyph.character)]
    rows = _rows(readable)
    spans = [(piece[0].left, piece[-1].right) for row in rows for piece in _pieces(row)]
    em = statistics.median(glyph.height for glyph in readable) if readable else 0
    gutter = _gutter(spans, width, em)
    if gutter is None and before is not None and _crossing(spans, before) <= _CROSSING * len(spans):
        gutter = before
    lines = [_line(row, number, 0) for row in rows] if gutter is None else _in_columns(rows, gutter, number)
    return PageLines([line for line in lines if line.text], len(glyphs) - len(readable), gutter)


def is_wide(character: str) -> bool:
    """Tell whether a character takes the width of a Chinese one."""
    return unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—·"


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[_Glyph]:
    """Yield the characters the page itself has, upright whatever its rotation."""
    width, height = page.get_mediabox()[2:]
    rotation = page.get_rotation()
    text = page.get_textpage()
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        character = chr(pdfium.FPDFText_GetUnicode(text, index))
        pdfium.FPDFText_GetLooseCharBox(text, index, box)
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        if rotation == 0:
            yield _Glyph(character, box.left, box.right, y.value, box.top - box.bottom)
        elif rotation == 90:
            yield _Glyph(character, box.bottom, box.top, width - x.value, box.right - box.left)
        elif rotation == 180:
            yield _Glyph(character, width - box.right, width - box.left, height - y.value, box.top - box.bottom)
        else:
            yield _Glyph(character, height - box.top, height - box.bottom, x.value, box.right - box.left)


def _says(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Co", "Cn"} and character != "\N{REPLACEMENT CHARACTER}"


def _rows(glyphs: Sequence[_Glyph]) -> list[list[_Glyph]]:
    """Group characters by baseline from the top of the page down, each row from left to right."""
    rows: list[list[_Glyph]] = []
    for glyph in sorted(glyphs, key=lambda glyph: -glyph.base):
        # Small marks and exponents stand a little above or below the line they belong to.
        if rows and rows[-1][0].base - glyph.base <= _SAME_LINE * max(rows[-1][0].height, glyph.height):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [sorted(row, key=lambda glyph: glyph.left) for row in rows]


def _pieces(row: Sequence[_Glyph]) -> Iterator[list[_Glyph]]:
    """Split a row where nothing stands for about the width of a character."""
    piece: list[_Glyph] = []
    for glyph in row:
        if glyph.character.isspace():
            continue
        if piece and glyph.left - piece[-1].right > _PIECE_GAP * glyph.height:
            yield piece
            piece = []
        piece.append(glyph)
    if piece:
        yield piece


def _line(row: Sequence[_Glyph], page: int, column: int) -> Line:
    words = [glyph for glyph in row if not glyph.character.isspace()]
    if not words:
        return Line("", page, 0, 0, 0, 0, column)
    text = words[0].character
    begun = row.index(words[0])
    for before, glyph in pairwise(row[begun:]):
        gap = (glyph.left - before.right) / max(glyph.height, 1)
        latin = not (is_wide(before.character) or is_wide(glyph.character))
        spaced = before.character.isspace() or glyph.character.isspace()
        text += " " if not spaced and gap > (_WORD_GAP if latin else _CELL_GAP) else ""
        text += glyph.character
    wide = [glyph.right - glyph.left for glyph in words if is_wide(glyph.character)]
    # A Chinese character is as wide as its font is high; boxes are higher by what the font's maker left above it.
    height = statistics.median(wide or [glyph.height * 0.85 for glyph in words])
    # Characters beyond the first 65,536 may come in two halves.
    text = text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return Line(text.strip(), page, words[0].left, words[-1].right, words[0].base, height, column)


def _gutter(spans: Sequence[tuple[float, float]], width: float, em: float) -> float | None:
    """Return where on the page's width two columns meet, None where the page has one."""
    best: float | None = None
    fewest = _CROSSING * len(spans)
    for edge in sorted({right for _, right in spans if _MIDDLE[0] * width < right < _MIDDLE[1] * width}):
        at = edge + 1
        lefts = [right for _, right in spans if right <= at]
        rights = [left for left, _ in spans if left >= at]
        if min(len(lefts), len(rights)) < _COLUMN_LINES or _crossing(spans, at) > fewest:
            continue
        if sum(max(lefts) - right < 2 * em for right in lefts) >= _FILLED * len(lefts):
            best, fewest = at, _crossing(spans, at)
    return best


def _crossing(spans: Sequence[tuple[float, float]], at: float) -> int:
    return sum(left < at < right for left, right in spans)


def _in_columns(rows: Sequence[Sequence[_Glyph]], gutter: float, page: int) -> list[Line]:
    """Read bands between headings that cross the gutter, in each first the left column, then the right."""
    lines: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for row in rows:
        crossing = any(piece[0].left < gutter < piece[-1].right for piece in _pieces(row))
        if crossing:
            lines += left + right + [_line(row, page, 0)]
            left, right = [], []
            continue
        left.append(_line([glyph for glyph in row if glyph.left < gutter], page, 1))
        right.append(_line([glyph for glyph in row if glyph.left >= gutter], page, 2))
    return lines + left + right
