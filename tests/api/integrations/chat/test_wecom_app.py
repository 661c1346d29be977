"""A self-built app of 企业微信: answered in the response where there is time, else by a message; nobody else is."""

import itertools
import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.integrations.chat import wecom_app
from api.settings import SettingsError
from tests.api.integrations.chat.conftest import SITE, Asked, ChatApp
from tests.api.integrations.chat.standin import ELSEWHERE, StandIn
from tests.api.integrations.chat.wecom_sending import CORP, KEY, TOKEN, Callback, Sender
from tests.api.live import live
from tests.api.sending import PATIENCE

PATH = "/chat/wecom/app"
SENDER = Sender(PATH, CORP)
APP: dict[str, Any] = {
    "wecom_corp_id": CORP,
    "wecom_app_agent_id": 218,
    "wecom_app_secret": "corp-secret",
    "wecom_app_token": TOKEN,
    "wecom_app_aes_key": KEY,
}
LAND = "扶沟是怎么保障土地的"
GET_TOKEN, SEND = "/cgi-bin/gettoken", "/cgi-bin/message/send"

_ids = itertools.count(1)


@pytest.fixture(scope="module")
def client(chat_app: ChatApp) -> Iterator[TestClient]:
    with TestClient(chat_app(**APP)) as client:
        yield client


@pytest.fixture
def fresh(chat_app: ChatApp) -> Iterator[TestClient]:
    """A client of a server that has no token yet."""
    with TestClient(chat_app(**APP)) as client:
        yield client


@pytest.fixture
def platform(standin: StandIn) -> StandIn:
    standin.usual[GET_TOKEN] = {"errcode": 0, "access_token": "T", "expires_in": 7200}
    return standin


@pytest.fixture
def slow(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """No answer is ready before the callback must be."""
    monkeypatch.setattr(wecom_app, "_DEADLINE", 0.01)
    asked.held.clear()
    return asked


def message(text: str = LAND, *, kind: str = "text", user: str | None = None, number: int | None = None) -> str:
    user = user or f"u{next(_ids)}"
    number = number or next(_ids)
    return (
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>{user}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>{kind}</MsgType><Content>{escape(text)}</Content><MsgId>{number}</MsgId><AgentID>218</AgentID></xml>"
    )


def answer_to(client: TestClient, text: str = LAND, **other: Any) -> str:
    reply = SENDER.read_xml(SENDER.in_xml(message(text, **other)).sent(client))
    assert reply["MsgType"] == "text"
    return reply["Content"]


def test_the_address_is_checked_by_what_only_the_key_can_read(client: TestClient) -> None:
    query, echo = SENDER.sealed("1616140317555161061")
    response = client.get(PATH, params={**query, "echostr": echo})
    assert (response.status_code, response.text) == (200, "1616140317555161061")
    response = client.get(PATH, params={**query, "echostr": echo[:-4]})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "callback_forged")


def test_an_answer_that_is_ready_is_the_response(client: TestClient, platform: StandIn) -> None:
    reply = SENDER.read_xml(SENDER.in_xml(message(user="zhangsan")).sent(client))
    assert (reply["ToUserName"], reply["FromUserName"], reply["MsgType"]) == ("zhangsan", CORP, "text")
    shown = reply["Content"]
    assert "[1]" in shown
    assert "2458.96亩" in shown
    assert len(shown.encode()) <= 2_048
    for line in shown.split("依据：\n")[1].splitlines():
        assert re.fullmatch(rf"\[\d\] 《.+》第一百五十七篇.+第\d+段 {SITE}/passages/\S+", line)
    assert platform.received.empty()


def test_a_follow_up_is_made_whole(client: TestClient, asked: Asked) -> None:
    answer_to(client, LAND, user="lisi")
    assert "第一百五十四篇" in answer_to(client, "那孟津呢？", user="lisi")
    assert [turn.content for turn in asked.questions[1].messages] == [LAND]


def test_what_is_not_ready_is_acknowledged_and_sent_when_it_is(
    fresh: TestClient, platform: StandIn, slow: Asked
) -> None:
    response = SENDER.in_xml(message(user="wangwu")).sent(fresh)
    assert (response.status_code, response.content) == (200, b"")
    assert platform.received.empty()
    slow.held.set()
    assert platform.arrived().path == GET_TOKEN
    sent = platform.arrived()
    assert (sent.path, sent.query["access_token"]) == (SEND, "T")
    assert (sent.body["touser"], sent.body["agentid"], sent.body["msgtype"]) == ("wangwu", 218, "text")
    assert "2458.96亩" in sent.body["text"]["content"]
    assert len(sent.body["text"]["content"].encode()) <= 2_048


