"""Charts: only what can be compared stands side by side, and each bar is a figure of the text."""

from dataclasses import replace

import numpy as np
import pytest

from corpus.document import Document, Place, Section
from index.generation import built
from qa.asking import ALL, Reader, ranked
from qa.comparable import Chart, charts
from qa.compare import Row
from qa.evidence import evidence
from qa.figures import fitting
from qa.understanding import understood
from tests.fakes import HashedEncoder
from tests.index.small import FUGOU, WUGANG, XINZHENG, document

PLACES = (FUGOU, XINZHENG, WUGANG)
QUESTION = "发放贷款、建设标准厂房、签约重点项目"
LOANS = "发放贷款"


def told(place: Place, *paragraphs: str, title: str = "2021年推进项目建设", heading: str = "") -> Document:
    """Return a document of a year, of one case of a place."""
    number = PLACES.index(place) + 1
    made = document(place.county, f"{place.county}{title}", place, *paragraphs, number=number)
    (case,) = made.cases
    sections = tuple(Section(each.part, (heading,), each.paragraphs) for each in case.sections if heading)
    return replace(made, title=f"{title}汇编", cases=(replace(case, sections=sections or case.sections),))


def rows(*documents: Document, question: str = QUESTION) -> list[Row]:
    """Return a row of a table for each of the documents, with all of its figures."""
    encoder = HashedEncoder()
    reader = Reader(built(documents, encoder), encoder)
    asked = understood(question, reader.names)
    found = []
    for each in documents:
        allowed = np.array([passage.document_id == each.id for passage in reader.generation.passages], np.bool_)
        own = evidence(ranked(reader, asked, allowed, ALL), asked, reader.generation)
        found.append(Row(each, each.cases[0], telling=fitting(asked, own, reader.generation)))
    return found


def drawn(*documents: Document, question: str = QUESTION) -> tuple[Chart, ...]:
    """Return the charts of the cases of documents."""
    return charts(rows(*documents, question=question))


def side_by_side(*sentences: str, question: str = QUESTION) -> list[tuple[str, str, list[tuple[float, str]]]]:
    """Return the charts of cases of which each says one sentence: measure, unit, and value and text of each bar."""
    documents = [told(place, sentence) for place, sentence in zip(PLACES, sentences, strict=False)]
    return [
        (chart.measure, chart.unit, [(bar.value, bar.found.text) for bar in chart.bars])
        for chart in drawn(*documents, question=question)
    ]


def test_the_same_measure_in_the_same_unit_makes_a_chart_the_greatest_first() -> None:
    assert side_by_side("全年发放贷款20亿元。", "全年发放贷款35.5亿元。", "全年发放贷款3亿元。") == [
        (LOANS, "亿元", [(35.5, "35.5亿元"), (20, "20亿元"), (3, "3亿元")])
    ]


