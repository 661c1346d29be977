"""Messages as 钉钉 sends them, and a stand-in for the gateway to which a server without a public address connects."""

import base64
import hashlib
import json
import queue
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

APP_KEY, SECRET = "dingabc", "client-secret"
TOPIC = "/v1.0/im/bot/messages/get"


def message(webhook: str, words: str = "扶沟是怎么保障土地的？", **changes: Any) -> dict[str, Any]:
    """Return a message to the robot alone, whose answer goes to an address."""
    number, now = secrets.token_hex(8), int(time.time() * 1000)
    return {
        "conversationId": f"cid{number}==",
        "chatbotCorpId": "dinge8a565",
        "chatbotUserId": "$:LWCP_v1:$Cabc",
        "msgId": f"msg{number}==",
        "senderNick": "杨某",
        "isAdmin": True,
        "senderStaffId": "user123",
        "sessionWebhookExpiredTime": now + 5_400_000,
        "createAt": now,
        "senderCorpId": "dinge8a565",
        "conversationType": "1",
        "senderId": "$:LWCP_v1:$Ff09GI",
        "sessionWebhook": webhook,
        "text": {"content": f" {words} "},
        "msgtype": "text",
        "robotCode": APP_KEY,
        **changes,
    }


def signature(timestamp: str, secret: str = SECRET) -> str:
    """Return the signature of a moment, by the block-wise rule of HMAC and not by the module for it."""
    key = secret.encode().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(each ^ 0x36 for each in key) + f"{timestamp}\n{secret}".encode()).digest()
    return base64.b64encode(hashlib.sha256(bytes(each ^ 0x5C for each in key) + inner).digest()).decode()


def signed(seconds: float = 0, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a request sent so many seconds from now."""
    timestamp = str(int((time.time() + seconds) * 1000))
    return {"timestamp": timestamp, "sign": signature(timestamp, secret)}


@dataclass
class Gateway:
    """The gateway: `frames` go out over each connection as it opens, what comes back is in `answers`.

    `opened` are the requests for a connection; `replies` what was sent to the address of a message.
    """

    address: str = ""
    endpoint: str | None = None
    frames: deque[list[Any]] = field(default_factory=deque)
    refusals: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    opened: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    answers: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    replies: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.endpoint = None
        self.frames.clear()
        self.refusals.clear()
        self.opened, self.answers, self.replies = queue.Queue(), queue.Queue(), queue.Queue()

    def app(self) -> FastAPI:
        """Return the platform."""
        app = FastAPI()

        @app.post("/v1.0/gateway/connections/open")
        async def connection(request: Request) -> JSONResponse:
            if self.refusals:
                status, content = self.refusals.popleft()
                return JSONResponse(content, status)
            self.opened.put(await request.json())
            endpoint = self.address.replace("http", "ws", 1) + "/connect" if self.endpoint is None else self.endpoint
            return JSONResponse({"endpoint": endpoint, "ticket": "a+b/c="})

        @app.websocket("/connect")
        async def connect(socket: WebSocket, ticket: str) -> None:
            assert ticket == "a+b/c="
            await socket.accept()
            for frame in self.frames.popleft() if self.frames else ():
                await socket.send_text(frame if isinstance(frame, str) else json.dumps(frame))
            try:
                while True:
                    self.answers.put(await socket.receive_json())
            except WebSocketDisconnect:
                pass

        @app.post("/robot/sendBySession")
        async def reply(request: Request) -> JSONResponse:
            self.replies.put(await request.json())
            return JSONResponse({"errcode": 0, "errmsg": "ok"})

        return app


def frame(data: dict[str, Any], topic: str = TOPIC, kind: str = "CALLBACK") -> dict[str, Any]:
    """Return a frame as it comes over a connection."""
    headers = {
        "appId": "a",
        "connectionId": "c",
        "contentType": "application/json",
        "messageId": secrets.token_hex(8),
        "time": str(int(time.time() * 1000)),
        "topic": topic,
    }
    return {"specVersion": "1.0", "type": kind, "headers": headers, "data": json.dumps(data)}
