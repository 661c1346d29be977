"""Who may ask, who may change the compilation and see what others said; checked before anything sent is parsed."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ApiError, Forbidden, Unauthorized, WrongScope, response_of
from api.security.callers import Caller, caller_of
from api.security.keys import ENVIRONMENT
from api.security.keys import Scope as KeyScope

KEY = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="口令：管理员用 `anwen key add` 发给的，或环境变量 ANWEN_ADMIN_KEY。本机直接访问时一般不需要。",
)
"""For the pages of the documentation, which send the key only by a scheme that they know."""

Check = Callable[[Request], None]


def guarded_by(check: Check) -> type[APIRoute]:
    """Return a kind of route that lets a request through only where `check` raises nothing."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                check(request)
                return await handle(request)

            return guarded

    return GuardedRoute


class Guarded:
    """An ASGI app of another's making, mounted in ours, behind a check; what it refuses, it answers itself."""

    def __init__(self, app: ASGIApp, scope: KeyScope | str = KeyScope.ASK) -> None:
        self._app = app
        self._check = check_may_ask if KeyScope(scope) is KeyScope.ASK else check_may_change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 401, 403 or 429."""
        if scope["type"] == "http":
            try:
                self._check(Request(scope))
            except ApiError as error:
                await response_of(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check_may_ask(request: Request) -> None:
    """Let through who may ask and read: anybody with a key, and programs on this very machine.

    Where the server listens to this machine only and no keys were given out, all that no proxy brings.
    Raises Unauthorized, RateLimited, KeysUnreadable.
    """
    caller = caller_of(request)
    caller.is_checked = True
    if caller.key is None and _needs_key_to_ask(caller):
        raise _refused(caller, "提问和查阅需要口令")
    _count(caller)


def check_may_change(request: Request) -> None:
    """Let through who has an admin key; where there is none at all, programs on this very machine.

    Raises Unauthorized, Forbidden, RateLimited, KeysUnreadable.
    """
    caller = caller_of(request)
    caller.is_checked = True
    if not may_change(request):
        if caller.key is not None:
            raise WrongScope(f"口令“{caller.key.name}”只能提问和查阅，不能导入、移走文档和查看反馈。请换用管理口令。")
        if not needs_key_to_change(request):
            raise Forbidden("没有设置管理口令时，只有本机可以导入、移走文档和查看反馈。")
        raise _refused(caller, "导入、移走文档和查看反馈需要管理口令")
    _count(caller)


def may_change(request: Request) -> bool:
    """Tell whether a request may change the compilation. Raises KeysUnreadable."""
    caller = caller_of(request)
    if caller.key is not None:
        return caller.key.opens(KeyScope.ADMIN)
    return not needs_key_to_change(request) and caller.is_from_here and _is_own(request)


def needs_key_to_change(request: Request) -> bool:
    """Tell whether there is a key without which nobody may change the compilation. Raises KeysUnreadable."""
    door = caller_of(request).door
    return door.settings.require_key or not door.is_only_here or door.keys.has_admin


def _needs_key_to_ask(caller: Caller) -> bool:
    door = caller.door
    if door.settings.require_key or not door.is_only_here or caller.is_forwarded:
        return True
    return not caller.is_from_here and bool(door.keys.stored)


def _refused(caller: Caller, needed: str) -> ApiError:
    if caller.fault:
        return caller.fault
    if caller.has_given:
        return Unauthorized("口令不对，或者已经停用、过期。请向管理员要一个新的。")
    return Unauthorized(
        f"{needed}：请求头 Authorization: Bearer <口令>。"
        f"口令由管理员用 anwen key add 发给，管理口令也可以是 {ENVIRONMENT}。"
    )


def _count(caller: Caller) -> None:
    if caller.key is not None and not caller.is_counted:
        caller.is_counted = True
        caller.door.limits.count(caller.key)


def _is_own(request: Request) -> bool:
    # A page of another site can make a browser on this machine send a form here; it cannot hide where it comes from.
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.headers.get('host')}"
