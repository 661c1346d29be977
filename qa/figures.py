"""Which figure a question asks for: the one whose unit, measure and sentence fit it best."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.figures import figures
from corpus.sentences import clauses
from corpus.times import agreement
from index.figures import PlacedFigure
from index.generation import Generation
from index.tokenizer import normalised
from qa.contrast import asked_terms, contrasts, parted
from qa.evidence import Evidence, Sentence
from qa.terms import share, weights
from qa.understanding import Interpretation

_UNIT, _MEASURE, _CLAUSE, _SENTENCE, _RANK = 1.0, 1.2, 0.6, 1.5, 8.0
_COUNTED, _BESIDE, _CONTRAST, _TIME, _PART = 0.4, 1.0, 0.8, 0.8, 0.35
_WHOLE = 3.0
"""What each piece of the fit counts (chosen on our dev questions)."""

_CLAUSE_LENGTH = 8

_KINDS_ASKED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"多少(?!比例|百分|[个家项次宗批期名位人户件条种类])[^,，。？?]{0,16}(?:资金|补贴|补助|奖励|负担|费用|收入|贷款)"
        ),
        re.compile(r"元$"),
    ),
    (re.compile(r"比例|占比|百分之|百分点|[率](?!先|领)|几成|超额|增长多少|增幅"), re.compile(r"%|百分点|成|倍")),
    (
        re.compile(
            r"多少(?:亿|万)?(?:元|钱|资金|投资)|投资(?:额|了?多少|合计|总额|规模)?|金额|合同额|多少[亿万]|总投资|投(?:了|入|下)?多少"
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
_EITHER = re.compile(r"(\d+(?:\.\d+)?)[^，,。？?\d]{0,6}还是[^，,。？?\d]{0,4}(\d+(?:\.\d+)?)")
_OF_ALL = re.compile(r"全[省市县区]|整[个体]|总体")
_NUMBER_OF_THINGS = re.compile(r"多少|几|数量|个数|总数|规模|数目")
OF_THE_KIND = 0.9
"""How well a unit fits that is of the kind asked for."""
LIKELY = 0.7
"""How well a unit fits that counts things, where their number is asked for without a unit."""
_THINGS = re.compile(r"^(?:个|项|家|件|宗|批|批次|名|人|户|期|次|条|篇|处|座|台|套|亩)$")


@dataclass(frozen=True, slots=True)
class FigureFound:
    """A figure of the evidence, the sentence where it is said, and how well it fits the question.

    `unit` is 1 where its unit is the one asked for, .9 where it is of the kind asked for, 0 where another is; `said` is
    the share of the question's terms that its measure holds, `around` the same of its clause; `counted` is 1 where it
    counts the thing named behind the asking word (多少个项目), `beside` 1 where it follows a figure that the question
    names (23宗地有多大) or is one of two to choose between (27个还是26个), -1 where it is that figure or one not meant;
    `agrees` is how many of its times are those asked for, less those that are not; `part` is 1, and more where the
    whole is asked for, where it is said of a part (其中); `words` are the words that belong to it and those before it
    in its sentence, `contrast` (-1 to 1) how far they are those asked for, against the figures whose unit fits as well;
    `fit` is all of it together.
    """

    placed: PlacedFigure
    evidence: Evidence
    sentence: Sentence
    unit: float
    said: float
    around: float
    counted: float
    beside: float
    agrees: float
    part: float
    words: tuple[str, str]
    contrast: float = 0.0

    @property
    def fit(self) -> float:
        """How well the figure answers, about 0 to 5."""
        own = _UNIT * self.unit + _MEASURE * self.said + _CLAUSE * self.around
        own += _COUNTED * self.counted + _BESIDE * self.beside + _SENTENCE * self.sentence.strength
        return own + _CONTRAST * self.contrast + _TIME * self.agrees - _PART * self.part

    @property
    def text(self) -> str:
        """The characters of the figure, exactly."""
        return self.evidence.document.text[self.placed.figure.start : self.placed.figure.end]


def fitting(
    interpretation: Interpretation, found: Iterable[Evidence], generation: Generation
) -> tuple[FigureFound, ...]:
    """Return the figures of the evidence, those that fit the question best first."""
    question, refused = parted(interpretation.text)
    wanted = weights(parted(interpretation.matter)[0], generation)
    named = _Named(
        frozenset((each.value, each.unit) for each in figures(question)),
        _choice(question),
        frozenset(each.value for each in figures(refused)),
    )
    fits: list[FigureFound] = []
    for evidence in found:
        for sentence in evidence.sentences:
            inside = generation.figures_in(evidence.document.id, sentence.start, sentence.end)
            for before, placed, behind in zip([None, *inside], inside, [*inside[1:], None], strict=False):
                between = (
                    before.figure.end if before else sentence.start,
                    behind.figure.start if behind else sentence.end,
                )
                beside = named.beside(placed, before)
                fits.append(_found(placed, evidence, sentence, question, wanted, beside, between))
    fits = _told_apart(fits, asked_terms(question, refused))
    best = max((each.evidence.hit.score for each in fits), default=0)
    return tuple(sorted(fits, key=lambda each: _RANK * (best - each.evidence.hit.score) - each.fit))


@dataclass(frozen=True, slots=True)
class _Named:
    """The figures that a question names: to say of which it asks, to choose between, and those it does not mean."""

    given: frozenset[tuple[float, str]]
    choice: frozenset[float]
    refused: frozenset[float]

    def beside(self, placed: PlacedFigure, before: PlacedFigure | None) -> float:
        """Return how a figure stands to those named, as in FigureFound."""
        refused = float(placed.figure.value in self.refused)
        if self.choice:
            return float(placed.figure.value in self.choice) - refused
        if self.given == {(placed.figure.value, placed.figure.unit)}:
            return -1.0 - refused
        return float(before is not None and (before.figure.value, before.figure.unit) in self.given) - refused


def _choice(question: str) -> frozenset[float]:
    """Return the numbers of which one is asked for (27个还是26个)."""
    return frozenset(float(number) for pair in _EITHER.findall(question) for number in pair)


def _told_apart(fits: list[FigureFound], asked: Mapping[str, float]) -> list[FigureFound]:
    """Return the figures with the contrast between those whose unit fits alike."""
    likely = max((each.unit for each in fits), default=0)
    rivals = [at for at, each in enumerate(fits) if each.unit == likely]
    for at, contrast in zip(rivals, contrasts(asked, [fits[at].words for at in rivals]), strict=True):
        fits[at] = replace(fits[at], contrast=contrast)
    return fits


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
    between: tuple[int, int],
) -> FigureFound:
    text, figure = evidence.document.text, placed.figure
    first, last = next(
        span for span in clauses(text, sentence.start, sentence.end, _CLAUSE_LENGTH) if figure.start < span[1]
    )
    own = text[max(first, between[0]) : min(last, between[1])]
    before = text[sentence.start : figure.start]
    return FigureFound(
        placed=placed,
        evidence=evidence,
        sentence=sentence,
        unit=unit_fit(figure.unit, question),
        said=share(wanted, figure.measure + figure.comparison),
        around=share(wanted, text[first:last]),
        counted=float(any(figure.measure.endswith(thing) for thing in _THING_COUNTED.findall(question))),
        beside=beside,
        words=(f"{figure.measure} {figure.comparison} {own}", before),
        agrees=agreement(question, normalised(f"{placed.time} {before} {figure.measure}")),
        part=float("其中" in before) * (_WHOLE if _OF_ALL.search(question) else 1.0),
    )


def unit_fit(unit: str, question: str) -> float:
    """Return how well a unit answers a question, 1 to 0 as in FigureFound.

    .5 where the question leaves the unit open, .7 for a count of things.
    """
    unit, named = normalised(unit), _NAMED_UNIT.findall(question)
    if unit in named:
        return 1.0
    kind = next((answers for asks, answers in _KINDS_ASKED if asks.search(question)), None)
    if kind and kind.search(unit):
        return OF_THE_KIND
    if named or kind:
        return 0.0
    return LIKELY if _NUMBER_OF_THINGS.search(question) and _THINGS.match(unit) else 0.5
