import pytest

from eval.topics import topics
from index.filters import Filters
from index.generation import Generation
from qa.asking import Reader, Reply, ask
from qa.locate import located
from qa.plan import Silence
from tests.fakes import HashedEncoder


@pytest.fixture(scope="module")
def fake(hashed: Generation) -> Reader:
    return Reader(hashed, HashedEncoder())


def marked(reply: Reply) -> str:
    first = reply.evidence[0]
    return "".join(first.document.text[start:end] for start, end in first.highlights)


@pytest.mark.parametrize(
    "question", ["扶沟是怎么保障土地的?", "周口那个县的土地是怎么保障的", "扶溝縣 土地保障 做法", "第157篇怎么保障用地"]
)
def test_the_land_of_fugou(reader: Reader, question: str) -> None:
    reply = ask(reader, question, 5)
    assert "组卷报批用地16个批次,面积3066亩,供应土地2458.96亩" in marked(reply)
    assert "供应土地2458.96亩" in reply.answer.text
    assert "[1]" in reply.answer.text
    assert reply.answer.silence is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("新郑全年完成投资多少", "328.5亿元"),
        ("舞办2020年5号文是什么", "舞办〔2020〕5号"),
        ("扶沟签约了多少个招商引资项目", "27个"),
        ("孟津开了几次联审联批会议", "7次"),
    ],
)
def test_the_answer_holds_what_is_asked(reader: Reader, question: str, answer: str) -> None:
    assert answer in ask(reader, question, 5).answer.text


@pytest.mark.parametrize("question", ["？？？", "怎么", "…"])
def test_a_question_with_nothing_in_it_is_answered_with_silence(fake: Reader, question: str) -> None:
    reply = ask(fake, question, 5)
    assert (reply.answer.silence, reply.evidence, reply.answer.ranks) == (Silence.NOTHING_ASKED, (), ())
    assert reply.answer.text


def test_what_is_not_in_the_compilation_is_answered_with_silence_and_the_nearest_passages(fake: Reader) -> None:
    reply = ask(fake, "你好", 3)
    assert reply.answer.silence is Silence.NOTHING_FOUND
    assert reply.answer.ranks == ()
    assert len(reply.evidence) == 3


def test_another_places_case_is_never_passed_off(fake: Reader) -> None:
    reply = ask(fake, "开封市怎么保障土地", 3)
    assert reply.answer.silence is Silence.PLACE_UNKNOWN
    assert "开封市" in reply.answer.text
    assert reply.answer.ranks == ()


def test_filters_that_leave_nothing_are_answered_with_silence(fake: Reader) -> None:
    reply = ask(fake, "土地", 3, Filters(county="新郑", case=157))
    assert (reply.answer.silence, reply.evidence) == (Silence.NOTHING_FOUND, ())


def test_everything_returned_for_every_question_is_exact(fake: Reader) -> None:
    """For all our questions: spans lie in the text, highlights in their passage, and what is said stands there."""
    for topic in topics():
        reply = ask(fake, topic.question, 10)
        for each in reply.evidence:
            passage = each.passage
            assert each.document.text[passage.start : passage.end] == each.text != ""
            assert each.highlights
            assert each.best in each.highlights
            for start, end in each.highlights:
                assert passage.start <= start < end <= passage.end
                assert each.document.text[start:end].strip() == each.document.text[start:end]
            assert located(fake.generation, each.document, passage.start, passage.end) == passage
        rest = reply.answer.text
        for rank in reply.answer.ranks:
            said, rest = rest.split(f"[{rank}]", 1)
            assert said == "".join(
                each.document.text[start:end]
                for each in reply.evidence
                if each.hit.rank == rank
                for start, end in each.highlights
            )
        assert rest == "" or reply.answer.silence
