"""The tools over HTTP: one address that takes POST, without sessions, so that any client may come at any time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.errors import http_error
from api.integrations.mcp.server import mcp_server
from api.security.addresses import is_any
from api.security.guard import Guarded
from api.server import Server, state_of
from api.settings import Settings
from api.state import State

PATH = "/mcp"

_REFUSALS = {
    400: (415, "请求体要是 JSON（Content-Type: application/json）。"),
    403: (403, "这个网页不能使用案问的 MCP。需要时把它的地址写进 ANWEN_ALLOWED_HOSTS。"),
    421: (421, "这里不用这个名字。请把访问用的域名或地址写进 ANWEN_ALLOWED_HOSTS，或设 ANWEN_BASE_URL。"),
}
"""What is said of a request whose kind of content, page (Origin) or name (Host) is not taken, and with which status."""


class Mcp:
    """ASGI application of the tools; answers while `running`."""

    def __init__(self, settings: Settings) -> None:
        self._names = TransportSecurityMiddleware(_security(settings))
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self, server: Server) -> AsyncIterator[None]:
        """Answer from what a server holds, as it is at each call."""

        async def state() -> State:
            return state_of(server)

        def base_url(current: State, request: Request | None) -> str:
            assert request is not None
            return current.base_url(request)

        self._manager = StreamableHTTPSessionManager(
            mcp_server(state, base_url),
            json_response=True,
            stateless=True,
        )
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, if it comes under a name of this server and holds JSON."""
        if refused := await self._names.validate_request(Request(scope), is_post=True):
            await http_error(*_REFUSALS[refused.status_code])(scope, receive, send)
            return
        assert self._manager is not None
        await self._manager.handle_request(scope, receive, send)


def install(app: FastAPI, settings: Settings) -> Mcp:
    """Serve the tools at /mcp, to who may ask, while what is returned is `running`.

    Other methods than POST are for streams and sessions, of which there are none.
    """
    mcp = Mcp(settings)
    app.router.routes.append(Route(PATH, Guarded(mcp), methods=["POST"], include_in_schema=False))
    return mcp


def _security(settings: Settings) -> TransportSecuritySettings:
    """Return the names under which the tools answer: this machine's own, the settings', and that of permanent links.

    A page of another site could else have a name of its own lead here, and its visitors' browsers ask in their place.
    """
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    hosts += settings.allowed_hosts
    if not is_any(settings.host):
        hosts.append(settings.host)
    if settings.base_url:
        hosts.append(urlsplit(settings.base_url).netloc)
    named = [form for host in hosts for form in (host, f"{host}:*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in named]
    return TransportSecuritySettings(allowed_hosts=named, allowed_origins=origins)
