import pytest

from corpus.document import Aspect, Document, Part
from qa.asking import Reader, ask
from qa.overview import asks_for_overview


@pytest.mark.parametrize(
    "question",
    [
        "第一百五十三篇讲了什么",
        "介绍一下舞钢",
        "扶沟有哪些做法",
        "扶沟的经验是什么",
        "孟津取得了什么成效",
        "请概括扶沟的案例",
    ],
)
def test_a_case_that_is_asked_for_as_a_whole_is_told(question: str, reader: Reader, compilation: Document) -> None:
    reply = ask(reader, question, 5)
    assert asks_for_overview(reply.interpretation, reply.plan)
    assert reply.answer.silence is None
    assert reply.answer.said
    (case,) = reply.plan.cases
    for said in reply.answer.said:
        assert said.evidence.case == case
        assert compilation.text[said.start : said.end] == said.quote
    starts = [said.start for said in reply.answer.said]
    assert starts == sorted(starts)


@pytest.mark.parametrize("question", ["扶沟的GDP是多少", "扶沟是怎么保障土地的", "各地怎么招商", "这里有什么"])
def test_a_question_that_wants_something_in_particular_is_none(question: str, reader: Reader) -> None:
    reply = ask(reader, question, 5)
    assert not asks_for_overview(reply.interpretation, reply.plan)


def test_a_case_as_a_whole_is_told_from_its_opening_by_its_measures_to_what_came_of_it(reader: Reader) -> None:
    said = ask(reader, "介绍一下新郑的案例", 5).answer.said
    parts = [each.evidence.case.sections[each.evidence.passage.section].part for each in said]
    assert parts[0] is Part.LEAD
    assert Part.BODY in parts


def test_of_measures_only_measures_are_told(reader: Reader) -> None:
    said = ask(reader, "扶沟有哪些做法", 5).answer.said
    aspects = [
        sentence.aspect
        for each in said
        for sentence in each.evidence.sentences
        if (sentence.start, sentence.end) == (each.start, each.end)
    ]
    assert len(said) > 1
    assert set(aspects) == {Aspect.MEASURE}


@pytest.mark.parametrize(
    ("question", "cases"), [("各地有哪些做法", 5), ("各地取得了什么成效", 5), ("新郑和扶沟有哪些做法", 2)]
)
def test_of_several_cases_each_has_its_sentence(question: str, cases: int, reader: Reader) -> None:
    said = ask(reader, question, 5).answer.said
    assert len({each.evidence.case.number for each in said}) == len(said) == cases
