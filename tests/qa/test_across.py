import pytest

from corpus.aspects import sentence_aspect
from corpus.document import Aspect
from eval.answers import case_scores
from eval.topics import BUNDLED, topics
from qa.asking import Reader, Reply, ask
from qa.codes import Silence

XINZHENG, MENGJIN, WUGANG, LIANGYUAN, FUGOU = range(153, 158)


def told(reply: Reply) -> list[int | None]:
    """Return the cases of the sentences, one by one."""
    return [said.evidence.case.number for said in reply.answer.said]


def test_each_case_that_answers_is_told_once_with_its_best_evidence(reader: Reader) -> None:
    reply = ask(reader, "哪些地方用了“13710”", 5)
    assert len(told(reply)) == 2
    assert set(told(reply)) == {WUGANG, LIANGYUAN}
    assert all("13710" in said.quote for said in reply.answer.said)
    assert reply.answer.cases == 2
    assert reply.answer.text.startswith("共有2处：")
    assert reply.answer.ranks == (1, 2)


@pytest.mark.parametrize(
    ("question", "terms", "cases"),
    [
        ("哪些地方提到“万人助万企”", ["万人助万企"], {XINZHENG, WUGANG, FUGOU}),
        ("哪几个县区有“脚步丈量”工作法", ["脚步丈量"], {XINZHENG}),
        ("哪些地方对企业用了“容缺办理”的服务", ["容缺办理"], {XINZHENG}),
        ("强调“结果导向”的有哪些案例", ["结果导向"], {XINZHENG, WUGANG}),
        ("哪些地方用了“13710”，又推进“三个一批”", ["13710", "三个一批"], {WUGANG, LIANGYUAN}),
    ],
)
def test_a_quoted_term_leaves_out_the_cases_that_do_not_say_it(
    question: str, terms: list[str], cases: set[int], reader: Reader
) -> None:
    reply = ask(reader, question, 5)
    assert set(told(reply)) == cases
    assert reply.answer.cases == len(cases)
    assert all(any(term in said.quote for term in terms) for said in reply.answer.said)


@pytest.mark.parametrize("question", ["哪些地方用了“24680”", "哪些地方有“直播电商”", "哪些地方种植水稻"])
def test_what_no_case_says_no_case_is_told_for(question: str, reader: Reader) -> None:
    reply = ask(reader, question, 5)
    assert told(reply) == []
    assert reply.answer.silence in (Silence.NOT_COVERED, Silence.OFF_TOPIC)


@pytest.mark.parametrize(
    ("question", "cases"),
    [
        ("除了扶沟还有哪些地方提到“万人助万企”", {XINZHENG, WUGANG}),
        ("除了扶沟和舞钢，还有哪些地方开展“万人助万企”", {XINZHENG}),
        ("除扶沟外，其他地方怎么开展“万人助万企”", {XINZHENG, WUGANG}),
    ],
)
def test_the_places_excepted_are_left_out(question: str, cases: set[int], reader: Reader) -> None:
    assert set(told(ask(reader, question, 5))) == cases


@pytest.mark.parametrize(
    ("question", "cases"),
    [
        ("扶沟和舞钢怎么开展“万人助万企”", {FUGOU, WUGANG}),
        ("孟津和新郑的集中开工", {MENGJIN, XINZHENG}),
        ("舞钢和梁园怎么用“13710”", {WUGANG, LIANGYUAN}),
    ],
)
def test_of_two_places_named_each_has_a_sentence(question: str, cases: set[int], reader: Reader) -> None:
    reply = ask(reader, question, 5)
    assert len(told(reply)) == 2
    assert set(told(reply)) == cases
    assert [said.naming for said in reply.answer.said] == [
        f"{said.evidence.case.place.name}：" for said in reply.answer.said
    ]


@pytest.mark.parametrize(
    ("question", "case", "remark"),
    [
        ("扶沟和孟津怎么保障土地", FUGOU, "（洛阳市孟津区：汇编里没有写到“土地”。）"),
        ("新郑和梁园的擂台赛", XINZHENG, "（商丘市梁园区：汇编里没有写到“擂台赛”。）"),
        ("新郑和扶沟怎么办联审联批", XINZHENG, "（周口市扶沟县：汇编里没有写到“联审联批”。）"),
        ("舞钢和孟津怎么招商", WUGANG, "（洛阳市孟津区：汇编里没有写到“招商”。）"),
    ],
)
def test_of_a_place_that_says_nothing_on_the_matter_the_answer_says_so(
    question: str, case: int, remark: str, reader: Reader
) -> None:
    answer = ask(reader, question, 5).answer
    assert {said.evidence.case.number for said in answer.said} == {case}
    assert answer.remark == remark
    assert answer.text.endswith(f"]{remark}")


@pytest.mark.parametrize("question", ["孟津和新郑的集中开工", "舞钢和扶沟怎么招商", "平顶山和周口怎么招商"])
def test_where_each_place_answers_nothing_is_remarked(question: str, reader: Reader) -> None:
    answer = ask(reader, question, 5).answer
    assert len(answer.said) == 2
    assert answer.remark == ""


@pytest.mark.parametrize(
    ("question", "cases"),
    [
        ("除了开封，还有哪些地方提到“万人助万企”", {XINZHENG, WUGANG, FUGOU}),
        ("除了广东，还有哪些地方提到“万人助万企”", {XINZHENG, WUGANG, FUGOU}),
    ],
)
def test_a_place_excepted_that_has_no_case_leaves_out_none(question: str, cases: set[int], reader: Reader) -> None:
    assert set(told(ask(reader, question, 5))) == cases


@pytest.mark.parametrize(
    ("question", "aspect"), [("各地怎么调度项目", Aspect.MEASURE), ("各地项目建设成效如何", Aspect.RESULT)]
)
def test_most_cases_are_told_by_a_sentence_of_the_aspect_asked_for(
    question: str, aspect: Aspect, reader: Reader
) -> None:
    said = ask(reader, question, 5).answer.said
    aspects = [sentence_aspect(each.quote) for each in said]
    assert aspects.count(aspect) > len(aspects) / 2 > 1


def test_all_cases_that_answer_are_told_however_few_passages_are_asked_for(reader: Reader) -> None:
    one, many = (ask(reader, "哪些地方提到“万人助万企”", count) for count in (1, 20))
    assert one.answer.text == many.answer.text
    assert len(one.evidence) == one.answer.cases == 3


@pytest.mark.parametrize("question", ["扶沟的五个优先", "扶沟有哪些地方做得好", "第157篇有哪些做法", "怎么保障土地"])
def test_a_question_for_one_place_or_none_is_not_across(question: str, reader: Reader) -> None:
    answer = ask(reader, question, 5).answer
    assert answer.silence is None
    assert answer.cases is None
    assert "处：" not in answer.text


def test_most_cases_told_are_right_and_most_that_are_right_are_told(reader: Reader) -> None:
    """Of our questions across cases that were only measured, where they are answered."""
    asked = [topic for topic in topics(BUNDLED["answers"]) if (topic.kind, topic.split) == ("across", "held")]
    replies = [(ask(reader, topic.question, 5), topic.cases) for topic in asked]
    scores = [case_scores(reply, cases) for reply, cases in replies if reply.answer.silence is None]
    assert len(scores) >= 0.6 * len(asked) >= 10
    precision, recall = (sum(score) / len(scores) for score in zip(*scores, strict=True))
    assert min(precision, recall) >= 0.85
