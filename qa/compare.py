"""Places side by side: for each case that answers, what it did, what came of it, its figures and their time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.document import Aspect, Case, Document
from index.filters import Filters, Mask
from index.generation import Generation
from index.search import Hit
from qa.across import best_of_each_case
from qa.answer import Said
from qa.asking import ALL, Reader, ranked
from qa.confidence import ENOUGH, READ, confidence
from qa.evidence import Evidence, evidence
from qa.figures import FigureFound, fitting
from qa.plan import planned
from qa.understanding import Interpretation, understood

_MOST = 2
"""Sentences in a cell."""
_NEAR = 0.5
"""How much weaker than the best of its case a sentence may be to stand in a cell."""
_MOST_FIGURES = 4
_NEAR_FIGURE = 0.8
"""How much worse than the best of its case a figure may fit."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the table; every sentence and figure is a span of its document, `time` what most are said of."""

    document: Document
    case: Case
    measures: tuple[Said, ...]
    results: tuple[Said, ...]
    figures: tuple[FigureFound, ...]
    time: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question as understood, a row for each case that answers it, and the places asked for that have no case."""

    interpretation: Interpretation
    rows: tuple[Row, ...]
    missing: tuple[str, ...]


def compared(reader: Reader, question: str, places: Sequence[str] = ()) -> Comparison:
    """Return the table for a question over the named places, or over all cases that answer when none is named."""
    generation = reader.generation
    interpretation = understood(question, reader.names)
    named = () if interpretation.others else interpretation.places
    asked = [(name, reader.names.asked(name)) for name in places] or [(each.mention, (each,)) for each in named]
    keys = {key for _, found in asked for each in found for key in each.cases}
    if keys:
        hits = ranked(reader, interpretation, _rows_of(keys, generation), ALL)
    else:
        hits = () if places else _of_all_that_answer(reader, interpretation)
    found = evidence(hits, interpretation, generation)
    by_case: dict[tuple[str, int], list[Evidence]] = {}
    for each in found:
        by_case.setdefault((each.document.id, each.passage.case), []).append(each)
    return Comparison(
        interpretation=interpretation,
        rows=tuple(_row(own, interpretation, generation) for _, own in sorted(by_case.items())),
        missing=tuple(name for name, each in asked if not any(place.cases for place in each)),
    )


def _of_all_that_answer(reader: Reader, interpretation: Interpretation) -> tuple[Hit, ...]:
    """Return the hits of all cases that answer, none where the compilation as a whole does not."""
    generation = reader.generation
    plan = planned(interpretation, Filters(), generation)
    hits = ranked(reader, interpretation, plan.allowed, ALL)
    if confidence(interpretation, plan, evidence(hits[:READ], interpretation, generation), generation) < ENOUGH:
        return ()
    rows = {generation.case_row[hit.row] for hit in best_of_each_case(hits, interpretation, generation)}
    return tuple(hit for hit in hits if generation.case_row[hit.row] in rows)


def _rows_of(keys: set[tuple[str, int]], generation: Generation) -> Mask:
    return np.array([(each.document_id, each.case) in keys for each in generation.passages], np.bool_)


def _row(own: Sequence[Evidence], interpretation: Interpretation, generation: Generation) -> Row:
    figures = fitting(interpretation, own, generation)
    figures = tuple(each for each in figures if each.fit >= figures[0].fit - _NEAR_FIGURE)[:_MOST_FIGURES]
    times = Counter(each.placed.time for each in figures if each.placed.time)
    return Row(
        document=own[0].document,
        case=own[0].case,
        measures=tuple(_best(own, Aspect.MEASURE)),
        results=tuple(_best(own, Aspect.RESULT)),
        figures=figures,
        time=times.most_common(1)[0][0] if times else "",
    )


def _best(own: Sequence[Evidence], aspect: Aspect) -> Iterator[Said]:
    """Yield the sentences of an aspect that answer best, in reading order."""
    pairs = [(each, sentence) for each in own for sentence in each.sentences]
    least = max(sentence.strength for _, sentence in pairs) - _NEAR
    fit = [(each, sentence) for each, sentence in pairs if sentence.aspect is aspect and sentence.strength >= least]
    fit.sort(key=lambda pair: -pair[1].strength)
    for each, sentence in sorted(fit[:_MOST], key=lambda pair: pair[1].start):
        yield Said(each, sentence.start, sentence.end, "")
