"""A bound on the size of requests, so that nobody fills the server's memory."""

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import body, http_error

LARGEST_BODY = 1 << 20
"""Bytes; the longest question with all its filters is a few thousand."""
LARGEST_UPLOAD = 512 << 20
"""Bytes of the files of one import; they go to the disk as they come."""
_UPLOADS = ("POST", "/documents")


class BodyLimit:
    """ASGI middleware that answers 413 to a request whose body is larger than LARGEST_BODY, declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, then let the app have it, or refuse; uploads are counted as they go by."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        declared = int(length) if length.isdigit() else 0
        if (scope["method"], scope["path"]) == _UPLOADS:
            if declared > LARGEST_UPLOAD:
                await http_error(413)(scope, receive, send)
            else:
                await self._app(scope, _bounded(receive), send)
            return
        messages: list[Message] = []
        too_large = declared > LARGEST_BODY
        size = 0
        while not too_large:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            too_large = size > LARGEST_BODY
            if not message.get("more_body"):
                break
        if too_large:
            response = JSONResponse(body("too_large", f"请求体太大，最多 {LARGEST_BODY >> 20} MB。"), 413)
            await response(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


def _bounded(receive: Receive) -> Receive:
    """Return a `receive` that lets no more than LARGEST_UPLOAD bytes of a body through."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_UPLOAD:
            raise HTTPException(413)
        return message

    return bounded
