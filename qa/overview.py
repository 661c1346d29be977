"""Questions about cases as a whole (扶沟有哪些做法, 介绍一下舞钢): the opening, the measures, what came of it."""

from collections.abc import Sequence

from corpus.document import Aspect, Part
from index.generation import Generation
from index.search import Hit
from qa.evidence import Evidence, Sentence
from qa.plan import Plan
from qa.understanding import Interpretation

_MOST = 4
_RESULTS = 2
"""Sentences that are said of one passage: of measures the first, which names it, of results more."""
_FIRST = {
    None: (Part.LEAD, Part.CLOSING, Part.BODY),
    Aspect.BACKGROUND: (Part.LEAD, Part.BODY, Part.CLOSING),
    Aspect.MEASURE: (Part.BODY, Part.LEAD, Part.CLOSING),
    Aspect.RESULT: (Part.CLOSING, Part.LEAD, Part.BODY),
}
"""The parts of a case in the order in which they tell of an aspect, None for the case as a whole."""


def asks_for_overview(interpretation: Interpretation, plan: Plan) -> bool:
    """Tell whether a question names cases, or asks of all, and nothing that it wants to know of them in particular."""
    return interpretation.is_general and (bool(plan.cases) or interpretation.across)


def telling_first(hits: Sequence[Hit], interpretation: Interpretation, generation: Generation) -> tuple[Hit, ...]:
    """Return the hits of a case by the parts that tell of the aspect asked for, within each as printed."""
    parts = _FIRST[interpretation.aspect]

    def place(hit: Hit) -> tuple[int, int]:
        section = generation.case(hit.passage).sections[hit.passage.section]
        return parts.index(section.part), hit.passage.start

    return tuple(sorted(hits, key=place))


def first_of_each_case(hits: Sequence[Hit], generation: Generation) -> tuple[Hit, ...]:
    """Return of hits as `telling_first` orders them the first of each numbered case, case by case."""
    first = {int(generation.case_row[hit.row]): hit for hit in reversed(hits) if generation.is_numbered[hit.row]}
    return tuple(first[case] for case in sorted(first))


def overview(found: Sequence[Evidence], interpretation: Interpretation) -> list[tuple[Evidence, Sentence]]:
    """Return the sentences that tell of a case as a whole, at most four."""
    aspect = interpretation.aspect
    if aspect is None:
        # What it is about, what was done, what came of it.
        chosen = [*_of(found, Part.LEAD, None, 1), *_of(found, Part.BODY, Aspect.MEASURE, 2)]
        chosen += _of(found, Part.CLOSING, Aspect.RESULT, 1) or _of(found, Part.BODY, Aspect.RESULT, 1)
    else:
        chosen = [pair for part in _FIRST[aspect] for pair in _of(found, part, aspect, _MOST)]
    return chosen[:_MOST] or [(each, each.sentences[0]) for each in found[:1]]


def _of(found: Sequence[Evidence], part: Part, aspect: Aspect | None, most: int) -> list[tuple[Evidence, Sentence]]:
    """Return the first sentences of an aspect (None: of any) of each passage in a part of the case."""
    return [(each, sentence) for each in found if _part(each) is part for sentence in _first(each, aspect)][:most]


def _first(evidence: Evidence, aspect: Aspect | None) -> list[Sentence]:
    telling = [each for each in evidence.sentences if aspect in (None, each.aspect) and each.tells]
    return telling[: _RESULTS if aspect is Aspect.RESULT else 1]


def _part(evidence: Evidence) -> Part:
    return evidence.case.sections[evidence.passage.section].part
