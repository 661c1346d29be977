import pytest

from corpus.document import Aspect, Document
from index.lexicon import mined
from index.tokenizer import Tokenizer
from qa.understanding import Interpretation, PlaceNames, understood


@pytest.fixture(scope="module")
def names(compilation: Document) -> PlaceNames:
    return PlaceNames([compilation], Tokenizer(mined([compilation])))


def places(question: str, names: PlaceNames) -> list[tuple[str, bool]]:
    return [(asked.place.name, bool(asked.cases)) for asked in understood(question, names).places]


@pytest.mark.parametrize(
    "question",
    [
        "扶沟是怎么保障土地的",
        "扶沟县是怎么保障土地的",
        "周口市扶沟县怎么保障土地",
        "周口扶沟的土地",
        "河南省扶沟县的土地",
        "扶溝縣是怎麼保障土地的",
        "扶 沟 县 怎么保障土地",
    ],
)
def test_every_name_of_a_county_is_known(question: str, names: PlaceNames) -> None:
    assert places(question, names) == [("周口市扶沟县", True)]


def test_a_city_leads_to_the_cases_in_it(names: PlaceNames) -> None:
    (asked,) = understood("周口那个县怎么保障土地", names).places
    assert (asked.place.name, len(asked.cases)) == ("周口市", 1)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("开封市怎么保障土地", [("开封市", False)]),
        ("兰考县怎么保障土地", [("开封市兰考县", False)]),
        ("周口市太康县怎么保障土地", [("周口市太康县", False)]),
        ("孟津和舞钢哪个快", [("洛阳市孟津区", True), ("平顶山市舞钢市", True)]),
        ("解放思想、平安建设抓得怎么样", []),
    ],
)
def test_places_of_the_country_are_told_from_those_of_the_corpus(
    question: str, expected: list[tuple[str, bool]], names: PlaceNames
) -> None:
    assert places(question, names) == expected


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("扶沟是怎么保障土地的", Aspect.MEASURE),
        ("新郑如何加强调度考评", Aspect.MEASURE),
        ("孟津有哪些做法", Aspect.MEASURE),
        ("梁园的调度机制", Aspect.MEASURE),
        ("扶沟供应了多少亩土地", Aspect.RESULT),
        ("舞钢三个一批成效如何", Aspect.RESULT),
        ("新郑重点项目完成情况怎么样", Aspect.RESULT),
        ("签约项目开工率是多少", Aspect.RESULT),
        ("占年度计划投资的比例", Aspect.RESULT),
        ("为什么要推三个一批", Aspect.BACKGROUND),
        ("首席服务官", None),
    ],
)
def test_measures_and_results_are_told_apart(question: str, aspect: Aspect | None, names: PlaceNames) -> None:
    assert understood(question, names).aspect == aspect


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("供应了多少亩土地", True),
        ("开了几次会", True),
        ("开工率是多少", True),
        ("什么时候印发的", True),
        ("怎么保障土地", False),
        ("万人助万企", False),
    ],
)
def test_a_question_for_a_figure_is_known(question: str, figure: bool, names: PlaceNames) -> None:
    assert understood(question, names).figure == figure


@pytest.mark.parametrize("written", ["第一百五十七篇讲什么", "第157篇讲什么", "157篇讲什么", "第１５７篇讲什么"])
def test_a_case_is_known_by_its_number(written: str, names: PlaceNames) -> None:
    assert understood(written, names).case_numbers == (157,)


def test_full_width_traditional_and_stray_spaces_are_folded(names: PlaceNames) -> None:
    assert understood("　扶溝  縣 供應了２４５８．９６畝 嗎？", names).text == "扶沟县供应了2458.96亩吗?"


@pytest.mark.parametrize("question", ["？？？", "怎么", "多少呢？", "请问一下", "……", "\u200b"])
def test_a_question_with_nothing_in_it_has_no_content(question: str, names: PlaceNames) -> None:
    assert not understood(question, names).has_content


def test_the_words_that_only_ask_are_left_out_of_the_terms(names: PlaceNames) -> None:
    found: Interpretation = understood("请问一下扶沟有哪些招商的措施呢", names)
    assert "招商" in found.terms
    assert not {"请问", "哪些", "呢"} & set(found.terms.split())
    assert "哪些" not in found.terms
