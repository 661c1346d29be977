"""飞书: what it sends is believed only where it is its own, once; each question gets one card under it."""

import importlib.util
import json
import logging
import queue
import re
import secrets
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.app import create_app
from api.integrations.chat.feishu import PATH, card
from api.integrations.chat.feishu_api import FeishuApi
from api.integrations.chat.feishu_cipher import Undecipherable, decrypted, is_signed
from api.integrations.chat.feishu_events import read
from api.integrations.chat.incoming import Notice, Platform
from api.integrations.chat.outbound import Outbound
from api.integrations.chat.replying import Reply, Sentence, Source
from api.questions.gate import Gate
from api.settings import Settings, SettingsError
from api.state import State
from index.errors import IndexMissing
from tests.api.integrations.chat.conftest import SITE
from tests.api.integrations.chat.feishu_standin import (
    APP_ID,
    KEY,
    ROBOT,
    SECRET,
    TOKEN,
    Feishu,
    card_text,
    encrypted,
    mention,
    message,
    sealed,
    signed,
)
from tests.api.live import live
from tests.api.sending import PATIENCE

LAND = "扶沟是怎么保障土地的？"
ANSWER = "组卷报批用地16个批次"


@pytest.fixture(scope="module")
def address_and_platform() -> Iterator[tuple[str, Feishu]]:
    platform = Feishu()
    with live(platform.app()) as address:
        yield address, platform


@pytest.fixture
def platform(address_and_platform: tuple[str, Feishu]) -> Feishu:
    found = address_and_platform[1]
    assert found.replies.empty()
    assert not found.refusals
    found.refused = queue.Queue()
    return found


ALL: dict[str, Any] = {
    "base_url": SITE,
    "feishu_app_id": APP_ID,
    "feishu_app_secret": SECRET,
    "feishu_verification_token": TOKEN,
    "feishu_encrypt_key": KEY,
}

Serving = Callable[..., TestClient]


@pytest.fixture(scope="module")
def serving(hashed_state: State, address_and_platform: tuple[str, Feishu]) -> Serving:
    """Make a client of an app with other settings; it sends to the stand-in and nowhere else."""

    def client(**changes: Any) -> TestClient:
        settings = Settings(**{"home": hashed_state.settings.home, **ALL, **changes})
        origins = {Platform.FEISHU: (address_and_platform[0],)}
        return TestClient(create_app(settings, lambda: replace(hashed_state, settings=settings, gate=Gate()), origins))

    return client


@pytest.fixture(scope="module")
def anwen(serving: Serving) -> Iterator[TestClient]:
    with serving() as client:
        yield client


@pytest.fixture(scope="module")
def anwen_without_key(serving: Serving) -> Iterator[TestClient]:
    with serving(feishu_encrypt_key="") as client:
        yield client


def sent(client: TestClient, event: dict[str, Any] | str, key: str = KEY, **how: Any) -> Response:
    """Send an event, signed and encrypted."""
    body = sealed(event, key)
    return client.post(PATH, content=body, headers=signed(body, key, **how))


def acknowledged(response: Response) -> bool:
    return response.status_code == 200 and response.json() == {}


