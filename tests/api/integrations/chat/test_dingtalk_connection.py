"""钉钉 without a public address: a connection that is opened, kept and opened again; answers are as by HTTP."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.integrations.chat import dingtalk_connection
from api.integrations.chat.dingtalk import PATH
from api.integrations.chat.incoming import Platform
from api.questions.gate import Gate
from api.settings import Settings
from api.state import State
from tests.api.integrations.chat.dingtalk_standin import APP_KEY, SECRET, TOPIC, Gateway, frame, message, signed
from tests.api.live import live
from tests.api.sending import PATIENCE

ANSWER = "组卷报批用地16个批次"

Serving = Callable[[], AbstractContextManager[TestClient]]


@pytest.fixture(scope="module")
def gateway_and_address() -> Iterator[tuple[Gateway, str]]:
    gateway = Gateway()
    with live(gateway.app()) as address:
        yield gateway, address


@pytest.fixture
def gateway(gateway_and_address: tuple[Gateway, str], monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The platform, with nothing received yet."""
    monkeypatch.setattr(dingtalk_connection, "_FIRST_WAIT", 0.0)
    found, address = gateway_and_address
    found.address = address
    found.forget()
    return found


@pytest.fixture
def serving(hashed_state: State, gateway: Gateway) -> Serving:
    @contextmanager
    def connected() -> Iterator[TestClient]:
        settings = Settings(
            home=hashed_state.settings.home,
            dingtalk_stream=True,
            dingtalk_app_key=APP_KEY,
            dingtalk_app_secret=SECRET,
        )
        origins = {Platform.DINGTALK: (gateway.address,)}
        with TestClient(
            create_app(settings, lambda: replace(hashed_state, settings=settings, gate=Gate()), origins)
        ) as client:
            yield client

    return connected


def asked(gateway: Gateway, **changes: Any) -> dict[str, Any]:
    return message(f"{gateway.address}/robot/sendBySession?session=abc", **changes)


def test_a_question_that_comes_over_the_connection_is_acknowledged_and_answered_once(
    gateway: Gateway, serving: Serving
) -> None:
    question = asked(gateway)
    again = [frame(question) for _ in range(3)]
    gateway.frames.append(again)
    with serving() as client:
        opened = gateway.opened.get(timeout=PATIENCE)
        assert (opened["clientId"], opened["clientSecret"]) == (APP_KEY, SECRET)
        assert opened["subscriptions"] == [{"type": "CALLBACK", "topic": TOPIC}]
        for each in again:
            answer = gateway.answers.get(timeout=PATIENCE)
            assert (answer["code"], answer["headers"]["messageId"]) == (200, each["headers"]["messageId"])
        assert ANSWER in gateway.replies.get(timeout=PATIENCE)["markdown"]["text"]
        # Over a connection, nothing comes by HTTP.
        assert client.post(PATH, json=question, headers=signed()).status_code == 404
    assert gateway.replies.empty()


def test_what_cannot_be_read_is_refused_and_the_connection_goes_on(gateway: Gateway, serving: Serving) -> None:
    wrong: list[Any] = [
        "not json",
        "[]",
        {"type": "CALLBACK"},
        {"type": "unheard of"},
        frame(asked(gateway), topic="/v1.0/card/instances/callback"),
    ]
    unread = [frame(asked(gateway, msgId="")), frame({}), frame(asked(gateway, text={"content": 1}))]
    elsewhere = frame(asked(gateway, sessionWebhook="https://evil.example/"))
    ping = frame({"opaque": "x"}, topic="ping", kind="SYSTEM")
    gateway.frames.append([*wrong, *unread, elsewhere, ping, frame(asked(gateway))])
    with serving():
        codes = [gateway.answers.get(timeout=PATIENCE)["code"] for _ in unread]
        assert codes == [400] * len(unread)
        assert gateway.answers.get(timeout=PATIENCE)["code"] == 400
        assert gateway.answers.get(timeout=PATIENCE)["data"] == '{"opaque": "x"}'
        assert gateway.answers.get(timeout=PATIENCE)["code"] == 200
        assert ANSWER in gateway.replies.get(timeout=PATIENCE)["markdown"]["text"]
    assert gateway.replies.empty()


def test_a_connection_that_ends_is_opened_again(
    gateway: Gateway, serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.refusals.append((401, {"code": "authFailed", "message": "鉴权失败"}))
    gateway.frames.append([frame({}, topic="disconnect", kind="SYSTEM")])
    gateway.frames.append([frame(asked(gateway))])
    with caplog.at_level(logging.WARNING), serving():
        assert ANSWER in gateway.replies.get(timeout=PATIENCE)["markdown"]["text"]
    assert gateway.opened.qsize() == 2
    told = [record.getMessage() for record in caplog.records]
    assert any("连不上钉钉" in each and "HTTP 401" in each for each in told)
    assert not any(SECRET in each for each in told)


@pytest.mark.parametrize(
    "endpoint",
    [
        "wss://evil.example/connect",
        "ws://wss-open-connection.dingtalk.com/",
        "wss://x@a.dingtalk.com/",
        "wss://dingtalk.com.evil.example/",
        "",
    ],
)
def test_no_connection_is_opened_elsewhere(
    endpoint: str, gateway: Gateway, serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.endpoint = endpoint
    with caplog.at_level(logging.WARNING), serving():
        for _ in range(2):
            gateway.opened.get(timeout=PATIENCE)
        gateway.endpoint = None
        gateway.frames.append([frame(asked(gateway))])
        assert ANSWER in gateway.replies.get(timeout=PATIENCE)["markdown"]["text"]
    assert any("不是它自己的，没有连接" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("endpoint", "own"),
    [
        ("wss://wss-open-connection-union.dingtalk.com:443/connect", True),
        ("wss://wss-open-connection.dingtalk.com/connect", True),
        ("ws://wss-open-connection.dingtalk.com/connect", False),
        ("wss://dingtalk.com.evil.example/connect", False),
        ("wss://evil-dingtalk.com/connect", False),
        ("wss://a.dingtalk.com@evil.example/connect", False),
        ("wss://[", False),
    ],
)
def test_the_gateway_is_the_platforms_own(endpoint: str, own: bool) -> None:
    assert dingtalk_connection.is_gateway(endpoint, ("https://api.dingtalk.com", "https://oapi.dingtalk.com")) is own
