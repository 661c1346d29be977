"""The API of 飞书 (or Lark) as one app sees it: who it is itself, and replies to messages."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import anyio
import stamina
from pydantic import BaseModel, Field, ValidationError

from api.integrations.chat.feishu_events import Message
from api.integrations.chat.incoming import Platform
from api.integrations.chat.outbound import Outbound, Rejected, SendingFailed

_T = TypeVar("_T", bound=BaseModel)

_EARLY = 300.0
"""Seconds before its end at which a token is no longer used."""
_TOKEN_FAULTS = frozenset({99991661, 99991663, 99991671})
"""Codes of a token that is missing, was withdrawn or has run out, or is none."""
_TOO_OFTEN = frozenset({99991400, 230020})
_ATTEMPTS = 3
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 5.0
"""Seconds; a chat takes five messages of robots a second."""
_LONGEST_EXPLANATION = 300


class _TooOften(Exception):
    """The platform wants to be asked less often."""


class _Token(BaseModel):
    tenant_access_token: str = Field(min_length=1, repr=False)
    expire: float


class _Robot(BaseModel):
    open_id: str = Field(min_length=1)


class FeishuApi:
    """Speaks as one app of one organisation; keeps the token that this needs, and what the app's robot is called.

    `is_lark` tells that the app lives in the edition abroad.
    """

    def __init__(self, app_id: str, secret: str, is_lark: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._app_id, self._secret, self._is_lark, self._now = app_id, secret, is_lark, now
        self._token, self._until, self._robot = "", 0.0, ""
        self._turn, self._naming = anyio.Lock(), anyio.Lock()

    async def robot(self, outbound: Outbound) -> str:
        """Return the open_id by which messages name the robot; asked for once. Raises SendingFailed."""
        async with self._naming:
            if not self._robot:
                found = await self._called(outbound, "/open-apis/bot/v3/info")
                self._robot = _read(_Robot, found.get("bot")).open_id
            return self._robot

    async def reply(self, outbound: Outbound, message: Message, card: Mapping[str, Any]) -> None:
        """Reply to a message with a card, in its thread if it stands in one. Raises SendingFailed."""
        content = {
            "msg_type": "interactive",
            "content": json.dumps(card, ensure_ascii=False),
            "reply_in_thread": message.thread_id is not None,
            # The platform takes a reply with the same mark only once, so that it can be sent again.
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, message.message_id)),
        }
        path = f"/open-apis/im/v1/messages/{message.message_id}/reply"
        async for attempt in stamina.retry_context(
            on=_TooOften, attempts=_ATTEMPTS, wait_initial=_FIRST_WAIT, wait_max=_LONGEST_WAIT
        ):
            with attempt:
                await self._called(outbound, path, content)

    async def _called(self, outbound: Outbound, path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what a call brings, with another token if the one at hand is not taken."""
        found: dict[str, Any] = {}
        for _ in range(2):
            token = await self._current_token(outbound)
            found = await self._sent(outbound, path, content, {"authorization": f"Bearer {token}"})
            if found.get("code") not in _TOKEN_FAULTS:
                break
            self._forget(token)
        if found.get("code") in _TOO_OFTEN:
            raise _TooOften
        return _accepted(found)

    async def _sent(
        self,
        outbound: Outbound,
        path: str,
        content: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url = self.origin(outbound) + path
        try:
            if content is None:
                return await outbound.get(Platform.FEISHU, url, {}, headers)
            return await outbound.post(Platform.FEISHU, url, content, headers)
        except Rejected as error:
            # Many faults come with 400 and say in the body what they are.
            if not error.answer.get("code"):
                raise
            return error.answer

    async def _current_token(self, outbound: Outbound) -> str:
        # Answers that are ready together wait for one token, not each for its own.
        async with self._turn:
            if self._now() >= self._until:
                content = {"app_id": self._app_id, "app_secret": self._secret}
                path = "/open-apis/auth/v3/tenant_access_token/internal"
                given = _read(_Token, _accepted(await self._sent(outbound, path, content)))
                self._token, self._until = given.tenant_access_token, self._now() + given.expire - _EARLY
            return self._token

    def _forget(self, token: str) -> None:
        # Another answer may have brought a new one meanwhile.
        if self._token == token:
            self._until = 0.0

    def origin(self, outbound: Outbound) -> str:
        """Return where this edition of the platform is reached."""
        return outbound.origins[Platform.FEISHU][-1 if self._is_lark else 0]


def _accepted(found: dict[str, Any]) -> dict[str, Any]:
    if (code := found.get("code")) != 0:
        explanation = " ".join(str(found.get("msg", "")).split())[:_LONGEST_EXPLANATION]
        raise SendingFailed(f"飞书不接受（{code}）：{explanation}")
    return found


def _read(kind: type[_T], found: object) -> _T:
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise SendingFailed("飞书的回应读不懂。") from error
