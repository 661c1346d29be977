import numpy as np
import pytest

from index.errors import FilterUnknown
from index.filters import Filters
from index.generation import Generation


def chosen(generation: Generation, filters: Filters) -> set[int | None]:
    mask = generation.facets.selection(filters)
    assert mask is not None
    return {generation.case(passage).number for passage, kept in zip(generation.passages, mask, strict=True) if kept}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (Filters(city="周口市"), {157}),
        (Filters(city="周口"), {157}),
        (Filters(county="扶沟县"), {157}),
        (Filters(county="孟津"), {154}),
        (Filters(county="周口市扶沟县"), {157}),
        (Filters(case_number=155), {155}),
        (Filters(case_number="第一百五十五篇"), {155}),
        (Filters(case_number="155"), {155}),
        (Filters(headings=("强化要素保障",)), {157}),
        (Filters(headings=("强化要素保障", "强化要素保障")), {157}),
        (Filters(document_id="henan-2021-cases-153-157"), {None, 153, 154, 155, 156, 157}),
        (Filters(aspect="result"), {153, 154, 155, 156, 157}),
        (Filters(aspect="成效", city="商丘"), {156}),
    ],
)
def test_each_filter_admits_its_own(hashed: Generation, filters: Filters, numbers: set[int | None]) -> None:
    assert chosen(hashed, filters) == numbers


def test_english_and_chinese_names_of_an_aspect_are_one(hashed: Generation) -> None:
    english = hashed.facets.selection(Filters(aspect="measure"))
    chinese = hashed.facets.selection(Filters(aspect="做法"))
    assert english is not None
    assert chinese is not None
    assert np.array_equal(english, chinese)


def test_filters_that_exclude_each_other_admit_nothing(hashed: Generation) -> None:
    mask = hashed.facets.selection(Filters(county="扶沟", case_number=153))
    assert mask is not None
    assert not mask.any()


def test_no_filter_is_no_mask(hashed: Generation) -> None:
    assert hashed.facets.selection(Filters()) is None


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(city="开封市"), "周口市"),
        (Filters(county="兰考县"), "扶沟县"),
        (Filters(case_number=999), "157"),
        (Filters(case_number="篇"), "157"),
        (Filters(headings=("没有的标题",)), "强化要素保障"),
        (Filters(document_id="x"), "henan-2021"),
        (Filters(aspect="好坏"), "measure"),
    ],
)
def test_an_unknown_value_is_refused_with_the_known_ones(hashed: Generation, filters: Filters, told: str) -> None:
    with pytest.raises(FilterUnknown, match=told):
        hashed.facets.selection(filters)
