import re
from itertools import combinations

import pytest

from corpus.document import Aspect, Document
from corpus.outline import outlined
from eval.topics import BUNDLED, topics
from index.encoder import SentenceEncoder
from index.generation import built
from qa.answer import Said
from qa.asking import Reader, Reply, ask
from qa.codes import Silence

NUMBER = re.compile(r"[0-9.一二三四五六七八九十百]+")
POINT = re.compile("[一二三四五六七八九十]是")


@pytest.fixture(scope="module")
def replies(reader: Reader) -> list[Reply]:
    """The replies to all our questions, answerable or not."""
    return [ask(reader, topic.question, 5) for topic in (*topics(), *topics(BUNDLED["answers"]))]


@pytest.fixture(scope="module")
def answers(replies: list[Reply]) -> list[Reply]:
    """Those of them that answer."""
    return [reply for reply in replies if reply.answer.silence is None]


def aspects(reply: Reply) -> set[Aspect]:
    return {
        sentence.aspect
        for said in reply.answer.said
        for sentence in said.evidence.sentences
        if (sentence.start, sentence.end) == (said.start, said.end)
    }


def is_repeated(one: Said, other: Said) -> bool:
    """Tell whether two sentences have the same numbers and nearly the same pairs of characters."""
    numbers = [re.findall(r"[\d.]+|[一二三四五六七八九十]+", said.quote) for said in (one, other)]
    pairs = [set(zip(said.quote, said.quote[1:], strict=False)) for said in (one, other)]
    return numbers[0] == numbers[1] and len(pairs[0] & pairs[1]) >= 0.8 * min(map(len, pairs))


def test_the_text_is_exact_sentences_each_with_the_number_of_its_passage(answers: list[Reply]) -> None:
    for reply in answers:
        rest = reply.answer.text
        if opening := re.match(r"共有(\d+)处：", rest):
            assert int(opening[1]) == reply.answer.cases == len(reply.answer.said)
            rest = rest[opening.end() :]
        for said in reply.answer.said:
            passage = said.evidence.passage
            assert passage.start <= said.start < said.end <= passage.end
            assert reply.evidence[said.rank - 1].passage == passage
            piece = f"{said.naming}{said.evidence.document.text[said.start : said.end]}[{said.rank}]"
            assert rest.startswith(piece)
            rest = rest.removeprefix(piece)
        assert rest == reply.answer.remark


def test_every_number_in_an_answer_stands_in_the_passage_it_cites(answers: list[Reply]) -> None:
    for reply in answers:
        text = reply.answer.text.removeprefix(f"共有{reply.answer.cases}处：").removesuffix(reply.answer.remark)
        for words, rank in re.findall(r"(.+?)\[(\d+)\]", text):
            for number in re.findall(r"\d[\d.]*", words):
                assert number in reply.evidence[int(rank) - 1].text
        for figure in reply.answer.figures:
            found = figure.placed.figure
            assert figure.evidence.document.text[found.start : found.end] == figure.text
            assert any(said.start <= found.start < found.end <= said.end for said in reply.answer.said)


def test_an_answer_is_short(answers: list[Reply]) -> None:
    """One sentence for each case where all are asked for, else four, but for the points of an enumeration."""
    for reply in answers:
        said = reply.answer.said
        if reply.answer.cases is None:
            assert 1 <= len(said) <= max(4, 3 + sum(bool(POINT.match(each.quote)) for each in said))
        else:
            assert len(said) == len({each.evidence.case.number for each in said}) == reply.answer.cases


def test_nothing_is_said_twice(answers: list[Reply]) -> None:
    for reply in answers:
        for one, other in combinations(reply.answer.said, 2):
            assert not is_repeated(one, other)


def test_what_a_second_text_repeats_is_said_once(compilation: Document, encoder: SentenceEncoder) -> None:
    start = compilation.text.index("对重点项目实行“五个优先”")
    end = compilation.text.index("全县综合考评机制挂钩。")
    copied = compilation.text[start:end].replace("尤其是在", "尤其在")
    copy, _ = outlined("news", f"扶沟县新闻\n{copied}\n", "")
    reader = Reader(built([compilation, copy], encoder), encoder)
    reply = ask(reader, "扶沟是怎么保障土地的", 5)
    assert {each.document.id for each in reply.evidence} == {compilation.id, "news"}
    assert reply.answer.text.count("供应土地2458.96亩") == 1
    assert reply.answer.text.count("即优先配置土地资源") == 1


def test_a_case_is_named_where_the_question_did_not_name_it(answers: list[Reply]) -> None:
    for reply in answers:
        for said in reply.answer.said:
            if reply.plan.cases == (said.evidence.case,):
                assert said.naming == ""
            elif said.evidence.case.number is not None:
                first = next(each for each in reply.answer.said if each.evidence.case == said.evidence.case)
                assert first.naming == f"{said.evidence.case.place.name}："


@pytest.mark.parametrize(
    ("question", "naming"),
    [
        ("盘活的23宗地面积有多大", "周口市扶沟县："),
        ("扶沟盘活的23宗地面积有多大", ""),
        ("周口那个县盘活的23宗地面积有多大", ""),
        ("第157篇盘活的23宗地面积有多大", ""),
    ],
)
def test_the_place_leads_in_unless_it_is_known(question: str, naming: str, reader: Reader) -> None:
    assert [said.naming for said in ask(reader, question, 5).answer.said] == [naming]


