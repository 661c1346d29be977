import pytest

from corpus.outline import outlined
from eval.topics import topics
from index.filters import Filters
from index.generation import Generation, built
from qa.asking import Reader, Reply, ask
from qa.codes import Silence
from qa.locate import located
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
    reply = ask(fake, "扶沟常住人口有多少万人", 3)
    assert reply.answer.silence is Silence.NOT_COVERED
    assert "扶沟县" in reply.answer.text
    assert reply.answer.ranks == ()
    assert reply.answer.nearest == (1, 2, 3)
    assert len(reply.evidence) == 3


def test_another_places_case_is_never_passed_off(fake: Reader) -> None:
    reply = ask(fake, "开封市怎么保障土地", 3)
    assert reply.answer.silence is Silence.PLACE_UNKNOWN
    assert "开封市" in reply.answer.text
    assert reply.answer.ranks == ()


def test_filters_that_leave_nothing_are_answered_with_silence(fake: Reader) -> None:
    reply = ask(fake, "土地", 3, Filters(county="新郑", case_number=157))
    assert (reply.answer.silence, reply.evidence) == (Silence.NOTHING_FOUND, ())


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("2023年扶沟供应了多少亩土地", "2023年"),
        ("梁园区２０２４年列入重点项目的有几个", "2024年"),
        ("查一下新郑2019全年的投资完成情况", "2019年"),
        ("“十三五”期间扶沟签约的招商引资合同额合计多少", "2016年"),
        ("扶沟二〇二〇年招商签约几个", "2020年"),
    ],
)
def test_a_year_that_is_not_spoken_of_is_answered_with_silence(fake: Reader, question: str, year: str) -> None:
    reply = ask(fake, question, 3)
    assert (reply.answer.silence, reply.confidence) == (Silence.YEAR_UNKNOWN, 0)
    assert year in reply.answer.text


@pytest.mark.parametrize(
    "question",
    ["2021年扶沟供应了多少亩土地", "舞办2020年5号文是什么", "2021年和2023年扶沟供应的土地", "扶沟近20年的土地"],
)
def test_a_year_that_is_there_or_that_numbers_a_document_silences_nothing(fake: Reader, question: str) -> None:
    assert ask(fake, question, 3).answer.silence is not Silence.YEAR_UNKNOWN


def test_of_texts_that_are_no_cases_no_year_is_missed() -> None:
    document, _ = outlined("d", "本市措施\n本市各单位要保障土地供应，支持项目建设。\n", "")
    reader = Reader(built([document], HashedEncoder()), HashedEncoder())
    assert ask(reader, "2023年怎么保障土地", 3).answer.silence is not Silence.YEAR_UNKNOWN


def test_everything_returned_for_every_question_is_exact(fake: Reader) -> None:
    """For all our questions: spans lie in the text, highlights in their passage, and what is said stands there."""
    for topic in topics():
        reply = ask(fake, topic.question, 10)
        for each in reply.evidence:
            passage = each.passage
            assert each.document.text[passage.start : passage.end] == each.text != ""
            assert each.highlights
            for start, end in each.highlights:
                assert passage.start <= start < end <= passage.end
                assert each.document.text[start:end].strip() == each.document.text[start:end]
            assert located(fake.generation, each.document, passage.start, passage.end) == passage
        told = "".join(f"{each.naming}{each.quote}[{each.rank}]" for each in reply.answer.said)
        assert reply.answer.silence or reply.answer.text.endswith(told)
        for said in reply.answer.said:
            passage = said.evidence.passage
            assert passage.start <= said.start < said.end <= passage.end
            assert said.evidence.document.text[said.start : said.end] == said.quote != ""
            assert said.evidence in reply.evidence
