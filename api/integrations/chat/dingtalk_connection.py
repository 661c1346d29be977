"""钉钉 without a public address: a connection that this server opens, over which the platform sends the messages."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import anyio
import httpx2
from pydantic import BaseModel, Field, ValidationError

from api.errors import ApiError
from api.integrations.chat.desk import Desk
from api.integrations.chat.dingtalk import incoming_of, take, unreadable
from api.integrations.chat.dingtalk_messages import Message
from api.integrations.chat.incoming import Platform
from api.integrations.chat.outbound import HostRefused, SendingFailed, is_of
from api.settings import Settings

if TYPE_CHECKING:
    from dingtalk_stream import DingTalkStreamClient  # type: ignore[import-untyped]

_log = logging.getLogger(__name__)
_frames_log = logging.getLogger(f"{__name__}.frames")
# The package warns of every ping.
_frames_log.setLevel(logging.ERROR)

_OPENING = "/v1.0/gateway/connections/open"
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
"""Seconds between two attempts to connect; each failure doubles them."""
_PARTING = 1.0
"""Seconds that the platform has to say goodbye."""


class _Gateway(BaseModel):
    """Where to connect, and what to show there."""

    endpoint: str
    ticket: str = Field(repr=False)


@asynccontextmanager
async def held(settings: Settings, desk: Desk) -> AsyncIterator[None]:
    """Take messages in over a connection meanwhile, where this is set."""
    if not settings.dingtalk_stream:
        yield
        return
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_kept, settings, desk)
        yield
        tasks.cancel_scope.cancel()


async def _kept(settings: Settings, desk: Desk) -> None:
    """Connect, and connect again whenever a connection ends."""
    client = _client(settings, desk)
    wait = _FIRST_WAIT
    while True:
        try:
            await _connected(client, settings, desk)
        except Exception as error:  # whatever it is, the server goes on and so does this
            _log.warning("连不上钉钉，或连接断了，%d 秒后再连：%s", wait, error)
            await anyio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        else:
            # The platform ends connections now and then, and says so.
            wait = _FIRST_WAIT
            await anyio.sleep(wait)


async def _connected(client: "DingTalkStreamClient", settings: Settings, desk: Desk) -> None:
    """Open a connection and take in what comes over it, until it ends."""
    from websockets import connect

    gateway = await _opened(settings, desk, list(client.callback_handler_map))
    address = str(httpx2.URL(gateway.endpoint, params={"ticket": gateway.ticket}))
    client.websocket = await connect(address, close_timeout=_PARTING)
    try:
        _log.info("已连上钉钉")
        async for frame in client.websocket:
            # It catches what goes wrong in a frame and answers what is expected of each.
            await client.background_task(_parsed(frame))
    finally:
        # Also where the server stops meanwhile.
        with anyio.CancelScope(shield=True):
            await client.websocket.close()


async def _opened(settings: Settings, desk: Desk, topics: list[str]) -> _Gateway:
    # The package does this too, but holds up everything else meanwhile and waits for ever.
    origins = desk.outbound.origins[Platform.DINGTALK]
    content = {
        "clientId": settings.dingtalk_app_key,
        "clientSecret": settings.dingtalk_app_secret.get_secret_value(),
        "subscriptions": [{"type": "CALLBACK", "topic": topic} for topic in topics],
        "ua": "anwen",
    }
    found = await desk.outbound.post(Platform.DINGTALK, origins[0] + _OPENING, content)
    try:
        gateway = _Gateway.model_validate(found)
    except ValidationError as error:
        raise SendingFailed("钉钉的回应读不懂。") from error
    if not is_gateway(gateway.endpoint, origins):
        raise HostRefused("钉钉给的连接地址不是它自己的，没有连接。")
    return gateway


def is_gateway(endpoint: str, origins: tuple[str, ...]) -> bool:
    """Tell whether the address of a connection is on a host of the platform, or on one of the origins themselves."""
    try:
        url = httpx2.URL(endpoint)
    except (httpx2.InvalidURL, ValueError):
        return False
    is_own = url.scheme == "wss" and url.host.endswith(".dingtalk.com") and not url.userinfo
    return is_own or (url.scheme == "ws" and is_of(str(url.copy_with(scheme="http")), origins))


def _parsed(frame: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(frame)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _client(settings: Settings, desk: Desk) -> "DingTalkStreamClient":
    from dingtalk_stream import (
        AckMessage,
        CallbackHandler,
        CallbackMessage,
        ChatbotMessage,
        Credential,
        DingTalkStreamClient,
    )

    class Handler(CallbackHandler):  # type: ignore[misc]
        async def process(self, callback: CallbackMessage) -> tuple[int, str]:
            try:
                message = Message.model_validate(callback.data)
                incoming = incoming_of(message, desk.outbound)
            except ValidationError:
                return AckMessage.STATUS_BAD_REQUEST, str(unreadable())
            except ApiError as error:
                return AckMessage.STATUS_BAD_REQUEST, str(error)
            take(incoming, message, desk)
            return AckMessage.STATUS_OK, "OK"

    credential = Credential(settings.dingtalk_app_key, settings.dingtalk_app_secret.get_secret_value())
    client = DingTalkStreamClient(credential, _frames_log)
    client.register_callback_handler(ChatbotMessage.TOPIC, Handler())
    return client
