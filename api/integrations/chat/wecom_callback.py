"""What both kinds of callback of 企业微信 have in common: the query, the proof that we hold the key, no replays."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import SecretStr

from api.errors import CallbackMalformed, CallbackReplayed
from api.integrations.chat.callback import add_route, check_age
from api.integrations.chat.desk import Desk
from api.integrations.chat.incoming import Platform
from api.integrations.chat.wecom_cipher import KeyUnusable, Signed, WecomCipher, wecom_cipher
from api.settings import SettingsError

_OLDEST = 300.0
"""Seconds that a callback may be old."""
_LARGEST_BODY = 64 << 10
"""Bytes; a message of text has a few thousand. It is parsed before anything of it is proved."""

Receive = Callable[..., Coroutine[Any, Any, Response]]

_Parameter = Annotated[str, Query()]


def _signed(msg_signature: _Parameter, timestamp: _Parameter, nonce: _Parameter) -> Signed:
    return Signed(msg_signature, timestamp, nonce)


SignedDep = Annotated[Signed, Depends(_signed)]


async def body_of(request: Request) -> bytes:
    """Return the body of a callback. Raises CallbackMalformed for one larger than any."""
    body = await request.body()
    if len(body) > _LARGEST_BODY:
        raise CallbackMalformed("回调的请求体太大。")
    return body


def opened(cipher: WecomCipher, encrypted: str, signed: Signed) -> str:
    """Return the message of a callback. Raises CallbackForged, CallbackStale, CallbackMalformed."""
    message = cipher.open(encrypted, signed)
    check_age(f"{signed.timestamp}000", _OLDEST)
    return message


def opened_once(cipher: WecomCipher, encrypted: str, signed: Signed, desk: Desk) -> str:
    """Return the message of a callback that came for the first time.

    Raises what `opened` does, and CallbackReplayed. When the platform sends a message again it signs it anew.
    """
    message = opened(cipher, encrypted, signed)
    # Only now, or forged callbacks would push true ones out of what is remembered.
    if not desk.is_new(Platform.WECOM, "signature", signed.signature):
        raise CallbackReplayed("这个回调已经收到过。")
    return message


def cipher_of(token: SecretStr, key: SecretStr, key_name: str, receiver: str) -> WecomCipher:
    """Return the cipher of the settings. Raises SettingsError for a key that is none, without showing it."""
    try:
        return wecom_cipher(token.get_secret_value(), key.get_secret_value(), receiver)
    except KeyUnusable as error:
        raise SettingsError(f"{key_name} 应是管理后台里 43 位的 EncodingAESKey。请改正后再启动。") from error


def add_routes(app: FastAPI, path: str, cipher: WecomCipher, receive: Receive) -> None:
    """Add the route that a platform posts to, and the one by which the admin console checks the address."""

    def echo(signed: SignedDep, echostr: _Parameter) -> str:
        # Answered is what only the key can read.
        return opened(cipher, echostr, signed)

    app.add_api_route(path, echo, methods=["GET"], response_class=PlainTextResponse, include_in_schema=False)
    add_route(app, path, receive)