def refused(response: Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert any("\u4e00" <= each <= "\u9fff" for each in error["message"])
    for secret in (SECRET, TOKEN, KEY):
        assert secret not in response.text
    return response.status_code, error["code"]


# The cipher


def test_the_published_vector_is_deciphered() -> None:
    assert decrypted("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=", "test key") == "hello world"


@pytest.fixture(scope="module")
def their_cipher() -> Any:
    """The cipher of the platform's own package, of which the whole takes seconds to import."""
    found = importlib.util.find_spec("lark_oapi")
    assert found is not None
    assert found.submodule_search_locations is not None
    package = types.ModuleType("lark_oapi")
    package.__path__ = list(found.submodule_search_locations)
    before = set(sys.modules)
    sys.modules["lark_oapi"] = package
    try:
        return importlib.import_module("lark_oapi.core.utils.decryptor").AESCipher
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("lark_oapi"):
                del sys.modules[name]


@pytest.mark.parametrize("text", ["{}", "十五个字节的文字", "a" * 15, "a" * 16, "a" * 17, "甲" * 5000])
def test_what_the_platforms_own_package_deciphers_is_deciphered_to_the_same(text: str, their_cipher: Any) -> None:
    ciphertext = encrypted(text, "钥匙")
    assert decrypted(ciphertext, "钥匙") == their_cipher("钥匙").decrypt_str(ciphertext) == text


@pytest.mark.parametrize(
    "ciphertext",
    ["", "P37w", "not base64!", "汉", "P37w+VZImNgPEO1RBhJ6Rg==", encrypted("x", "other key"), encrypted("x")[:-8]],
    ids=["nothing", "short", "no base64", "no ASCII", "one block", "another key", "cut off"],
)
def test_what_was_not_made_with_the_key_is_not_deciphered(ciphertext: str) -> None:
    with pytest.raises(Undecipherable):
        decrypted(ciphertext, KEY)


def test_a_signature_is_of_moment_nonce_key_and_every_byte_of_the_body() -> None:
    body = '{"encrypt": "甲"}'.encode()
    headers = signed(body, at=1_600_000_000, nonce="n")
    signature = headers["x-lark-signature"]
    assert is_signed(signature, "1600000000", "n", KEY, body)
    for timestamp, nonce, key, other in (
        ("1600000001", "n", KEY, body),
        ("1600000000", "m", KEY, body),
        ("1600000000", "n", "other", body),
        ("1600000000", "n", KEY, body + b" "),
    ):
        assert not is_signed(signature, timestamp, nonce, key, other)
    assert not is_signed("签名", "1600000000", "n", KEY, body)
    assert not is_signed("", "1600000000", "n", KEY, body)


# The address


def test_the_console_finds_the_address(anwen: TestClient, anwen_without_key: TestClient) -> None:
    question = {"challenge": "c-1", "token": TOKEN, "type": "url_verification"}
    # The console's question is not signed.
    assert anwen.post(PATH, content=sealed(question)).json() == {"challenge": "c-1"}
    assert sent(anwen, question).json() == {"challenge": "c-1"}
    assert anwen_without_key.post(PATH, json=question).json() == {"challenge": "c-1"}


def test_who_does_not_know_the_token_is_told_nothing(anwen: TestClient, anwen_without_key: TestClient) -> None:
    for token in ("", "wrong", "令牌"):
        question = {"challenge": "c-1", "token": token, "type": "url_verification"}
        assert refused(anwen.post(PATH, content=sealed(question))) == (403, "callback_forged")
        assert refused(sent(anwen, question)) == (403, "callback_forged")
        assert refused(anwen_without_key.post(PATH, json=question)) == (403, "callback_forged")


# Questions


def test_a_question_is_answered_by_a_card_under_it(anwen: TestClient, platform: Feishu) -> None:
    event = message()
    assert acknowledged(sent(anwen, event))
    reply = platform.reply()
    assert reply["message_id"] == event["event"]["message"]["message_id"]
    assert reply["reply_in_thread"] is False
    assert len(reply["uuid"]) <= 50
    text = card_text(reply)
    assert ANSWER in text
    assert "[1]" in text
    (first, *_) = re.findall(rf"^\[1\] \[.+\]\({SITE}(/passages/.+)\)$", text, re.MULTILINE)
    assert ANSWER in anwen.get(first, headers={"accept": "application/json"}).json()["text"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text", {"text": "@_user_1 扶沟是怎么保障土地的？ @_user_2"}),
        ("text", {"text": "@_all 扶沟是怎么保障土地的？"}),
        (
            "post",
            {
                "title": "",
                "content": [
                    [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " 扶沟是怎么"}],
                    [
                        {"tag": "a", "text": "保障土地的？", "href": "https://x.example"},
                        {"tag": "img", "image_key": "i"},
                    ],
                ],
            },
        ),
    ],
)
def test_in_a_group_who_names_the_robot_is_answered(
    kind: str, content: dict[str, Any], anwen: TestClient, platform: Feishu
) -> None:
    named = [mention("ou_other", "@_user_2"), mention(ROBOT)]
    event = message(chat_type="group", message_type=kind, content=json.dumps(content), mentions=named)
    assert acknowledged(sent(anwen, event))
    assert ANSWER in card_text(platform.reply())


