"""企业微信 self-built apps: XML callbacks; the answer is the response where it is ready in time, else sent later."""

import time
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

import anyio
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from fastapi import FastAPI, Request, Response

from api.errors import CallbackMalformed
from api.integrations.chat.configured import is_configured
from api.integrations.chat.incoming import Incoming, Platform
from api.integrations.chat.outbound import Outbound
from api.integrations.chat.replying import Reply, laid_out, plain_form
from api.integrations.chat.wecom_api import WecomApi
from api.integrations.chat.wecom_callback import SignedDep, add_routes, body_of, cipher_of, opened_once
from api.integrations.chat.wecom_cipher import Signed, WecomCipher
from api.server import ServerDep
from api.settings import Settings

PATH = "/chat/wecom/app"

_FORM = plain_form(2_048)
_DEADLINE = 4.0
"""Seconds that a callback waits for its answer; the platform hangs up after five and sends it again."""


class _Hand:
    """Brings a reply to the callback that waits for it, or, if it is gone, by the API."""

    def __init__(self, api: WecomApi, outbound: Outbound, user: str) -> None:
        self._api, self._outbound, self._user = api, outbound, user
        self._ready = anyio.Event()
        self._reply: Reply | None = None
        self._is_late = False

    async def send(self, reply: Reply) -> None:
        """Take a reply. Raises SendingFailed."""
        if self._is_late:
            await self._api.send(self._outbound, self._user, laid_out(reply, _FORM))
        else:
            self._reply = reply
            self._ready.set()

    async def reply_in_time(self) -> Reply | None:
        """Return the reply, None where it will be sent later."""
        try:
            with anyio.move_on_after(_DEADLINE):
                await self._ready.wait()
        finally:
            self._is_late = True
        return self._reply


class _App:
    def __init__(self, cipher: WecomCipher, api: WecomApi) -> None:
        self._cipher, self._api = cipher, api

    async def receive(self, request: Request, signed: SignedDep, server: ServerDep) -> Response:
        """Take a callback in; answer it at once where that is possible."""
        outer = _parsed(await body_of(request))
        message = _parsed(opened_once(self._cipher, _text(outer, "Encrypt"), signed, server.chats).encode())
        kind, user = _text(message, "MsgType"), _text(message, "FromUserName")
        if kind == "event":
            return Response()
        words = message.findtext("Content", "") if kind == "text" else None
        incoming = Incoming(Platform.WECOM, _text(message, "MsgId"), user, user, False, True, words)
        hand = _Hand(self._api, server.chats.outbound, user)
        if not server.chats.take(incoming, hand.send):
            return Response()
        reply = await hand.reply_in_time()
        return self._sealed(user, laid_out(reply, _FORM), signed) if reply else Response()

    def _sealed(self, user: str, text: str, signed: Signed) -> Response:
        now = int(time.time())
        message = _xml(
            ToUserName=user, FromUserName=self._cipher.receiver, CreateTime=str(now), MsgType="text", Content=text
        )
        envelope = self._cipher.seal(message, now, signed.nonce)
        content = _xml(
            Encrypt=envelope.encrypted,
            MsgSignature=envelope.signed.signature,
            TimeStamp=envelope.signed.timestamp,
            Nonce=envelope.signed.nonce,
        )
        return Response(content, media_type="application/xml")


def install(app: FastAPI, settings: Settings) -> None:
    """Add the routes of a self-built app, where one is set. Raises SettingsError."""
    names = ("corp_id", "app_agent_id", "app_secret", "app_token", "app_aes_key")
    if not is_configured(settings, "企业微信自建应用", *(f"wecom_{name}" for name in names)):
        return
    cipher = cipher_of(
        settings.wecom_app_token, settings.wecom_app_aes_key, "ANWEN_WECOM_APP_AES_KEY", settings.wecom_corp_id
    )
    api = WecomApi(settings.wecom_corp_id, settings.wecom_app_secret.get_secret_value(), settings.wecom_app_agent_id)
    route = _App(cipher, api)
    add_routes(app, PATH, cipher, route.receive)


def _parsed(content: bytes) -> Element:
    """Return the root of XML that has no document type: there stand entities, and bombs. Raises CallbackMalformed."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    # LookupError: of an encoding that there is not.
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise CallbackMalformed("回调的请求体不是可用的 XML。") from error
    return root


def _text(root: Element, name: str) -> str:
    if found := root.findtext(name):
        return found
    raise CallbackMalformed(f"回调的 XML 里没有 {name}。")


def _xml(**fields: str) -> str:
    root = Element("xml")
    for name, text in fields.items():
        SubElement(root, name).text = text
    return tostring(root, encoding="unicode")
