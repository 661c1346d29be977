"""What holds for every chat platform: whose questions follow whose, what is heard, what a reply may hold."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import httpx2
import pytest
import stamina

from api.integrations.chat.conversation import Conversations
from api.integrations.chat.incoming import Incoming, Notice, Platform, cleaned, read_question
from api.integrations.chat.outbound import ORIGINS, HostRefused, Outbound, SendingFailed, is_of
from api.integrations.chat.replying import (
    Form,
    Reply,
    Sentence,
    Source,
    laid_out,
    markdown_form,
    plain_form,
    reply_to,
    said,
)
from api.integrations.chat.seen import Seen
from api.integrations.chat.work import Work
from api.questions.answering import asked_and_answered
from api.questions.schemas import AskIn, AskOut
from api.state import State


@pytest.fixture(scope="module")
def asked_out(hashed_state: State) -> AskOut:
    """An answer with several sentences."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qa.silence.ENOUGH", 0.0)
        asked = AskIn(question="扶沟是怎么保障土地的")
        found = anyio.run(asked_and_answered, asked, hashed_state, "https://here.example")
    assert len(found.answer.sentences) > 1
    return found


def incoming(
    text: str | None = "土地", *, sender: str = "张三", group: bool = False, mentioned: bool = True
) -> Incoming:
    return Incoming(Platform.WECOM, "1", "群", sender, group, mentioned, text)


@pytest.mark.parametrize(
    ("text", "names", "question"),
    [
        ("@案问 扶沟怎么保障土地", (), "扶沟怎么保障土地"),
        ("扶沟怎么保障土地 @案问", (), "扶沟怎么保障土地"),
        ("扶沟@案问\u2005怎么保障土地", (), "扶沟 怎么保障土地"),
        ("@案问扶沟怎么保障土地", ("案问",), "扶沟怎么保障土地"),
        ("＠案 问 扶沟怎么保障土地", ("案 问", "案"), "扶沟怎么保障土地"),
        ("@案问\u3000@李四\u2005扶沟\u3000怎么保障土地\u200b", (), "扶沟 怎么保障土地"),
        ("邮箱 a.b@fugou.gov.cn 是谁的", (), "邮箱 a.b@fugou.gov.cn 是谁的"),
        ("@案问", (), ""),
        ("@案问", ("案问",), ""),
    ],
)
def test_a_question_is_what_is_left_without_the_people_it_calls(
    text: str, names: tuple[str, ...], question: str
) -> None:
    assert cleaned(text, names) == question


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        (incoming("扶沟的土地", group=True), "扶沟的土地"),
        (incoming("扶沟的土地", group=True, mentioned=False), None),
        (incoming(None, group=True, mentioned=False), None),
        (incoming("扶沟的土地", mentioned=False), "扶沟的土地"),
        (incoming(None), Notice.NOT_TEXT),
        (incoming(" \u3000"), Notice.EMPTY),
        (incoming("土" * 1000), "土" * 1000),
        (incoming("土" * 1001), Notice.TOO_LONG),
        (incoming("@案问 新话题"), Notice.CLEARED),
        (incoming("重新开始。"), Notice.CLEARED),
        (incoming("重新开始的企业有多少"), "重新开始的企业有多少"),
    ],
)
def test_what_is_heard_of_a_message(message: Incoming, heard: str | Notice | None) -> None:
    assert read_question(message) == heard


def test_in_a_group_each_goes_on_from_what_they_asked_themselves() -> None:
    kept = Conversations()
    kept.add(incoming(sender="张三", group=True), "扶沟的土地")
    kept.add(incoming(sender="李四", group=True), "舞钢的人才")
    assert kept.turns(incoming(sender="张三", group=True)) == ["扶沟的土地"]
    assert kept.turns(incoming(sender="李四", group=True)) == ["舞钢的人才"]
    kept.clear(incoming(sender="张三", group=True))
    assert kept.turns(incoming(sender="张三", group=True)) == []
    assert kept.turns(incoming(sender="李四", group=True)) == ["舞钢的人才"]


def test_of_a_conversation_the_last_questions_are_kept_and_not_for_ever() -> None:
    clock = [0.0]
    kept = Conversations(pause=60, now=lambda: clock[0])
    for number in range(10):
        kept.add(incoming(), str(number))
    assert kept.turns(incoming()) == ["4", "5", "6", "7", "8", "9"]
    clock[0] = 61
    assert kept.turns(incoming()) == []
    kept.add(incoming(), "新")
    assert kept.turns(incoming()) == ["新"]


def test_of_many_chats_those_used_last_are_kept() -> None:
    kept = Conversations(most=2)
    first, second, third = (Incoming(Platform.WECOM, "1", chat, "", False, True, "") for chat in "甲乙丙")
    for each in (first, second, first, third):
        kept.add(each, "问")
    assert [kept.turns(each) for each in (first, second, third)] == [["问", "问"], [], ["问"]]


