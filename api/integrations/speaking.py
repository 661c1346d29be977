"""Routes of an interface that has its own form of errors: whatever goes wrong is told in that form."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.errors import ApiError, Fault, fault_as_sent
from api.security.guard import check_may_ask
from corpus.errors import CorpusError
from index.errors import IndexingError

_log = logging.getLogger(__name__)

_FORESEEN = (ApiError, IndexingError, CorpusError, RequestValidationError, HTTPException)


def speaking(render: Callable[[Request, Fault], Response]) -> type[APIRoute]:
    """Return a kind of route that tells every error as `render` does; only who may ask is let through.

    That is checked before anything that was sent is parsed.
    """

    class Speaking(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def speaks(request: Request) -> Response:
                try:
                    check_may_ask(request)
                    return await handle(request)
                except Exception as error:  # what nobody foresaw is told in the same form, and kept in the log
                    if not isinstance(error, _FORESEEN):
                        _log.exception("没有料到的错误")
                    return render(request, fault_as_sent(request, error))

            return speaks

    return Speaking
