"""What stands in a text and is no body: lists of contents, and what a web page wraps an article in."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.document import Aside
from corpus.numerals import CIRCLED, NUMERAL, numeral
from corpus.outlining.lines import STOPS, Line

CONTENTS = "目录"
WEB_PAGE = "网页附属文字"

_HEAD = re.compile(r"[【\[（(]?\s*目\s*[录次]\s*[】\])）]?|contents", re.IGNORECASE)
_LEADER = re.compile(r"\s*[.．·…‥﹒][.．·…‥﹒\s]*[.．·…‥﹒]\s*[(（]?\d{1,4}[)）]?$")
_PAGE = re.compile(r"\s+[(（]?\d{1,4}[)）]?\s*$")
_NUMBER = re.compile(rf"(?P<number>[{CIRCLED}]|\d{{1,3}})\s*[丨｜|、.．:：]?\s*")
_ENTRY = re.compile(rf"[{CIRCLED}]|第\s*[{NUMERAL}]+\s*篇|案\s*例")
_UNIT = re.compile(r"([^:：丨｜|]{2,30})[:：丨｜|]")
_LONGEST = 120
"""Characters; no line of contents or of a web page's frame is longer."""
_FEWEST = 3
"""Lines of contents that may stand without the word 目录 above them."""
_PIECES = 3
"""Lines over which a title may be broken."""

