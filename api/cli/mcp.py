"""The command that gives the tools of the Model Context Protocol to a program that starts it, over stdio."""

import logging
from collections.abc import Callable

import anyio
import anyio.to_thread
import typer
from mcp.server.stdio import stdio_server
from starlette.requests import Request

from api.cli.library import opened_here
from api.cli.terminal import errors_told, tell
from api.integrations.mcp.server import mcp_server
from api.settings import Settings, from_environment
from api.state import Served, State
from index.errors import IndexingError

app = typer.Typer(rich_markup_mode=None)

_log = logging.getLogger(__name__)


@app.command("mcp")
def mcp_command() -> None:
    """供 Claude Desktop、Cursor 等程序启动，以 MCP（stdio）调用；用网址调用的不需要它，anwen serve 就有（/mcp）。"""
    with errors_told():
        settings = from_environment()
        anyio.run(_serve, settings)


async def _serve(settings: Settings) -> None:
    # Where links lead while nobody is known to serve: the address that `anwen serve` would have.
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base_url = settings.base_url or f"http://{host}:{settings.port}"

    def links_begin_with(_state: State, _request: Request | None) -> str:
        return base_url

    index = Opening(lambda: opened_here(settings))
    server = mcp_server(index.state, links_begin_with)
    async with stdio_server() as (read, write), anyio.create_task_group() as tasks:
        # The program that started this one is answered while the model is being loaded.
        tasks.start_soon(index.begin)
        await server.run(read, write, server.create_initialization_options())
        tasks.cancel_scope.cancel()


class Opening:
    """The index that answers: opened once, in the background, and looked after at every call."""

    def __init__(self, load: Callable[[], State]) -> None:
        self._load = load
        self._served: Served | None = None
        self._turn = anyio.Lock()

    async def begin(self) -> None:
        """Open the index, so that the first call need not; where it cannot be, say so, and try again at the call."""
        try:
            await self.state()
        except IndexingError as error:
            tell(str(error))

    async def state(self) -> State:
        """Return the index that is current on the disk. Raises IndexingError."""
        async with self._turn:
            if self._served is None:
                self._served = Served(await anyio.to_thread.run_sync(self._load, abandon_on_cancel=True))
            else:
                await anyio.to_thread.run_sync(self._refresh, self._served)
            current = self._served.current
        assert isinstance(current, State)
        return current

    def _refresh(self, served: Served) -> None:
        try:
            served.refresh()
        except (IndexingError, OSError) as error:
            _log.warning("新的索引打不开，继续用原来的：%s", error)
