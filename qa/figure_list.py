"""The figures of the compilation, looked up by case, unit and words, in the order asked for."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from corpus.aspects import aspect_of
from corpus.document import Passage
from corpus.sentences import sentences
from index.figures import PlacedFigure
from index.filters import Filters
from index.generation import Generation
from index.tokenizer import normalised
from qa.codes import Order
from qa.terms import share, weights

_MEASURE, _SENTENCE = 2.0, 1.0
"""What the words of a question count in a figure's measure, and in its sentence."""
_MOST_UNITS = 50
_FIRST_YEAR = 1900
_ARTICLE = re.compile("一[^\\W\\d成倍亩元万亿]")
"""一个, 一名: more often an article than a count."""

_Paragraph: TypeAlias = tuple[str, int, int, int]
"""A document, and the places of the case, section and paragraph in it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Figures, and the units of all that were left before one was chosen, each with its count, the most frequent first.

    At most 50 units; the empty one of a fraction (三分之二) is not among them.
    """

    figures: Sequence[PlacedFigure]
    units: tuple[tuple[str, int], ...]


def listed(
    generation: Generation,
    filters: Filters,
    unit: str,
    words: str,
    order: Order | None = None,
    with_articles: bool = True,
) -> Listing:
    """Return the figures of the cases the filters leave, with that unit where one is given; 一个, 一名 where wanted.

    Where words are given, those that have some in their measure or sentence. Without an order the best come first, or
    in reading order where there are no words. Raises FilterUnknown for a filter value the corpus does not have.
    """
    chosen = generation.facets.selection(filters)
    found: Sequence[PlacedFigure] = generation.figures
    if chosen is not None:
        passages = (generation.passages[row] for row in np.flatnonzero(chosen).tolist())
        cases = {(passage.document_id, passage.case) for passage in passages}
        found = [placed for placed in found if (placed.document_id, placed.case) in cases]
    if not with_articles:
        found = [placed for placed in found if not _is_article(placed, generation)]
    best_first = found
    if words.strip():
        fits = _fitting(found, words, generation)
        found = [placed for _, placed in fits]
        best_first = [placed for _, placed in sorted(fits, key=lambda pair: -pair[0])]
    # Few are spelled in more than one way.
    plain = {unit: normalised(unit) for unit in {placed.figure.unit for placed in found}}
    printed: dict[str, str] = {}
    for placed in found:
        printed.setdefault(plain[placed.figure.unit], placed.figure.unit)
    counts = Counter(plain[placed.figure.unit] for placed in found).most_common()
    wanted = normalised(unit).strip()
    chosen_first = best_first if order is None else found
    left = [placed for placed in chosen_first if not wanted or plain[placed.figure.unit] == wanted]
    if order is not None and order is not Order.READING:
        ranks = {each: rank for rank, (each, _) in enumerate(counts)}
        left.sort(key=_key(order, generation, {each: ranks[plain[each]] for each in plain}))
    return Listing(left, tuple((printed[each], count) for each, count in counts if each)[:_MOST_UNITS])


def _is_article(placed: PlacedFigure, generation: Generation) -> bool:
    text = generation.document[placed.document_id].text
    return _ARTICLE.fullmatch(text, placed.figure.start, placed.figure.end) is not None


def passage_of(placed: PlacedFigure, generation: Generation) -> Passage:
    """Return the sentence in which a figure stands, as a passage without neighbours."""
    document = generation.document[placed.document_id]
    start, end = sentence_of(placed, generation)
    part = document.cases[placed.case].sections[placed.section].part
    aspect = aspect_of(document.text[start:end], part)
    return Passage(document.id, start, end, placed.case, placed.section, placed.paragraph, aspect)


def sentence_of(placed: PlacedFigure, generation: Generation) -> tuple[int, int]:
    """Return the span of the sentence in which a figure stands."""
    return next((start, end) for start, end in _sentences(placed, generation) if start <= placed.figure.start < end)


def _sentences(placed: PlacedFigure, generation: Generation) -> Iterable[tuple[int, int]]:
    document = generation.document[placed.document_id]
    paragraph = document.cases[placed.case].sections[placed.section].paragraphs[placed.paragraph - 1]
    return sentences(document.text, paragraph.start, paragraph.end)


