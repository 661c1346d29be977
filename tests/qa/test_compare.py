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
