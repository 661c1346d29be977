"""Which figure a question asks for: the one whose unit, measure and sentence fit it best."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.figures import figures
from corpus.sentences import clauses
from index.figures import PlacedFigure
from index.generation import Generation
from index.tokenizer import normalised
from qa.evidence import Evidence, Sentence
from qa.terms import share, weights
from qa.understanding import Interpretation

_UNIT, _MEASURE, _CLAUSE, _SENTENCE, _RANK = 1.0, 1.2, 0.6, 1.5, 8.0
_COUNTED, _BESIDE = 0.4, 0.6
"""What each piece of the fit counts (chosen on our dev questions)."""

_CLAUSE_LENGTH = 8

_KINDS_ASKED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"比例|占比|百分之|百分点|[率](?!先|领)|几成|超额|增长多少|增幅"), re.compile(r"%|百分点|成|倍")),
    (
        re.compile(
            r"多少(?:亿|万)?(?:元|钱|资金|投资)|投资(?:额|了?多少|合计|总额|规模)?|金额|合同额|多少[亿万]|总投资"
        ),
        re.compile(r"元$"),
    ),
    (re.compile(r"面积|多大|多少地|多少土地|用地多少"), re.compile(r"亩|公顷|平方|公里")),
    (re.compile(r"多久|多长|几天|时限|期限|多少[天年月]|时长"), re.compile(r"天|年|月|小时|分钟|工作日|周")),
    (re.compile(r"次数|几次|多少次|几回|多少回"), re.compile(r"次")),
)
"""What a question says when it does not name the unit, and the units that answer it; the first that fits counts."""
_NAMED_UNIT = re.compile(
    r"(?:多少|几)(?:[万亿](?=[人户家个亩吨件平]))?(个百分点|个批次|个工作日|个月|个小时|批次|亿元|万元|平方公里|平方米|公里|工作日|人次|"
    r"[亩个家项次宗批期名位人户件天年月倍篇条种类吨元处座台辆套列趟班张份本页岁斤度米层届轮所间栋艘])"
)
_THING_COUNTED = re.compile(r"(?:多少|几)[个家项次宗批名位件]?([\u4e00-\u9fff]{2})")
_HOW_OFTEN = re.compile(r"多久.{0,8}[一1]?[次回]|几[天周月].{0,6}[一1]?[次回]|多长时间.{0,4}[一1][次回]")
"""Answered by 每月 and the like, not by a figure."""
_NUMBER_OF_THINGS = re.compile(r"多少|几|数量|个数|总数|规模|数目")
OF_THE_KIND = 0.9
"""How well a unit fits that is of the kind asked for."""
_THINGS = re.compile(r"^(?:个|项|家|件|宗|批|批次|名|人|户|期|次|条|篇|处|座|台|套|亩)$")


@dataclass(frozen=True, slots=True)
class FigureFound:
    """A figure of the evidence, the sentence where it is said, and how well it fits the question.

    `unit` is 1 where its unit is the one asked for, .9 where it is of the kind asked for, 0 where another is; `said` is
    the share of the question's terms that its measure holds, `around` the same of its clause; `counted` is 1 where it
    counts the thing named behind the asking word (多少个项目), `beside` 1 where it follows a figure that the question
    names (23宗地有多大), -1 where it is that figure; `fit` is all of it together.
    """

    placed: PlacedFigure
    evidence: Evidence
    sentence: Sentence
    unit: float
    said: float
    around: float
    counted: float
    beside: float

    @property
    def fit(self) -> float:
        """How well the figure answers, about 0 to 5."""
        own = _UNIT * self.unit + _MEASURE * self.said + _CLAUSE * self.around
        return own + _COUNTED * self.counted + _BESIDE * self.beside + _SENTENCE * self.sentence.strength

    @property
    def text(self) -> str:
        """The characters of the figure, exactly."""
        return self.evidence.document.text[self.placed.figure.start : self.placed.figure.end]


def fitting(
    interpretation: Interpretation, found: Iterable[Evidence], generation: Generation
) -> tuple[FigureFound, ...]:
    """Return the figures of the evidence, those that fit the question best first."""
    wanted = weights(interpretation.matter, generation)
    named = {(each.value, each.unit) for each in figures(interpretation.text)}
    fits: list[FigureFound] = []
    for evidence in found:
        for sentence in evidence.sentences:
            before = None
            for placed in generation.figures_in(evidence.document.id, sentence.start, sentence.end):
                own = (placed.figure.value, placed.figure.unit)
                # Of two that are named (27个还是26个) one is asked for.
                beside = -1.0 if {own} == named else float(before in named)
                fits.append(_found(placed, evidence, sentence, interpretation.text, wanted, beside))
                before = own
    best = max((each.evidence.hit.score for each in fits), default=0)
    return tuple(sorted(fits, key=lambda each: _RANK * (best - each.evidence.hit.score) - each.fit))


def asks_for_unit(question: str) -> bool:
    """Tell whether a question asks for a figure of a certain unit, or kind of unit."""
    named = _NAMED_UNIT.search(question) or any(asks.search(question) for asks, _ in _KINDS_ASKED)
    return bool(named) and not _HOW_OFTEN.search(question)


def in_sentences(said: Sequence[tuple[Evidence, int, int]], found: Iterable[FigureFound]) -> tuple[FigureFound, ...]:
    """Return the figures that stand in the sentences said, in the order given."""
    return tuple(
        each
        for each in found
        if any(evidence is each.evidence and start <= each.placed.figure.start < end for evidence, start, end in said)
    )


def _found(
    placed: PlacedFigure,
    evidence: Evidence,
    sentence: Sentence,
    question: str,
    wanted: dict[str, float],
    beside: float,
) -> FigureFound:
    text, figure = evidence.document.text, placed.figure
    clause = next(
        text[start:end]
        for start, end in clauses(text, sentence.start, sentence.end, _CLAUSE_LENGTH)
        if figure.start < end
    )
    return FigureFound(
        placed=placed,
        evidence=evidence,
        sentence=sentence,
        unit=_unit_fit(normalised(figure.unit), question),
        said=share(wanted, figure.measure + figure.comparison),
        around=share(wanted, clause),
        counted=float(any(figure.measure.endswith(thing) for thing in _THING_COUNTED.findall(question))),
        beside=beside,
    )


def _unit_fit(unit: str, question: str) -> float:
    """Return 1 to 0 as in FigureFound; .5 where the question leaves the unit open, .7 for a count of things."""
    named = _NAMED_UNIT.findall(question)
    if unit in named:
        return 1.0
    kind = next((answers for asks, answers in _KINDS_ASKED if asks.search(question)), None)
    if kind and kind.search(unit):
        return OF_THE_KIND
    if named or kind:
        return 0.0
    return 0.7 if _NUMBER_OF_THINGS.search(question) and _THINGS.match(unit) else 0.5
