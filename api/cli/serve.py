"""The command that starts the server."""

import logging
import socket
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.cli.library import opened_here
from api.cli.terminal import errors_told, tell
from api.observability import logs
from api.security.keys import check_may_listen
from api.settings import SettingsError, from_environment
from api.state import State
from index.errors import IndexLoading

app = typer.Typer(rich_markup_mode=None)

_log = logging.getLogger(__name__)


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 ANWEN_HOST 或 127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="端口，默认取 ANWEN_PORT 或 8000；0 为任选")
    ] = None,
) -> None:
    """启动服务。还没有索引时，先用内置的汇编建一个。"""
    failures: list[Exception] = []

    def load() -> State:
        try:
            state = opened_here(settings)
        except Exception as error:
            # Told below, as all errors of the command are, once the server has stopped.
            failures.append(error)
            server.should_exit = True
            raise IndexLoading("索引或模型没能载入，服务正在停止。") from error
        ready = f"案问已就绪：{address}  （接口说明在 {address}/docs，按 Ctrl+C 停止）"
        # Who collects the log as JSON wants no other lines in it.
        if settings.log == "json":
            _log.info(ready)
        else:
            tell(ready)
        return state

    with errors_told():
        settings = from_environment()
        bound = (host or settings.host, settings.port if port is None else port)
        settings = settings.model_copy(update={"host": bound[0]})
        check_may_listen(settings)
        listener = _listening(*bound)
        listener.listen(socket.SOMAXCONN)
        # Links and keys hang on what is listened on, wherever that was said.
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        address = f"http://{settings.host}:{settings.port}"
        application = create_app(settings, load, at_once=True)
        # Whom a proxy speaks for is ours to judge: the server would believe anybody on this machine.
        config = uvicorn.Config(application, log_config=None, access_log=False, proxy_headers=False)
        server = uvicorn.Server(config)
        logs.configure(settings)
        server.run(sockets=[listener])
        if failures:
            raise failures[0]


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, asyncio turns Nagle's algorithm off; else every answer on a kept connection waits 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"无法监听 {host}:{port}（{error.strerror}）。请换一个端口，例如 make serve PORT=8080。"
        ) from error
    return listener