def test_in_a_group_others_talk_among_themselves(anwen: TestClient, platform: Feishu) -> None:
    for mentions in ([], None, [mention("ou_other")], [{"key": "@_all", "id": None, "name": "所有人"}]):
        assert acknowledged(sent(anwen, message(chat_type="group", mentions=mentions)))
    assert acknowledged(sent(anwen, message(chat_type="group", message_type="image", content='{"image_key": "i"}')))
    robot = message()
    robot["event"]["sender"]["sender_type"] = "app"
    assert acknowledged(sent(anwen, robot))
    read_event = message()
    read_event["header"]["event_type"] = "im.message.message_read_v1"
    assert acknowledged(sent(anwen, read_event))
    assert acknowledged(sent(anwen, last := message()))
    assert platform.reply()["message_id"] == last["event"]["message"]["message_id"]


def test_in_a_thread_the_answer_stands_in_it(anwen: TestClient, platform: Feishu) -> None:
    assert acknowledged(sent(anwen, message(thread_id="omt_1", root_id="om_root", parent_id="om_root")))
    assert platform.reply()["reply_in_thread"] is True


def test_a_chat_and_each_of_its_threads_is_a_conversation() -> None:
    def conversation(**where: str) -> str:
        found = read(json.dumps(message(chat_id="oc_1", **where)))
        assert not isinstance(found, Exception)
        return found.message.conversation  # type: ignore[union-attr]

    assert conversation() == conversation(root_id="om_1", parent_id="om_1")
    assert len({conversation(), conversation(thread_id="omt_1"), conversation(thread_id="omt_2")}) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"message_type": "image", "content": '{"image_key": "i"}'}, Notice.NOT_TEXT),
        ({"content": '{"text": "  "}'}, Notice.EMPTY),
        ({"content": json.dumps({"text": "问" * 1001})}, Notice.TOO_LONG),
    ],
)
def test_who_asks_nothing_that_can_be_read_is_told_so(
    changes: dict[str, str], words: str, anwen: TestClient, platform: Feishu
) -> None:
    assert acknowledged(sent(anwen, message(**changes)))
    assert card_text(platform.reply()) == words


def test_without_an_index_who_asks_is_told_so(
    tmp_path: Path, address_and_platform: tuple[str, Feishu], platform: Feishu
) -> None:
    def missing() -> Any:
        raise IndexMissing("没有索引")

    settings = Settings(home=tmp_path, **ALL)
    application = create_app(settings, missing, {Platform.FEISHU: (address_and_platform[0],)})
    with TestClient(application) as client:
        assert acknowledged(sent(client, message()))
        assert "索引还没有准备好" in card_text(platform.reply())


def test_a_document_draws_nothing_in_a_card() -> None:
    hostile = "<at id=all></at> [点](https://evil.example) **粗** `码` $x$"
    reply = Reply((Sentence(hostile, (1,)),), (Source(1, hostile, "https://here.example/p"),), "依据")
    drawn_card = {"msg_type": "interactive", "content": json.dumps(card(reply))}
    shown = card_text(drawn_card).replace("](https://here.example/p)", "").replace("**依据**", "")
    assert "粗" in shown
    for drawn in ("<", "**", "`", "](", "$", "https://"):
        assert drawn not in shown


# Each once


def test_a_question_sent_again_is_acknowledged_and_answered_once(anwen: TestClient, platform: Feishu) -> None:
    event = message()
    assert all(acknowledged(sent(anwen, event)) for _ in range(4))
    again = {**event, "header": {**event["header"], "event_id": secrets.token_hex(16)}}
    assert acknowledged(sent(anwen, again))
    assert acknowledged(sent(anwen, last := message()))
    answered = [platform.reply()["message_id"] for _ in range(2)]
    assert set(answered) == {each["event"]["message"]["message_id"] for each in (event, last)}


