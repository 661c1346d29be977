"""What callbacks have in common: when they may have been signed, and that those refused are heard of."""

import logging
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute

from api.errors import ApiError, CallbackMalformed, CallbackStale, code_and_status

_log = logging.getLogger(__name__)

_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_AHEAD = 60.0
"""Seconds by which a platform's clock may be ahead of ours."""


def check_age(milliseconds: str | int, oldest: float) -> None:
    """Let through a moment that lies at most so many seconds back. Raises CallbackStale, CallbackMalformed."""
    if not _DIGITS.fullmatch(str(milliseconds)):
        raise CallbackMalformed("回调的时间戳读不懂。")
    age = time.time() - int(milliseconds) / 1000
    if not -_AHEAD <= age <= oldest:
        raise CallbackStale("回调的时间与本机相差太多。请检查本机的时钟。")


class _Heard(APIRoute):
    """A route whose errors are logged: what it answers no person sees, but who sets a platform up looks here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def heard(request: Request) -> Response:
            try:
                return await handle(request)
            except ApiError as error:
                _log.warning("没有收下 %s 的回调：%s（%s）", self.path, error, code_and_status(error)[0])
                raise

        return heard


def add_route(app: FastAPI, path: str, receive: Callable[..., Coroutine[Any, Any, Response]]) -> None:
    """Add the route to which a platform posts."""
    router = APIRouter(route_class=_Heard)
    router.add_api_route(path, receive, methods=["POST"], response_model=None, include_in_schema=False)
    app.include_router(router)
