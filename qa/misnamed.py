"""Names that look like a county or city but are none: misspelt (符沟县 for 扶沟县), or of no place there is."""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from corpus.numerals import NUMERAL
from corpus.places import counties_by_short_name
from index.tokenizer import is_ordinary, is_word

_KINDS = "县市区旗"
_STEM = (2, 3)
"""Characters of such a name before its kind."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NOT_BEHIND = re.compile("[域委级政城乡区市民场长直属旗立内外]")
"""What makes another word of the kind before it (县域, 市场, 区长)."""
_NO_NAME = re.compile(
    rf"[{NUMERAL}各全本该此这那哪某每我你他她它们贵有几多两些个的了在从到去对和与跟及或是把被给让向为当由于请问查看说讲除"
    r"外邻同老新旧大小强弱穷富贫困示范试点重先进后产省市县区级城乡镇村郊园港湾库辖片牧林滩山景社学校军战特专保税综自贸经开高合作]"
)
"""Characters of 全县, 强县, 试点县, 自贸区, 经开区, …: kinds of places, pointers to one, and words that join."""
_BEGINS = re.compile(
    r"(?:\W|请问|请|介绍|一下|关于|有关|我?想?[了知问查]+[解道下询看]?|帮我|说说|讲讲|和|与|跟|及|或|省|市|州)$"
)


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A name as it was asked for, and the place of the corpus that may be meant, empty where none is alike."""

    name: str
    nearest: str


def misnamed(text: str, taken: Set[int], known: Iterable[str], is_said: Callable[[str], bool]) -> tuple[Misnamed, ...]:
    """Return the names in a normalised question that are of no place.

    `taken` are the offsets of the names that are known; `known` the names of the corpus that one may be meant for;
    `is_said` tells whether a document says a name. A name that is one character off a known one, or of another kind
    than the country's place of that name (临江县 for 临江市), is told wherever it stands, another only where it is the
    subject: at the beginning, or behind the place around it.
    """
    names = [name for name in known if name[-1] in _KINDS]
    found: dict[str, Misnamed] = {}
    end = 0
    for run in _HAN.finditer(text):
        for at in range(run.start() + _STEM[0], run.end()):
            if text[at] not in _KINDS or _NOT_BEHIND.match(text, at + 1):
                continue
            for size in _STEM:
                start = at - size
                if start < max(run.start(), end) or taken & set(range(start, at + 1)):
                    continue
                name = text[start : at + 1]
                if _is_of_words(name) or is_said(name):
                    continue
                nearest = next((each for each in names if _is_alike(name, each)), "")
                known_otherwise = name[:-1] in counties_by_short_name()
                if nearest or known_otherwise or (_is_subject(text, start, taken) and _may_be_name(name)):
                    found[name] = Misnamed(name, nearest)
                    end = at + 1
                    break
    return tuple(found.values())


def _is_subject(text: str, start: int, taken: Set[int]) -> bool:
    return start == 0 or start - 1 in taken or bool(_BEGINS.search(text[:start]))


def _may_be_name(name: str) -> bool:
    return not _NO_NAME.search(name[:-1]) and not any(map(is_word, _parts(name)))


def _is_of_words(name: str) -> bool:
    """Tell whether a name is a word of the language, or holds a common one (产业园区): no name misspelt."""
    return is_word(name) or any(map(is_ordinary, _parts(name)))


def _parts(name: str) -> set[str]:
    return {name[first:last] for first in range(len(name)) for last in range(first + 2, len(name) + 1)}


def _is_alike(name: str, known: str) -> bool:
    """Tell whether two names of one kind differ in one character: another, one too many, or one too few."""
    if name[-1] != known[-1] or abs(len(name) - len(known)) > 1:
        return False
    if len(name) == len(known):
        return sum(a != b for a, b in zip(name, known, strict=True)) == 1
    longer, shorter = (name, known) if len(name) > len(known) else (known, name)
    return len(shorter) > _STEM[0] and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer) - 1))
