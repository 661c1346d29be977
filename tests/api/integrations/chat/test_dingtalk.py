"""钉钉 by HTTP: what it sends is believed only where it is its own, once; each question gets one answer."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.app import create_app
from api.integrations.chat.dingtalk import PATH
from api.integrations.chat.dingtalk_signature import is_signed
from api.integrations.chat.incoming import Notice
from api.settings import Settings, SettingsError
from tests.api.integrations.chat.conftest import SITE, Asked, ChatApp
from tests.api.integrations.chat.dingtalk_standin import APP_KEY, SECRET, message, signature, signed
from tests.api.integrations.chat.standin import StandIn

WEBHOOK = "/robot/sendBySession"
ANSWER = "组卷报批用地16个批次"


@pytest.fixture(scope="module")
def anwen(chat_app: ChatApp) -> Iterator[TestClient]:
    with TestClient(chat_app(dingtalk_app_secret=SECRET)) as client:
        yield client


@pytest.fixture
def webhook(standin: StandIn) -> str:
    return f"{standin.url}{WEBHOOK}?session=abc"


def sent(client: TestClient, content: dict[str, Any] | bytes, seconds: float = 0, secret: str = SECRET) -> Response:
    """Send a message, signed so many seconds from now."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(PATH, content=body, headers=signed(seconds, secret))


def acknowledged(response: Response) -> bool:
    return response.status_code == 200 and response.json() == {}


