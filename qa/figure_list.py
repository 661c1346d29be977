"""The figures of the compilation, looked up by case, unit and words."""

from collections.abc import Sequence

import numpy as np

from corpus.sentences import sentences
from index.figures import PlacedFigure
from index.filters import Filters
from index.generation import Generation
from index.tokenizer import normalised
from qa.terms import share, weights

_MEASURE, _SENTENCE = 2.0, 1.0
"""What the words of a question count in a figure's measure, and in its sentence."""


def listed(generation: Generation, filters: Filters, unit: str, words: str) -> Sequence[PlacedFigure]:
    """Return the figures of the cases the filters leave, with that unit where one is given.

    In reading order, or, where words are given, those that have some in their measure or sentence, the best first.
    Raises FilterUnknown for a filter value the corpus does not have.
    """
    chosen = generation.facets.selection(filters)
    rows = range(len(generation.passages)) if chosen is None else np.flatnonzero(chosen).tolist()
    cases = {(generation.passages[row].document_id, generation.passages[row].case) for row in rows}
    wanted = normalised(unit).strip()
    found = [
        placed
        for placed in generation.figures
        if (placed.document_id, placed.case) in cases and (not wanted or normalised(placed.figure.unit) == wanted)
    ]
    if not words.strip():
        return found
    terms = weights(words, generation)
    fits = [(_fit(placed, terms, generation), placed) for placed in found]
    return [placed for fit, placed in sorted(fits, key=lambda pair: -pair[0]) if fit > 0]


def sentence_of(placed: PlacedFigure, generation: Generation) -> tuple[int, int]:
    """Return the span of the sentence in which a figure stands."""
    document = generation.document[placed.document_id]
    paragraph = document.cases[placed.case].sections[placed.section].paragraphs[placed.paragraph - 1]
    return next(
        (start, end)
        for start, end in sentences(document.text, paragraph.start, paragraph.end)
        if start <= placed.figure.start < end
    )


def _fit(placed: PlacedFigure, terms: dict[str, float], generation: Generation) -> float:
    document = generation.document[placed.document_id]
    start, end = sentence_of(placed, generation)
    measure = document.cases[placed.case].place.name + placed.figure.measure + placed.figure.comparison
    return _MEASURE * share(terms, measure) + _SENTENCE * share(terms, document.text[start:end])
