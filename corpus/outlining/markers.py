"""The numbers that lines begin with: 第一章, 一、, （一）, 1., （1）, ①, 一是, 第一条."""

import re
from dataclasses import dataclass
from enum import IntEnum

from corpus.numerals import CIRCLED, NUMERAL, numeral


class Style(IntEnum):
    """Ways to number a heading, outermost first."""

    VOLUME = 0
    CHAPTER = 1
    SECTION = 2
    ARTICLE = 3
    MAIN = 4
    BRACKETED = 5
    SAID = 6
    ARABIC = 7
    ARABIC_BRACKETED = 8
    CIRCLED = 9


@dataclass(frozen=True, slots=True)
class Marker:
    """A number at the head of a line: its style, its value, and how many characters it takes."""

    style: Style
    ordinal: int
    length: int


_CHINESE = "一二三四五六七八九十百"
_NOT_A_COUNT = rf"(?![{_CHINESE}]{{1,3}}\s*[、期产级类线季至到])"
"""一、二期工程 and 一、二、三产 list numbers; they are not headed by one."""

_STYLES = (
    (Style.VOLUME, re.compile(rf"第\s*(?P<n>[{NUMERAL}]{{1,8}})\s*(?:编(?![制号])|部分)")),
    (Style.CHAPTER, re.compile(rf"第\s*(?P<n>[{NUMERAL}]{{1,8}})\s*章")),
    (Style.SECTION, re.compile(rf"第\s*(?P<n>[{NUMERAL}]{{1,8}})\s*节(?!课)")),
    (
        Style.ARTICLE,
        re.compile(
            rf"第\s*(?P<n>[{NUMERAL}]{{1,8}})\s*条(?:之[{_CHINESE}])?(?=[\s\u3000:：【(（]|$)\s?(?:[【(（][^】)）]{{1,20}}[】)）])?"
        ),
    ),
    (Style.MAIN, re.compile(rf"第?(?P<n>[{_CHINESE}]{{1,4}})\s*[、.．]\s*{_NOT_A_COUNT}")),
    (Style.BRACKETED, re.compile(rf"[(（〔]\s*(?P<n>[{_CHINESE}]{{1,4}})\s*[)）〕][、.．]?\s*")),
    (Style.SAID, re.compile(rf"(?P<n>[{_CHINESE}]{{1,3}})是(?![否非])")),
    (Style.ARABIC, re.compile(r"(?P<n>[0-9０-９]{1,3})\s*(?:[.．](?!\s*[0-9０-９])|、(?!\s*[0-9０-９])|[)）])\s*")),
    (Style.ARABIC_BRACKETED, re.compile(r"[(（]\s*(?P<n>[0-9０-９]{1,3})\s*[)）][、.．]?\s*")),
    (Style.CIRCLED, re.compile(rf"(?P<n>[{CIRCLED}])\s*[丨｜|、.．]?\s*")),
)


def marker_of(words: str) -> Marker | None:
    """Return the number with which a line begins, or None."""
    head = words[:48]
    for style, pattern in _STYLES:
        if match := pattern.match(head):
            ordinal = numeral(match["n"])
            if ordinal is not None:
                return Marker(style, ordinal, match.end())
    return None
