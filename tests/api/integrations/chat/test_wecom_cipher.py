"""The envelope of 企业微信: by its published example, by another implementation, and whatever else is refused."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from wechatpy.enterprise.crypto import PrpCrypto  # type: ignore[import-untyped]

from api.errors import CallbackForged, CallbackMalformed
from api.integrations.chat.wecom_cipher import KeyUnusable, Signed, wecom_cipher
from tests.api.integrations.chat.wecom_sending import CORP, KEY, TOKEN, Sender

OURS = wecom_cipher(TOKEN, KEY, CORP)
THEIRS = Sender("/", CORP)
NOW = 1_700_000_000

ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
ECHO_SIGNED = Signed("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780")
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
MESSAGE_SIGNED = Signed("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149")


def test_the_published_example_of_a_checked_address_opens() -> None:
    assert OURS.open(ECHO, ECHO_SIGNED) == "1616140317555161061"


def test_the_published_example_of_a_message_opens() -> None:
    message = OURS.open(MESSAGE, MESSAGE_SIGNED)
    assert "<Content><![CDATA[hello]]></Content>" in message
    assert f"<ToUserName><![CDATA[{CORP}]]></ToUserName>" in message


@pytest.mark.parametrize("receiver", [CORP, ""])
@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27, 28, 29, 2_048])
def test_both_implementations_open_what_the_other_seals(length: int, receiver: str) -> None:
    theirs, ours = Sender("/", receiver), wecom_cipher(TOKEN, KEY, receiver)
    message = "扶沟a"[:length] + "地" * (length - 3)
    envelope = ours.seal(message)
    signed = envelope.signed
    assert theirs.opened(envelope.encrypted, signed.signature, signed.timestamp, signed.nonce) == message
    query, encrypted = theirs.sealed(message)
    assert ours.open(encrypted, Signed(*query.values())) == message


def test_two_envelopes_of_one_message_are_not_alike() -> None:
    assert OURS.seal("土地", NOW, "n").encrypted != OURS.seal("土地", NOW, "n").encrypted


def flipped(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize(
    ("encrypted", "signed"),
    [
        (flipped(MESSAGE, 100), MESSAGE_SIGNED),
        (MESSAGE + "A", MESSAGE_SIGNED),
        ("", MESSAGE_SIGNED),
        (MESSAGE, Signed(flipped(MESSAGE_SIGNED.signature, 5), MESSAGE_SIGNED.timestamp, MESSAGE_SIGNED.nonce)),
        (MESSAGE, Signed("", MESSAGE_SIGNED.timestamp, MESSAGE_SIGNED.nonce)),
        (MESSAGE, Signed("签名", MESSAGE_SIGNED.timestamp, MESSAGE_SIGNED.nonce)),
        (MESSAGE, Signed(MESSAGE_SIGNED.signature, "1409659814", MESSAGE_SIGNED.nonce)),
        (MESSAGE, Signed(MESSAGE_SIGNED.signature, MESSAGE_SIGNED.timestamp, "1")),
        (ECHO, MESSAGE_SIGNED),
    ],
)
def test_what_was_changed_on_the_way_is_refused(encrypted: str, signed: Signed) -> None:
    with pytest.raises(CallbackForged):
        OURS.open(encrypted, signed)


@pytest.mark.parametrize(
    "other", [wecom_cipher("other", KEY, CORP), wecom_cipher(TOKEN, KEY, "wx0"), wecom_cipher(TOKEN, KEY, "")]
)
def test_what_is_signed_otherwise_or_for_another_is_refused(other: object) -> None:
    envelope = OURS.seal("土地", NOW)
    with pytest.raises(CallbackForged):
        other.open(envelope.encrypted, envelope.signed)  # type: ignore[attr-defined]


def encrypted(plain: bytes) -> str:
    encryptor = Cipher(algorithms.AES(OURS.key), modes.CBC(OURS.key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def padded(plain: bytes) -> bytes:
    count = 32 - len(plain) % 32
    return plain + bytes([count]) * count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "不是 base64",
        "A" * 63,
        "!" * 64,
        MESSAGE[:-24],
        encrypted(b"\0" * 32),
        encrypted(b"\x01" * 31 + b"\x21"),
        encrypted(b"\x21" * 64),
        encrypted(padded(b"")),
        encrypted(padded(b"r" * 16 + b"\0\0")),
        encrypted(padded(b"r" * 16 + struct.pack(">I", 999) + b"short")),
        encrypted(padded(b"r" * 16 + struct.pack(">I", 2**32 - 1) + CORP.encode())),
        encrypted(padded(b"r" * 16 + struct.pack(">I", 2) + b"\xff\xfe" + CORP.encode())),
    ],
)
def test_what_is_rightly_signed_and_yet_no_message_is_refused(text: str) -> None:
    query = THEIRS.signed(text, str(NOW), "n")
    with pytest.raises(CallbackMalformed):
        OURS.open(text, Signed(*query.values()))


def test_the_length_that_decides_is_the_one_in_the_message() -> None:
    inside = PrpCrypto(OURS.key).encrypt(f"a{CORP}", "").decode()
    with pytest.raises(CallbackForged):
        OURS.open(inside, Signed(*THEIRS.signed(inside, str(NOW), "n").values()))


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "=", KEY[:-1] + "!", "土" * 43])
def test_a_key_that_is_none_is_told_at_once(key: str) -> None:
    with pytest.raises(KeyUnusable):
        wecom_cipher(TOKEN, key, CORP)


def test_secrets_are_not_shown() -> None:
    assert TOKEN not in repr(OURS)
    assert "key" not in repr(OURS)
