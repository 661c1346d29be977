"""Headings without a number: short lines that end open, with text below."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from corpus.outlining.heading import Heading, standing
from corpus.outlining.lines import Doubt, Line, is_unfinished, reads_as_title
from corpus.outlining.markers import Marker
from corpus.outlining.titles import is_unit

_NO_HEADING = re.compile(
    r"[\d\s年月日〇零一二三四五六七八九十○时分:：./-]+"
    r"|[（(][^）)]{0,40}[）)]"
    r"|.{0,12}[发字函办号]?\s*[〔\[【(（]\s*\d{4}\s*[〕\]】)）].{0,8}号?"
    r"|\d[\d.,%％\s]*\D{0,4}"
    r"|.{0,16}(?:[省市县区州]长|主席|主任|[局厅部]长|书记|记者|通讯员|作者)[\s\u3000]+\S{1,14}(?:[\s\u3000]\S{1,14}){0,3}"
    r"|.{0,8}(?:单位|部门|时间|日期|地点|地址|电话|联系人|邮编|邮箱|网址|作者|编辑|姓名|文号|索引号)\s*[:：].*"
    r"|(?:新华社|本报|中新社|人民网).*"
    r"|(?:各位|尊敬的).{0,12}|同志们|谢谢.{0,6}|[——─-]{2}.*"
)
"""Short lines that head nothing: dates, remarks in brackets, document numbers, people, addresses, salutations."""
_DATED = re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?")
_PAIRS = ("《》", "“”", "（）", "()", "【】")
_LONGEST = 25
_FRONT_LONGEST = 80
_JOINED_LONGEST = 40
_MARKED_SHORTEST = 7
"""Characters; a numbered heading that is shorter is whole (二、做法)."""
_SAME_SHORTEST = 4
APPENDED = -1.0
"""The rank of an appendix: outermost."""


def bare_headings(
    found: Sequence[Line],
    front: int,
    taken: Mapping[int, Heading],
    markers: Mapping[int, Marker],
    glossary: set[int],
    attached: Collection[int],
    doubts: list[Doubt],
) -> dict[int, Heading]:
    """Return the headings without a number, and the numbered ones that run on in a line without one.

    The first `front` lines say whose text it is.
    """
    plain = [at for at in range(front, len(found)) if at not in markers and at not in taken and at not in glossary]
    short = dict.fromkeys(at for at in plain if _looks_bare(found, at, doubts))
    result: dict[int, Heading] = {}
    ranks = _ranks(found, taken, markers, glossary, attached)
    for run in _runs(short):
        at = run[0]
        if len(run) > 2:
            doubts.append(found[at].doubt("连着几行都是短行，分不清标题和正文，按正文处理"))
            continue
        if run[-1] + 1 == len(found):
            doubts += [found[each].doubt("像标题，但后面没有正文，按正文处理") for each in run]
            continue
        if len(run) == 1 and at - 1 in taken and _runs_on(found, taken, short, at):
            above = taken[at - 1]
            doubts.append(found[at].doubt("标题似乎断成两行，按一个标题处理"))
            words = above.words + found[at].words
            result[at - 1] = Heading(above.first, at, above.start, found[at].end, words, above.rank, run_in=False)
            continue
        if len(found[at + 1].words) <= len(found[at].words):
            doubts.append(found[at].doubt("短行后面也是短行，分不清标题和正文，按标题处理"))
        for each in run:
            result[each] = standing(found, each, each, ranks[each])
    return result


def front_matter(found: Sequence[Line], markers: Collection[int], title: str) -> int:
    """Return how many lines at the top say whose text it is and when it was given: unit, date, occasion, speaker."""
    at = 0
    while at < len(found) and at not in markers and len(found[at].words) <= _FRONT_LONGEST:
        words = found[at].words
        again = len(words) >= _SAME_SHORTEST and words in title
        if not (again or _DATED.search(words[:12]) or is_unit(words) or _NO_HEADING.fullmatch(words)):
            break
        at += 1
    return at


def _looks_bare(found: Sequence[Line], at: int, doubts: list[Doubt]) -> bool:
    """Tell whether a line without a number looks like a heading, by itself and by its neighbours."""
    words = found[at].words
    if not reads_as_title(words, _LONGEST) or len(words) < 2 or _NO_HEADING.fullmatch(words):
        return False
    if any(words.count(pair[0]) != words.count(pair[1]) for pair in _PAIRS):
        return False
    following = found[at + 1].words if at + 1 < len(found) else ""
    if is_unit(words) and (at + 1 == len(found) or _DATED.match(following)):
        return False
    if at and is_unfinished(found[at - 1].words):
        doubts.append(found[at].doubt("上一行没有写完，分不清是标题还是断行的正文，按正文处理"))
        return False
    return True


def _runs(positions: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for at in positions:
        if runs and runs[-1][-1] + 1 == at:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _runs_on(found: Sequence[Line], taken: Mapping[int, Heading], short: Collection[int], at: int) -> bool:
    """Tell whether a short line is the rest of the numbered heading above: it is the only short line under it."""
    above = taken[at - 1]
    if (
        above.run_in
        or len(found[at - 1].words) < _MARKED_SHORTEST
        or len(above.words) + len(found[at].words) > _JOINED_LONGEST
    ):
        return False
    for each in range(at + 1, len(found)):
        if each in taken and taken[each].rank <= above.rank:
            return True
        if each in short:
            return False
    return True


def _ranks(
    found: Sequence[Line],
    taken: Mapping[int, Heading],
    markers: Mapping[int, Marker],
    glossary: set[int],
    attached: Collection[int],
) -> list[float]:
    """Return for each line the rank that a heading without a number has there.

    Where the numbers that follow begin anew with 1 it stands above them, else below the number that is open.
    """
    ranks = [0.0] * len(found)
    following: tuple[float, int] | None = None
    open_at = [-1.0] * len(found)
    deepest = -1.0
    for at in range(len(found)):
        if at in taken:
            deepest = taken[at].rank
        open_at[at] = deepest
    for at in range(len(found) - 1, -1, -1):
        if following is not None and following[1] == 1:
            ranks[at] = following[0] - 0.5
        else:
            ranks[at] = open_at[at] + 0.5
        if at in attached:
            ranks[at] = APPENDED
        if at in taken and at in markers:
            following = (taken[at].rank, markers[at].ordinal)
        elif at in glossary:
            following = None
    return ranks
