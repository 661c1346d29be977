import pytest

from corpus.document import Document
from corpus.outline import outlined
from index.filters import Filters
from index.generation import Generation, built
from qa.plan import Plan, Silence, planned
from qa.understanding import PlaceNames, understood
from tests.fakes import HashedEncoder


def plan(question: str, generation: Generation, filters: Filters | None = None) -> Plan:
    interpretation = understood(question, PlaceNames(generation.documents))
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


@pytest.mark.parametrize("question", ["哪些地方有首席服务官", "河南省印发了什么", "去广东招商的是哪个县"])
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
        ("2023年扶沟供应了多少亩土地", Silence.YEAR_UNKNOWN, "2023年"),
        ("梁园区２０２４年列入重点项目的有几个", Silence.YEAR_UNKNOWN, "2024年"),
        ("2035年有哪些目标", Silence.YEAR_UNKNOWN, "2035年"),
    ],
)
def test_a_place_or_case_that_is_not_there_is_said(
    question: str, silence: Silence, told: str, hashed: Generation
) -> None:
    found = plan(question, hashed)
    assert found.silence is silence
    assert told in found.note


@pytest.mark.parametrize(
    "question",
    [
        "2021年扶沟供应了多少亩土地",
        "舞办2020年5号文是什么",
        "舞钢市2020年第5号文",
        "2021年和2023年扶沟供应的土地",
        "全年供地多少",
    ],
)
def test_a_year_that_is_there_or_that_numbers_a_document_silences_nothing(question: str, hashed: Generation) -> None:
    assert plan(question, hashed).silence is None


def test_of_texts_that_are_no_cases_no_year_is_missed() -> None:
    document, _ = outlined("d", "本市措施\n本市各单位要保障土地供应，支持项目建设。\n", "")
    generation = built([document], HashedEncoder())
    assert plan("2023年怎么保障土地", generation).silence is None


def test_beside_a_place_of_the_corpus_another_is_only_noted(hashed: Generation) -> None:
    found = plan("扶沟和兰考县哪个更快", hashed)
    assert cases_seen(found, hashed) == {157}
    assert "兰考县" in found.note
    assert found.silence is None


def test_the_callers_filter_holds_within_the_case(hashed: Generation) -> None:
    found = plan("扶沟怎么保障土地", hashed, Filters(section="强化要素保障"))
    assert found.allowed is not None
    assert found.allowed.sum() == 1


def test_where_filter_and_place_exclude_each_other_the_filter_wins_and_it_is_said(hashed: Generation) -> None:
    found = plan("扶沟怎么保障土地", hashed, Filters(county="孟津"))
    assert cases_seen(found, hashed) == {154}
    assert "筛选条件" in found.note


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