def refused(response: Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert any("\u4e00" <= each <= "\u9fff" for each in error["message"])
    assert SECRET not in response.text
    return response.status_code, error["code"]


def reply(standin: StandIn) -> dict[str, Any]:
    received = standin.arrived()
    assert (received.method, received.path) == ("POST", WEBHOOK)
    assert received.body["msgtype"] == "markdown"
    found: dict[str, Any] = received.body
    return found


def only_the_next_is_answered(client: TestClient, standin: StandIn, webhook: str) -> None:
    """Ask something; the answer to it is the first that comes."""
    assert acknowledged(sent(client, message(webhook, conversationType="2", isInAtList=True, senderStaffId="next")))
    assert reply(standin)["at"] == {"atUserIds": ["next"]}


# The signature


@pytest.mark.parametrize(
    ("timestamp", "secret", "sign"),
    [
        # Made by `printf '%s\n%s' … | openssl dgst -sha256 -hmac … -binary | base64`.
        ("1577262236757", "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="),
        ("1577262236757", SECRET, signature("1577262236757")),
        ("1", "密钥", signature("1", "密钥")),
    ],
)
def test_a_signature_is_of_moment_and_secret(timestamp: str, secret: str, sign: str) -> None:
    assert is_signed(sign, timestamp, secret)
    for given, when, whose in (
        (sign, timestamp + "0", secret),
        (sign, timestamp, secret + "x"),
        ("签名", timestamp, secret),
    ):
        assert not is_signed(given, when, whose)


# Questions


def test_a_question_is_answered_where_the_message_says(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    assert acknowledged(sent(anwen, message(webhook)))
    received = standin.arrived()
    assert (received.path, received.query) == (WEBHOOK, {"session": "abc"})
    assert "at" not in received.body
    shown = received.body["markdown"]
    assert 0 < len(shown["title"]) <= 30
    assert ANSWER in shown["text"]
    assert "[1]" in shown["text"]
    # The platform draws two lines as one, unless they are apart.
    assert not re.search(r"[^\s]\n[^\s]", shown["text"])
    (first, *_) = re.findall(rf"^ *\[1\] \[.+\]\({SITE}(/passages/.+?)\) *$", shown["text"], re.MULTILINE)
    assert ANSWER in anwen.get(first, headers={"accept": "application/json"}).json()["text"]


def test_in_a_group_the_answer_calls_who_asked(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    assert acknowledged(sent(anwen, message(webhook, conversationType="2", isInAtList=True)))
    found = reply(standin)
    assert found["at"] == {"atUserIds": ["user123"]}
    assert found["markdown"]["text"].startswith("@user123\n\n")
    assert ANSWER in found["markdown"]["text"]
    # Who is of another organisation has no such name.
    assert acknowledged(sent(anwen, message(webhook, conversationType="2", isInAtList=True, senderStaffId=None)))
    assert "at" not in reply(standin)


def test_in_a_group_others_talk_among_themselves(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    assert acknowledged(sent(anwen, message(webhook, conversationType="2", isInAtList=False)))
    only_the_next_is_answered(anwen, standin, webhook)


def test_a_follow_up_goes_on_from_the_question_before_it_in_the_same_chat(
    anwen: TestClient, standin: StandIn, webhook: str, asked: Asked
) -> None:
    for chat, text in (("c1", "扶沟是怎么保障土地的？"), ("c2", "有哪些人才政策？"), ("c1", "那成效呢？")):
        assert acknowledged(sent(anwen, message(webhook, text, conversationId=chat)))
        reply(standin)
    assert [each.content for each in asked.questions[-1].messages] == ["扶沟是怎么保障土地的？"]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        (
            {
                "msgtype": "richText",
                "text": None,
                "content": {
                    "richText": [
                        {"text": "扶沟是怎么保障"},
                        {"downloadCode": "x", "type": "picture"},
                        {"text": "土地的？"},
                    ]
                },
            },
            ANSWER,
        ),
        ({"msgtype": "picture", "text": None, "content": {"downloadCode": "x"}}, Notice.NOT_TEXT),
        ({"text": {"content": " "}}, Notice.EMPTY.split("，")[0]),
        ({"text": {"content": "问" * 1001}}, Notice.TOO_LONG),
    ],
)
def test_of_other_messages_the_words_are_read_and_where_there_are_none_that_is_said(
    changes: dict[str, Any], shown: str, anwen: TestClient, standin: StandIn, webhook: str
) -> None:
    assert acknowledged(sent(anwen, message(webhook, **changes)))
    assert shown in reply(standin)["markdown"]["text"]


# Each once


def test_a_message_sent_again_is_acknowledged_and_answered_once(
    anwen: TestClient, standin: StandIn, webhook: str
) -> None:
    content = message(webhook)
    assert all(acknowledged(sent(anwen, content, -seconds)) for seconds in range(4))
    assert ANSWER in reply(standin)["markdown"]["text"]
    only_the_next_is_answered(anwen, standin, webhook)


def test_a_request_to_the_letter_again_is_refused(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    headers, content = signed(), message(webhook)
    assert acknowledged(anwen.post(PATH, json=content, headers=headers))
    assert refused(anwen.post(PATH, json=content, headers=headers)) == (409, "callback_replayed")
    assert ANSWER in reply(standin)["markdown"]["text"]
    only_the_next_is_answered(anwen, standin, webhook)


def test_two_messages_of_one_moment_are_both_answered(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    headers = signed()
    assert all(acknowledged(anwen.post(PATH, json=message(webhook), headers=headers)) for _ in range(2))
    assert all(ANSWER in reply(standin)["markdown"]["text"] for _ in range(2))


# What is not the platform's


FORGED, STALE, MALFORMED = (403, "callback_forged"), (403, "callback_stale"), (400, "callback_malformed")


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        (dict, FORGED),
        (lambda: {"timestamp": "1577262236757", "sign": ""}, FORGED),
        (lambda: {**signed(), "sign": signature("1577262236757")}, FORGED),
        (lambda: {**signed(), "sign": "é".encode("latin-1")}, FORGED),
        (lambda: signed(secret="another"), FORGED),
        (lambda: signed(-3700), STALE),
        (lambda: signed(120), STALE),
        (lambda: {"timestamp": "0", "sign": signature("0")}, STALE),
        (lambda: {"timestamp": "9" * 15, "sign": signature("9" * 15)}, STALE),
        (lambda: {"timestamp": "9" * 400, "sign": signature("9" * 400)}, MALFORMED),
        (lambda: {"timestamp": "soon", "sign": signature("soon")}, MALFORMED),
        (lambda: {"timestamp": "", "sign": signature("")}, MALFORMED),
    ],
)
def test_what_is_not_signed_now_by_the_platform_is_refused_and_not_answered(
    headers: Callable[[], Any], refusal: tuple[int, str], anwen: TestClient, standin: StandIn, webhook: str
) -> None:
    assert refused(anwen.post(PATH, json=message(webhook), headers=headers())) == refusal
    only_the_next_is_answered(anwen, standin, webhook)


def test_who_sets_it_up_reads_in_the_log_why_a_callback_was_refused(
    anwen: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert refused(sent(anwen, b"{}", secret="another")) == FORGED
    (told,) = [record.getMessage() for record in caplog.records if record.name == "api.integrations.chat.callback"]
    assert PATH in told
    assert "是否与钉钉后台的 Client Secret 一致。（callback_forged）" in told


@pytest.mark.parametrize(
    "changes",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        {"msgId": ""},
        {"conversationType": "3"},
        {"sessionWebhook": None},
        {"sessionWebhookExpiredTime": "soon"},
        {"text": None},
        {"text": {"content": 1}},
        {"msgtype": "richText", "content": {"richText": "x"}},
    ],
)
def test_what_cannot_be_read_is_refused_and_not_answered(
    changes: bytes | dict[str, Any], anwen: TestClient, standin: StandIn, webhook: str
) -> None:
    content = changes if isinstance(changes, bytes) else message(webhook, **changes)
    assert refused(sent(anwen, content)) == MALFORMED
    only_the_next_is_answered(anwen, standin, webhook)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/robot/sendBySession",
        "https://oapi.dingtalk.com.evil.example/",
        "http://127.0.0.1:1/",
        "file:///",
    ],
)
def test_an_answer_goes_to_no_other_host(
    elsewhere: str, anwen: TestClient, standin: StandIn, webhook: str, asked: Asked
) -> None:
    assert refused(sent(anwen, message(elsewhere))) == FORGED
    only_the_next_is_answered(anwen, standin, webhook)
    assert len(asked.questions) == 1


