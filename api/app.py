"""The web application."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import anyio.to_thread
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi_offline import FastAPIOffline

from api import errors, openapi
from api.compilation.about_routes import router as about
from api.compilation.examples import Examples
from api.compilation.original_routes import router as original
from api.compilation.originals import Pictures
from api.compilation.routes import router as compilation
from api.feedback.routes import MOST_A_MINUTE
from api.feedback.routes import router as feedback
from api.imports.jobs import Imports
from api.imports.routes import router as imports
from api.integrations.chat import dingtalk, dingtalk_connection, feishu, wecom_app, wecom_bot
from api.integrations.chat.desk import Desk
from api.integrations.chat.outbound import ORIGINS, Origins
from api.integrations.dify import router as dify
from api.integrations.mcp import mount as mcp_mount
from api.integrations.openai_chat.routes import router as openai_chat
from api.integrations.ragflow import router as ragflow
from api.observability import tracing
from api.observability.requests import Requests
from api.observability.routes import router as metrics
from api.observability.watch import Watch
from api.page import routes as page_routes
from api.page import widget
from api.questions.routes import router as questions
from api.security.audit import Audited, AuditLog
from api.security.body_limit import BodyLimit
from api.security.callers import Callers, Door
from api.security.keys import Keys
from api.security.limits import Limits
from api.server import Server
from api.settings import Settings
from api.state import Served, State, opened
from index.errors import IndexingError, IndexLoading

_log = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at which generation is current."""

_KEEP = 30.0
"""Seconds between two times at which counts of requests are written; a server that is killed loses as much."""

_WORTH_PACKING = 10_000
"""Bytes from which an answer is compressed; below it the time tells more than the size."""

_DESCRIPTION = "向地方政府案例汇编提问，得到可逐字核对的答案。位置（start、end）是原文的 Unicode 字符序号，左闭右开。"


def create_app(
    settings: Settings,
    load: Callable[[], State] | None = None,
    chat_origins: Origins = ORIGINS,
    *,
    at_once: bool = False,
) -> FastAPI:
    """Return the application; index and model are loaded when it starts, by `load` if given. Raises SettingsError.

    `chat_origins` is where the chat platforms are, other than which nothing is sent to. With `at_once` the app answers
    while it loads, to say so. A server whose index cannot be opened starts all the same and says why, to `/readyz` and
    to every question.
    """

    traces = tracing.provider(settings)
    watch = Watch(traces.get_tracer("anwen") if traces else None)
    limits = Limits(settings.quotas_file)
    door = Door(settings, Keys(settings.keys_file, settings.admin_key.get_secret_value()), limits)
    audit = AuditLog(settings.audit_file, settings.audit, settings.audit_questions)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        served = Served(IndexLoading("正在载入模型和索引，请稍候。"))
        server = Server(
            settings,
            served,
            Imports(settings, served, watch),
            Pictures(settings.originals_root),
            Examples(),
            deque(maxlen=MOST_A_MINUTE),
            audit,
            Desk(settings, served, audit, chat_origins),
            watch,
        )
        app.state.server = server
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_kept, limits)
            with audit.writing(), server.imports.working():
                starting = partial(_start, server, load or partial(opened, settings))
                if at_once:
                    tasks.start_soon(starting)
                else:
                    await starting()
                tasks.start_soon(_refreshed, served)
                async with (
                    server.chats.working(),
                    dingtalk_connection.held(settings, server.chats),
                    mcp.running(server),
                ):
                    yield
            tasks.cancel_scope.cancel()
        limits.keep()
        if isinstance(served.current, State) and served.current.llm:
            await served.current.llm.aclose()
        if traces:
            # What is not yet sent goes now, or is given up when its time is over.
            await anyio.to_thread.run_sync(traces.shutdown)

    # An office without a network has no CDN either: the pages of the documentation come from here.
    app = FastAPIOffline(
        title="案问",
        description=_DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        redoc_url=None,
        openapi_tags=openapi.TAGS,
        generate_unique_id_function=lambda route: route.name,
        telemetry=tracing.telemetry(traces),
    )
    app.add_middleware(BodyLimit)
    # The tree of a large compilation, a document whole; a stream is sent as it comes.
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_PACKING, compresslevel=5)
    widget.install(app, settings)
    app.add_middleware(Audited, log=audit)
    # Around those before: whoever comes later knows who speaks, and from where.
    app.add_middleware(Callers, door=door)
    errors.install(app)
    page_routes.install(app)
    app.include_router(questions)
    app.include_router(compilation)
    app.include_router(original)
    app.include_router(imports)
    app.include_router(about)
    app.include_router(feedback)
    dingtalk.install(app, settings)
    feishu.install(app, settings)
    wecom_bot.install(app, settings)
    wecom_app.install(app, settings)
    app.include_router(openai_chat)
    app.include_router(dify)
    app.include_router(ragflow)
    mcp = mcp_mount.install(app, settings)
    app.include_router(metrics)
    # Last, so that it is around all others.
    app.add_middleware(Requests, watch=watch)

    page_routes.install_unknown(app)
    openapi.install(app)
    return app


async def _start(server: Server, load: Callable[[], State]) -> None:
    """Load what answers, and take up the imports that wait for it."""
    server.served.current = await anyio.to_thread.run_sync(_loaded, load, server.watch, abandon_on_cancel=True)
    await anyio.to_thread.run_sync(server.imports.begin)


def _loaded(load: Callable[[], State], watch: Watch) -> State | IndexingError:
    try:
        return replace(load(), watch=watch)
    except IndexingError as error:
        return error


async def _refreshed(served: Served) -> None:
    """Look now and then whether another process has made another generation current."""
    # A fault is told once, not at every look.
    told = ""
    while True:
        await anyio.sleep(_LOOK)
        try:
            await anyio.to_thread.run_sync(served.refresh)
        except Exception as error:  # whatever it is, the server goes on with what it has
            if str(error) != told:
                _log.warning("新的索引打不开，继续用原来的：%s", error)
            told = str(error)
        else:
            told = ""


async def _kept(limits: Limits) -> None:
    """Write now and then what is used of the day's requests."""
    while True:
        await anyio.sleep(_KEEP)
        await anyio.to_thread.run_sync(limits.keep)
