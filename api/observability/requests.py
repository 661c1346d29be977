"""Every request has an id, is counted and timed, and leaves a line in the log that tells nothing of what was asked."""

import logging
import re
import time
import uuid
from http import HTTPMethod

from opentelemetry.trace import format_trace_id, get_current_span
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.errors import http_error
from api.observability.watch import Watch

_log = logging.getLogger(__name__)

_HEADER = "x-request-id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What may be taken over from a proxy; anything else could forge a line of the log."""
_QUIET = ("/healthz", "/readyz", "/metrics", "/static")
"""Asked all the time by machines, or many at once by a page: told only where details are wanted."""
_LONGEST_PATH = 200
_LEFT = 499
"""The status counted where the client went before there was one, as nginx counts it."""


class Requests:
    """ASGI middleware around all others."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self._app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the request's id in the headers; a fault is logged under it and raised again."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _id_of(scope)
        status = _LEFT

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id, **_trace()), self._watch.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, told)
            except Exception:
                _log.exception("请求出错")
                if status == _LEFT:
                    await http_error(500)(scope, receive, told)
                raise
            finally:
                self._ended(scope, status, time.perf_counter() - began)

    def _ended(self, scope: Scope, status: int, seconds: float) -> None:
        # Both come from the client; each label must have few values.
        route = getattr(scope.get("route"), "path", "")
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "other"
        self._watch.requests.labels(route, method, str(status)).inc()
        self._watch.request_seconds.labels(route, method).observe(seconds)
        level = logging.WARNING if status >= 500 else logging.DEBUG if route in _QUIET else logging.INFO
        client = scope.get("client")
        _log.log(
            level,
            "请求",
            extra={
                "method": method,
                "path": scope["path"][:_LONGEST_PATH],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "client": client[0] if client else "",
            },
        )


def _id_of(scope: Scope) -> str:
    given = Headers(scope=scope).get(_HEADER, "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _trace() -> dict[str, str]:
    """Return the trace under which the request is told, where it is."""
    span = get_current_span().get_span_context()
    return {"trace_id": format_trace_id(span.trace_id)} if span.is_valid else {}
