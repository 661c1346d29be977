"""Who speaks: found out once for each request, before anything else looks at it."""

from dataclasses import dataclass, field

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import KeysUnreadable, RateLimited
from api.security.addresses import FORWARDED, UNKNOWN, is_loopback, is_trusted, seen, split_host
from api.security.keys import Key, Keys
from api.security.limits import Limits
from api.settings import Settings

_CALLER = "anwen.caller"


@dataclass(slots=True)
class Door:
    """What decides who comes in: the settings, the keys, and how often each was used."""

    settings: Settings
    keys: Keys
    limits: Limits
    # Computing a key takes 16 MiB and a core for 50 ms: one at a time, and the server goes on answering.
    computing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))

    @property
    def is_only_here(self) -> bool:
        """Whether the server listens to nobody but this machine."""
        return is_loopback(self.settings.host)


@dataclass(slots=True)
class Caller:
    """Who sent a request: by which key, if by any; `fault` is why the key could not be looked at.

    `is_counted` and `is_checked` tell what was done already: a request counts once, however often it is looked at.
    """

    door: Door
    key: Key | None
    has_given: bool
    is_forwarded: bool
    is_from_here: bool
    fault: KeysUnreadable | RateLimited | None = None
    is_checked: bool = False
    is_counted: bool = False


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who sent a request."""
    caller: Caller = connection.scope[_CALLER]
    return caller


class Callers:
    """ASGI middleware that finds out who speaks; a trusted proxy's address gives way to the client's own."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request go on, by whomever it is."""
        if scope["type"] in ("http", "websocket"):
            await self._make_known(scope)
        await self._app(scope, receive, send)

    async def _make_known(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else UNKNOWN
        trusted = self._door.settings.trusted_proxies
        is_proxy = is_trusted(peer, trusted)
        found = seen(peer, headers, trusted)
        if found.client != peer:
            scope["client"] = (found.client, 0)
        if found.scheme:
            scope["scheme"] = found.scheme
        if found.host:
            named = MutableHeaders(raw=list(scope["headers"]))
            named["host"] = found.host
            scope["headers"] = named.raw
        given = _given(headers)
        key, fault = await self._key(given, found.client) if given else (None, None)
        is_forwarded = is_proxy or any(name in headers for name in FORWARDED)
        scope[_CALLER] = Caller(
            self._door,
            key,
            bool(given),
            is_forwarded,
            not is_forwarded and is_loopback(peer) and _names_here(headers),
            fault,
        )

    async def _key(self, given: bytes, address: str) -> tuple[Key | None, KeysUnreadable | RateLimited | None]:
        keys, limits = self._door.keys, self._door.limits
        try:
            key = keys.known(given)
            if key or not keys.could_be(given):
                return key, None
            limits.check_wrong(address)
            key = await anyio.to_thread.run_sync(keys.verified, given, limiter=self._door.computing)
            if key is None:
                limits.count_wrong(address)
        except (KeysUnreadable, RateLimited) as error:
            return None, error
        return key, None


def _given(headers: Headers) -> bytes:
    """Return the key that a request carries, empty if none."""
    # Headers are bytes; what they decode to is Latin-1 whatever the client wrote.
    scheme, _, key = headers.get("authorization", "").encode("latin-1").partition(b" ")
    return key.strip() if scheme.lower() == b"bearer" else b""


def _names_here(headers: Headers) -> bool:
    # One whose name was made to lead to this machine is asked for by a name that is not this machine's.
    host = split_host(headers.get("host", ""))
    return host is not None and is_loopback(host[0])
