"""Which other sites may ask from their own pages, by the widget."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api.settings import Settings

_OPEN = ("/ask", "/about")
"""What the widget needs of the API. The rest stays closed to pages of other sites."""


def install(app: FastAPI, settings: Settings) -> None:
    """Let pages of the origins in the settings, and no others, ask: by a key that they have, no other credentials."""
    if settings.widget_origins:
        app.add_middleware(
            _ForWidgets,
            allow_origins=settings.widget_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("authorization",),
        )


class _ForWidgets(CORSMiddleware):
    """CORS on the paths that the widget needs; on all others the browser's own rule, that a site reads only itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or add the headers, where the path is open."""
        if scope["type"] == "http" and scope["path"] in _OPEN:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
