import pytest

import qa.examples
from corpus.document import Document
from corpus.outline import outlined
from index.encoder import SentenceEncoder
from index.generation import Generation, built
from qa.asking import Reader, Reply, ask
from qa.examples import examples
from tests.api.sending import OLD
from tests.fakes import HashedEncoder

_REPORT = """政府工作报告
各位代表：
全年新建高标准农田12.4万亩，改造老旧小区43个，惠及群众5200户。
实施重点项目126个，总投资540亿元。
"""


@pytest.fixture(scope="module")
def asked(reader: Reader) -> dict[str, Reply]:
    """The examples of the bundled compilation, twelve of them, and what each is answered with."""
    return {question: ask(reader, question, 5) for question in examples(reader, 12)}


def test_the_examples_of_the_bundled_compilation_are_such_as_an_official_asks(reader: Reader) -> None:
    assert examples(reader) == (
        "孟津区是怎么加强项目建设的？",
        "扶沟供应了多少亩土地？",
        "哪些地方设立了首席服务官？",
        "舞钢是怎么完善领导分包推进项目机制的？",
        "新郑重点项目全年完成投资多少亿元？",
        "梁园区取得了哪些成效？",
    )


def test_every_example_is_answered(asked: dict[str, Reply]) -> None:
    assert len(asked) == 12
    for question, reply in asked.items():
        assert reply.answer.silence is None, question
        assert reply.answer.said, question


def test_an_example_that_names_a_place_is_answered_from_its_case(asked: dict[str, Reply]) -> None:
    placed = [reply for reply in asked.values() if reply.interpretation.places]
    assert len(placed) >= 8
    for reply in placed:
        (place,) = reply.interpretation.places
        first = reply.answer.said[0].evidence
        assert (first.document.id, first.passage.case) in place.cases


def test_an_example_that_asks_for_a_figure_is_answered_with_one_of_that_unit(asked: dict[str, Reply]) -> None:
    figures = {question: reply.answer.figures[0] for question, reply in asked.items() if "多少" in question}
    assert len(figures) >= 3
    for question, found in figures.items():
        assert f"多少{found.placed.figure.unit}" in question


def test_an_example_across_cases_is_answered_by_several_that_say_it(asked: dict[str, Reply]) -> None:
    across = [reply for reply in asked.values() if reply.interpretation.across]
    assert across
    for reply in across:
        assert len({said.evidence.case.number for said in reply.answer.said}) > 1


def test_the_examples_are_the_same_every_time_and_each_but_once(reader: Reader) -> None:
    first = examples(reader, 20)
    assert first == examples(reader, 20)
    assert len(first) == len(set(first))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_are_no_more_than_asked_for(count: int, reader: Reader) -> None:
    assert len(examples(reader, count)) == count


def test_a_report_without_places_and_headings_is_asked_for_its_figures(encoder: SentenceEncoder) -> None:
    report, _ = outlined("报告", _REPORT, "报告")
    found = examples(Reader(built([report], encoder), encoder))
    assert "新建了多少亩高标准农田？" in found
    assert "惠及了多少户群众？" in found


@pytest.mark.parametrize("text", [OLD, "关于土地\n本市各单位要保障土地供应。\n", "一\n"])
def test_where_there_is_little_to_ask_there_are_few_examples_or_none(text: str) -> None:
    document, _ = outlined("d", text, "")
    assert examples(Reader(built([document], HashedEncoder()), HashedEncoder())) == ()


def test_an_index_from_which_all_was_withdrawn_has_none(compilation: Document, hashed: Generation) -> None:
    empty = Generation(
        hashed.segments, (frozenset([compilation.id]),), hashed.tokenizer, hashed.settings, hashed.questions
    )
    assert empty.documents == ()
    assert qa.examples.examples(Reader(empty, HashedEncoder())) == ()


def test_no_more_than_twenty_questions_are_asked_to_find_them(
    compilation: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a model for which the compilation answers nothing surely, all that may be asked is asked."""
    many = [outlined(f"卷{number}", compilation.text, f"卷{number}")[0] for number in range(6)]
    reader = Reader(built(many, HashedEncoder()), HashedEncoder())
    heard: list[str] = []

    def listening(reader: Reader, question: str, count: int) -> Reply:
        heard.append(question)
        return ask(reader, question, count)

    monkeypatch.setattr(qa.examples, "ask", listening)
    examples(reader, 50)
    assert 6 <= len(heard) <= 20
