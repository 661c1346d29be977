"""企业微信 smart bots: JSON callbacks; the answer is a stream that the platform comes back for until it is finished."""

import hashlib
import json
from collections import OrderedDict
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import CallbackMalformed
from api.integrations.chat.configured import is_configured
from api.integrations.chat.incoming import Incoming, Notice, Platform
from api.integrations.chat.replying import Reply, laid_out, markdown_form, said
from api.integrations.chat.wecom_callback import SignedDep, add_routes, body_of, cipher_of, opened_once
from api.integrations.chat.wecom_cipher import Signed, WecomCipher
from api.server import ServerDep
from api.settings import Settings

PATH = "/chat/wecom/bot"

_FORM = markdown_form(20_480)
_WAITING = "正在查找……"
_LOST = said("服务重新启动过，刚才的问题没有答完，请再问一次。")
_MOST_STREAMS = 1_000
"""Answers kept for the platform to fetch; it gives up after six minutes."""


class _Sealed(BaseModel):
    encrypt: str


class _Content(BaseModel):
    content: str = ""


class _Item(BaseModel):
    msgtype: str
    text: _Content = _Content()


class _Mixed(BaseModel):
    msg_item: list[_Item] = Field(default_factory=list)


class _Stream(BaseModel):
    id: str


class _Event(BaseModel):
    eventtype: str = ""


class _From(BaseModel):
    userid: str = ""


class _Message(BaseModel):
    """A message, an event, or the platform coming back for a stream; by `msgtype`."""

    model_config = ConfigDict(populate_by_name=True)

    msgid: str = ""
    chatid: str = ""
    chattype: str = "single"
    sender: _From = Field(_From(), alias="from")
    msgtype: str
    text: _Content = _Content()
    voice: _Content = _Content()
    mixed: _Mixed = _Mixed()
    stream: _Stream | None = None
    event: _Event = _Event()

    @property
    def words(self) -> str | None:
        """What was written, or said and written down by the platform; None where there are no words."""
        match self.msgtype:
            case "text":
                return self.text.content
            case "voice":
                return self.voice.content or None
            case "mixed":
                return " ".join(item.text.content for item in self.mixed.msg_item if item.msgtype == "text")
        return None

    @property
    def incoming(self) -> Incoming:
        """The message as any platform's. A bot hears of a group only what calls it."""
        is_group = self.chattype == "group"
        sender = self.sender.userid
        return Incoming(Platform.WECOM, self.msgid, self.chatid or sender, sender, is_group, True, self.words)


class _Streams:
    """Replies by the id of their stream, None while they are not ready; the oldest go first. From the event loop."""

    def __init__(self) -> None:
        self._reply: OrderedDict[str, Reply | None] = OrderedDict()

    def begin(self, stream_id: str) -> None:
        self._reply.setdefault(stream_id, None)
        if len(self._reply) > _MOST_STREAMS:
            self._reply.popitem(last=False)

    def finish(self, stream_id: str, reply: Reply) -> None:
        if stream_id in self._reply:
            self._reply[stream_id] = reply

    def told(self, stream_id: str) -> dict[str, Any]:
        """Return the message that tells how far a stream is."""
        reply = self._reply.get(stream_id, _LOST)
        content = _WAITING if reply is None else laid_out(reply, _FORM)
        return {"msgtype": "stream", "stream": {"id": stream_id, "finish": reply is not None, "content": content}}


class _Bot:
    def __init__(self, cipher: WecomCipher, name: str) -> None:
        self._cipher, self._name, self._streams = cipher, name, _Streams()

    async def receive(self, request: Request, signed: SignedDep, server: ServerDep) -> Response:
        """Take a callback in; the reply tells how far the answer is."""
        message = _parsed(opened_once(self._cipher, _encrypted(await body_of(request)), signed, server.chats))
        if message.msgtype == "stream" and message.stream:
            return self._sealed(self._streams.told(message.stream.id), signed)
        if message.msgtype == "event":
            if message.event.eventtype != "enter_chat":
                return Response()
            return self._sealed({"msgtype": "text", "text": {"content": Notice.EMPTY}}, signed)
        incoming = message.incoming
        if not (incoming.message_id and incoming.sender):
            raise CallbackMalformed("回调里没有消息编号或发送人。")
        # A message that comes again finds the stream of the first time, so that there is one answer.
        stream_id = hashlib.sha256(incoming.message_id.encode()).hexdigest()[:32]

        async def send(reply: Reply) -> None:
            self._streams.finish(stream_id, reply)

        if server.chats.take(incoming, send, [self._name]):
            self._streams.begin(stream_id)
        return self._sealed(self._streams.told(stream_id), signed)

    def _sealed(self, message: dict[str, Any], signed: Signed) -> Response:
        envelope = self._cipher.seal(json.dumps(message, ensure_ascii=False), nonce=signed.nonce)
        return JSONResponse(
            {
                "encrypt": envelope.encrypted,
                "msgsignature": envelope.signed.signature,
                "timestamp": int(envelope.signed.timestamp),
                "nonce": envelope.signed.nonce,
            }
        )


def install(app: FastAPI, settings: Settings) -> None:
    """Add the routes of a smart bot, where one is set. Raises SettingsError."""
    if not is_configured(settings, "企业微信智能机器人", "wecom_bot_token", "wecom_bot_aes_key"):
        return
    # Whom a smart bot's messages are for is empty, by the platform's documentation.
    cipher = cipher_of(settings.wecom_bot_token, settings.wecom_bot_aes_key, "ANWEN_WECOM_BOT_AES_KEY", "")
    bot = _Bot(cipher, settings.wecom_bot_name)
    add_routes(app, PATH, cipher, bot.receive)


def _encrypted(body: bytes) -> str:
    try:
        return _Sealed.model_validate_json(body).encrypt
    except ValidationError as error:
        raise CallbackMalformed('回调的请求体应为 {"encrypt": …}。') from error


def _parsed(message: str) -> _Message:
    try:
        return _Message.model_validate_json(message)
    except ValidationError as error:
        raise CallbackMalformed("回调里的消息读不懂。") from error
