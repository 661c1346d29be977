"""A smart bot of 企业微信: each question gets one answer, in time; whatever is not the platform's gets none."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import Busy
from api.integrations.chat import desk
from api.integrations.chat.work import Work
from api.settings import Settings, SettingsError
from api.state import State
from index.errors import IndexMissing
from tests.api.integrations.chat.conftest import SITE, Asked, ChatApp
from tests.api.integrations.chat.wecom_sending import KEY, TOKEN, Callback, Sender
from tests.api.live import live

PATH = "/chat/wecom/bot"
SENDER = Sender(PATH, "")
BOT: dict[str, Any] = {"wecom_bot_token": TOKEN, "wecom_bot_aes_key": KEY, "wecom_bot_name": "案问"}
LAND = "扶沟是怎么保障土地的"


@pytest.fixture(scope="module")
def client(chat_app: ChatApp) -> Iterator[TestClient]:
    with TestClient(chat_app(**BOT)) as client:
        yield client


_ids = iter(range(1_000_000))


def message(text: str = LAND, **other: Any) -> dict[str, Any]:
    return {
        "msgid": f"m{next(_ids)}",
        "aibotid": "bot",
        "chattype": "single",
        "from": {"userid": f"u{next(_ids)}"},
        "msgtype": "text",
        "text": {"content": text},
        **other,
    }


def exchanged(client: httpx2.Client, content: dict[str, Any]) -> dict[str, Any]:
    """Send a message; return the stream that comes back."""
    reply = SENDER.read_json(SENDER.in_json(content).sent(client))
    assert reply["msgtype"] == "stream"
    stream: dict[str, Any] = reply["stream"]
    return stream


def polled(client: httpx2.Client, stream: dict[str, Any]) -> dict[str, Any]:
    return exchanged(client, message(msgtype="stream", stream={"id": stream["id"]}))


def finished(client: httpx2.Client, stream: dict[str, Any]) -> str:
    """Come back for a stream, as the platform does, until it is finished; return what it says."""
    for _ in range(10_000):
        if stream["finish"]:
            return str(stream["content"])
        stream = polled(client, stream)
    raise AssertionError(stream)


def answer_to(client: TestClient, text: str, **other: Any) -> str:
    return finished(client, exchanged(client, message(text, **other)))


def test_the_address_is_checked_by_what_only_the_key_can_read(client: TestClient) -> None:
    query, echo = SENDER.sealed("1616140317555161061")
    response = client.get(PATH, params={**query, "echostr": echo})
    assert (response.status_code, response.text) == (200, "1616140317555161061")
    assert client.get(PATH, params={**query, "echostr": echo, "msg_signature": "0" * 40}).status_code == 403


def test_an_answer_has_its_marks_and_a_link_for_each(client: TestClient) -> None:
    shown = answer_to(client, LAND)
    said, sources = shown.split("\n\n**依据**\n")
    assert "[1]" in said
    assert "2458.96亩" in shown
    for line in sources.splitlines():
        assert line.startswith("[")
        assert "《2021年河南省优化营商环境典型案例汇编》第一百五十七篇" in line
        assert f"]({SITE}/passages/" in line


def test_the_platform_hears_at_once_and_gets_the_answer_when_it_comes_back(client: TestClient, asked: Asked) -> None:
    asked.held.clear()
    stream = exchanged(client, message())
    assert not stream["finish"]
    assert not polled(client, stream)["finish"]
    asked.held.set()
    assert "依据" in finished(client, stream)
    assert len(asked.questions) == 1


def test_a_message_that_comes_again_has_one_answer(client: TestClient, asked: Asked) -> None:
    asked.held.clear()
    content = message()
    streams = [exchanged(client, content) for _ in range(3)]
    asked.held.set()
    assert len({stream["id"] for stream in streams}) == 1
    whole = finished(client, streams[0])
    again = exchanged(client, content)
    assert (again["finish"], again["content"]) == (True, whole)
    assert len(asked.questions) == 1


def test_a_follow_up_is_made_whole_whatever_order_answers_end_in(client: TestClient, asked: Asked) -> None:
    asked.held.clear()
    sender = {"from": {"userid": "王五"}}
    first = exchanged(client, message(LAND, **sender))
    second = exchanged(client, message("那孟津呢？", **sender))
    asked.held.set()
    assert "第一百五十四篇" in finished(client, second)
    assert "第一百五十七篇" in finished(client, first)


def test_a_new_topic_follows_nothing(client: TestClient, asked: Asked) -> None:
    sender = {"from": {"userid": "赵六"}}
    answer_to(client, LAND, **sender)
    assert answer_to(client, "新话题", **sender).startswith("好，重新开始")
    answer_to(client, "那孟津呢？", **sender)
    assert [each.messages for each in asked.questions] == [[], []]


def test_in_a_group_people_do_not_complete_one_anothers_questions(client: TestClient, asked: Asked) -> None:
    group = {"chattype": "group", "chatid": "g"}
    answer_to(client, f"@案问 {LAND}", **{"from": {"userid": "甲"}}, **group)
    answer_to(client, "@案问那孟津呢？", **{"from": {"userid": "乙"}}, **group)
    answer_to(client, "@案问 那舞钢呢？", **{"from": {"userid": "甲"}}, **group)
    assert [each.question for each in asked.questions] == [LAND, "那孟津呢？", "那舞钢呢？"]
    assert [[turn.content for turn in each.messages] for each in asked.questions] == [[], [], [LAND]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"msgtype": "image", "image": {"url": "https://evil.example/x"}}, "目前只看得懂文字"),
        ({"msgtype": "file", "file": {"url": "https://evil.example/x"}}, "目前只看得懂文字"),
        ({"text": {"content": "@案问 "}, "chattype": "group", "chatid": "g"}, "请写出想了解的"),
        ({"text": {"content": "土" * 1001}}, "最多 1000 个字"),
        ({"text": {"content": "你好"}}, "您好"),
    ],
)
def test_what_asks_nothing_is_told_so(client: TestClient, content: dict[str, Any], said: str) -> None:
    shown = finished(client, exchanged(client, message() | content))
    assert said in shown
    assert "依据" not in shown


def test_a_silence_gives_its_reason_and_what_is_near(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.silence.ENOUGH", 1.1)
    shown = answer_to(client, "扶沟是怎么发展低空物流的")
    reason, near = shown.split("\n\n**可以看看**\n")
    assert "没有写到" in reason
    assert "[1] [《2021年河南省优化营商环境典型案例汇编》第一百五十七篇" in near
    assert f"]({SITE}/passages/" in near


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "voice", "voice": {"content": LAND}},
        {
            "msgtype": "mixed",
            "mixed": {"msg_item": [{"msgtype": "image"}, {"msgtype": "text", "text": {"content": LAND}}]},
        },
    ],
)
def test_words_beside_a_picture_and_words_that_were_spoken_ask(
    client: TestClient, asked: Asked, content: dict[str, Any]
) -> None:
    assert "依据" in finished(client, exchanged(client, message(**content)))
    assert [each.question for each in asked.questions] == [LAND]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RuntimeError("secret detail"), "服务出错了"),
        (IndexMissing("/secret/path"), "索引还没有准备好"),
        (Busy("排队的人多"), "现在问的人多"),
    ],
)
def test_what_goes_wrong_is_told_without_details(
    client: TestClient, asked: Asked, fault: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked.fault = fault
    with caplog.at_level("CRITICAL"):
        shown = answer_to(client, LAND)
    assert said in shown
    assert "secret" not in shown


def test_who_comes_in_is_greeted_and_other_events_are_only_acknowledged(client: TestClient) -> None:
    greeting = SENDER.read_json(
        SENDER.in_json(message(msgtype="event", event={"eventtype": "enter_chat"})).sent(client)
    )
    assert greeting["msgtype"] == "text"
    assert "请写出" in greeting["text"]["content"]
    other = SENDER.in_json(message(msgtype="event", event={"eventtype": "feedback_event"})).sent(client)
    assert (other.status_code, other.content) == (200, b"")


def test_a_stream_of_before_a_restart_is_ended_and_says_so(client: TestClient) -> None:
    stream = polled(client, {"id": "of another life"})
    assert stream["finish"]
    assert "请再问一次" in stream["content"]


def forged(callback: Callback, **changed: str) -> Callback:
    return Callback(callback.path, {**callback.query, **changed}, callback.body)


def tampered() -> Callback:
    callback = SENDER.in_json(message())
    encrypted = json.loads(callback.body)["encrypt"]
    return Callback(PATH, callback.query, json.dumps({"encrypt": "A" + encrypted[1:]}).encode())


def unsigned(name: str) -> Callback:
    callback = SENDER.in_json(message())
    return Callback(PATH, {key: value for key, value in callback.query.items() if key != name}, callback.body)


def with_body(body: bytes) -> Callback:
    return Callback(PATH, SENDER.in_json(message()).query, body)


REFUSED: dict[str, tuple[Callable[[], Callback], int, str]] = {
    "a forged signature": (lambda: forged(SENDER.in_json(message()), msg_signature="0" * 40), 403, "callback_forged"),
    "another nonce": (lambda: forged(SENDER.in_json(message()), nonce="1"), 403, "callback_forged"),
    "a later time": (lambda: forged(SENDER.in_json(message(), 400), timestamp="1700000000"), 403, "callback_forged"),
    "another token": (lambda: Sender(PATH, "", token="x").in_json(message()), 403, "callback_forged"),
    "for another": (lambda: Sender(PATH, "wx0").in_json(message()), 403, "callback_forged"),
    "another key": (lambda: Sender(PATH, "", key="A" * 43).in_json(message()), 400, "callback_malformed"),
    "a changed body": (tampered, 403, "callback_forged"),
    "an old one": (lambda: SENDER.in_json(message(), 301), 403, "callback_stale"),
    "one of the future": (lambda: SENDER.in_json(message(), -120), 403, "callback_stale"),
    "no signature": (lambda: unsigned("msg_signature"), 422, "invalid_request"),
    "no time": (lambda: unsigned("timestamp"), 422, "invalid_request"),
    "no nonce": (lambda: unsigned("nonce"), 422, "invalid_request"),
    "no body": (lambda: with_body(b""), 400, "callback_malformed"),
    "no JSON": (lambda: with_body(b"\xff\x00{"), 400, "callback_malformed"),
    "a list": (lambda: with_body(b"[1]"), 400, "callback_malformed"),
    "deep JSON": (lambda: with_body(b"[" * 50_000), 400, "callback_malformed"),
    "too much": (lambda: with_body(b'{"encrypt": "' + b"A" * 65_536 + b'"}'), 400, "callback_malformed"),
    "a number for the text": (lambda: with_body(b'{"encrypt": 1}'), 400, "callback_malformed"),
    "no message inside": (lambda: SENDER.in_json("no json"), 400, "callback_malformed"),
    "no type inside": (lambda: SENDER.in_json({"msgid": "1"}), 400, "callback_malformed"),
    "no sender inside": (lambda: SENDER.in_json(message() | {"from": {}}), 400, "callback_malformed"),
    "no id inside": (lambda: SENDER.in_json(message(msgid="")), 400, "callback_malformed"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_the_platforms_is_refused_and_not_answered(kind: str, client: TestClient, asked: Asked) -> None:
    make, status, code = REFUSED[kind]
    response = make().sent(client)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert LAND not in response.text
    # A true one after it is the first that is asked.
    answer_to(client, LAND)
    assert len(asked.questions) == 1


@pytest.mark.parametrize("age", [290, -50])
def test_clocks_may_differ_and_messages_be_on_their_way_for_a_while(client: TestClient, age: float) -> None:
    assert "id" in SENDER.read_json(SENDER.in_json(message(), age).sent(client))["stream"]


def test_a_refusal_is_written_down_for_who_sets_the_bot_up(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    forged(SENDER.in_json(message()), msg_signature="0" * 40).sent(client)
    assert "请检查 Token 是否与管理后台一致" in caplog.text
    assert TOKEN not in caplog.text


def test_who_asks_while_too_many_do_is_asked_to_come_back(
    chat_app: ChatApp, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "Work", partial(Work, most=1))
    asked.held.clear()
    with TestClient(chat_app(**BOT)) as client:
        first, second = exchanged(client, message()), exchanged(client, message())
        assert "现在问的人多" in finished(client, second)
        asked.held.set()
        assert "依据" in finished(client, first)


def test_over_a_socket_the_platform_hears_while_the_answer_is_being_made(chat_app: ChatApp, asked: Asked) -> None:
    asked.held.clear()
    # The platform hangs up after five seconds.
    with live(chat_app(**BOT)) as address, httpx2.Client(base_url=address, timeout=5.0) as client:
        stream = exchanged(client, message())
        assert not stream["finish"]
        while not asked.questions:
            polled(client, stream)
        asked.held.set()
        assert "依据" in finished(client, stream)


def test_what_is_replayed_is_refused_while_it_is_fresh_and_after(client: TestClient, asked: Asked) -> None:
    callback = SENDER.in_json(message())
    finished(client, SENDER.read_json(callback.sent(client))["stream"])
    for _ in range(3):
        response = callback.sent(client)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "callback_replayed")
    assert len(asked.questions) == 1


def test_without_an_address_of_this_server_there_are_no_links(chat_app: ChatApp) -> None:
    with TestClient(chat_app(**BOT, base_url="")) as client:
        shown = answer_to(client, LAND)
    assert "第一百五十七篇" in shown
    assert "](" not in shown


def test_while_no_index_is_loaded_that_is_said(asked: Asked) -> None:
    def missing() -> State:
        raise IndexMissing("没有索引")

    with TestClient(create_app(Settings(**BOT), missing)) as client:
        assert "索引还没有准备好" in answer_to(client, LAND)
    assert asked.questions == []


def test_a_server_that_stops_does_not_wait_for_answers_under_way(chat_app: ChatApp, asked: Asked) -> None:
    asked.held.clear()
    with TestClient(chat_app(**BOT)) as client:
        stream = exchanged(client, message())
        while not asked.questions:
            assert not polled(client, stream)["finish"]
    assert not asked.held.is_set()


def test_without_settings_there_is_no_such_address(chat_app: ChatApp) -> None:
    client = TestClient(chat_app())
    for path in (PATH, "/chat/wecom/app"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404


@pytest.mark.parametrize("given", ["wecom_bot_token", "wecom_bot_aes_key"])
def test_half_the_settings_are_refused_by_the_name_of_the_other_half(chat_app: ChatApp, given: str) -> None:
    (missing,) = {"wecom_bot_token", "wecom_bot_aes_key"} - {given}
    with pytest.raises(SettingsError, match=f"还缺 ANWEN_{missing.upper()}。") as raised:
        chat_app(**{given: BOT[given]})
    assert BOT[given] not in str(raised.value)


def test_a_key_that_is_none_is_refused_at_start_without_being_shown(chat_app: ChatApp) -> None:
    with pytest.raises(SettingsError, match="ANWEN_WECOM_BOT_AES_KEY") as raised:
        chat_app(**{**BOT, "wecom_bot_aes_key": "short-secret"})
    assert "short-secret" not in str(raised.value)