def test_over_a_socket_the_platform_hears_in_time_and_the_answer_follows(
    chat_app: ChatApp, platform: StandIn, slow: Asked
) -> None:
    # The platform hangs up after five seconds.
    with live(chat_app(**APP)) as address, httpx2.Client(base_url=address, timeout=5.0) as client:
        response = SENDER.in_xml(message(user="live")).sent(client)
        assert (response.status_code, response.content) == (200, b"")
        slow.held.set()
        assert platform.arrived().path == GET_TOKEN
        assert platform.arrived().body["touser"] == "live"


def test_the_callback_waits_for_less_than_the_platform_does() -> None:
    assert wecom_app._DEADLINE <= 4.5


def test_a_message_that_comes_three_times_has_one_answer(fresh: TestClient, platform: StandIn, slow: Asked) -> None:
    once = message(user="zhaoliu")
    for _ in range(3):
        response = SENDER.in_xml(once).sent(fresh)
        assert (response.status_code, response.content) == (200, b"")
    SENDER.in_xml(message("舞钢的人才", user="sunqi")).sent(fresh)
    slow.held.set()
    assert platform.arrived().path == GET_TOKEN
    receivers = [platform.arrived().body["touser"] for _ in range(2)]
    assert sorted(receivers) == ["sunqi", "zhaoliu"]
    assert platform.received.empty()
    assert len(slow.questions) == 2


def ask_and_be_late(client: TestClient, slow: Asked, times: int = 1) -> None:
    """Send messages whose answers are ready only when the callbacks are over."""
    for _ in range(times):
        assert SENDER.in_xml(message()).sent(client).content == b""
    slow.held.set()


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_no_longer_holds_is_fetched_anew_once(
    fresh: TestClient, platform: StandIn, slow: Asked, code: int
) -> None:
    platform.next[SEND].append((200, {"errcode": code}))
    platform.next[GET_TOKEN].append((200, {"errcode": 0, "access_token": "OLD", "expires_in": 7200}))
    ask_and_be_late(fresh, slow)
    tokens = [(each.path, each.query.get("access_token")) for each in (platform.arrived() for _ in range(4))]
    assert tokens == [(GET_TOKEN, None), (SEND, "OLD"), (GET_TOKEN, None), (SEND, "T")]


def test_one_token_serves_until_it_runs_out(fresh: TestClient, platform: StandIn, slow: Asked) -> None:
    ask_and_be_late(fresh, slow, 3)
    token, *sent = (platform.arrived() for _ in range(4))
    assert (token.path, token.query) == (GET_TOKEN, {"corpid": CORP, "corpsecret": "corp-secret"})
    assert [each.path for each in sent] == [SEND] * 3


@pytest.mark.parametrize(
    ("path", "answers", "told"),
    [
        (SEND, [(200, {"errcode": 60020, "errmsg": "not allow to access from your ip"})], "errcode 60020"),
        (SEND, [(502, {})] * 3, "HTTP 502"),
        (SEND, [(200, {"errcode": 40014})] * 2, "errcode 40014"),
        (GET_TOKEN, [(200, {"errcode": 40001})], "errcode 40001"),
        (GET_TOKEN, [(200, {"errcode": "x"})], "读不懂"),
        (SEND, [(302, {})], "HTTP 302"),
    ],
)
def test_a_platform_that_takes_nothing_is_written_down_without_secrets(
    fresh: TestClient,
    platform: StandIn,
    slow: Asked,
    caplog: pytest.LogCaptureFixture,
    path: str,
    answers: list[tuple[int, object]],
    told: str,
) -> None:
    platform.next[path].extend(answers)
    written: list[str] = []
    lost = threading.Event()

    def watched(record: logging.LogRecord) -> bool:
        written.append(record.getMessage())
        if "没有送到" in written[-1]:
            lost.set()
        return True

    caplog.handler.addFilter(watched)
    with caplog.at_level(logging.INFO):
        ask_and_be_late(fresh, slow)
        assert lost.wait(PATIENCE)
    assert told in written[-1]
    assert all(each.path != ELSEWHERE for each in platform.received.queue)
    assert "corp-secret" not in "".join(written)
    assert "access_token=" not in "".join(written)


def test_no_picture_is_looked_at_and_no_event_answered(client: TestClient, asked: Asked) -> None:
    assert "只看得懂文字" in answer_to(client, kind="image")
    event = "<xml><FromUserName>u</FromUserName><MsgType>event</MsgType><Event>enter_agent</Event></xml>"
    response = SENDER.in_xml(event).sent(client)
    assert (response.status_code, response.content) == (200, b"")
    assert asked.questions == []


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'


