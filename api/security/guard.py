"""Who may change the compilation, and see what others said of it; checked before anything that was sent is parsed."""

import secrets
from collections.abc import Callable, Coroutine
from ipaddress import IPv6Address, ip_address
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from api.errors import Forbidden
from api.server import server_of

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy says of whom it speaks for; who comes through one is not known to be on this machine."""

ADMIN_KEY = HTTPBearer(auto_error=False, description="管理口令 ANWEN_ADMIN_KEY；没有设置时，本机不需要。")
"""For the pages of the documentation, which send the key only by a scheme that they know."""


def guarded_by(check: Callable[[Request], None]) -> type[APIRoute]:
    """Return a kind of route that lets a request through only where `check` raises nothing."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                check(request)
                return await handle(request)

            return guarded

    return Guarded


def check_may_ask(request: Request) -> None:
    """Let through who may ask and read. Raises Unauthorized, Forbidden, RateLimited."""


def check_may_change(request: Request) -> None:
    """Let through who has the admin key; where none is set, programs on this very machine. Raises Forbidden."""
    if key := server_of(request).settings.admin_key.get_secret_value():
        # Headers are bytes; what they decode to is Latin-1 whatever the client wrote.
        given = request.headers.get("authorization", "").encode("latin-1")
        if not secrets.compare_digest(given, f"Bearer {key}".encode()):
            raise Forbidden("导入、移走文档和查看反馈需要管理口令：请求头 Authorization: Bearer <ANWEN_ADMIN_KEY>。")
    elif not _is_from_here(request):
        raise Forbidden("没有设置管理口令（ANWEN_ADMIN_KEY）时，只有本机可以导入、移走文档和查看反馈。")


def _is_from_here(request: Request) -> bool:
    # A page of another site can make a browser on this machine send a form here; it cannot hide where it comes from.
    # One whose name was made to lead to this machine is of the same origin, by a name that is not this machine's.
    origin = request.headers.get("origin")
    is_own = origin is None or origin == f"{request.url.scheme}://{request.headers.get('host')}"
    is_forwarded = any(header in request.headers for header in _FORWARDED)
    named = request.url.hostname or ""
    return (
        is_own
        and not is_forwarded
        and (named == "localhost" or _is_loopback(named))
        and request.client is not None
        and _is_loopback(request.client.host)
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