def _key(order: Order, generation: Generation, ranks: dict[str, int]) -> Callable[[PlacedFigure], tuple[object, ...]]:
    """Return what figures are sorted by; `ranks` are those of the units."""
    if order is Order.LOWEST:
        return lambda placed: (ranks[placed.figure.unit], placed.figure.value)
    if order is Order.HIGHEST:
        return lambda placed: (ranks[placed.figure.unit], -placed.figure.value)
    if order is Order.INDICATOR:
        return lambda placed: _by_sound(placed.figure.measure)
    if order is Order.TIME:
        return lambda placed: _by_time(placed.time)

    def by_place(placed: PlacedFigure) -> tuple[object, ...]:
        place = generation.document[placed.document_id].cases[placed.case].place
        return _by_sound(place.city or place.province) + _by_sound(place.county)

    return by_place


def _by_sound(words: str) -> tuple[bool, bytes]:
    """Return a key that sorts by pinyin, as the common characters of GB 18030 do; what is empty comes last."""
    return not words, words.encode("gb18030", "replace")


@lru_cache(maxsize=10_000)
def _by_time(time: str) -> tuple[int, tuple[int, ...], str]:
    """Return a key that sorts by year, month and day; then the times that name no year (今年), then none."""
    numbers = tuple(map(int, re.findall(r"\d+", normalised(time))))
    dated = bool(numbers) and numbers[0] >= _FIRST_YEAR
    return (0 if dated else 1 if time else 2), numbers if dated else (), time


def _fitting(found: Iterable[PlacedFigure], words: str, generation: Generation) -> list[tuple[float, PlacedFigure]]:
    """Return the figures that some of the words fit, each with how well, in reading order."""
    sought = _Sought(words, generation)
    named = {name: sought.share(name) > 0 for name in {case.place.name for case in generation.cases}}
    holding = sought.paragraphs(generation)
    fits: list[tuple[float, PlacedFigure]] = []
    at: _Paragraph | None = None
    own: list[tuple[int, float]] = []
    for placed in found:
        paragraph = (placed.document_id, placed.case, placed.section, placed.paragraph)
        document = generation.document[placed.document_id]
        name = document.cases[placed.case].place.name
        if paragraph not in holding and not named[name]:
            continue
        if paragraph != at:
            at = paragraph
            own = [(end, sought.share(document.text[start:end])) for start, end in _sentences(placed, generation)]
        told = next(share for end, share in own if placed.figure.start < end)
        # What a figure measures is told in words of its sentence.
        if told or named[name]:
            measure = sought.share(name + placed.figure.measure + placed.figure.comparison)
            fits.append((_MEASURE * measure + _SENTENCE * told, placed))
    return fits


class _Sought:
    """The terms of some words, looked for in many short texts of which few hold any."""

    def __init__(self, words: str, generation: Generation) -> None:
        self._terms = weights(words, generation)
        # As they stand in a text; a document's number (2020-5号) does not stand there as such.
        self._plain = [term.removeprefix("_") for term in self._terms]
        self._all_stand = all(term.startswith("_") for term in self._terms)
        self._known: dict[str, float] = {}

    def share(self, text: str) -> float:
        """Return the share of the terms' weight that a text holds."""
        if not self._all_stand:
            return share(self._terms, text)
        plain = normalised(text)
        # The terms alone, as often as they stand there, weigh what the text does; there are few such.
        held = " ".join(f"{term} " * plain.count(term) for term in self._plain if term in plain)
        if held not in self._known:
            self._known[held] = share(self._terms, held)
        return self._known[held]

    def paragraphs(self, generation: Generation) -> set[_Paragraph]:
        """Return the paragraphs that hold some term.

        A passage is indexed under those of its headings and its neighbour too, so its own text is looked into.
        """
        rows = {row for term in self._terms for row in generation.lexical.rows_with(term).tolist()}
        passages = (generation.passages[row] for row in rows)
        return {
            (each.document_id, each.case, each.section, each.paragraph)
            for each in passages
            if self._may_stand_in(generation.document[each.document_id].text[each.start : each.end])
        }

    def _may_stand_in(self, text: str) -> bool:
        if not self._all_stand:
            return True
        plain = normalised(text)
        return any(term in plain for term in self._plain)