# When the platform does not take it


@pytest.mark.parametrize(
    ("changes", "answers", "told"),
    [
        ({"sessionWebhookExpiredTime": 1_577_262_236_757}, [], "会话地址已过期"),
        ({}, [(200, {"errcode": 310000, "errmsg": "sign not match"})], "errcode 310000）：sign not match"),
        ({}, [(400, {})], "HTTP 400"),
        ({}, [(502, {}), (502, {}), (502, {})], "HTTP 502"),
    ],
)
def test_what_does_not_arrive_is_logged_without_secrets(
    changes: dict[str, Any],
    answers: list[tuple[int, Any]],
    told: str,
    anwen: TestClient,
    standin: StandIn,
    webhook: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    standin.next[WEBHOOK].extend(answers)
    with caplog.at_level(logging.WARNING):
        assert acknowledged(sent(anwen, message(webhook, **changes)))
        for _ in answers:
            standin.arrived()
        only_the_next_is_answered(anwen, standin, webhook)
    said = [record.getMessage() for record in caplog.records]
    assert any(told in each for each in said)
    assert not any(SECRET in each or "session=abc" in each for each in said)


def test_what_the_platform_does_not_take_now_is_sent_again(anwen: TestClient, standin: StandIn, webhook: str) -> None:
    standin.next[WEBHOOK].append((502, {}))
    assert acknowledged(sent(anwen, message(webhook)))
    assert reply(standin) == reply(standin)
    only_the_next_is_answered(anwen, standin, webhook)


# Whether it is on


def test_it_is_off_until_it_is_set(chat_app: ChatApp, webhook: str) -> None:
    with TestClient(chat_app()) as client:
        assert sent(client, message(webhook)).status_code == 404


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"dingtalk_app_key": APP_KEY}, "还缺 ANWEN_DINGTALK_APP_SECRET。"),
        ({"dingtalk_stream": True}, "还缺 ANWEN_DINGTALK_APP_KEY、ANWEN_DINGTALK_APP_SECRET。"),
        ({"dingtalk_stream": True, "dingtalk_app_secret": SECRET}, "还缺 ANWEN_DINGTALK_APP_KEY。"),
    ],
)
def test_set_by_half_it_does_not_start_and_says_what_is_missing(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(SettingsError, match=missing) as raised:
        create_app(Settings(**given))
    assert SECRET not in str(raised.value)


def test_a_connection_without_its_package_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=re.escape('pip install "anwen[dingtalk]"')):
        create_app(Settings(dingtalk_stream=True, dingtalk_app_key=APP_KEY, dingtalk_app_secret=SECRET))