def test_every_bar_leads_to_the_row_and_the_characters_it_was_read_from() -> None:
    table = rows(told(FUGOU, "全县发放贷款20亿元。"), told(XINZHENG, "全市发放贷款30亿元。"))
    (chart,) = charts(table)
    assert {table[bar.row].case.place.county: bar.found.text for bar in chart.bars} == {
        "扶沟县": "20亿元",
        "新郑市": "30亿元",
    }
    for bar in chart.bars:
        figure = bar.found.placed.figure
        assert table[bar.row].document.text[figure.start : figure.end] == bar.found.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("全年发放贷款20亿元。", "全年发放补贴30亿元。"),
        ("全年发放贷款20亿元。", "全年发放贷款30笔。"),
        ("建设标准厂房200亩。", "建设标准厂房30公顷。"),
        ("发放贷款增长20%。", "发放贷款20亿元。"),
        ("发放贷款增长20%。", "发放贷款提高20个百分点。"),
        ("发放贷款同比增长20%。", "发放贷款比2019年增长30%。"),
        ("发放贷款占全部贷款的20%。", "发放贷款占各项支出的30%。"),
        ("发放贷款增长20%。", "发放贷款下降30%。"),
        ("发放贷款20亿元。", "发放贷款20亿美元。"),
        ("签约重点项目20个。", "开工重点项目30个。"),
        ("发放贷款20亿元。", "发放贷款余额30亿元。"),
    ],
    ids=[
        "measure",
        "unit",
        "亩/公顷",
        "rate/level",
        "%/百分点",
        "base",
        "whole",
        "up/down",
        "currency",
        "verb",
        "余额",
    ],
)
def test_what_is_merely_similar_is_never_drawn_side_by_side(one: str, other: str) -> None:
    assert side_by_side(one, one), "the one alone can be compared with itself elsewhere"
    assert side_by_side(one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("发放贷款20亿元。", "发放贷款10—30亿元。"),
        ("发放贷款20亿元。", "全省发放贷款3000亿元。"),
        ("发放贷款20亿元。", "全国发放贷款3000亿元。"),
        ("发放贷款20亿元。", "郑州市发放贷款3000亿元。"),
        ("发放贷款20亿元。", "推动办理业务50件，其中发放贷款30亿元。"),
        ("发放贷款20亿元。", "累计发放贷款30亿元。"),
        ("发放贷款20亿元。", "力争全年发放贷款30亿元。"),
        ("发放贷款20亿元。", "明年的预期目标是：发放贷款30亿元。"),
        ("标准厂房20处。", "新增公共厕所3处、标准厂房30处。"),
    ],
    ids=[
        "range",
        "全省",
        "全国",
        "another place",
        "a part",
        "cumulative",
        "hoped for",
        "a target",
        "newly added",
    ],
)
def test_a_figure_of_another_scope_is_left_out(one: str, other: str) -> None:
    assert side_by_side(one, one)
    assert side_by_side(one, other) == []


@pytest.mark.parametrize("vague", ["总投资20亿元。", "企业20家。", "完成投资20亿元。", "项目20个。", "贷款20亿元。"])
def test_a_measure_that_does_not_say_of_what_is_not_drawn(vague: str) -> None:
    assert side_by_side(vague, vague, question="项目企业完成总投资、贷款多少") == []


def test_the_cases_own_place_before_a_measure_makes_no_difference() -> None:
    assert side_by_side("全县发放贷款20亿元。", "新郑发放贷款30亿元。", "我市发放贷款40亿元。") == [
        (LOANS, "亿元", [(40, "40亿元"), (30, "30亿元"), (20, "20亿元")])
    ]


def test_the_place_that_a_measure_is_compared_with_is_not_what_it_is_said_of() -> None:
    said = "发放贷款比全省平均水平增长{}%。"
    assert [chart[2] for chart in side_by_side(said.format(20), said.format(30))] == [[(30, "30%"), (20, "20%")]]


def test_neither_a_fraction_nor_years_are_an_amount() -> None:
    assert side_by_side("发放贷款完成三分之二。", "发放贷款完成四分之三。") == []
    assert side_by_side("发放贷款期限3年。", "发放贷款期限5年。") == []


def test_quotation_marks_within_a_measure_make_no_difference() -> None:
    assert [chart[2] for chart in side_by_side("发放“助企”贷款20亿元。", "发放助企贷款30亿元。")] == [
        [(30, "30亿元"), (20, "20亿元")]
    ]


def test_what_is_cumulative_by_its_own_words_is_compared_as_such() -> None:
    assert [chart[0] for chart in side_by_side("累计发放贷款20亿元。", "累计发放贷款30亿元。")] == [f"累计{LOANS}"]


def test_what_may_be_cumulative_or_not_is_not_drawn() -> None:
    said = "累计办理业务50件，发放贷款{}亿元。"
    assert side_by_side(said.format(20), said.format(30)) == []


def test_what_was_newly_added_before_a_comma_does_not_govern_what_follows() -> None:
    assert [chart[0] for chart in side_by_side("新增岗位50个，发放贷款20亿元。", "发放贷款30亿元。")] == [LOANS]


def test_what_stands_under_a_heading_of_plans_is_not_drawn() -> None:
    heading = "下一步工作打算"
    assert (
        drawn(told(FUGOU, "发放贷款20亿元。", heading=heading), told(XINZHENG, "发放贷款30亿元。", heading=heading))
        == ()
    )


def test_about_and_over_are_kept_in_the_text_of_the_bar() -> None:
    assert side_by_side("发放贷款约20亿元。", "发放贷款超过30亿元。") == [
        (LOANS, "亿元", [(30, "超过30亿元"), (20, "约20亿元")])
    ]


