"""钉钉: messages to a robot of the organisation's own, by HTTP; each is acknowledged at once, the answer follows."""

import importlib.util
import re
import time
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from api.errors import CallbackForged, CallbackMalformed, CallbackReplayed
from api.integrations.chat.callback import add_route, check_age
from api.integrations.chat.configured import is_configured
from api.integrations.chat.desk import Desk
from api.integrations.chat.dingtalk_messages import Message
from api.integrations.chat.dingtalk_signature import is_signed
from api.integrations.chat.incoming import Incoming, Platform
from api.integrations.chat.outbound import Outbound, SendingFailed, is_of
from api.integrations.chat.replying import Reply, harmless, laid_out, markdown_form
from api.server import ServerDep
from api.settings import Settings, SettingsError

PATH = "/chat/dingtalk"

_OLDEST = 3600.0
"""Seconds since a request was signed, by the platform's documentation."""
_FORM = markdown_form(16_000)
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_LONGEST_TITLE = 30
_LONGEST_EXPLANATION = 300


class _Robot:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def receive(self, request: Request, server: ServerDep) -> JSONResponse:
        """Take a message in; acknowledge it."""
        timestamp, sign = request.headers.get("timestamp", ""), request.headers.get("sign", "")
        if not is_signed(sign, timestamp, self._secret):
            raise CallbackForged(
                "回调的签名不对。请检查 ANWEN_DINGTALK_APP_SECRET 是否与钉钉后台的 Client Secret 一致。"
            )
        check_age(timestamp, _OLDEST)
        try:
            message = Message.model_validate_json(await request.body())
        except ValidationError as error:
            raise unreadable() from error
        incoming = incoming_of(message, server.chats.outbound)
        # Two messages may be of one moment, and have one signature.
        if not server.chats.is_new(Platform.DINGTALK, "signature", timestamp, message.msg_id):
            raise CallbackReplayed("这个回调已经收到过。")
        take(incoming, message, server.chats)
        return JSONResponse({})


def incoming_of(message: Message, outbound: Outbound) -> Incoming:
    """Return a message as any platform's. Raises CallbackMalformed, CallbackForged."""
    try:
        text = message.text()
    except ValueError as error:
        raise unreadable() from error
    # The body is not signed: whoever saw a signature could have the answer sent elsewhere.
    if not is_of(message.session_webhook, outbound.origins[Platform.DINGTALK]):
        raise CallbackForged("回调里的回复地址不是钉钉的。")
    return Incoming(
        Platform.DINGTALK,
        message.msg_id,
        message.conversation_id,
        message.sender_staff_id or message.sender_id or "",
        not message.is_private,
        message.is_in_at_list,
        text,
    )


def unreadable() -> CallbackMalformed:
    """Return the error of what is no message."""
    return CallbackMalformed("回调读不懂：不是发给机器人的消息。")


def take(incoming: Incoming, message: Message, desk: Desk) -> None:
    """Take a message in, to be answered where it says."""
    desk.take(incoming, partial(_send, desk.outbound, message))


def written(reply: Reply, message: Message) -> dict[str, Any]:
    """Return a reply as the platform takes it; in a group it calls who asked."""
    text = laid_out(reply, _FORM)
    # A line ends only where two spaces stand before its end.
    content: dict[str, Any] = {
        "msgtype": "markdown",
        "markdown": {"title": _title(reply), "text": _LINE_END.sub("  \n  ", text)},
    }
    if message.sender_staff_id and not message.is_private:
        content["markdown"]["text"] = f"@{message.sender_staff_id}\n\n{content['markdown']['text']}"
        content["at"] = {"atUserIds": [message.sender_staff_id]}
    return content


def install(app: FastAPI, settings: Settings) -> None:
    """Add the route of 钉钉, where it is set and messages do not come over a connection. Raises SettingsError."""
    if settings.dingtalk_stream:
        is_configured(settings, "钉钉", "dingtalk_stream", "dingtalk_app_key", "dingtalk_app_secret")
        if importlib.util.find_spec("dingtalk_stream") is None:
            raise SettingsError('ANWEN_DINGTALK_STREAM 需要另装一个包：pip install "anwen[dingtalk]"。')
        return
    names = ["dingtalk_app_key", "dingtalk_app_secret"] if settings.dingtalk_app_key else ["dingtalk_app_secret"]
    if not is_configured(settings, "钉钉", *names):
        return
    robot = _Robot(settings.dingtalk_app_secret.get_secret_value())
    add_route(app, PATH, robot.receive)


async def _send(outbound: Outbound, message: Message, reply: Reply) -> None:
    if message.session_webhook_expired_time <= time.time() * 1000:
        raise SendingFailed("会话地址已过期。")
    # Repeated after a time-out, it might be read twice.
    found = await outbound.post(Platform.DINGTALK, message.session_webhook, written(reply, message), repeatable=False)
    if code := found.get("errcode"):
        explanation = " ".join(str(found.get("errmsg", "")).split())[:_LONGEST_EXPLANATION]
        raise SendingFailed(f"钉钉不接受回复（errcode {code}）：{explanation}")


def _title(reply: Reply) -> str:
    """Return what a notification shows: how the reply begins."""
    return harmless(reply.sentences[0].text if reply.sentences else "")[:_LONGEST_TITLE] or "案问"
