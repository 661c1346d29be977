"""The numbers that Word sets before paragraphs by itself: they are in no run, yet a reader of the page sees them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import cn2an
from docx.oxml.ns import qn
from lxml.etree import _Element as Element

_PLACE = re.compile(r"%([1-9])")
_MOST = 9999
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_STEMS = "甲乙丙丁戊己庚辛壬癸"


def _chinese(number: int) -> str:
    return str(cn2an.an2cn(number))


def _digits(number: int) -> str:
    return str(cn2an.an2cn(number, "direct")).replace("零", "〇")


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def _letter(number: int) -> str:
    # Word goes on after z with aa, bb, cc.
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _circled(number: int) -> str:
    return chr(ord("①") + number - 1) if number <= 20 else str(number)


def _full_width(number: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(number))


_WRITTEN: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": _full_width,
    "decimalHalfWidth": str,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "ideographDigital": _digits,
    "japaneseDigitalTenThousand": _digits,
    "taiwaneseDigital": _digits,
    "chineseLegalSimplified": lambda number: str(cn2an.an2cn(number, "up")),
    "ideographTraditional": lambda number: _STEMS[(number - 1) % len(_STEMS)],
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerLetter": _letter,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
}


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered. `text` is what stands before a paragraph, with %1 for the outermost count."""

    start: int
    written: str
    text: str
    style: str
    restarts: bool
    legal: bool


@dataclass(slots=True)
class _List:
    """A numbering definition and how far it has counted; several lists of a file may count on in one."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts a file's automatic numbers; its paragraphs must be asked about in their order.

    `unknown` becomes true once a number is written in a way that is not known here.
    """

    def __init__(self, root: Element | None) -> None:
        self.unknown = False
        self._lists: dict[str, _List] = {}
        self._starts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        definitions = {node.get(qn("w:abstractNumId")): _List(_levels(node)) for node in root.iter(qn("w:abstractNum"))}
        for node in root.iter(qn("w:num")):
            number = node.get(qn("w:numId"), "")
            self._lists[number] = definitions.get(attribute(node, "w:abstractNumId")) or _List({})
            self._starts[number] = {
                _whole(override.get(qn("w:ilvl")), 0): _whole(start, 1)
                for override in node.iter(qn("w:lvlOverride"))
                if (start := attribute(override, "w:startOverride"))
            }

    def level_of_style(self, number: str, style: str) -> int:
        """Return the level of a list that a paragraph style is bound to, 0 where it is bound to none."""
        numbered = self._lists.get(number)
        return next((at for at, level in numbered.levels.items() if level.style == style), 0) if numbered else 0

    def count(self, number: str, at: int) -> str:
        """Return what stands before the next paragraph in the list `number` at a level from 0; empty for bullets."""
        numbered = self._lists.get(number)
        if numbered is None or (level := numbered.levels.get(at)) is None:
            return ""
        counts = numbered.counts
        start = self._starts[number].pop(at, None)
        counts[at] = counts.get(at, level.start - 1) + 1 if start is None else start
        for deeper in [other for other in counts if other > at and numbered.levels[other].restarts]:
            del counts[deeper]
        if level.written in {"bullet", "none"}:
            return ""
        text = _PLACE.sub(lambda place: self._written(numbered, int(place[1]) - 1, level.legal), level.text)
        return f"{text} " if text and text[-1].isascii() else text

    def _written(self, numbered: _List, at: int, legal: bool) -> str:
        level = numbered.levels.get(at)
        if level is None:
            return ""
        number = numbered.counts.setdefault(at, level.start)
        write = _WRITTEN.get("decimal" if legal else level.written)
        if write is None or not 0 < number <= _MOST:
            self.unknown = self.unknown or write is None
            return str(number)
        return write(number)


def _levels(definition: Element) -> dict[int, _Level]:
    return {
        _whole(node.get(qn("w:ilvl")), 0): _Level(
            start=_whole(attribute(node, "w:start"), 1),
            written=attribute(node, "w:numFmt") or "decimal",
            text=attribute(node, "w:lvlText"),
            style=attribute(node, "w:pStyle"),
            restarts=attribute(node, "w:lvlRestart") != "0",
            legal=node.find(qn("w:isLgl")) is not None,
        )
        for node in definition.iter(qn("w:lvl"))
    }


def attribute(node: Element, child: str) -> str:
    """Return the w:val of a child element, empty where there is none."""
    found = node.find(qn(child))
    return str(found.get(qn("w:val"), "")) if found is not None else ""


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else default
