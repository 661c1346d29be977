import pytest

from corpus.document import Aspect
from corpus.sentences import sentences
from qa.answer import Said
from qa.asking import Reader
from qa.compare import Comparison, compared

XINZHENG, MENGJIN, WUGANG, LIANGYUAN, FUGOU = range(153, 158)


@pytest.fixture(scope="module")
def land(reader: Reader) -> Comparison:
    return compared(reader, "怎么保障土地", ["扶沟", "舞钢"])


def cases(comparison: Comparison) -> list[int | None]:
    return [row.case.number for row in comparison.rows]


def aspects(cell: tuple[Said, ...]) -> set[Aspect]:
    return {
        sentence.aspect
        for said in cell
        for sentence in said.evidence.sentences
        if (sentence.start, sentence.end) == (said.start, said.end)
    }


def test_the_places_named_stand_side_by_side(land: Comparison) -> None:
    assert cases(land) == [WUGANG, FUGOU]
    assert land.missing == ()
    wugang, fugou = land.rows
    assert any("持续加大土地收储力度" in said.quote for said in wugang.measures)
    assert any("五个优先" in said.quote for said in fugou.measures)
    assert any("供应土地2458.96亩" in said.quote for said in fugou.results)
    assert fugou.figures[0].text == "2458.96亩"
    assert fugou.time == "2021年以来"


def test_places_may_be_named_in_the_question(reader: Reader) -> None:
    assert cases(compared(reader, "扶沟和舞钢怎么保障土地")) == [WUGANG, FUGOU]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("哪些地方用了“13710”", [WUGANG, LIANGYUAN]),
        ("哪些地方开展“万人助万企”", [XINZHENG, WUGANG, FUGOU]),
        ("除了扶沟还有哪些地方开展“万人助万企”", [XINZHENG, WUGANG]),
    ],
)
def test_without_places_all_that_answer_have_a_row(question: str, found: list[int], reader: Reader) -> None:
    assert cases(compared(reader, question)) == found


@pytest.mark.parametrize(
    ("question", "places", "found", "missing"),
    [
        ("怎么保障土地", ["扶沟", "开封"], [FUGOU], ("开封",)),
        ("怎么保障土地", ["开封"], [], ("开封",)),
        ("怎么保障土地", ["乌有乡"], [], ("乌有乡",)),
        ("扶沟和开封怎么保障土地", [], [FUGOU], ("开封",)),
        ("开封怎么保障土地", [], [], ("开封",)),
    ],
)
def test_a_place_without_a_case_is_missed_and_none_stands_for_it(
    question: str, places: list[str], found: list[int], missing: tuple[str, ...], reader: Reader
) -> None:
    comparison = compared(reader, question, places)
    assert (cases(comparison), comparison.missing) == (found, missing)


@pytest.mark.parametrize(
    ("question", "places", "found", "missing"),
    [
        ("第一百五十三篇和第一百五十七篇在招商上有什么不同", [], [XINZHENG, FUGOU], ()),
        ("新郑和第一百五十七篇的招商", [], [XINZHENG, FUGOU], ()),
        ("招商", ["第一百五十七篇", "153篇", "900篇"], [XINZHENG, FUGOU], ("900篇",)),
        ("第一百五十三篇和第九百篇的招商", [], [XINZHENG], ("第900篇",)),
        ("周口市的扶沟县和周口市的太康县怎么招商", [], [FUGOU], ("太康县",)),
    ],
)
def test_cases_may_be_named_by_number(
    question: str, places: list[str], found: list[int], missing: tuple[str, ...], reader: Reader
) -> None:
    comparison = compared(reader, question, places)
    assert (cases(comparison), comparison.missing) == (found, missing)


@pytest.mark.parametrize(
    ("question", "places", "silent"),
    [
        ("第一百五十三篇和第一百五十七篇在招商上有什么不同", [], [XINZHENG]),
        ("首席服务官", ["孟津", "扶沟", "新郑"], [XINZHENG, FUGOU]),
        ("双长制怎么做的", ["舞钢", "新郑"], [XINZHENG]),
        ("怎么盘活闲置资产", ["舞钢", "孟津"], [MENGJIN]),
        ("量子计算机", ["新郑", "扶沟"], [XINZHENG, FUGOU]),
        ("怎么保障土地", ["扶沟", "舞钢"], []),
        ("项目建设的背景", ["新郑", "孟津"], []),
    ],
)
def test_a_case_that_says_nothing_on_the_matter_keeps_its_row(
    question: str, places: list[str], silent: list[int], reader: Reader
) -> None:
    rows = compared(reader, question, places).rows
    assert [row.case.number for row in rows if row.note] == silent
    for row in rows:
        said = row.measures or row.results or row.background or row.figures
        assert bool(row.note) is not bool(said)


@pytest.mark.parametrize(
    ("question", "places", "figures"),
    [
        ("怎么保障土地", ["舞钢"], [[]]),
        ("供应土地多少亩", ["扶沟"], [["2458.96亩"]]),
        ("集中开工项目总投资多少", ["新郑"], [["210亿元"]]),
        ("项目推进机制有什么不同", ["新郑", "孟津"], [[], []]),
        ("领导分包的背景是什么", ["新郑"], [[]]),
    ],
)
def test_only_figures_that_fit_the_question_are_shown(
    question: str, places: list[str], figures: list[list[str]], reader: Reader
) -> None:
    assert [[each.text for each in row.figures] for row in compared(reader, question, places).rows] == figures


def test_where_the_background_is_asked_for_it_is_told(reader: Reader) -> None:
    xinzheng, mengjin = compared(reader, "孟津和新郑为什么要抓项目建设").rows
    assert ["“项目为王”工作要求" in said.quote for said in xinzheng.background] == [True]
    assert ["“项目为王”的工作导向" in said.quote for said in mengjin.background] == [True]
    assert not {said.start for said in xinzheng.background} & {said.start for said in xinzheng.measures}
    assert not any(row.background for row in compared(reader, "怎么保障土地", ["扶沟", "舞钢"]).rows)


def test_asked_for_no_matter_each_case_tells_what_it_is_about(reader: Reader) -> None:
    rows = compared(reader, "第一百五十七篇和第一百五十三篇的异同").rows
    assert [(row.case.number, row.note) for row in rows] == [(XINZHENG, ""), (FUGOU, "")]


@pytest.mark.parametrize("question", ["怎么保障土地", "“三个一批”项目怎么推进，成效如何", "项目建设成效"])
def test_every_cell_is_exact_and_of_its_own_aspect(question: str, reader: Reader) -> None:
    comparison = compared(reader, question, ["新郑", "孟津", "舞钢", "梁园", "扶沟"])
    assert cases(comparison) == [XINZHENG, MENGJIN, WUGANG, LIANGYUAN, FUGOU]
    for row in comparison.rows:
        whole = set(sentences(row.document.text, row.case.start, row.case.end))
        assert {(said.start, said.end) for said in row.measures + row.results} <= whole
        assert aspects(row.measures) <= {Aspect.MEASURE}
        assert aspects(row.results) <= {Aspect.RESULT}
        for figure in row.figures:
            found = figure.placed.figure
            assert row.case.start <= found.start < found.end <= row.case.end
            assert row.document.text[found.start : found.end] == figure.text
    assert any(row.measures for row in comparison.rows)
    assert any(row.results for row in comparison.rows)