@pytest.mark.parametrize(
    ("question", "items"),
    [
        (
            "五个优先是哪五个",
            ["优先配置土地资源", "优先保障环境准入", "优先保障建设资金", "优先保障资源配置", "优先办理各项手续"],
        ),
        (
            "舞钢的六大平台有哪些",
            ["产业承接平台", "科技创新平台", "对外开放平台", "投融资平台", "人才支撑平台", "营商环境平台"],
        ),
        (
            "扶沟的“三个决不允许”指什么",
            [
                "决不允许对县委、县政府安排的工作打折扣、搞变通",
                "决不允许对企业反映的问题推诿扯皮、敷衍应付",
                "决不允许毫无依据对企业乱检查、乱罚款、乱收费",
            ],
        ),
    ],
)
def test_a_list_is_whole(question: str, items: list[str], reader: Reader) -> None:
    text = ask(reader, question, 5).answer.text
    assert [item for item in items if item not in text] == []


@pytest.mark.parametrize("question", ["扶沟怎么压减办理时限", "扶沟优化审批有哪些做法"])
def test_an_enumeration_is_told_to_its_end(question: str, encoder: SentenceEncoder) -> None:
    points = [
        "一是推行容缺受理，材料不齐先办后补。",
        "二是实行并联审批，多个部门同时办理。",
        "三是建立帮办队伍，专人全程代办。",
        "四是压减办理时限，承诺三日办结。",
        "五是开通网上申报，企业少跑一趟路。",
        "六是设立投诉窗口，差评限期整改。",
    ]
    case = "第一篇：周口市扶沟县优化审批服务\n2021年，扶沟县优化审批服务，成效明显。\n优化审批\n扶沟县优化审批服务。"
    other = "第二篇：商丘市梁园区发展文旅\n2021年，梁园区发展文化旅游。\n打造景区\n修复古城墙，举办庙会，引来游客。"
    document, _ = outlined("d", f"{case}{''.join(points)}\n{other}\n", "2021年案例汇编")
    said = [each.quote for each in ask(Reader(built([document], encoder), encoder), question, 5).answer.said]
    assert [point for point in points if point not in said] == []


@pytest.mark.parametrize(
    ("question", "aspect", "words"),
    [
        ("扶沟是怎么保障土地的", Aspect.MEASURE, ["五个优先"]),
        ("新郑用什么办法破解手续办理周期长的问题", Aspect.MEASURE, ["容缺办理、并联审批", "绿色通道"]),
        ("梁园怎么调度项目", Aspect.MEASURE, ["现场办公", "现场督导或电话督导"]),
        ("扶沟招商引资成效如何", Aspect.RESULT, ["27个", "111.6亿元", "26个", "105.6亿元"]),
        ("新郑重点项目投资完成情况", Aspect.RESULT, ["328.5亿元", "102.8%", "265.1亿元", "105.1%"]),
        ("舞钢投产项目效果怎么样", Aspect.RESULT, ["达效率100%"]),
    ],
)
def test_how_is_answered_with_measures_and_what_came_of_it_with_the_outcome(
    question: str, aspect: Aspect, words: list[str], reader: Reader
) -> None:
    reply = ask(reader, question, 5)
    assert aspect in aspects(reply)
    assert [word for word in words if word not in reply.answer.text] == []


@pytest.mark.parametrize(
    ("question", "silence", "told"),
    [
        ("开封市怎么保障土地", Silence.PLACE_UNKNOWN, ["汇编", "开封市"]),
        ("扶沟GDP是多少", Silence.NOT_COVERED, ["汇编", "扶沟县"]),
        ("新郑的“五个优先”包括哪些内容", Silence.NOT_COVERED, ["汇编", "新郑市"]),
        ("2023年扶沟供应了多少亩土地", Silence.YEAR_UNKNOWN, ["扶沟县", "2023年"]),
        ("2023年供应了多少亩土地", Silence.YEAR_UNKNOWN, ["汇编", "2023年"]),
    ],
)
def test_where_the_compilation_does_not_answer_it_says_so_and_shows_the_nearest(
    question: str, silence: Silence, told: list[str], reader: Reader
) -> None:
    answer = ask(reader, question, 5).answer
    assert answer.silence is silence
    assert [word for word in told if word not in answer.text] == []
    assert answer.nearest == (1, 2, 3)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("2020年舞钢签约了几个项目", "其中提到2020年，但没有写到所问的内容。"),
        ("2020年扶沟供应了多少亩土地", "其中没有2020年的内容。"),
        ("2018年供应了多少亩土地", "汇编里没有2018年的内容。"),
    ],
)
def test_a_year_that_the_text_names_is_not_denied(question: str, told: str, reader: Reader) -> None:
    answer = ask(reader, question, 5).answer
    assert answer.silence is Silence.YEAR_UNKNOWN
    assert answer.text.endswith(told)


@pytest.mark.parametrize(
    ("question", "silence"),
    [
        ("红烧肉怎么做", Silence.OFF_TOPIC),
        ("你好", Silence.OFF_TOPIC),
        ("？？？", Silence.NOTHING_ASKED),
        ("怎么", Silence.NOTHING_ASKED),
    ],
)
def test_where_nothing_is_near_it_tells_what_can_be_asked(question: str, silence: Silence, reader: Reader) -> None:
    answer = ask(reader, question, 5).answer
    assert answer.silence is silence
    assert "例如" in answer.text
    assert answer.nearest == ()


def test_silence_says_nothing_of_the_matter(replies: list[Reply]) -> None:
    silent = [reply.answer for reply in replies if reply.answer.silence]
    assert {answer.silence for answer in silent} >= {
        Silence.PLACE_UNKNOWN,
        Silence.NOT_COVERED,
        Silence.YEAR_UNKNOWN,
        Silence.OFF_TOPIC,
        Silence.NOTHING_ASKED,
    }
    for answer in silent:
        assert (answer.said, answer.figures, answer.ranks, answer.cases) == ((), (), (), None)
        assert answer.text.endswith("。")
        assert "[" not in answer.text
