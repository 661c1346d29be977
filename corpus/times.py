"""Times as official prose writes them: 2021年, 截至2021年底, 今年以来, “十四五”期间."""

import re
from collections.abc import Iterator

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