def with_body(body: str | bytes) -> Callback:
    return Callback(PATH, SENDER.in_xml(message()).query, body.encode() if isinstance(body, str) else body)


def with_a_type() -> Callback:
    callback = SENDER.in_xml(message())
    return Callback(PATH, callback.query, b"<!DOCTYPE xml>" + callback.body)


def tampered() -> Callback:
    callback = SENDER.in_xml(message())
    return Callback(PATH, callback.query, callback.body.replace(b"CDATA[", b"CDATA[A", 2))


def with_signature(signature: str) -> Callback:
    callback = SENDER.in_xml(message())
    return Callback(PATH, {**callback.query, "msg_signature": signature}, callback.body)


REFUSED: dict[str, tuple[Callable[[], Callback], int, str]] = {
    "a forged signature": (lambda: with_signature("f" * 40), 403, "callback_forged"),
    "a signature of no ASCII": (lambda: with_signature("签名"), 403, "callback_forged"),
    "a changed body": (tampered, 403, "callback_forged"),
    "for another enterprise": (lambda: Sender(PATH, "wx0").in_xml(message()), 403, "callback_forged"),
    "for a bot": (lambda: Sender(PATH, "").in_xml(message()), 403, "callback_forged"),
    "another token": (lambda: Sender(PATH, CORP, token="x").in_xml(message()), 403, "callback_forged"),
    "an old one": (lambda: SENDER.in_xml(message(), 301), 403, "callback_stale"),
    "one of the future": (lambda: SENDER.in_xml(message(), -120), 403, "callback_stale"),
    "an entity bomb": (lambda: with_body(BOMB), 400, "callback_malformed"),
    "an outside entity": (lambda: with_body(OUTSIDE), 400, "callback_malformed"),
    "a document type": (with_a_type, 400, "callback_malformed"),
    "a bomb inside": (lambda: SENDER.in_xml(BOMB), 400, "callback_malformed"),
    "no XML": (lambda: with_body(b"\xff\xfe\x00garbage"), 400, "callback_malformed"),
    "no body": (lambda: with_body(""), 400, "callback_malformed"),
    "deep XML": (lambda: with_body("<xml>" * 10_000), 400, "callback_malformed"),
    "too much": (lambda: with_body(f"<xml><Encrypt>{'A' * 65_536}</Encrypt></xml>"), 400, "callback_malformed"),
    "XML without it": (lambda: with_body("<xml></xml>"), 400, "callback_malformed"),
    "JSON": (lambda: with_body('{"encrypt": "x"}'), 400, "callback_malformed"),
    "an encoding that is none": (
        lambda: with_body('<?xml version="1.0" encoding="x-none"?><xml/>'),
        400,
        "callback_malformed",
    ),
    "no XML inside": (lambda: SENDER.in_xml("hello"), 400, "callback_malformed"),
    "no sender inside": (
        lambda: SENDER.in_xml("<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>"),
        400,
        "callback_malformed",
    ),
    "no id inside": (
        lambda: SENDER.in_xml("<xml><MsgType>text</MsgType><FromUserName>u</FromUserName></xml>"),
        400,
        "callback_malformed",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_the_platforms_is_refused_and_not_answered(
    kind: str, client: TestClient, asked: Asked, platform: StandIn
) -> None:
    make, status, code = REFUSED[kind]
    response = make().sent(client)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    # A true one after it is the first that is asked.
    assert "依据" in answer_to(client)
    assert len(asked.questions) == 1
    assert platform.received.empty()


def test_what_is_replayed_is_refused(client: TestClient, asked: Asked) -> None:
    callback = SENDER.in_xml(message())
    assert callback.sent(client).status_code == 200
    for _ in range(3):
        response = callback.sent(client)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "callback_replayed")
    assert len(asked.questions) == 1


def test_what_comes_late_or_in_another_order_is_answered_as_what_it_is(client: TestClient, asked: Asked) -> None:
    first, second = (SENDER.in_xml(message(text, user="re")) for text in (LAND, "舞钢的人才"))
    assert "第一百五十五篇" in SENDER.read_xml(second.sent(client))["Content"]
    assert "第一百五十七篇" in SENDER.read_xml(first.sent(client))["Content"]
    assert len(asked.questions) == 2


@pytest.mark.parametrize("missing", APP)
def test_settings_that_are_not_whole_are_refused_by_name(chat_app: ChatApp, missing: str) -> None:
    given = {name: value for name, value in APP.items() if name != missing}
    with pytest.raises(SettingsError, match=f"还缺 ANWEN_{missing.upper()}。") as raised:
        chat_app(**given)
    assert "corp-secret" not in str(raised.value)