_WEB = re.compile(
    r"【?\s*字\s*[号体]\s*[:：].{0,30}"
    r"|(?:文章|信息|稿件|内容)?\s*来\s*源\s*[:：]\s*\S.{0,40}"
    r"|(?:相关(?:报道|链接|阅读|新闻|文章|附件|稿件)|延伸阅读|推荐阅读|热点推荐)\s*[:：]?"
    r"|(?:您|你)?\s*(?:现在|当前|所在)?的?\s*位置\s*[:：].{0,80}"
    r"|(?:访问|浏览|阅读|点击)(?:量|数|次数|人数)?\s*[:：]\s*\d*\s*次?"
    r"|(?:发布|更新)(?:时间|日期|机构)\s*[:：].{0,60}|责任编辑\s*[:：].{0,20}"
    r"|[【\[（(]?\s*(?:打印(?:本页)?|关闭(?:本页|窗口)?|返回(?:顶部|首页|上页)|加入收藏|分享到?|纠错|大 中 小)"
    r"(?:[\s|丨/】\[【\])）]*(?:打印(?:本页)?|关闭(?:本页|窗口)?|返回(?:顶部|首页)|收藏|分享到?.{0,20}|纠错))*\s*[】\])）]?[:：]?"
    r"|(?:上|下)一[篇页条]\s*[:：].{0,80}|扫一扫.{0,20}(?:打开|分享|阅读|查看).{0,10}"
    r"|版权所有.{0,80}|.{0,30}ICP备.{0,40}|.{0,20}公网安备.{0,30}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of contents whose title stands again in the body: at lines `first` to `last`, both of the body.

    `number` is the number printed before it, if any, and `label` its printed form; `unit` is the name before its colon
    (焦作市：…) where the body leaves that out.
    """

    number: int | None
    label: str
    unit: str
    first: int
    last: int


def parted(everything: Sequence[Line]) -> tuple[list[Line], tuple[Entry, ...], tuple[Aside, ...]]:
    """Return the lines of the body, the titles in it that a list of contents named, and what is set aside."""
    framed = {at for at, line in enumerate(everything) if _web_page(line)}
    article = [at for at in range(len(everything)) if at not in framed]
    listed, entries = _contents([everything[at] for at in article])
    kept = [at for at in range(len(article)) if at not in listed]
    place = {at: index for index, at in enumerate(kept)}
    moved = tuple(
        replace(entry, first=place[entry.first], last=place[entry.last])
        for entry in entries
        if entry.first in place and entry.last in place
    )
    reasons = dict.fromkeys(framed, WEB_PAGE) | {article[at]: CONTENTS for at in listed}
    return [everything[article[at]] for at in kept], moved, _merged(everything, reasons)


def _web_page(line: Line) -> bool:
    """Tell whether a line belongs to a web page's frame and not to the article."""
    return len(line.words) <= _LONGEST and _WEB.fullmatch(line.words) is not None


def _contents(found: Sequence[Line]) -> tuple[set[int], tuple[Entry, ...]]:
    """Return the positions of the lines that are a list of contents, and the titles of it that the body repeats."""
    listed: set[int] = set()
    repeated: dict[int, Entry] = {}
    begins = _beginnings(found)
    if not begins:
        return listed, ()
    titles = _titles(found)
    for begin in begins:
        if begin in listed:
            continue
        headed = bool(_HEAD.fullmatch(found[begin].words))
        at = begin + headed
        while at < len(found) and _listed(found[at].words, at, titles):
            at += 1
        count = at - begin - headed
        if count and (headed or count >= _FEWEST):
            listed.update(range(begin, at))
            for line in found[begin + headed : at]:
                if entry := _repeated(line.words, at, titles, found):
                    repeated[entry.first] = entry
    return listed, tuple(repeated[first] for first in sorted(repeated) if first not in listed)


def _merged(found: Sequence[Line], reasons: dict[int, str]) -> tuple[Aside, ...]:
    """Return the asides that lines make, those that follow one another for one reason as one."""
    asides: list[Aside] = []
    last = -2
    for at, reason in sorted(reasons.items()):
        line = found[at]
        if at == last + 1 and asides[-1].reason == reason:
            asides[-1] = Aside(asides[-1].start, line.end, reason)
        else:
            asides.append(Aside(line.start, line.end, reason))
        last = at
    return tuple(asides)


def _beginnings(found: Sequence[Line]) -> list[int]:
    """Return where a list of contents may begin: at the word, or at the first of some lines numbered as cases are."""
    begins = []
    inside = False
    for at, line in enumerate(found):
        if len(line.words) > _LONGEST:
            inside = False
            continue
        entry = _has_leader(line.words) or _ENTRY.match(line.words) is not None
        if _HEAD.fullmatch(line.words) or (entry and not inside):
            begins.append(at)
        inside = entry
    return begins


def _listed(words: str, at: int, titles: dict[str, list[tuple[int, int]]]) -> bool:
    if len(words) > _LONGEST or words[-1] in STOPS:
        return False
    return _has_leader(words) or _place(words, at + 1, titles) is not None


def _has_leader(words: str) -> bool:
    return (words[-1].isdigit() or words[-1] in ")）") and _LEADER.search(words) is not None


def _repeated(words: str, after: int, titles: dict[str, list[tuple[int, int]]], found: Sequence[Line]) -> Entry | None:
    place = _place(words, after, titles)
    if place is None:
        return None
    number = _NUMBER.match(words)
    first, last = place
    unit = _UNIT.match(_bare(words))
    if unit and _key("".join(line.words for line in found[first : last + 1])).startswith(_key(unit[1])):
        unit = None
    # A title of which only the words behind the unit's name were found has that name in the line above.
    if first > after and len(found[first - 1].words) <= _LONGEST:
        whole, above = _key(_bare(words)), _key(found[first - 1].words)
        if (
            above
            and not whole.startswith(_key(found[first].words))
            and whole.startswith(above[:2])
            and len(above) <= 30
        ):
            first, unit = first - 1, None
    name = unit[1] if unit else ""
    if number is None:
        return Entry(None, "", name, first, last)
    return Entry(numeral(number["number"]), number["number"], name, first, last)


def _place(words: str, after: int, titles: dict[str, list[tuple[int, int]]]) -> tuple[int, int] | None:
    """Return the lines of the body, at or after a position, that repeat a line of contents."""
    for key in _keys(_bare(words)):
        places = titles.get(key, [])
        at = bisect_left(places, (after, 0))
        if at < len(places):
            return places[at]
    return None


def _bare(words: str) -> str:
    words = _LEADER.sub("", words)
    words = _PAGE.sub("", words)
    number = _NUMBER.match(words)
    return words[number.end() :] if number else words


def _keys(words: str) -> list[str]:
    """Return what a title is recognised by: all its words, and those behind the name of the unit (焦作市：…)."""
    keys = [_key(words)]
    if match := _UNIT.match(words):
        keys.append(_key(words[match.end() :]))
    return [key for key in keys if len(key) >= 4]


def _key(words: str) -> str:
    return re.sub(r"[\W_]+", "", words)


def _titles(found: Sequence[Line]) -> dict[str, list[tuple[int, int]]]:
    """Return the lines that each title-like run of up to three short lines takes, by the keys of the run."""
    titles: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(found)):
        joined = ""
        for last in range(first, min(first + _PIECES, len(found))):
            words = found[last].words
            if len(words) > _LONGEST or words[-1] in STOPS:
                break
            joined += words
            for key in _keys(joined):
                titles.setdefault(key, []).append((first, last))
    return titles
