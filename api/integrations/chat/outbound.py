"""Requests to the platforms: only ever to their own hosts, whatever a message says."""

import logging
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import httpx2
import stamina

from api.errors import ApiError
from api.integrations.chat.incoming import Platform

# They write down every address that is called, and those of WeCom hold the app's secret and its token.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_ATTEMPTS = 3
_FIRST_WAIT, _LONGEST_WAIT = 0.3, 3.0

Origins = Mapping[Platform, tuple[str, ...]]

ORIGINS: Origins = MappingProxyType(
    {
        Platform.WECOM: ("https://qyapi.weixin.qq.com",),
        Platform.DINGTALK: ("https://api.dingtalk.com", "https://oapi.dingtalk.com"),
        Platform.FEISHU: ("https://open.feishu.cn", "https://open.larksuite.com"),
    }
)
"""Where each platform is reached; the first is its API."""


class SendingFailed(ApiError):
    """A platform did not take what was sent; the message tells neither token nor address."""


class HostRefused(SendingFailed):
    """An address is none of the platform's."""


class Rejected(SendingFailed):
    """A platform answered that it takes no such thing; `answer` is the JSON in which it says why, if it does."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(f"平台没有收下回复（HTTP {status}）。")
        self.answer = dict(answer)


class _Again(Exception):
    """Worth another attempt."""


class Outbound:
    """A client of the platforms; `origins` says where each is. Close it with `aclose`."""

    def __init__(self, origins: Origins = ORIGINS) -> None:
        self.origins = origins

    @cached_property
    def _client(self) -> httpx2.AsyncClient:
        # Made when first needed: it reads the certificates of the system.
        return httpx2.AsyncClient(follow_redirects=False, timeout=_TIMEOUT)

    async def post(
        self,
        platform: Platform,
        url: str,
        content: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """Post JSON and return the JSON that comes back.

        Tried again on 5xx, 429 and where no connection is made; where no answer comes in time only if `repeatable`,
        since what was sent may have arrived. Raises HostRefused, Rejected, SendingFailed.
        """
        return await self._sent("POST", platform, url, headers, content, repeatable)

    async def get(
        self, platform: Platform, url: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the JSON at an address. Raises HostRefused, Rejected, SendingFailed."""
        return await self._sent("GET", platform, str(httpx2.URL(url, params=dict(params))), headers, None, True)

    async def aclose(self) -> None:
        """Close all connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _sent(
        self,
        method: str,
        platform: Platform,
        url: str,
        headers: Mapping[str, str] | None,
        content: Mapping[str, Any] | None,
        repeatable: bool,
    ) -> dict[str, Any]:
        if not is_of(url, self.origins.get(platform, ())):
            raise HostRefused("回复的地址不是平台自己的，没有发送。")
        try:
            async for attempt in stamina.retry_context(
                on=_Again, attempts=_ATTEMPTS, wait_initial=_FIRST_WAIT, wait_max=_LONGEST_WAIT
            ):
                with attempt:
                    return await self._tried(method, url, headers, content, repeatable)
        except _Again as error:
            raise SendingFailed(f"平台没有收下回复（{error}）。") from error
        raise AssertionError

    async def _tried(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: Mapping[str, Any] | None,
        repeatable: bool,
    ) -> dict[str, Any]:
        try:
            response = await self._client.request(method, url, headers=headers, json=content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _Again("连不上") from error
        except httpx2.HTTPError as error:
            reason = "没有及时答复"
            raise (_Again(reason) if repeatable else SendingFailed(f"平台{reason}。")) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise _Again(f"HTTP {response.status_code}")
        try:
            found = response.json()
        except ValueError:
            found = None
        if not response.is_success or not isinstance(found, dict):
            raise Rejected(response.status_code, found if isinstance(found, dict) else {})
        return found


def is_of(url: str, origins: tuple[str, ...]) -> bool:
    """Tell whether an address is on one of the origins: same scheme, host and port, and no name or password in it."""
    try:
        parsed = httpx2.URL(url)
        known = {_origin(httpx2.URL(origin)) for origin in origins}
    except (httpx2.InvalidURL, ValueError):
        return False
    return not parsed.userinfo and _origin(parsed) in known


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
