"""The API of 企业微信 that sends messages for a self-built app."""

import time
from collections.abc import Callable

import anyio
from pydantic import BaseModel, ValidationError

from api.integrations.chat.incoming import Platform
from api.integrations.chat.outbound import Outbound, SendingFailed

_EARLY = 300.0
"""Seconds before its end at which a token is no longer used."""
_TOKEN_FAULTS = frozenset({40014, 41001, 42001})
"""Codes of a token that was withdrawn, is missing or has run out."""


class _TokenOut(BaseModel):
    errcode: int = 0
    access_token: str = ""
    expires_in: float = 7200


class WecomApi:
    """Sends as one app of one enterprise; keeps the token that this needs."""

    def __init__(self, corp_id: str, secret: str, agent_id: int, now: Callable[[], float] = time.monotonic) -> None:
        self._corp_id, self._secret, self._agent_id, self._now = corp_id, secret, agent_id, now
        self._token, self._until = "", 0.0
        self._turn: anyio.Lock | None = None

    async def send(self, outbound: Outbound, user: str, text: str) -> None:
        """Send text to a member. Raises SendingFailed."""
        content = {"touser": user, "msgtype": "text", "agentid": self._agent_id, "text": {"content": text}}
        for attempt in (1, 2):
            token = await self._current_token(outbound)
            url = f"{outbound.origins[Platform.WECOM][0]}/cgi-bin/message/send?access_token={token}"
            # Repeated after a time-out, it might be read twice.
            found = await outbound.post(Platform.WECOM, url, content, repeatable=False)
            code = found.get("errcode")
            if code == 0:
                return
            if code not in _TOKEN_FAULTS or attempt == 2:
                raise SendingFailed(f"企业微信没有收下回复（errcode {code}）。")
            self._forget(token)

    async def _current_token(self, outbound: Outbound) -> str:
        self._turn = self._turn or anyio.Lock()
        # Answers that are ready together wait for one token, not each for its own.
        async with self._turn:
            if self._now() >= self._until:
                url = f"{outbound.origins[Platform.WECOM][0]}/cgi-bin/gettoken"
                found = await outbound.get(Platform.WECOM, url, {"corpid": self._corp_id, "corpsecret": self._secret})
                try:
                    given = _TokenOut.model_validate(found)
                except ValidationError as error:
                    raise SendingFailed("企业微信给的访问令牌读不懂。") from error
                if given.errcode or not given.access_token:
                    raise SendingFailed(f"企业微信没有给访问令牌（errcode {given.errcode}）。")
                self._token, self._until = given.access_token, self._now() + given.expires_in - _EARLY
            return self._token

    def _forget(self, token: str) -> None:
        # Another answer may have brought a new one meanwhile.
        if self._token == token:
            self._until = 0.0
