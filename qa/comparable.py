"""Figures of several cases that may stand in one chart: of the same measure in the same words, unit and time.

A figure is left out rather than drawn beside what it cannot be compared with: a range, a part of a whole (其中), a
measure that does not say of what (项目, 总投资), a figure that is said of another place (全国, 全省 in a county's case,
a neighbour), one of which only the words around tell that it is cumulative, an average, or yet to come.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from corpus.document import Case, Document, Place
from corpus.places import aliases, mentions
from corpus.times import periods, times
from index.tokenizer import normalised
from qa.compare import Row
from qa.figures import FigureFound

_MOST = 8
"""Charts for one table."""
_SHORTEST = 3
"""Characters that a measure has at least."""
_MARKS = re.compile(r"[\s“”‘’\"'「」『』]+")
_VAGUE = re.compile(
    "(?:总|合计|计划|预计|完成|实现|实际|累计|平均|新增?|净增|各类?|相关|有关|其他|重要|重点|主要|其中|项目|工程|企业|公司|"
    "单位|部门|机构|群众|人员|干部|任务|问题|事项|活动|措施|政策|投资|资金|金|额|面积|规模|价值|长度|里程|工期|时间|时限|"
    "数|量|人|占比|比重|比例|增速|速度|产值|收入|支出|地方|方面|工作|平台|成果|增长|下降|提高|提升|减少|增加|增|达|到|至|"
    "年|月|天|省|县|市|区|乡|镇|村|户|家|名|位|个|项|件|行动|连续|过去|建成|建设|开展|打造|出台|推出|举办|办理)+"
)
"""A measure of such words alone does not say of what it is; two of them need not be alike."""
_MONEY = re.compile("(?P<scale>万亿|亿|万|)(?P<money>(?:[美欧日港]?元|港币|英镑)(?:/.+)?)")
_SCALES = {"": 0, "万": 4, "亿": 8, "万亿": 12}
_NO_AMOUNT = ("", "年", "周年")
"""三年行动 tells no amount; the unit of a fraction is not said."""
_SCOPE = re.compile("(?P<all>[全我本]([省市县区州盟旗]))|全国|我国|全球|世界|国内")
_MANNER = re.compile("累计|[年月日人户亩地]均|平均|每[人户家亩个年月日天周次]")
_VERB = re.compile(
    "新[增建改扩开设签]|净增|增加|改造|开工|竣工|完成|建成|培育|认定|引进|签约|实施|减少|淘汰|关[闭停]|投产|达产|盘活|供应|发放|办理"
)
"""What governs all that is listed behind it (新增甲3家、乙5家), so that 乙5家 alone is not 乙达到5家."""
_PAUSE = re.compile("[，,；;：:。]")
_ON_THE_MATTER = 0.5
"""The share of what the measure that says most of the question's words holds of them, for a measure to be drawn."""
_TARGET = re.compile("目标(?:建议)?[是为：:]")
"""What leads in the targets of a year, sentence after sentence, to the end of the paragraph."""
_AHEAD = re.compile(
    "力争|争取|确保|预计|预期|计划(?!总?投资)|目标|将(?![军领])|拟|到20[0-9]{2}年|规划|要(?=[实完建新])|未来|今后"
)
_AHEAD_HEADING = re.compile("目标|重点(?:工作|任务)|工作(?:安排|部署|打算|计划|任务)|总体要求|下一步|今后|规划")
_DAY = re.compile("月[0-9]{1,2}日")
_YEAR = re.compile("((?:19|20)[0-9]{2})年")
_NEAR = {"今年": 0, "去年": 1, "前年": 2}


