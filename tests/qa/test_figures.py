import pytest

from corpus.outline import outlined
from eval.answers import figure_is_right
from eval.topics import BUNDLED, topics
from index.encoder import SentenceEncoder
from index.errors import FilterUnknown
from index.filters import Filters
from index.generation import Generation, built
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
        for placed in listed(generation, filters, unit, words).figures
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
        ("盘活的23宗地面积有多大", "1167亩"),
        ("16个批次的用地有多大", "3066亩"),
        ("扶沟签约的27个项目合同投资多少", "111.6亿元"),
        ("扶沟新开工的26个项目合同投资多少", "105.6亿元"),
        ("孟津竣工的28个项目总投资多少", "115.5亿元"),
    ],
)
def test_a_question_that_names_a_figure_asks_for_the_one_beside_it(question: str, figure: str, reader: Reader) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("梁园第一期“开工一批”项目有几个", "2个"),
        ("梁园第二期“开工一批”项目有几个", "3个"),
        ("梁园二期“开工一批”的项目多少个", "3个"),
        ("新郑省、郑州市重点项目累计完成投资占年度计划投资的比例", "105.1%"),
        ("新郑全市重点项目完成投资占年度计划的百分之几", "102.8%"),
        ("新郑集中开工项目的年度计划投资是多少", "97.1亿元"),
        ("孟津“三个一批”活动竣工了多少个项目", "28个"),
        ("孟津三个一批活动中建完的项目有多少个", "28个"),
        ("扶沟签约招商引资项目的合同投资额是多少", "111.6亿元"),
        ("扶沟新开工招商引资项目合同投资是多少", "105.6亿元"),
    ],
)
def test_of_two_figures_of_a_kind_what_the_question_says_of_one_alone_decides(
    question: str, figure: str, reader: Reader
) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("扶沟签约项目是27个还是26个", "27个"),
        ("扶沟开工的项目是27个还是26个", "26个"),
        ("新郑全市完成投资是328.5亿元还是265.1亿元", "328.5亿元"),
    ],
)
def test_of_two_figures_named_one_is_the_answer(question: str, figure: str, reader: Reader) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("梁园第二期投产的项目有几个？不是签约也不是开工", "1个"),
        ("扶沟招商引资项目有多少个，新开工的不要", "27个"),
        ("梁园“开工一批”项目有几个，不是第一期那2个", "3个"),
        ("孟津联审联批会上协调了多少个项目，不是问会议次数", "42个"),
    ],
)
def test_what_the_question_does_not_mean_is_not_answered(question: str, figure: str, reader: Reader) -> None:
    assert first_figure(reader, question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("扶沟一季度办结多少件", "320件"),
        ("扶沟上半年办结多少件", "730件"),
        ("扶沟2022年固定资产投资完成多少", "235亿元"),
        ("扶沟2021年固定资产投资完成多少", "210亿元"),
        ("扶沟第二批专项资金多少", "3500万元"),
        ("扶沟工业项目总投资多少", "88亿元"),
    ],
)
def test_the_time_asked_for_is_the_time_of_the_figure(question: str, figure: str, encoder: SentenceEncoder) -> None:
    case = "第一篇：周口市扶沟县优化审批服务\n2022年，扶沟县深化审批改革，成效明显。\n压减办理时限\n"
    document, _ = outlined(
        "d",
        f"{case}一季度，全县办结审批事项320件，二季度办结410件，上半年合计办结730件。\n"
        "第一批下达专项资金2000万元，第二批下达专项资金3500万元，第三批下达1200万元。\n"
        "2021年完成固定资产投资210亿元；2022年完成固定资产投资235亿元。其中工业项目30个，总投资88亿元。\n",
        "2022年案例汇编",
    )
    assert first_figure(Reader(built([document], encoder), encoder), question) == figure


@pytest.mark.parametrize(
    ("question", "figure"),
    [("扶沟一共供应多少土地", "2458.96亩"), ("新郑重点项目一共完成了多少投资", "328.5亿元")],
)
def test_the_whole_goes_before_its_part(question: str, figure: str, reader: Reader) -> None:
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
    assert texts(generation, Filters(case_number=157), "亩") == ["3066亩", "2458.96亩", "1167亩"]
    assert texts(generation, Filters(county="扶沟"), " 亿元") == ["111.6亿元", "105.6亿元"]
    assert set(texts(generation, Filters(case_number="第一百五十六篇"), "％")) == {"100%"}


def test_figures_are_listed_by_words_the_best_first(generation: Generation) -> None:
    assert texts(generation, Filters(), "亩", "供应土地")[0] == "2458.96亩"
    assert texts(generation, Filters(), "", "孟津 竣工项目总投资")[0] == "115.5亿元"
    assert texts(generation, Filters(), "", "水稻亩产") == []


def test_a_listed_figure_stands_in_its_sentence(generation: Generation) -> None:
    figures = listed(generation, Filters(), "", "").figures
    assert len(figures) > 50
    for placed in figures:
        start, end = sentence_of(placed, generation)
        assert start <= placed.figure.start < placed.figure.end <= end


def test_a_case_that_is_not_there_is_said(generation: Generation) -> None:
    with pytest.raises(FilterUnknown, match="200"):
        listed(generation, Filters(case_number=200), "", "")
