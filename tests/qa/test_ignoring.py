import pytest

from index.generation import Generation
from qa.asking import Reader, ask, retrieve
from qa.codes import Ignorable, Silence
from qa.ignoring import understood_without
from qa.understanding import Interpretation, understood
from tests.fakes import HashedEncoder


@pytest.fixture(scope="module")
def fake(hashed: Generation) -> Reader:
    return Reader(hashed, HashedEncoder())


def without(reader: Reader, question: str, *ignoring: str) -> Interpretation:
    return understood_without(question, reader.names, [Ignorable(each) for each in ignoring])


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("扶沟是怎么保障土地的?", "是怎么保障土地的?"),
        ("扶溝縣 土地保障 做法", "土地保障做法"),
        ("周口市扶沟县和扶沟的土地,周口的土地", "和 的土地, 的土地"),
        ("开封市怎么保障土地", "怎么保障土地"),
        ("扶沟和新郑怎么保障土地", "和 怎么保障土地"),
    ],
)
def test_without_its_place_a_question_is_asked_of_all_cases(question: str, left: str, fake: Reader) -> None:
    interpretation = without(fake, question, "place")
    assert interpretation.places == ()
    assert interpretation.text.replace(" ", "") == left.replace(" ", "")
    found = retrieve(fake, question, 50, ignoring=[Ignorable.PLACE])
    assert (found.plan.cases, found.plan.note, found.plan.silence) == ((), "", None)
    assert len({hit.passage.case for hit in found.hits}) > 1


@pytest.mark.parametrize("question", ["第157篇怎么保障用地", "第一百五十七篇怎么保障用地", "一百五十七篇怎么保障用地"])
def test_without_its_case_number_a_question_is_asked_of_all_cases(question: str, fake: Reader) -> None:
    interpretation = without(fake, question, "case")
    assert (interpretation.case_numbers, interpretation.text) == ((), "怎么保障用地")
    assert retrieve(fake, question, 5, ignoring=[Ignorable.CASE]).plan.cases == ()


def test_how_many_cases_is_no_number_of_one(fake: Reader) -> None:
    assert without(fake, "第157篇和这五篇有什么不同", "case").text == "和这五篇有什么不同"


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("2023年扶沟供应了多少亩土地", "扶沟供应了多少亩土地"),
        ("扶沟２０２３年供应了多少亩土地", "扶沟供应了多少亩土地"),
        ("扶沟23年度供应了多少亩土地", "扶沟供应了多少亩土地"),
        ("二〇二三年扶沟供应了多少亩土地", "扶沟供应了多少亩土地"),
        ("“十三五”期间扶沟供应了多少亩土地", "扶沟供应了多少亩土地"),
        ("2023年舞办2020年5号文是什么", "舞办2020年5号文是什么"),
        ("2023年3月扶沟供应了多少亩土地", "3月扶沟供应了多少亩土地"),
        ("2023年扶沟供应了2458亩土地吗", "扶沟供应了2458亩土地吗"),
    ],
)
def test_without_its_year_a_question_loses_nothing_else(question: str, left: str, fake: Reader) -> None:
    interpretation = without(fake, question, "year")
    assert (interpretation.years, interpretation.text) == ((), left)
    assert ask(fake, question, 3, ignoring=[Ignorable.YEAR]).answer.silence is not Silence.YEAR_UNKNOWN


def test_the_aspect_and_the_figure_no_longer_count(fake: Reader) -> None:
    question = "扶沟供应了多少亩土地"
    plain = understood(question, fake.names)
    assert (plain.aspect, plain.figure) == ("result", True)
    assert (without(fake, question, "aspect").aspect, without(fake, question, "aspect").figure) == (None, True)
    assert (without(fake, question, "figure").aspect, without(fake, question, "figure").figure) == ("result", False)


def test_several_parts_are_taken_back_together(fake: Reader) -> None:
    interpretation = without(fake, "2023年扶沟第157篇供应了多少亩土地", "place", "case", "year", "aspect", "figure")
    assert interpretation.text == "供应了多少亩土地"
    assert (interpretation.places, interpretation.case_numbers, interpretation.years) == ((), (), ())
    assert (interpretation.aspect, interpretation.figure) == (None, False)


@pytest.mark.parametrize(("question", "ignoring"), [("扶沟怎么样", "place"), ("第157篇", "case"), ("2021年？", "year")])
def test_a_question_of_which_nothing_is_left_asks_nothing(question: str, ignoring: str, fake: Reader) -> None:
    reply = ask(fake, question, 3, ignoring=[Ignorable(ignoring)])
    assert (reply.answer.silence, reply.evidence) == (Silence.NOTHING_ASKED, ())


@pytest.mark.parametrize(
    "question", ["扶沟是怎么保障土地的?", "2021年扶沟供应了多少亩", "第157篇讲什么", "哪些地方用了“13710”"]
)
def test_nothing_taken_back_changes_nothing(question: str, fake: Reader) -> None:
    assert without(fake, question) == understood(question, fake.names)


def test_what_was_never_understood_can_be_taken_back_without_harm(fake: Reader) -> None:
    question = "怎么保障土地"
    assert without(fake, question, "place", "case", "year", "figure") == understood(question, fake.names)


def test_a_question_across_cases_stays_one_without_the_place_it_leaves_out(fake: Reader) -> None:
    interpretation = without(fake, "除了扶沟还有哪些地方提到“万人助万企”", "place")
    assert (interpretation.across, interpretation.others, interpretation.places) == (True, False, ())