def test_money_of_another_scale_is_converted_exactly_and_the_bar_says_so() -> None:
    documents = [
        told(FUGOU, "全年发放贷款3285.7万元。"),
        told(XINZHENG, "全年发放贷款1.1亿元。"),
        told(WUGANG, "全年发放贷款2亿元。"),
    ]
    (chart,) = drawn(*documents)
    assert chart.unit == "亿元"
    assert [(bar.value, bar.found.text, bar.converted) for bar in chart.bars] == [
        (2, "2亿元", False),
        (1.1, "1.1亿元", False),
        (0.32857, "3285.7万元", True),
    ]


def test_targets_are_compared_with_targets_and_the_chart_says_so() -> None:
    target = "今年的主要预期目标是：建设标准厂房50亩；发放贷款{}亿元。"
    documents = [told(FUGOU, target.format(20)), told(XINZHENG, target.format(30)), told(WUGANG, "发放贷款40亿元。")]
    (chart,) = drawn(*documents, question="发放贷款多少亿元")
    assert (chart.measure, chart.planned, [bar.value for bar in chart.bars]) == (LOANS, True, [30, 20])


@pytest.mark.parametrize(
    ("one", "other", "times"),
    [
        ("2021年发放贷款20亿元。", "2020年发放贷款30亿元。", None),
        ("2021年上半年发放贷款20亿元。", "2021年发放贷款30亿元。", None),
        ("今年发放贷款20亿元。", "去年发放贷款30亿元。", None),
        ("2021年发放贷款20亿元。", "截至2021年底，发放贷款30亿元。", {"2021年", "截至2021年底"}),
        ("2021年发放贷款20亿元。", "今年发放贷款30亿元。", {"2021年", "今年"}),
        ("2020年发放贷款20亿元。", "去年发放贷款30亿元。", {"2020年", "去年"}),
    ],
)
def test_figures_of_different_times_are_never_in_one_chart(one: str, other: str, times: set[str] | None) -> None:
    found = drawn(told(FUGOU, one), told(XINZHENG, other))
    assert [{bar.time for bar in chart.bars} for chart in found] == ([times] if times else [])


def test_of_several_times_the_one_of_most_cases_is_drawn() -> None:
    (chart,) = drawn(
        told(FUGOU, "2020年发放贷款10亿元。2021年发放贷款20亿元。"),
        told(XINZHENG, "2021年发放贷款30亿元。"),
        told(WUGANG, "2019年发放贷款40亿元。"),
    )
    assert [(bar.value, bar.time) for bar in chart.bars] == [(30, "2021年"), (20, "2021年")]


def test_a_year_in_the_heading_is_the_time_of_what_stands_under_it() -> None:
    later, earlier = "发放贷款20亿元。", "发放贷款30亿元。"
    assert drawn(told(FUGOU, later, heading="2021年工作回顾"), told(XINZHENG, earlier, heading="2020年工作回顾")) == ()
    (chart,) = drawn(told(FUGOU, later, heading="2020年工作回顾"), told(XINZHENG, earlier, heading="2020年工作回顾"))
    assert {bar.time for bar in chart.bars} == {"2020年"}


def test_a_case_has_one_bar_the_figure_that_fits_the_question_best() -> None:
    (chart,) = drawn(
        told(FUGOU, "为企业发放贷款20亿元。", "向农户发放贷款5亿元。"),
        told(XINZHENG, "为企业发放贷款30亿元。"),
        question="为企业发放贷款多少亿元",
    )
    assert [bar.found.text for bar in chart.bars] == ["30亿元", "20亿元"]


def test_only_measures_of_the_matter_asked_for_are_drawn() -> None:
    sentence = "全年发放贷款{0}亿元，培育科技企业{0}家，农村公路里程{0}公里。"
    assert [chart[:2] for chart in side_by_side(sentence.format(20), sentence.format(30), question="发放贷款多少")] == [
        (LOANS, "亿元")
    ]


def test_one_case_alone_makes_no_chart() -> None:
    assert side_by_side("发放贷款20亿元，发放贷款30亿元。") == []
    assert side_by_side("发放贷款20亿元。", "企业办事只跑一次。") == []
