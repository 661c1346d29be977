"""Times as official prose writes them: 2021年, 截至2021年底, 今年以来, “十四五”期间."""

import re
from collections.abc import Iterator, Mapping

from corpus.numerals import NUMERAL, numeral

_YEAR = r"(?:[12１２][0-9０-９]{3}|[一二][〇○零一二三四五六七八九]{3})\s?年度?"
_DAY = r"[0-9０-９]{1,2}\s?月(?:份|(?:[0-9０-９]{1,2}\s?日)?)"
DATE = rf"{_YEAR}(?:\s?{_DAY})?|{_DAY}"
"""A date as a regular expression: 2021年, 2021年12月31日, 4月."""

TIME = (
    rf"(?:截至|截止到?|到)?(?:{_YEAR}(?:[—–~～至-]{_YEAR})?(?:\s?[0-9０-９]{{1,2}}[—–~～至-](?={_DAY}))?(?:\s?{_DAY})?|"
    rf"[今去]年(?:\s?{_DAY})?|“十[一二三四五六七]五”(?:期间|时期)?)"
    r"(?:年?[初底末]|[上下]半年|前?[一二三四]季度)?(?:以来|期间)?(?!同期)"
)
"""A time as a regular expression: a date that names its year, with what bounds it."""

# What a figure is compared with (比2020年增长) is no time of its own, nor is a year in a title (《2021年工作要点》).
_TIMES = re.compile(rf"《[^《》]{{0,200}}》|(?<![比较])(?P<time>{TIME})")


def times(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the spans of the times in `text[start:end]` (2021年, 截至2021年底, 今年以来), in reading order."""
    for found in _TIMES.finditer(text, start, len(text) if end is None else end):
        if found["time"]:
            yield found.span()


_TURN = re.compile(
    rf"第\s?(?P<turn>[{NUMERAL}]+)\s?(?P<of>[期批轮届]|阶段)|(?<![{NUMERAL}前近这后上下每])(?P<bare>[一二三四五六七八九])期(?!间)"
)
_YEAR_MEANT = re.compile(
    r"(?<![0-9比较])(?P<year>[12][0-9]{3})年|(?P<near>[今去前]年)|(?P<plan>十[一二三四五六七]五)(?!年)"
)
_PART_OF_YEAR = re.compile(
    rf"(?P<half>[上下]半年|全年)|第?(?P<quarter>前?[{NUMERAL}]+)季度|(?<![0-9])(?P<month>[0-9]{{1,2}}(?:[—–~～至-][0-9]{{1,2}})?)月"
)


def periods(text: str) -> Mapping[str, str]:
    """Return what a text (half-width digits) says of time, the last of each kind: 年, 季 (or half, or month), 期, 批 ….

    第二期 and 二期 are 期: 2; 2021年 is 年: 2021, 今年 is 年: 今年, since nobody knows when the text was written.
    """
    found: dict[str, str] = {}
    for year in _YEAR_MEANT.finditer(text):
        found["年"] = year[0].removesuffix("年") if year["year"] else year[0]
    for part in _PART_OF_YEAR.finditer(text):
        found["季"] = part[0].removeprefix("第")
    for turn in _TURN.finditer(text):
        found[turn["of"] or "期"] = str(numeral(turn["turn"] or turn["bare"]))
    return found


def agreement(asked: str, said: str) -> float:
    """Return how a time said agrees with the one asked for: for each kind named in both 1 where alike, else -1.

    今年 and 2021年 are neither.
    """
    wanted, told = periods(asked), periods(said)
    return float(
        sum(
            (1 if told[kind] == time else -1)
            for kind, time in wanted.items()
            if kind in told and not (kind == "年" and told[kind].isdigit() != time.isdigit())
        )
    )
