"""Callbacks as 企业微信 makes them, by another implementation of its cipher than ours."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx2
from wechatpy.crypto import _get_signature  # type: ignore[import-untyped]
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto  # type: ignore[import-untyped]

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
"""Those of the published example."""


@dataclass(frozen=True)
class Callback:
    """A callback, ready to be sent, or to be tampered with."""

    path: str
    query: dict[str, str]
    body: bytes

    def sent(self, client: httpx2.Client) -> httpx2.Response:
        return client.post(self.path, params=self.query, content=self.body)


@dataclass(frozen=True)
class Sender:
    """Seals and opens with a token and a key; `receiver` is empty for smart bots."""

    path: str
    receiver: str
    token: str = TOKEN
    key: str = KEY

    def sealed(self, message: str, age: float = 0) -> tuple[dict[str, str], str]:
        """Return the query of an address and the ciphertext."""
        when, nonce = str(int(time.time() - age)), secrets.token_hex(5)
        encrypted = PrpCrypto(WeChatCrypto(self.token, self.key, self.receiver).key).encrypt(message, self.receiver)
        return self.signed(encrypted.decode(), when, nonce), encrypted.decode()

    def signed(self, encrypted: str, when: str, nonce: str) -> dict[str, str]:
        signature = _get_signature(self.token, when, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": when, "nonce": nonce}

    def opened(self, encrypted: str, signature: str, when: str, nonce: str) -> str:
        """Return the message of an envelope; the signature must be right."""
        assert _get_signature(self.token, when, nonce, encrypted) == signature
        found: str = PrpCrypto(WeChatCrypto(self.token, self.key, self.receiver).key).decrypt(encrypted, self.receiver)
        return found

    def in_json(self, message: str | dict[str, Any], age: float = 0) -> Callback:
        """Return a callback to a smart bot."""
        query, encrypted = self.sealed(message if isinstance(message, str) else json.dumps(message), age)
        return Callback(self.path, query, json.dumps({"encrypt": encrypted}).encode())

    def in_xml(self, message: str, age: float = 0) -> Callback:
        """Return a callback to a self-built app."""
        query, encrypted = self.sealed(message, age)
        body = f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return Callback(self.path, query, body.encode())

    def read_json(self, response: httpx2.Response) -> Any:
        """Return the message in the response of a smart bot."""
        assert response.status_code == 200, response.text
        sealed = response.json()
        assert isinstance(sealed["timestamp"], int)
        return json.loads(
            self.opened(sealed["encrypt"], sealed["msgsignature"], str(sealed["timestamp"]), sealed["nonce"])
        )

    def read_xml(self, response: httpx2.Response) -> dict[str, str]:
        """Return the fields of the message in the response of a self-built app."""
        assert response.status_code == 200, response.text
        outer = fields(response.text)
        return fields(self.opened(outer["Encrypt"], outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]))


def fields(xml: str) -> dict[str, str]:
    """Return the texts of XML by name."""
    return {each.tag: each.text or "" for each in ElementTree.fromstring(xml)}
