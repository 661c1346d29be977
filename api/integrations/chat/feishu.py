"""飞书 (and Lark, its edition abroad): events by HTTP; each is acknowledged at once and replied to with a card."""

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Final

import anyio
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from api.errors import Busy, CallbackForged, CallbackMalformed, CallbackReplayed
from api.integrations.chat.callback import add_route, check_age
from api.integrations.chat.configured import is_configured
from api.integrations.chat.feishu_api import FeishuApi
from api.integrations.chat.feishu_cipher import Undecipherable, decrypted, is_signed
from api.integrations.chat.feishu_events import MESSAGE_RECEIVED, Event, Message, Verification, read
from api.integrations.chat.incoming import Incoming, Platform
from api.integrations.chat.outbound import Outbound, SendingFailed
from api.integrations.chat.replying import Reply, harmless, laid_out, markdown_form
from api.server import ServerDep
from api.settings import Settings

PATH = "/chat/feishu"

_OLDEST_REQUEST = 300.0
"""Seconds since a request was signed."""
_OLDEST_EVENT = 3600.0
"""Seconds since something happened; well within what the desk remembers, since it is sent again for hours."""
_DEADLINE: Final = 2.0
"""Seconds in which we must know who we are; the platform waits three for its acknowledgement."""
_MOST_DIGITS = 12
"""More digits than these has a moment in milliseconds."""

_ENTITIES = str.maketrans({each: f"&#{ord(each)};" for each in "&\\`*_~[]()|#$"})
"""Cards take no backslash before a character that draws something, but its number."""
_FORM = markdown_form(20_000, lambda text: harmless(text).translate(_ENTITIES))


class _Sealed(BaseModel):
    encrypt: str


class _App:
    def __init__(self, api: FeishuApi, token: str, key: str) -> None:
        self._api, self._token, self._key = api, token, key

    async def receive(self, request: Request, server: ServerDep) -> JSONResponse:
        """Take an event in; acknowledge it."""
        body, desk = await request.body(), server.chats
        signature = request.headers.get("x-lark-signature", "") if self._key else ""
        sent = self._opened(request.headers, signature, body)
        if isinstance(sent, Verification):
            return JSONResponse({"challenge": sent.challenge})
        check_age(sent.header.create_time, _OLDEST_EVENT)
        incoming, message = await self._incoming(sent, desk.outbound)
        if signature and not desk.is_new(Platform.FEISHU, "signature", signature):
            raise CallbackReplayed("这个回调已经收到过。")
        # What was not acknowledged in time comes again, signed anew.
        if incoming and message and desk.is_new(Platform.FEISHU, "event", sent.header.event_id):
            desk.take(incoming, partial(self._send, desk.outbound, message))
        return JSONResponse({})

    def _opened(self, headers: Mapping[str, str], signature: str, body: bytes) -> Verification | Event:
        """Return what the platform sent. Raises CallbackForged, CallbackStale, CallbackMalformed."""
        if not self._key:
            return self._known(_read(body))
        try:
            encrypted = _Sealed.model_validate_json(body).encrypt
        except ValidationError as error:
            raise CallbackMalformed('回调的请求体应为 {"encrypt": …}：设了 Encrypt Key，就不收明文。') from error
        if not signature:
            return self._unsigned(encrypted)
        timestamp, nonce = headers.get("x-lark-request-timestamp", ""), headers.get("x-lark-request-nonce", "")
        if not is_signed(signature, timestamp, nonce, self._key, body):
            raise CallbackForged("回调的签名不对。请检查 Encrypt Key 是否与飞书后台一致。")
        check_age(timestamp if len(timestamp) > _MOST_DIGITS else f"{timestamp}000", _OLDEST_REQUEST)
        try:
            return self._known(_read(decrypted(encrypted, self._key)))
        except Undecipherable as error:
            raise CallbackMalformed("回调解不开。") from error

    def _unsigned(self, encrypted: str) -> Verification:
        """Return the question by which the console checks the address, which alone is not signed."""
        try:
            sent = self._known(_read(decrypted(encrypted, self._key)))
        except (Undecipherable, CallbackForged, CallbackMalformed):
            sent = None
        # One answer to all that is wrong: by several, somebody could find out what a stolen event says.
        if not isinstance(sent, Verification):
            raise CallbackForged("回调没有签名，也不是验证地址的请求。请检查 Encrypt Key 和 Verification Token。")
        return sent

    def _known(self, sent: Verification | Event) -> Verification | Event:
        token = sent.token if isinstance(sent, Verification) else sent.header.token
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            raise CallbackForged("回调的令牌不对。请检查 Verification Token 是否与飞书后台一致。")
        return sent

    async def _incoming(self, event: Event, outbound: Outbound) -> tuple[Incoming | None, Message | None]:
        """Return the message that an event tells of; none where nobody wrote one. Raises Busy, CallbackMalformed."""
        if event.header.event_type != MESSAGE_RECEIVED or event.sender.kind != "user":
            return None, None
        if (message := event.message) is None:
            raise CallbackMalformed("回调里没有消息。")
        try:
            text = message.text()
        except ValueError as error:
            raise CallbackMalformed("回调里的消息读不懂。") from error
        is_called = message.is_private or await self._is_called(message, outbound)
        incoming = Incoming(
            Platform.FEISHU,
            message.message_id,
            message.conversation,
            event.sender.open_id or "",
            not message.is_private,
            is_called,
            text,
        )
        return incoming, message

    async def _is_called(self, message: Message, outbound: Outbound) -> bool:
        if not message.mentions:
            return False
        try:
            with anyio.fail_after(_DEADLINE):
                return message.names(await self._api.robot(outbound))
        except (SendingFailed, TimeoutError) as error:
            # The platform sends the event again, in fifteen seconds first.
            raise Busy(f"暂时不知道问的是不是案问：{error or '飞书没有及时答复。'}", 15) from error

    async def _send(self, outbound: Outbound, message: Message, reply: Reply) -> None:
        await self._api.reply(outbound, message, card(reply))


def card(reply: Reply) -> dict[str, object]:
    """Return a reply as a card, in the form that old clients draw too."""
    return {
        "config": {"wide_screen_mode": True},
        "elements": [{"tag": "markdown", "content": laid_out(reply, _FORM)}],
    }


def install(app: FastAPI, settings: Settings) -> None:
    """Add the route of 飞书, where it is set. Raises SettingsError."""
    names = ["feishu_app_id", "feishu_app_secret", "feishu_verification_token"]
    if settings.feishu_encrypt_key:
        names.append("feishu_encrypt_key")
    if not is_configured(settings, "飞书", *names):
        return
    api = FeishuApi(
        settings.feishu_app_id, settings.feishu_app_secret.get_secret_value(), settings.feishu_region == "lark"
    )
    route = _App(
        api,
        settings.feishu_verification_token.get_secret_value(),
        settings.feishu_encrypt_key.get_secret_value(),
    )
    add_route(app, PATH, route.receive)


def _read(sent: bytes | str) -> Verification | Event:
    try:
        return read(sent)
    except ValidationError as error:
        raise CallbackMalformed("回调读不懂：不是 2.0 版的事件，也不是验证地址的请求。") from error
