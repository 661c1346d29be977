from collections.abc import Callable

import pytest

from corpus.document import Document
from corpus.outline import outlined
from eval.topics import BUNDLED, Topic, topics
from index.generation import built
from qa.asking import Reader, ask
from qa.codes import Silence
from qa.confidence import ENOUGH
from tests.fakes import HashedEncoder

HELD = [topic for topic in topics(BUNDLED["answers"]) if topic.split == "held"]


@pytest.fixture(scope="module")
def confidence(reader: Reader) -> Callable[[Topic], float]:
    found = {topic.id: ask(reader, topic.question, 5).confidence for topic in HELD}
    return lambda topic: found[topic.id]


@pytest.mark.parametrize(
    ("question", "silence"),
    [
        ("开封市怎么保障土地", Silence.PLACE_UNKNOWN),
        ("第二百篇讲什么", Silence.CASE_UNKNOWN),
        ("2023年扶沟供应了多少亩土地", Silence.YEAR_UNKNOWN),
        ("？？？", Silence.NOTHING_ASKED),
    ],
)
def test_nothing_is_sure_where_place_case_or_year_is_not_there(question: str, silence: Silence, reader: Reader) -> None:
    reply = ask(reader, question, 5)
    assert (reply.answer.silence, reply.confidence) == (silence, 0)


def test_a_report_beside_a_compilation_names_its_year_anywhere(compilation: Document) -> None:
    text = "政府工作报告\n一、2024年工作回顾\n新建高标准农田三百万亩。\n二、2025年重点工作\n抓好春耕备耕。\n"
    report, _ = outlined("report", text, "report")
    reader = Reader(built([compilation, report], HashedEncoder()), HashedEncoder())
    assert ask(reader, "2024年新建高标准农田多少亩", 5).answer.silence is not Silence.YEAR_UNKNOWN
    assert ask(reader, "2019年新建高标准农田多少亩", 5).answer.silence is Silence.YEAR_UNKNOWN


def test_it_is_a_chance(confidence: Callable[[Topic], float]) -> None:
    found = [confidence(topic) for topic in HELD]
    assert 0 <= min(found) < ENOUGH < max(found) < 1


@pytest.mark.parametrize(
    "question",
    [
        "扶沟是怎么保障土地的",
        "孟津那边给项目供了多少亩地？",
        "哪些地方用了“13710”",
        "扶沟和舞钢怎么开展“万人助万企”",
        "红烧肉怎么做",
    ],
)
def test_it_is_the_same_however_many_passages_are_asked_for(question: str, reader: Reader) -> None:
    replies = [ask(reader, question, count) for count in (1, 5, 20)]
    assert len({reply.confidence for reply in replies}) == 1
    assert len({reply.answer.silence for reply in replies}) == 1


def test_it_tells_answerable_questions_from_others(confidence: Callable[[Topic], float]) -> None:
    """Of our questions that were only measured."""
    sure = {
        answerable: [confidence(topic) >= ENOUGH for topic in HELD if bool(topic.evidence) == answerable]
        for answerable in (True, False)
    }
    assert sum(sure[True]) >= 0.9 * len(sure[True]) > 80
    assert sum(sure[False]) <= 0.3 * len(sure[False]) > 25


def test_what_is_asked_of_the_right_place_is_surer_than_of_another(reader: Reader) -> None:
    for own, other in [
        ("扶沟的“五个优先”包括哪些内容", "新郑的“五个优先”包括哪些内容"),
        ("孟津的首席服务官服务了多少个项目", "扶沟的首席服务官服务了多少个项目"),
        ("新郑的擂台赛多久办一次", "扶沟的擂台赛多久办一次"),
    ]:
        assert ask(reader, own, 5).confidence >= ENOUGH > ask(reader, other, 5).confidence
