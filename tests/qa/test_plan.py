from dataclasses import replace

import pytest

from corpus.document import Document
from corpus.outline import outlined
from index.filters import Filters
from index.generation import Generation, built
from qa.codes import Silence
from qa.plan import Plan, planned
from qa.understanding import PlaceNames, understood
from tests.fakes import HashedEncoder


def plan(question: str, generation: Generation, filters: Filters | None = None) -> Plan:
    interpretation = understood(question, PlaceNames(generation.documents, generation.tokenizer))
    return planned(interpretation, filters or Filters(), generation)


def cases_seen(found: Plan, generation: Generation) -> set[int | None]:
    kept = range(len(generation.passages)) if found.allowed is None else found.allowed.nonzero()[0].tolist()
    return {generation.case(generation.passages[row]).number for row in kept}


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("扶沟怎么保障土地", {157}),
        ("周口那个县怎么保障土地", {157}),
        ("周口市的扶沟县怎么保障土地", {157}),
        ("孟津和舞钢的集中开工", {154, 155}),
        ("第一百五十四篇讲了什么", {154}),
        ("第157篇扶沟县的招商", {157}),
        ("第153篇和扶沟", {153, 157}),
        ("郑州的重点项目", {153}),
    ],
)
def test_a_question_sees_only_the_cases_it_names(question: str, numbers: set[int], hashed: Generation) -> None:
    found = plan(question, hashed)
    assert cases_seen(found, hashed) == numbers
    assert {case.number for case in found.cases} == numbers
    assert found.note.startswith("只在")
    assert found.silence is None


@pytest.mark.parametrize("question", ["哪些地方有首席服务官", "河南省印发了什么"])
def test_a_question_that_names_no_case_sees_them_all(question: str, hashed: Generation) -> None:
    found = plan(question, hashed)
    assert (found.allowed, found.note, found.silence) == (None, "", None)


@pytest.mark.parametrize(
    ("question", "silence", "told"),
    [
        ("开封市怎么保障土地", Silence.PLACE_UNKNOWN, "开封市"),
        ("兰考县怎么保障土地", Silence.PLACE_UNKNOWN, "兰考县"),
        ("周口市太康县怎么保障土地", Silence.PLACE_UNKNOWN, "太康县"),
        ("周口太康县供应土地多少亩", Silence.PLACE_UNKNOWN, "太康县"),
        ("商丘睢阳区的项目调度机制", Silence.PLACE_UNKNOWN, "睢阳区"),
        ("山东省怎么保障土地", Silence.PLACE_UNKNOWN, "山东省"),
        ("第二百篇讲什么", Silence.CASE_UNKNOWN, "第200篇"),
        ("兰考的五个优先指哪些", Silence.PLACE_UNKNOWN, "兰考县"),
        ("洛阳宜阳推行一线工作法吗", Silence.PLACE_UNKNOWN, "宜阳县"),
        ("手续清零的时限，登封定的是几月底", Silence.PLACE_UNKNOWN, "登封市"),
    ],
)
def test_a_place_or_case_that_is_not_there_is_said(
    question: str, silence: Silence, told: str, hashed: Generation
) -> None:
    found = plan(question, hashed)
    assert found.silence is silence
    assert told in found.note


def test_a_short_name_that_is_also_a_word_is_a_place_only_where_it_stands_as_one(hashed: Generation) -> None:
    for question in ("平安建设怎么抓", "建设和平台怎么推进", "小店怎么照应", "怎么解放思想"):
        assert plan(question, hashed).silence is None


def test_a_place_without_a_case_that_a_case_speaks_of_is_looked_for_there(hashed: Generation) -> None:
    found = plan("去广东招商的是哪个县", hashed)
    assert (cases_seen(found, hashed), found.silence) == ({157}, None)


def test_others_than_those_named_are_looked_for_where_a_question_says_so(hashed: Generation) -> None:
    found = plan("除了扶沟还有哪些地方提出项目为王", hashed)
    assert cases_seen(found, hashed) == {None, 153, 154, 155, 156}
    assert "以外" in found.note


def test_beside_a_place_of_the_corpus_another_is_only_noted(hashed: Generation) -> None:
    found = plan("扶沟和兰考县哪个更快", hashed)
    assert cases_seen(found, hashed) == {157}
    assert "兰考县" in found.note
    assert found.silence is None


def test_the_callers_filter_holds_within_the_case(hashed: Generation) -> None:
    found = plan("扶沟怎么保障土地", hashed, Filters(headings=("强化要素保障",)))
    assert found.allowed is not None
    assert found.allowed.sum() == 1


def test_where_filter_and_place_exclude_each_other_the_filter_wins_and_it_is_said(hashed: Generation) -> None:
    found = plan("扶沟怎么保障土地", hashed, Filters(county="孟津"))
    assert cases_seen(found, hashed) == {154}
    assert "筛选条件" in found.note


@pytest.mark.parametrize("question", ["扶沟怎么保障土地", "怎么保障土地", "开封怎么保障土地"])
@pytest.mark.parametrize("filters", [Filters(county="孟津"), Filters(headings=("强化要素保障",))])
def test_passages_allowed_narrow_as_a_filter_does(question: str, filters: Filters, hashed: Generation) -> None:
    interpretation = understood(question, PlaceNames(hashed.documents, hashed.tokenizer))
    narrowed = planned(interpretation, Filters(), hashed, hashed.facets.selection(filters))
    filtered = planned(interpretation, filters, hashed)
    assert narrowed.allowed is not None
    assert filtered.allowed is not None
    assert narrowed.allowed.tolist() == filtered.allowed.tolist()
    assert replace(narrowed, allowed=None) == replace(filtered, allowed=None)


def test_a_text_outside_the_cases_that_speaks_of_the_place_stays_in_sight(compilation: Document) -> None:
    about, _ = outlined("news", "扶沟县新闻\n扶沟县今年又供应了一批土地，保障项目落地。\n", "")
    other, _ = outlined("other", "某县新闻\n某县今年供应了一批土地，保障项目落地。\n", "")
    generation = built([compilation, about, other], HashedEncoder())
    found = plan("扶沟怎么保障土地", generation)
    assert found.allowed is not None
    seen = {generation.passages[row].document_id for row in found.allowed.nonzero()[0].tolist()}
    assert seen == {compilation.id, "news"}
    assert cases_seen(found, generation) == {157, None}


def test_without_numbered_cases_no_place_is_missed() -> None:
    document, _ = outlined("d", "本市措施\n本市各单位要保障土地供应，支持项目建设。\n", "")
    generation = built([document], HashedEncoder())
    assert plan("开封市怎么保障土地", generation).silence is None
