"""The page for people: one shell for all its addresses, and the files that it is made of."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent / "files"

_VIEWS = ("/", "/compare", "/browse", "/read", "/import")
_PERMANENT = "/passages/{passage_id:path}"

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        # No text ever becomes markup or code, whatever a document holds: the browser itself refuses.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    # Asked for again each time, answered with 304 where nothing changed: a new release shows at once.
    "cache-control": "no-cache",
}


class _ForPeople(Route):
    """A route for those who want a page; programs that ask for the same address get what lies behind it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as usual, and only for a client that accepts HTML."""
        if scope["type"] == "http" and "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


class _Files(StaticFiles):
    """The page's files, under the same policy as the page."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file with the page's headers."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(_HEADERS)
        return response


async def _shell(_request: Request) -> Response:
    return FileResponse(_FOLDER / "index.html", headers={**_HEADERS, "vary": "accept"})


async def _unknown(_request: Request) -> Response:
    return FileResponse(_FOLDER / "index.html", 404, {**_HEADERS, "vary": "accept"})


def install_unknown(app: FastAPI) -> None:
    """Let the page tell people that an address is none; after all other routes."""
    app.router.routes.append(_ForPeople("/{path:path}", _unknown))


def install(app: FastAPI) -> None:
    """Add the page to the app; before the routes of which it shares an address."""
    app.router.routes += [*(Route(path, _shell) for path in _VIEWS), _ForPeople(_PERMANENT, _shell)]
    app.mount("/static", _Files(directory=_FOLDER))

    @app.get("/widget.js", include_in_schema=False)
    async def widget() -> Response:
        """The ask box for another page: one line of script there."""
        return FileResponse(
            _FOLDER / "widget.js", headers={"cache-control": "no-cache", "x-content-type-options": "nosniff"}
        )
