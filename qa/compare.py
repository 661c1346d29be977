"""Places side by side: for each case what it did, what came of it, what stood behind it, its figures and their time."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from corpus.document import Aspect, Case, Document
from corpus.numerals import NUMERAL
from index.filters import Filters
from index.generation import Generation
from qa.across import best_of_each_case
from qa.answer import Said
from qa.asking import ALL, Reader, ranked
from qa.confidence import ENOUGH, READ, confidence
from qa.evidence import Evidence, evidence
from qa.figures import FigureFound, fitting
from qa.plan import Plan, planned
from qa.understanding import Interpretation, understood

_MOST = 2
"""Sentences in a cell."""
_NEAR = 0.5
"""How much weaker than the best of its case a sentence may be to stand in a cell."""
_MOST_FIGURES = 4
_NEAR_FIGURE = 0.8
"""How much worse than the best of its case a figure may fit."""
_TOLD, _TOLD_OF_ANOTHER_UNIT = 0.1, 0.4
"""The share of the question's terms that the measure or clause of some figure in a sentence must hold, for the figures
of the sentence to answer; and that of the figure itself, where another unit is asked for."""
_SAID = 0.5
"""The share of the question's words that a passage must hold for its case to say something on the matter in any case;
a case that says all of it throughout has no passage that stands out, which tells against it elsewhere."""
_ARTICLE = re.compile("一[^\\d%]")
"""一名领导 counts nothing."""
_CASE_NUMBER = re.compile(rf"第?\s*[{NUMERAL}]+\s*篇")
_IDLE = re.compile(r"[\W和与跟同及的在是有]*")
_CONTRAST = re.compile(
    r"(?:在(?P<matter>\w+?)[上中]?(?:方面)?)?的?(?:各自?|分别)?有?(?:什么|啥|何|哪些)?"
    r"(?:不同|不一样|区别|差别|差异|异同)(?:点|之处|的?地方)?|(?:互相|相互)?(?:对比|比较|相比)(?:一下)?|的?背景"
)
"""What asks for a comparison, or names a column of it, and is no matter that a text speaks of."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the table; every sentence and figure is a span of its document, `time` what most are said of.

    All are empty where the case says nothing on the matter. `background` is given where the question asks for it, and
    where nothing else answers. `telling` are all figures that tell of the matter, of which `figures` are the best.
    """

    document: Document
    case: Case
    measures: tuple[Said, ...] = ()
    results: tuple[Said, ...] = ()
    background: tuple[Said, ...] = ()
    telling: tuple[FigureFound, ...] = ()
    time: str = ""

    @property
    def figures(self) -> tuple[FigureFound, ...]:
        """The figures that answer, the best first."""
        near = (each for each in self.telling if each.fit >= self.telling[0].fit - _NEAR_FIGURE)
        return tuple(islice(near, _MOST_FIGURES))

    @property
    def note(self) -> str:
        """What is told of a case that says nothing on the matter."""
        said = self.measures or self.results or self.background or self.figures
        return "" if said else "汇编里没有写到。"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question as understood, a row for each case asked for, or that answers, and what is asked for and has none."""

    interpretation: Interpretation
    rows: tuple[Row, ...]
    missing: tuple[str, ...]


def compared(reader: Reader, question: str, places: Sequence[str] = ()) -> Comparison:
    """Return the table for a question over the cases named, or over all that answer where none is named.

    They are named by `places` (or case numbers), or else by the question itself.
    """
    interpretation = understood(question, reader.names)
    cases, missing = _asked_for(reader, interpretation, places)
    if cases:
        asked = _matter(interpretation, reader)
        rows = tuple(_row_of(reader, each, asked) for each in cases)
    elif places:
        rows = ()
    else:
        rows = _of_all_that_answer(reader, interpretation)
    return Comparison(interpretation, rows, missing)


def _asked_for(
    reader: Reader, interpretation: Interpretation, places: Sequence[str]
) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    """Return the keys of the cases named, in the order of the documents, and the names that lead to none."""
    named = dict.fromkeys(places, frozenset[tuple[str, int]]())
    for name, part in [(name, understood(name, reader.names)) for name in places] or [("", interpretation)]:
        if part.others:
            continue
        counties = {each.place.city for each in part.places if each.place.county}
        for each in part.places:
            # 周口的扶沟县 names one place, not a county and all of its city.
            if each.place.county or each.place.city not in counties:
                named[name or each.mention] = each.cases
        for number in part.case_numbers:
            named[name or f"第{number}篇"] = reader.generation.cases_numbered((number,))
    keys = frozenset[tuple[str, int]]().union(*named.values())
    return sorted(keys), tuple(name for name, cases in named.items() if not cases)


