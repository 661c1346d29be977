"""Documents that speak of one place as a whole, by their titles (2025年上海市政府工作报告), not case by case."""

import re
from functools import lru_cache

from corpus.document import Case, Document, Place
from corpus.places import place_of_title

_BEFORE = re.compile(r"^\W*(?:(?:19|20)\d\d\s*年度?)?\W*(?:中共)?")
"""What may stand in a title before the place."""


def titled_place(document: Document) -> Place:
    """Return the place with which the title of a document without numbered cases begins, or an empty Place."""
    return Place() if any(case.number is not None for case in document.cases) else _place(document.title)


def place_spoken_of(case: Case, document: Document) -> Place:
    """Return the place of a case, or that of its document where no case of it is numbered; it may be empty."""
    return case.place if case.number is not None else titled_place(document)


def is_apart(one: Place, other: Place) -> bool:
    """Tell whether neither place lies in the other."""
    return not (_holds(one, other) or _holds(other, one))


def _holds(outer: Place, inner: Place) -> bool:
    levels = ((outer.province, inner.province), (outer.city, inner.city), (outer.county, inner.county))
    return all(own in ("", other) for own, other in levels)


@lru_cache(maxsize=100_000)
def _place(title: str) -> Place:
    return place_of_title(_BEFORE.sub("", title))