def test_questions_that_come_together_are_each_answered_once_with_one_token(serving: Serving, platform: Feishu) -> None:
    events = [message(chat_type="group", mentions=[mention(ROBOT)]) for _ in range(6)]
    tokens, robot_asked = len(platform.tokens), platform.robot_asked
    with serving() as client:
        came: list[Response] = []
        # Each twice, the second time in the opposite order.
        threads = [
            threading.Thread(target=lambda e=each: came.append(sent(client, e))) for each in events + events[::-1]
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(came) == 12
        assert all(map(acknowledged, came))
        answered = [platform.reply()["message_id"] for _ in events]
    assert sorted(answered) == sorted(each["event"]["message"]["message_id"] for each in events)
    assert platform.replies.empty()
    assert len(platform.tokens) == tokens + 1
    assert platform.robot_asked == robot_asked + 1


def test_a_request_to_the_letter_again_is_refused(anwen: TestClient, platform: Feishu) -> None:
    body = sealed(message())
    headers = signed(body)
    assert acknowledged(anwen.post(PATH, content=body, headers=headers))
    assert refused(anwen.post(PATH, content=body, headers=headers)) == (409, "callback_replayed")
    assert ANSWER in card_text(platform.reply())
    assert platform.replies.empty()


# What is not the platform's


def changed(**header: str) -> dict[str, Any]:
    event = message()
    event["header"].update(header)
    return event


def forged_signature(client: TestClient) -> Response:
    body = sealed(message())
    return client.post(PATH, content=body, headers={**signed(body), "x-lark-signature": "0" * 64})


def another_body(client: TestClient) -> Response:
    return client.post(PATH, content=sealed(message()), headers=signed(sealed(message())))


def unsigned(client: TestClient) -> Response:
    return client.post(PATH, content=sealed(message()))


def no_moment(client: TestClient) -> Response:
    body = sealed(message())
    headers = {"x-lark-signature": signed(body)["x-lark-signature"]}
    return client.post(PATH, content=body, headers=headers)


def signed_by_another(client: TestClient) -> Response:
    return sent(client, message(), key="another key")


def encrypted_by_another(client: TestClient) -> Response:
    body = sealed(message(), "another key")
    return client.post(PATH, content=body, headers=signed(body))


def plain(client: TestClient) -> Response:
    return client.post(PATH, json=message())


def not_ascii(client: TestClient) -> Response:
    body = sealed(message())
    headers: dict[str, Any] = {**signed(body), "x-lark-signature": "é".encode("latin-1")}
    return client.post(PATH, content=body, headers=headers)


def raw(body: bytes) -> Callable[[TestClient], Response]:
    return lambda client: client.post(PATH, content=body, headers=signed(body))


def event_of(event: dict[str, Any] | str, **how: Any) -> Callable[[TestClient], Response]:
    return lambda client: sent(client, event, **how)


def at(seconds: float) -> Callable[[TestClient], Response]:
    return lambda client: sent(client, message(), at=time.time() + seconds)


def created(seconds: float) -> Callable[[TestClient], Response]:
    return lambda client: sent(client, changed(create_time=str(int((time.time() + seconds) * 1000))))


FORGED, STALE, MALFORMED = (403, "callback_forged"), (403, "callback_stale"), (400, "callback_malformed")


@pytest.mark.parametrize(
    ("send", "refusal"),
    [
        (forged_signature, FORGED),
        (another_body, FORGED),
        (unsigned, FORGED),
        (no_moment, FORGED),
        (signed_by_another, FORGED),
        (not_ascii, FORGED),
        (event_of(changed(token="wrong")), FORGED),
        (event_of(changed(token="")), FORGED),
        (at(-400), STALE),
        (at(120), STALE),
        (created(-3700), STALE),
        (created(120), STALE),
        (event_of(message(), at=10**12), STALE),
        (encrypted_by_another, MALFORMED),
        (plain, MALFORMED),
        (raw(b""), MALFORMED),
        (raw(b"[]"), MALFORMED),
        (raw(b'{"encrypt": 1}'), MALFORMED),
        (raw(b'{"encrypt": "AAAA"}'), MALFORMED),
        (raw(b"\xff"), MALFORMED),
        (event_of("not json"), MALFORMED),
        (event_of("{}"), MALFORMED),
        (event_of({**message(), "schema": "1.0"}), MALFORMED),
        (event_of({**message(), "event": {"sender": {"sender_type": "user"}}}), MALFORMED),
        (event_of(message(message_id="../../../auth/v3")), MALFORMED),
        (event_of(message(content="not json")), MALFORMED),
        (event_of(message(content='{"text": 1}')), MALFORMED),
        (event_of(message(content="[" * 100_000)), MALFORMED),
        (event_of(changed(create_time="soon")), MALFORMED),
    ],
)
def test_what_is_not_the_platforms_is_refused_and_not_answered(
    send: Callable[[TestClient], Response], refusal: tuple[int, str], anwen: TestClient, platform: Feishu
) -> None:
    assert refused(send(anwen)) == refusal
    assert acknowledged(sent(anwen, last := message()))
    assert platform.reply()["message_id"] == last["event"]["message"]["message_id"]


def test_who_sets_it_up_reads_in_the_log_why_a_callback_was_refused(
    anwen: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert refused(forged_signature(anwen)) == FORGED
    (told,) = [record.getMessage() for record in caplog.records if record.name == "api.integrations.chat.callback"]
    assert PATH in told
    assert "请检查 Encrypt Key 是否与飞书后台一致。（callback_forged）" in told


def test_without_a_key_the_token_and_the_moment_must_be_right(anwen_without_key: TestClient, platform: Feishu) -> None:
    old = str(int(time.time() - 3700) * 1000)
    for event, refusal in (
        (changed(token="wrong"), FORGED),
        (changed(create_time=old), STALE),
        ({"encrypt": encrypted(json.dumps(message()))}, MALFORMED),
    ):
        assert refused(anwen_without_key.post(PATH, json=event)) == refusal
    event = message()
    assert all(acknowledged(anwen_without_key.post(PATH, json=event)) for _ in range(2))
    assert ANSWER in card_text(platform.reply())
    assert platform.replies.empty()


# When the platform does not take it


INVALID = {"code": 99991663, "msg": "Invalid access token for authorization."}


@pytest.mark.parametrize(
    "refusal",
    [
        (400, INVALID),
        (200, {"code": 99991661, "msg": "Missing access token"}),
        (502, {}),
        (429, {}),
        (400, {"code": 99991400, "msg": "request trigger frequency limit"}),
    ],
)
def test_what_the_platform_does_not_take_now_is_sent_again(
    refusal: tuple[int, dict[str, Any]], anwen: TestClient, platform: Feishu
) -> None:
    platform.refusals.append(refusal)
    assert acknowledged(sent(anwen, message()))
    assert ANSWER in card_text(platform.reply())
    assert not platform.refusals


def test_what_the_platform_never_takes_is_logged_without_secrets(
    anwen: TestClient, platform: Feishu, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for never in [(400, {"code": 230002, "msg": "The bot can not be outside the group."})], [(400, INVALID)] * 2:
            platform.refusals.extend(never)
            assert acknowledged(sent(anwen, message()))
            for _ in never:
                platform.refused.get(timeout=PATIENCE)
            assert acknowledged(sent(anwen, last := message()))
            assert platform.reply()["message_id"] == last["event"]["message"]["message_id"]
    told = [record.getMessage() for record in caplog.records]
    assert any("飞书不接受（230002）：The bot can not be outside the group." in each for each in told)
    assert any("99991663" in each for each in told)
    assert not any(secret in each for each in told for secret in (SECRET, TOKEN, KEY, platform.tokens[-1]))


def test_while_the_robot_does_not_know_itself_the_event_is_to_come_again(serving: Serving, platform: Feishu) -> None:
    event = message(chat_type="group", mentions=[mention(ROBOT)])
    with serving() as client:
        platform.refusals.append((400, {"code": 11205, "msg": "app do not have bot"}))
        response = sent(client, event)
        assert refused(response) == (503, "busy")
        assert response.headers["retry-after"]
        assert acknowledged(sent(client, event))
        assert platform.reply()["message_id"] == event["event"]["message"]["message_id"]
        assert platform.replies.empty()


@pytest.mark.parametrize(
    ("is_lark", "origin"), [(False, "https://open.feishu.cn"), (True, "https://open.larksuite.com")]
)
def test_each_edition_has_its_host(is_lark: bool, origin: str) -> None:
    assert FeishuApi(APP_ID, SECRET, is_lark).origin(Outbound()) == origin


# Whether it is on


def test_it_is_off_until_it_is_set(serving: Serving) -> None:
    nothing = {name: "" for name in ALL if name.startswith("feishu")}
    with serving(**nothing) as client:
        assert sent(client, message()).status_code == 404


@pytest.mark.parametrize("name", ["feishu_app_id", "feishu_app_secret", "feishu_verification_token"])
def test_set_by_half_it_does_not_start_and_says_what_is_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=f"还缺 ANWEN_{name.upper()}。") as raised:
        create_app(Settings(**{**ALL, name: ""}))
    assert not any(secret in str(raised.value) for secret in (SECRET, TOKEN, KEY))


def test_a_key_alone_does_not_start() -> None:
    with pytest.raises(SettingsError, match="ANWEN_FEISHU_APP_ID"):
        create_app(Settings(feishu_encrypt_key=KEY))
