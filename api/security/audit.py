"""Who asked and changed what, when, and what came of it: a line of JSON for each request, beside the answer's way."""

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from api.security.callers import caller_of

_log = logging.getLogger(__name__)

LARGEST_FILE = 16 << 20
"""Bytes after which another file is begun."""
_KEPT_FILES = 9
_MOST_WAITING = 10_000
"""Lines that wait for a slow disk; what comes beyond is left out, and that is told."""

_noted: ContextVar[dict[str, Any] | None] = ContextVar("noted", default=None)


def note(**fields: object) -> None:
    """Add to the line of the request that is being answered; nothing where there is none."""
    record = _noted.get()
    if record is not None:
        record.update(fields)


class AuditLog:
    """The lines, written by a thread of its own: no answer waits for the disk, or fails with it."""

    def __init__(self, file: Path, is_on: bool = True, with_questions: bool = True) -> None:
        self._file = file
        self.is_on = is_on
        self._with_questions = with_questions
        self._waiting: SimpleQueue[logging.LogRecord] = SimpleQueue()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write, until the context ends, all that was and is given; what waits at its end is written still."""
        if not self.is_on:
            yield
            return
        handler = _Lines(self._file)
        listener = QueueListener(self._waiting, handler)
        listener.start()
        try:
            yield
        finally:
            listener.stop()
            # A full disk is full at the end, too; that was told.
            with suppress(OSError):
                handler.close()

    def write(self, record: Mapping[str, Any]) -> None:
        """Give a line to be written."""
        if not self.is_on:
            return
        if self._waiting.qsize() >= _MOST_WAITING:
            _log.warning("审计日志写得太慢，有的请求没有记下：%s", self._file)
            return
        kept = {name: value for name, value in record.items() if self._with_questions or name != "question"}
        # All in ASCII: no text can end the line that it stands in, whatever a reader takes for the end of one.
        self._waiting.put(logging.makeLogRecord({"msg": json.dumps(kept, default=str)}))

    @contextmanager
    def apart(self, **fields: object) -> Iterator[None]:
        """Write one line for what is done within, apart from any request: an answer in a chat, for example."""
        began = time.perf_counter()
        record: dict[str, Any] = {"time": _now(), "request_id": None, "key": None} | fields
        token = _noted.set(record)
        try:
            yield
        finally:
            _noted.reset(token)
            self.write(record | {"took_ms": _since(began)})


class Audited:
    """ASGI middleware that has a line written for each request to what is guarded, let through or not."""

    def __init__(self, app: ASGIApp, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does; the line is given when all of the answer is sent."""
        if scope["type"] != "http" or not self._log.is_on:
            await self._app(scope, receive, send)
            return
        began, at = time.perf_counter(), _now()
        noted: dict[str, Any] = {}
        # An exception that nothing turned into an answer is answered outside of here.
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = _noted.set(noted)
        try:
            await self._app(scope, receive, watched)
        finally:
            _noted.reset(token)
            caller = caller_of(HTTPConnection(scope))
            if caller.is_checked or noted:
                record = {
                    "time": at,
                    "request_id": get_contextvars().get("request_id"),
                    "key": caller.key and caller.key.name,
                    "client": scope["client"][0] if scope.get("client") else None,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                }
                self._log.write(record | noted | {"took_ms": _since(began)})


class _Lines(RotatingFileHandler):
    """A file of lines that only its owner reads; the first fault of a row of them is told in the log."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(file, maxBytes=LARGEST_FILE, backupCount=_KEPT_FILES, encoding="utf-8", delay=True)
        self._is_failing = self._has_failed = False

    def _open(self) -> Any:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        self._has_failed = False
        super().emit(record)
        self._is_failing = self._has_failed

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002
        """Tell, once, that lines cannot be written; answering goes on."""
        self._has_failed = True
        if not self._is_failing:
            _log.warning("审计日志写不进 %s，这期间的请求没有记下。", self.baseFilename, exc_info=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
