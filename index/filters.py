"""Filters: which passages may be found at all. They act inside both legs, before anything is ranked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.document import Aspect, Document, Passage, Place
from corpus.numerals import case_number
from corpus.places import aliases, short_name
from index.errors import FilterUnknown
from index.live import Mask

ASPECT_NAMES = {Aspect.MEASURE: "做法", Aspect.RESULT: "成效", Aspect.BACKGROUND: "背景"}

_LABELS = {
    "city": "市",
    "county": "县（市、区）",
    "case_number": "篇号",
    "document_id": "文档",
    "headings": "小节标题",
    "aspect": "类别",
}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What a passage must be, each None or empty for anything.

    `city` and `county` take full and short names, `case_number` a number or 第一百五十七篇, `document_id` an id or a
    title, `headings` whole headings, all of which the passage stands under, `aspect` measure / 做法, result / 成效 or
    background / 背景.
    """

    city: str | None = None
    county: str | None = None
    case_number: int | str | None = None
    document_id: str | None = None
    headings: tuple[str, ...] = ()
    aspect: str | None = None


class Facets:
    """For each filter, the rows of the passages that each of its values admits."""

    def __init__(self, documents: Mapping[str, Document], passages: Sequence[Passage]) -> None:
        self._size = len(passages)
        self._rows: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in _LABELS}
        self._shown: dict[str, dict[str, None]] = {name: {} for name in _LABELS}
        named: dict[tuple[str, int], list[tuple[str, str, Iterable[str]]]] = {}
        for row, passage in enumerate(passages):
            document = documents[passage.document_id]
            key = (document.id, passage.case)
            if key not in named:
                named[key] = list(_case_values(document, passage.case))
            own: list[tuple[str, str, Iterable[str]]] = [
                ("headings", heading, (heading,)) for heading in _headings(document, passage)
            ]
            own.append(("aspect", passage.aspect, (passage.aspect, ASPECT_NAMES[passage.aspect])))
            for name, shown, values in (*named[key], *own):
                self._shown[name][shown] = None
                for value in values:
                    self._rows[name][value].append(row)

    def selection(self, filters: Filters) -> Mask | None:
        """Return a mask over the passages, or None when nothing is filtered.

        Raises FilterUnknown for a value that no passage of the index has, naming values that there are.
        """
        mask: Mask | None = None
        for name in _LABELS:
            value = getattr(filters, name)
            for each in () if value is None else value if isinstance(value, tuple) else (value,):
                mask = self._mask(name, each) if mask is None else mask & self._mask(name, each)
        return mask

    def _mask(self, name: str, value: str | int) -> Mask:
        asked = str(value).strip()
        if name == "case_number":
            asked = str(case_number(asked))
        rows = self._rows[name].get(asked)
        if not rows:
            shown = list(self._shown[name])
            choices = "、".join(shown[:_SHOWN]) + ("……" if len(shown) > _SHOWN else "")
            told = f"没有{_LABELS[name]}为“{value}”的段落。可选：{choices or '（索引里没有可选的值）'}"
            raise FilterUnknown(told, name)
        mask = np.zeros(self._size, np.bool_)
        mask[rows] = True
        return mask


def _case_values(document: Document, at: int) -> Iterable[tuple[str, str, Iterable[str]]]:
    """Yield (filter, value to show, values accepted) for all that a case decides."""
    case = document.cases[at]
    place = case.place
    yield "document_id", document.id, {document.id, document.title}
    if case.number is not None:
        yield "case_number", str(case.number), (str(case.number),)
    if place.city:
        city = Place(place.province, place.city)
        yield "city", place.city, aliases(city) | {short_name(city)}
    if place.county:
        yield "county", place.county, aliases(place)


def _headings(document: Document, passage: Passage) -> tuple[str, ...]:
    return document.cases[passage.case].sections[passage.section].headings
