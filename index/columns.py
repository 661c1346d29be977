"""What is known of each passage by name, as columns: which passages a test of one name's values admits."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from corpus.document import Case, Document, Passage, Place
from corpus.places import aliases
from index.filters import ASPECT_NAMES
from index.live import Mask, Rows

Values: TypeAlias = tuple[str | int, ...]
"""What a passage has under a name; several where it goes by several (周口市, 周口), none where nothing is known."""

_YEAR = re.compile(r"(?:19|20)\d\d(?=年)")


def title_year(title: str) -> int | None:
    """Return the year that a title names (《2021年河南省…》), None where it names none."""
    found = _YEAR.search(title)
    return int(found[0]) if found else None


def _known(*values: str | int | None) -> Values:
    return tuple(value for value in values if value not in (None, ""))


def _names(place: Place, level: str) -> Values:
    """Return the full name of a level first, then the others that a person may write."""
    return tuple(dict.fromkeys([level, *sorted(aliases(place))])) if level else ()


_OF_CASE: Mapping[str, Callable[[Document, Case], Values]] = {
    "document_id": lambda document, _case: (document.id,),
    "document_title": lambda document, _case: _known(document.title),
    "year": lambda document, _case: _known(title_year(document.title)),
    "case_number": lambda _document, case: _known(case.number, case.label),
    "case_title": lambda _document, case: _known(case.title),
    "province": lambda _document, case: _names(Place(case.place.province), case.place.province),
    "city": lambda _document, case: _names(Place(case.place.province, case.place.city), case.place.city),
    "county": lambda _document, case: _names(case.place, case.place.county),
}

_OF_PASSAGE: Mapping[str, Callable[[Document, Passage], Values]] = {
    "passage_id": lambda _document, passage: (passage.id,),
    "headings": lambda document, passage: document.cases[passage.case].sections[passage.section].headings,
    "part": lambda document, passage: (document.cases[passage.case].sections[passage.section].part,),
    "aspect": lambda _document, passage: (passage.aspect, ASPECT_NAMES[passage.aspect]),
    "paragraph": lambda _document, passage: (passage.paragraph,),
    "page": lambda document, passage: _known(origin.page if (origin := document.origin(passage.start)) else None),
}

COLUMNS = (*_OF_CASE, *_OF_PASSAGE)
"""The names there are."""


def values_of(name: str, document: Document, passage: Passage) -> Values:
    """Return what a passage has under one of the names of COLUMNS."""
    if name in _OF_CASE:
        return _OF_CASE[name](document, document.cases[passage.case])
    return _OF_PASSAGE[name](document, passage)


@dataclass(frozen=True, slots=True)
class _Column:
    """The different values there are, and for each passage the position of its own."""

    values: tuple[Values, ...]
    codes: Rows


class Columns:
    """The columns of an index, each made when it is first asked for."""

    def __init__(self, documents: Mapping[str, Document], passages: Sequence[Passage]) -> None:
        self._documents = documents
        self._passages = passages
        self._made: dict[str, _Column] = {}

    def mask(self, name: str, test: Callable[[Values], bool]) -> Mask:
        """Return which passages have, under one of the names of COLUMNS, values that pass a test.

        The test is asked once for all passages with the same values.
        """
        column = self._column(name)
        return np.array([test(values) for values in column.values], np.bool_)[column.codes]

    def _column(self, name: str) -> _Column:
        # Two that ask at once make the same.
        if name not in self._made:
            numbers: dict[Values, int] = {}
            of_case: dict[tuple[str, int], Values] = {}
            codes = np.empty(len(self._passages), np.int64)
            for row, passage in enumerate(self._passages):
                key = (passage.document_id, passage.case) if name in _OF_CASE else None
                values = of_case.get(key) if key else None
                if values is None:
                    values = values_of(name, self._documents[passage.document_id], passage)
                    if key:
                        of_case[key] = values
                codes[row] = numbers.setdefault(values, len(numbers))
            self._made[name] = _Column(tuple(numbers), codes)
        return self._made[name]
