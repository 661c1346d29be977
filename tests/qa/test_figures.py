import pytest

from eval.answers import figure_is_right
from eval.topics import BUNDLED, topics
from index.errors import FilterUnknown
from index.filters import Filters
from index.generation import Generation
from qa.asking import Reader, ask
from qa.figure_list import listed, sentence_of


def first_figure(reader: Reader, question: str) -> str:
    """Return the figure that answers, as it stands in the text."""
    figure = ask(reader, question, 5).answer.figures[0]
    start, end = figure.placed.figure.start, figure.placed.figure.end
    assert figure.sentence.start <= start < end <= figure.sentence.end
    return figure.evidence.document.text[start:end]


def texts(generation: Generation, filters: Filters, unit: str = "", words: str = "") -> list[str]:
    return [
        generation.document[placed.document_id].text[placed.figure.start : placed.figure.end]
        for placed in listed(generation, filters, unit, words)
    ]


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("扶沟供应了多少亩土地", "2458.96亩"),
        ("扶沟组卷报批用地面积多少", "3066亩"),
        ("扶沟盘活了几宗土地", "23宗"),
        ("扶沟县纪委监委筛选出多少个重点股室", "70个"),
        ("扶沟对接洽谈了多少家企业", "约67家"),
        ("孟津重大项目集中开工总投资是多少", "422.3亿元"),
        ("孟津集中开工总投资", "422.3亿元"),
        ("新郑重点项目全年完成投资多少亿元", "328.5亿元"),
    ],
)
def test_of_the_figures_in_a_sentence_the_one_asked_for_comes_first(question: str, figure: str, reader: Reader) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("23宗地有多大", "1167亩"),
        ("16个批次的用地有多大", "3066亩"),
        ("扶沟签约的27个项目合同投资多少", "111.6亿元"),
        ("扶沟新开工的26个项目合同投资多少", "105.6亿元"),
        ("孟津竣工的28个项目总投资多少", "115.5亿元"),
    ],
)
def test_a_question_that_names_a_figure_asks_for_the_one_beside_it(question: str, figure: str, reader: Reader) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("新郑集中开工的总投资", "亿元"),
        ("扶沟新开工项目的合同投资额", "亿元"),
        ("新郑重点项目完成投资占年度计划的占比", "%"),
        ("新郑全市重点项目的投资完成比例", "%"),
        ("舞钢签约项目的开工率", "%"),
        ("孟津开了几次联审联批会议", "次"),
        ("梁园每月通报几次项目进展", "次"),
        ("扶沟盘活的土地面积有多大", "亩"),
    ],
)
def test_what_is_asked_for_tells_the_unit(question: str, unit: str, reader: Reader) -> None:
    assert first_figure(reader, question).endswith(unit)


def test_most_figures_nobody_tuned_for_are_right(reader: Reader) -> None:
    """Of our questions for a figure that were only measured."""
    asked = [topic for topic in topics(BUNDLED["answers"]) if (topic.kind, topic.split) == ("figure", "held")]
    right = [topic for topic in asked if figure_is_right(ask(reader, topic.question, 5), topic.answers)]
    assert len(right) >= 0.6 * len(asked) >= 10


def test_figures_are_listed_by_case_and_unit_in_reading_order(generation: Generation) -> None:
    assert texts(generation, Filters(case=157), "亩") == ["3066亩", "2458.96亩", "1167亩"]
    assert texts(generation, Filters(county="扶沟"), " 亿元") == ["111.6亿元", "105.6亿元"]
    assert set(texts(generation, Filters(case="第一百五十六篇"), "％")) == {"100%"}


def test_figures_are_listed_by_words_the_best_first(generation: Generation) -> None:
    assert texts(generation, Filters(), "亩", "供应土地")[0] == "2458.96亩"
    assert texts(generation, Filters(), "", "孟津 竣工项目总投资")[0] == "115.5亿元"
    assert texts(generation, Filters(), "", "水稻亩产") == []


def test_a_listed_figure_stands_in_its_sentence(generation: Generation) -> None:
    figures = listed(generation, Filters(), "", "")
    assert len(figures) > 50
    for placed in figures:
        start, end = sentence_of(placed, generation)
        assert start <= placed.figure.start < placed.figure.end <= end


def test_a_case_that_is_not_there_is_said(generation: Generation) -> None:
    with pytest.raises(FilterUnknown, match="200"):
        listed(generation, Filters(case=200), "", "")
