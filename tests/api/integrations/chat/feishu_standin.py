"""A stand-in for 飞书 on this machine: it signs and encrypts as the platform does, gives tokens, and takes replies.

Ciphers and signatures are made here anew (PyCryptodome, hashlib), never with what is tested.
"""

import base64
import hashlib
import json
import queue
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.api.sending import PATIENCE

APP_ID, SECRET, TOKEN, KEY = "cli_a1b2", "app-secret", "verification-token", "test key"
ROBOT = "ou_robot"


@dataclass
class Feishu:
    """The platform: what it was asked, and what it is to answer in the place of what it would.

    `refusals` are HTTP status and body of the next answers to calls that carry a token.
    """

    replies: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    refusals: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    refused: "queue.Queue[str]" = field(default_factory=queue.Queue)
    tokens: list[str] = field(default_factory=list)
    robot_asked: int = 0

    def app(self) -> FastAPI:
        """Return the API of the platform."""
        app = FastAPI()

        @app.post("/open-apis/auth/v3/tenant_access_token/internal")
        async def token(request: Request) -> JSONResponse:
            if await request.json() != {"app_id": APP_ID, "app_secret": SECRET}:
                return JSONResponse({"code": 10014, "msg": "app secret invalid"})
            self.tokens.append(f"t-{len(self.tokens) + 1}")
            return JSONResponse({"code": 0, "msg": "ok", "tenant_access_token": self.tokens[-1], "expire": 7200})

        @app.get("/open-apis/bot/v3/info")
        async def robot(request: Request) -> JSONResponse:
            if refusal := self._refusal(request):
                return refusal
            self.robot_asked += 1
            return JSONResponse({"code": 0, "msg": "ok", "bot": {"app_name": "案问", "open_id": ROBOT}})

        @app.post("/open-apis/im/v1/messages/{message_id}/reply")
        async def reply(message_id: str, request: Request) -> JSONResponse:
            if refusal := self._refusal(request):
                return refusal
            self.replies.put({"message_id": message_id, **await request.json()})
            return JSONResponse({"code": 0, "msg": "success", "data": {}})

        return app

    def _refusal(self, request: Request) -> JSONResponse | None:
        if self.refusals:
            status, content = self.refusals.popleft()
            self.refused.put(request.url.path)
            return JSONResponse(content, status)
        if request.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return JSONResponse({"code": 99991663, "msg": "Invalid access token"}, 400)
        return None

    def reply(self) -> dict[str, Any]:
        """Wait for the next reply."""
        return self.replies.get(timeout=PATIENCE)


def card_text(reply: dict[str, Any]) -> str:
    """Return what a reply shows."""
    assert reply["msg_type"] == "interactive"
    (element,) = json.loads(reply["content"])["elements"]
    assert element["tag"] == "markdown"
    text: str = element["content"]
    return text


def message(text: str = "扶沟是怎么保障土地的？", **changes: Any) -> dict[str, Any]:
    """Return the event of a message to the robot alone; `changes` are in the message."""
    number = secrets.token_hex(16)
    content = {
        "message_id": f"om_{number}",
        "chat_id": f"oc_{number}",
        "chat_type": "p2p",
        "message_type": "text",
        "content": json.dumps({"text": text}),
        "create_time": str(int(time.time() * 1000)),
    }
    return {
        "schema": "2.0",
        "header": {
            "event_id": secrets.token_hex(16),
            "event_type": "im.message.receive_v1",
            "create_time": str(int(time.time() * 1000)),
            "token": TOKEN,
            "app_id": APP_ID,
            "tenant_key": "2ca1d211f64f6438",
        },
        "event": {
            "sender": {"sender_id": {"open_id": "ou_asker", "union_id": "on_asker"}, "sender_type": "user"},
            "message": {**content, **changes},
        },
    }


def mention(open_id: str, key: str = "@_user_1") -> dict[str, Any]:
    """Return how a message names somebody."""
    return {"key": key, "id": {"open_id": open_id, "union_id": "on_x", "user_id": None}, "name": "某人"}


def encrypted(text: str, key: str = KEY) -> str:
    """Return a text as the platform encrypts it."""
    start = secrets.token_bytes(16)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, start)
    return base64.b64encode(start + cipher.encrypt(pad(text.encode(), AES.block_size))).decode()


def sealed(event: dict[str, Any] | str, key: str = KEY) -> bytes:
    """Return the body of a request that tells of an event."""
    return json.dumps({"encrypt": encrypted(event if isinstance(event, str) else json.dumps(event), key)}).encode()


def signed(body: bytes, key: str = KEY, at: float | None = None, nonce: str | None = None) -> dict[str, str]:
    """Return the headers of a request with a body."""
    timestamp, nonce = str(int(time.time() if at is None else at)), nonce or secrets.token_hex(8)
    return {
        "content-type": "application/json",
        "x-lark-request-timestamp": timestamp,
        "x-lark-request-nonce": nonce,
        "x-lark-signature": hashlib.sha256(f"{timestamp}{nonce}{key}".encode() + body).hexdigest(),
    }