def test_what_came_is_known_within_the_window_and_the_bound() -> None:
    clock = [0.0]
    seen = Seen(window=10, most=3, now=lambda: clock[0])
    assert [seen.is_new(each) for each in "aabca"] == [True, False, True, True, False]
    assert seen.is_new("d")
    assert len(seen) == 3
    assert seen.is_new("a")
    clock[0] = 11
    assert seen.is_new("d")
    assert len(seen) == 1


def test_of_a_message_that_comes_in_many_threads_one_is_new() -> None:
    seen, together, found = Seen(), threading.Barrier(8), []

    def come() -> None:
        together.wait()
        found.append(seen.is_new("m"))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == [False] * 7 + [True]


HOSTILE = (
    '@all <@zhangsan> <at user_id="all"></at> [点这里](http://evil.example/x) https://evil.example www.evil.example '
    "<font color='red'>红</font> **粗** `码` # 题 | 表 | [甲][乙] ![图](x)"
)
FORMS = {"markdown": markdown_form(20_000), "plain": plain_form(20_000)}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("where", ["sentence", "citation"])
def test_the_text_of_a_document_calls_nobody_and_leads_nowhere(form: Form, where: str) -> None:
    text, citation = (HOSTILE, "《甲》") if where == "sentence" else ("甲。", HOSTILE)
    shown = laid_out(Reply((Sentence(text, (1,)),), (Source(1, citation, "https://here.example/p"),), "依据"), form)
    for begins in ("@", "<", ">", "www.", "](h", "][", "]\\["):
        assert begins not in shown.replace("](https://here.example/p)", "")
    assert shown.count("://") == 1
    assert "＠all" in shown
    assert "红" in shown


def test_in_markdown_the_text_of_a_document_is_no_markup() -> None:
    shown = laid_out(said(HOSTILE), FORMS["markdown"])
    assert r"\*\*粗\*\*" in shown
    assert r"\`码\`" in shown
    assert r"\# 题 \| 表 \|" in shown
    assert r"\[点这里\] (http：//evil.example/x)" in shown


def test_lines_and_control_characters_of_a_document_do_not_lay_out_a_message() -> None:
    assert laid_out(said("甲\n\n# 乙\x00\x0b丙\u3000丁"), FORMS["plain"]) == "甲 # 乙丙 丁"


def test_the_name_of_a_document_does_not_leave_its_link(asked_out: AskOut) -> None:
    hostile = "https://here.example/passages/a) [x](http://evil.example) @all <b>\n:1-2"
    passages = [each.model_copy(update={"url": hostile}) for each in asked_out.passages]
    reply = reply_to(asked_out.model_copy(update={"passages": passages}), linked=True)
    assert reply.sources
    for source in reply.sources:
        assert not set(source.url) & set("()[]<>@ \n")
        assert source.url.startswith("https://here.example/passages/a%29%20%5Bx%5D%28http://evil.example%29%20%40all")


def test_a_reply_says_what_the_answer_says_and_cites_what_it_cites(asked_out: AskOut) -> None:
    answer = asked_out.answer
    reply = reply_to(asked_out, linked=False)
    marked = (each.text + "".join(f"[{rank}]" for rank in each.ranks) for each in reply.sentences)
    assert "".join(marked) == answer.text
    assert [source.rank for source in reply.sources] == answer.cited_ranks
    assert {source.url for source in reply.sources} == {""}


def sourced(count: int, url: str = "https://here.example/passages/甲:1-2") -> Reply:
    return Reply(
        tuple(Sentence(f"这是第{number}句话。", (number,)) for number in range(1, count + 1)),
        tuple(Source(number, f"《汇编》第{number}段", url) for number in range(1, count + 1)),
        "依据",
    )


def test_each_sentence_has_its_mark_and_each_source_its_line() -> None:
    assert laid_out(sourced(2), FORMS["markdown"]) == (
        "这是第1句话。[1] 这是第2句话。[2]\n\n**依据**\n"
        "[1] [《汇编》第1段](https://here.example/passages/甲:1-2)\n"
        "[2] [《汇编》第2段](https://here.example/passages/甲:1-2)"
    )
    assert laid_out(sourced(1, url=""), FORMS["plain"]) == "这是第1句话。[1]\n\n依据：\n[1] 《汇编》第1段"


@pytest.mark.parametrize("bound", range(80, 1_000, 67))
@pytest.mark.parametrize("make", [markdown_form, plain_form])
def test_what_is_too_long_loses_whole_sentences_with_their_sources_and_says_so(
    bound: int, make: Callable[[int], Form]
) -> None:
    whole = laid_out(sourced(12), make(100_000))
    shown = laid_out(sourced(12), make(bound))
    assert len(shown.encode()) <= bound < len(whole.encode())
    said_part = shown.split("\n\n")[0]
    assert said_part.endswith("……（更多见链接）")
    kept = [number for number in range(1, 13) if f"这是第{number}句话。[{number}]" in shown]
    assert kept == list(range(1, len(kept) + 1))
    assert said_part.count("这是") == len(kept)
    for number in kept:
        assert f"[{number}] [《汇编》第{number}段](" in shown or f"[{number}] 《汇编》第{number}段 https" in shown