def _matter(interpretation: Interpretation, reader: Reader) -> Interpretation:
    """Return the question without what names the cases and asks to compare them: what is sought in each of them."""
    text = _CONTRAST.sub(lambda found: f" {found['matter'] or ''} ", _CASE_NUMBER.sub(" ", interpretation.text))
    sought = understood(text, reader.names)
    terms = "" if _IDLE.fullmatch(sought.matter) else sought.terms
    return replace(sought, terms=terms, aspect=interpretation.aspect, across=False)


def _row_of(reader: Reader, key: tuple[str, int], asked: Interpretation) -> Row:
    """Return the row of a case that is asked for, empty where it does not answer.

    Asked for no matter in particular (第153篇和第157篇的异同), a case answers with what its own title says it is about.
    """
    generation = reader.generation
    case = generation.document[key[0]].cases[key[1]]
    if not asked.has_content:
        asked = understood(case.title, reader.names)
    allowed = np.array([(each.document_id, each.case) == key for each in generation.passages], np.bool_)
    own = evidence(ranked(reader, asked, allowed, ALL), asked, generation)
    said = max((each.hit.scores.lexical for each in own), default=0.0) >= _SAID
    if not said and confidence(asked, Plan(allowed, (case,), ""), own, generation) < ENOUGH:
        return Row(generation.document[key[0]], case)
    return _row(own, asked, generation)


def _of_all_that_answer(reader: Reader, interpretation: Interpretation) -> tuple[Row, ...]:
    """Return the rows of all cases that answer, none where the compilation as a whole does not."""
    generation = reader.generation
    plan = planned(interpretation, Filters(), generation)
    hits = ranked(reader, interpretation, plan.allowed, ALL)
    if confidence(interpretation, plan, evidence(hits[:READ], interpretation, generation), generation) < ENOUGH:
        return ()
    answering = {generation.case_row[hit.row] for hit in best_of_each_case(hits, interpretation, generation)}
    by_case: dict[tuple[str, int], list[Evidence]] = {}
    for each in evidence(
        (hit for hit in hits if generation.case_row[hit.row] in answering), interpretation, generation
    ):
        by_case.setdefault((each.document.id, each.passage.case), []).append(each)
    return tuple(_row(own, interpretation, generation) for _, own in sorted(by_case.items()))


def _row(own: Sequence[Evidence], asked: Interpretation, generation: Generation) -> Row:
    behind = asked.aspect is Aspect.BACKGROUND
    measures, results = _best(own, Aspect.MEASURE, behind), _best(own, Aspect.RESULT, behind)
    telling = () if behind and not asked.figure else _telling(asked, own, generation)
    row = Row(
        document=own[0].document,
        case=own[0].case,
        measures=measures,
        results=results,
        background=_best(own, Aspect.BACKGROUND, behind) if behind or not (measures or results or telling) else (),
        telling=telling,
    )
    times = Counter(each.placed.time for each in row.figures if each.placed.time)
    return replace(row, time=times.most_common(1)[0][0]) if times else row


def _telling(asked: Interpretation, own: Iterable[Evidence], generation: Generation) -> tuple[FigureFound, ...]:
    """Return the figures of a case that tell of the matter, the best first."""
    figures = [each for each in fitting(asked, own, generation) if asked.figure or not _ARTICLE.match(each.text)]
    telling = {each.sentence for each in figures if max(each.said, each.around) >= _TOLD}
    return tuple(
        each
        for each in figures
        if (each.unit and each.sentence in telling) or max(each.said, each.around) >= _TOLD_OF_ANOTHER_UNIT
    )


def _best(own: Sequence[Evidence], aspect: Aspect, behind: bool) -> tuple[Said, ...]:
    """Return the sentences of an aspect that answer best, in reading order.

    Where what stood `behind` it is asked for, every sentence of a passage of background tells of that.
    """

    def told(passage: Aspect, sentence: Aspect) -> Aspect:
        return Aspect.BACKGROUND if behind and passage is Aspect.BACKGROUND else sentence

    least = max(sentence.strength for each in own for sentence in each.sentences) - _NEAR
    fit = [
        (each, sentence)
        for each in own
        for sentence in each.sentences
        if sentence.strength >= least and told(each.passage.aspect, sentence.aspect) is aspect
    ]
    best = sorted(fit, key=lambda pair: -pair[1].strength)[:_MOST]
    return tuple(Said(each, found.start, found.end, "") for each, found in sorted(best, key=lambda pair: pair[1].start))