@dataclass(frozen=True, slots=True)
class Bar:
    """The figure of a row of the table; `value` counts the chart's unit, exactly.

    `converted` tells that the text counts another one (万元, not 亿元). `time` is empty where nothing tells it.
    """

    row: int
    found: FigureFound
    value: float
    converted: bool
    time: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of at least two cases, the greatest value first; `planned` tells that they are targets, not results."""

    measure: str
    unit: str
    comparison: str
    planned: bool
    bars: tuple[Bar, ...]

    @property
    def said(self) -> float:
        """The share of the question's words that the measure holds, about 0 to 1."""
        return round(max(bar.found.said for bar in self.bars), 1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What figures must share to be compared; the scale of money aside. `manner` is 累计, 人均 and the like."""

    measure: str
    comparison: str
    unit: str
    manner: tuple[str, ...]
    planned: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A figure that may be compared; `period` is of what year and part of it, None where nobody says."""

    row: int
    found: FigureFound
    period: tuple[str, str] | None
    time: str


def charts(rows: Sequence[Row]) -> tuple[Chart, ...]:
    """Return the charts that the figures of a table's rows allow, those nearest to the question first.

    A case has one bar in a chart, its figure that fits the question best. Figures whose times are known and differ are
    never in one chart; one of no known time may stand beside any.
    """
    most = max((found.said for row in rows for found in row.telling), default=0.0)
    alike: dict[_Kind, list[_Candidate]] = defaultdict(list)
    for at, row in enumerate(rows):
        for found in row.telling:
            if found.said >= _ON_THE_MATTER * most and (kind := _kind(found)):
                alike[kind].append(_candidate(at, found))
    drawn = [_chart(kind, own) for kind, candidates in alike.items() if len(own := _of_one_time(candidates)) > 1]
    return tuple(sorted(drawn, key=lambda chart: (-chart.said, -len(chart.bars)))[:_MOST])


def _chart(kind: _Kind, candidates: Sequence[_Candidate]) -> Chart:
    units = Counter(normalised(each.found.placed.figure.unit) for each in candidates)
    unit = units.most_common(1)[0][0]
    bars = [
        Bar(
            row=each.row,
            found=each.found,
            value=_counted_in(unit, each.found),
            converted=normalised(each.found.placed.figure.unit) != unit,
            time=each.time,
        )
        for each in candidates
    ]
    first = candidates[0].found.placed.figure
    return Chart(
        measure="".join(each for each in kind.manner if each not in kind.measure) + kind.measure,
        unit=first.unit if normalised(first.unit) == unit else unit,
        comparison=first.comparison,
        planned=kind.planned,
        bars=tuple(sorted(bars, key=lambda bar: -bar.value)),
    )


def _of_one_time(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the best figure of each row, all of the time of which most rows have one, or of no known time."""
    best: list[_Candidate] = []
    for period in dict.fromkeys(each.period for each in candidates):
        of_row: dict[int, _Candidate] = {}
        for each in sorted(candidates, key=lambda each: each.period != period):
            if each.period in (period, None):
                of_row.setdefault(each.row, each)
        if len(of_row) > len(best):
            best = list(of_row.values())
    return best


def _kind(found: FigureFound) -> _Kind | None:
    """Return what a figure may be compared with, or None where that is not sure."""
    figure, document = found.placed.figure, found.evidence.document
    case = document.cases[found.placed.case]
    measure = _measure(figure.measure, case.place)
    if figure.upper is not None or figure.unit in _NO_AMOUNT or len(measure) < _SHORTEST or _VAGUE.fullmatch(measure):
        return None
    # What it is compared with is not what it is said of (比全省平均…).
    before = document.text[found.sentence.start : figure.start].replace(figure.comparison, "")
    # Of a list, the verb that governs it must be the measure's own.
    governed = _VERB.findall(_PAUSE.split(before)[-1])
    if not all(verb in measure for verb in governed):
        return None
    if "其中" in before or _is_of_another(before, case.place):
        return None
    manner = tuple(sorted(set(_MANNER.findall(before))))
    if not all(each in found.words[0] for each in manner):
        return None
    planned = _planned(found, case, before)
    if planned is None:
        return None
    return _Kind(measure, _plain(figure.comparison), _unit(figure.unit), manner, planned)


def _measure(words: str, place: Place) -> str:
    """Return a measure as it is compared, without the place of its own case before it."""
    plain = _plain(words)
    names = sorted((normalised(name) for name in aliases(place)), key=len, reverse=True)
    return next((plain.removeprefix(name) for name in names if plain.startswith(name)), plain)


def _plain(words: str) -> str:
    return _MARKS.sub("", normalised(words))


def _level(place: Place) -> str:
    """Return the last character of a place's name, what 全市 or 全县 is said of; empty where no place is known."""
    return (place.county or place.city or place.province)[-1:]


def _is_of_another(before: str, place: Place) -> bool:
    """Tell whether the words before a figure in its sentence speak of another place than that of the case."""
    level = _level(place)
    if any(not found["all"] or (level and found[2] != level) for found in _SCOPE.finditer(before)):
        return True
    return any(place not in named for _, _, named in mentions(before))


def _planned(found: FigureFound, case: Case, before: str) -> bool | None:
    """Tell whether a figure is a target; None where the words around speak of what is to come, but not of a target."""
    section = case.sections[found.placed.section]
    paragraph = section.paragraphs[found.placed.paragraph - 1]
    figure = found.placed.figure
    if _TARGET.search(found.evidence.document.text, paragraph.start, figure.start):
        return True
    is_ahead = _AHEAD.search(before) or any(map(_AHEAD_HEADING.search, section.headings))
    return None if is_ahead else False


def _candidate(at: int, found: FigureFound) -> _Candidate:
    placed, document = found.placed, found.evidence.document
    said = _said_of_its_time(found)
    time = said or ("" if _DAY.search(normalised(placed.time)) else placed.time)
    parts = periods(normalised(time))
    year = _year(parts.get("年", ""), document)
    return _Candidate(at, found, (year, parts.get("季", "")) if year else None, time)


def _said_of_its_time(found: FigureFound) -> str:
    """Return the time named before a figure in its paragraph, else in the headings above it."""
    placed, text = found.placed, found.evidence.document.text
    section = found.evidence.document.cases[placed.case].sections[placed.section]
    paragraph = section.paragraphs[placed.paragraph - 1]
    if placed.time and placed.time in text[paragraph.start : placed.figure.start]:
        return placed.time
    named = (heading[start:end] for heading in reversed(section.headings) for start, end in times(heading))
    return next(named, "")


def _year(said: str, document: Document) -> str:
    """Return the year that a time means; 今年 is the year in the title of its document, empty where there is none."""
    if said not in _NEAR:
        return said
    titled = _YEAR.search(normalised(document.title))
    return str(int(titled[1]) - _NEAR[said]) if titled else ""


def _unit(unit: str) -> str:
    """Return a unit as it is compared: money of whatever scale is one."""
    plain = normalised(unit)
    money = _MONEY.fullmatch(plain)
    return money["money"] if money else plain


def _counted_in(unit: str, found: FigureFound) -> float:
    """Return the value of a figure in a unit of the same kind; exact, by moving the decimal point."""
    wanted, own = _MONEY.fullmatch(unit), _MONEY.fullmatch(normalised(found.placed.figure.unit))
    value = Decimal(str(found.placed.figure.value))
    if wanted and own:
        value = value.scaleb(_SCALES[own["scale"]] - _SCALES[wanted["scale"]])
    return float(value)