def test_a_sentence_longer_than_a_message_leaves_its_sources() -> None:
    reply = Reply((Sentence("长" * 900, (1,)),), (Source(1, "《汇编》", "https://here.example/p"),), "依据")
    assert laid_out(reply, plain_form(2_048)) == "……（更多见链接）\n\n依据：\n[1] 《汇编》 https://here.example/p"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://oapi.dingtalk.com/robot/sendBySession?session=1", True),
        ("https://api.dingtalk.com:443/v1.0", True),
        ("http://oapi.dingtalk.com/robot", False),
        ("https://oapi.dingtalk.com.evil.example/", False),
        ("https://oapi.dingtalk.com@evil.example/", False),
        ("https://user@oapi.dingtalk.com/", False),
        ("https://oapi.dingtalk.com:8443/", False),
        ("https://evil.example/?oapi.dingtalk.com", False),
        ("https://evil.example\\@oapi.dingtalk.com/", False),
        ("//oapi.dingtalk.com/", False),
        ("file:///etc/passwd", False),
        ("https://[::1/", False),
        ("", False),
    ],
)
def test_only_the_platforms_own_hosts_are_sent_to(url: str, own: bool) -> None:
    assert is_of(url, ORIGINS[Platform.DINGTALK]) is own


class Answers(httpx2.AsyncBaseTransport):
    """A platform that answers what is next, or fails with it."""

    def __init__(self, *steps: int | Exception) -> None:
        self.steps, self.asked = list(steps), 0

    async def handle_async_request(self, _request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return httpx2.Response(step, json={"errcode": 0}, headers={"location": "https://evil.example/"})


def posted(
    transport: Answers, url: str = "https://qyapi.weixin.qq.com/x", *, repeatable: bool = True
) -> Mapping[str, Any]:
    async def post() -> Mapping[str, Any]:
        outbound = Outbound()
        outbound.__dict__["_client"] = httpx2.AsyncClient(transport=transport, follow_redirects=False)
        try:
            return await outbound.post(Platform.WECOM, url, {}, repeatable=repeatable)
        finally:
            await outbound.aclose()

    with stamina.set_testing(True, attempts=3):
        return anyio.run(post)


def test_what_a_platform_does_not_take_is_sent_again_and_not_for_ever() -> None:
    assert posted(Answers(502, httpx2.ConnectError("x"), 200)) == {"errcode": 0}
    transport = Answers(500, 500, 500)
    with pytest.raises(SendingFailed, match="HTTP 500"):
        posted(transport)
    assert transport.asked == 3


def test_what_may_have_arrived_is_not_sent_twice() -> None:
    assert posted(Answers(httpx2.ReadTimeout("x"), 200)) == {"errcode": 0}
    transport = Answers(httpx2.ReadTimeout("x"))
    with pytest.raises(SendingFailed, match="没有及时答复"):
        posted(transport, repeatable=False)
    assert transport.asked == 1


@pytest.mark.parametrize("status", [301, 307, 400, 403])
def test_a_platform_that_points_elsewhere_is_not_followed(status: int) -> None:
    transport = Answers(status)
    with pytest.raises(SendingFailed, match=f"HTTP {status}"):
        posted(transport)
    assert transport.asked == 1


def test_an_address_of_another_host_is_never_called() -> None:
    transport = Answers()
    with pytest.raises(HostRefused):
        posted(transport, "https://evil.example/cgi-bin/message/send")
    assert transport.asked == 0


def test_beyond_the_bound_jobs_are_refused_and_beyond_that_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[str]:
        done: list[str] = []
        gate = anyio.Event()
        work = Work(most=2, at_once=1, most_refusals=1)

        async def job() -> None:
            await gate.wait()
            done.append("answered")

        async def refusal() -> None:
            await gate.wait()
            done.append("refused")

        async with work.working():
            for _ in range(4):
                work.start(job, refusal)
            gate.set()
            while len(done) < 3:
                await anyio.lowlevel.checkpoint()
            work.start(job, refusal)
            while len(done) < 4:
                await anyio.lowlevel.checkpoint()
        return done

    with caplog.at_level(logging.WARNING):
        assert sorted(anyio.run(scenario)) == ["answered", "answered", "answered", "refused"]
    assert len(caplog.records) == 1


def test_a_job_that_fails_ends_alone_and_one_under_way_ends_with_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[str]:
        ended: list[str] = []
        work = Work()
        begun = anyio.Event()

        async def fail() -> None:
            raise RuntimeError("secret detail")

        async def last() -> None:
            begun.set()
            try:
                await anyio.sleep_forever()
            finally:
                ended.append("ended")

        async with work.working():
            work.start(fail, fail)
            work.start(last, last)
            await begun.wait()
        work.start(fail, fail)
        return ended

    with caplog.at_level(logging.CRITICAL):
        assert anyio.run(scenario) == ["ended"]
