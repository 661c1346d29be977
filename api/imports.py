"""Imports that were sent over HTTP: kept on disk until they are done, done one after another in the background."""

import logging
import os
import queue
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO

from api.errors import ApiError, NotFound, NothingToImport, code_and_status
from api.import_schemas import ErrorOut, ImportOut, ImportReport, ImportsOut
from api.importing import Batch, Pace, apply, read_all
from api.settings import Settings
from api.state import Served, State
from corpus.errors import CorpusError
from index.errors import IndexBusy, IndexingError

_log = logging.getLogger(__name__)

_RECORD = "import.json"
_FILES = "files"
_KEPT = 100
"""Records of imports that are done, kept to be looked at."""
_AGAIN = 1.0
"""Seconds until the index is tried again that another process is writing."""


class Imports:
    """The imports of a server. What is acknowledged is on the disk, and is taken up again by the next start."""

    def __init__(self, settings: Settings, served: Served) -> None:
        self._settings = settings
        self._served = served
        self._folder = settings.imports_root
        self._found: dict[str, ImportOut] = {}
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._stopping = threading.Event()

    def add(self, files: Sequence[tuple[str, BinaryIO]]) -> ImportOut:
        """Keep files, each with its name, to be imported together; they are on the disk when this returns."""
        record = _new("add", [_plain(name) for name, _ in files])
        folder = self._folder / record.id / _FILES
        for number, (name, (_, content)) in enumerate(zip(record.names, files, strict=True)):
            # Each in a folder of its own: two may have one name.
            own = folder / str(number)
            own.mkdir(parents=True)
            with (own / name).open("wb") as file:
                shutil.copyfileobj(content, file)
                _to_disk(file.fileno())
        return self._queued(record)

    def remove(self, document_id: str) -> ImportOut:
        """Keep that a document is to be withdrawn."""
        return self._queued(_new("remove", [document_id]))

    def get(self, import_id: str) -> ImportOut:
        """Return an import. Raises NotFound."""
        try:
            return self._found[import_id]
        except KeyError as error:
            raise NotFound(f"没有编号为“{import_id}”的导入。") from error

    def all(self) -> ImportsOut:
        """Return the imports, the newest first."""
        return ImportsOut(imports=sorted(self._found.values(), key=lambda each: each.created, reverse=True))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Take up what was left undone, and do what comes, until the context ends; one under way then stays undone."""
        self._take_up()
        worker = threading.Thread(target=self._work, name="imports", daemon=True)
        worker.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._waiting.put(None)
            worker.join()

    def _take_up(self) -> None:
        for path in sorted(self._folder.glob(f"*/{_RECORD}")):
            record = ImportOut.model_validate_json(path.read_bytes())
            self._found[record.id] = record
            if record.status not in ("done", "failed"):
                self._waiting.put(record.id)
        done = sorted((each for each in self._found.values() if each.status in ("done", "failed")), key=_created)
        for record in done[:-_KEPT]:
            shutil.rmtree(self._folder / record.id, ignore_errors=True)
            del self._found[record.id]
        for folder in self._folder.glob("*"):
            if folder.name not in self._found:
                # Never acknowledged: its record was not written.
                shutil.rmtree(folder, ignore_errors=True)

    def _queued(self, record: ImportOut) -> ImportOut:
        self._kept(record)
        self._waiting.put(record.id)
        return record

    def _kept(self, record: ImportOut) -> None:
        """Write a record, all of it or not at all."""
        folder = self._folder / record.id
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{_RECORD}.aside"
        with aside.open("wb") as file:
            file.write(record.model_dump_json(indent=1).encode())
            _to_disk(file.fileno())
        os.replace(aside, folder / _RECORD)
        for each in (*(path for path in folder.rglob("*") if path.is_dir()), folder, self._folder):
            handle = os.open(each, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._found[record.id] = record

    def _work(self) -> None:
        while (import_id := self._waiting.get()) is not None and not self._stopping.is_set():
            record = self._found[import_id]
            try:
                report = self._done(record)
            except _Stopped:
                return
            except (ApiError, CorpusError, IndexingError) as error:
                self._ended(record, error=ErrorOut(code=code_and_status(error)[0], message=str(error)))
            except Exception:  # whatever it is, the next import must not suffer, and the user is told
                _log.exception("导入 %s 出错", import_id)
                self._ended(
                    record, error=ErrorOut(code="internal", message="导入时内部出错，已记入日志。索引没有改动。")
                )
            else:
                self._ended(record, report=report)

    def _ended(self, record: ImportOut, report: ImportReport | None = None, error: ErrorOut | None = None) -> None:
        update = {"status": "failed" if error else "done", "progress": None, "report": report, "error": error}
        self._kept(record.model_copy(update=update))
        shutil.rmtree(self._folder / record.id / _FILES, ignore_errors=True)

    def _done(self, record: ImportOut) -> ImportReport:
        pace = Pace()

        def read(done: int) -> None:
            self._tell(record, "reading", pace, done, None)

        removed: tuple[str, ...] = ()
        batch = Batch((), ())
        if record.kind == "add":
            folder = self._folder / record.id / _FILES
            batch = read_all([folder / str(number) / name for number, name in enumerate(record.names)], read)
            if not batch.readings:
                reasons = "；".join(f"{fault.name}：{fault.reason}" for fault in batch.faults)
                raise NothingToImport(f"没有读到可以导入的内容。{reasons}")
        else:
            state = self._state()
            removed = tuple(name for name in record.names if name in state.reader.generation.document)
        report = self._applied(record, batch, removed)
        self._served.refresh()
        return report

    def _applied(self, record: ImportOut, batch: Batch, removed: tuple[str, ...]) -> ImportReport:
        while True:
            reader = self._state().reader
            pace = Pace()

            def told(done: int, total: int, pace: Pace = pace) -> None:
                self._tell(record, "embedding", pace, done, total)

            try:
                return apply(self._settings, reader.encoder, batch, removed, known=reader.generation, told=told)
            except IndexBusy:
                self._tell(record, "waiting", pace, 0, None)
                time.sleep(_AGAIN)

    def _state(self) -> State:
        state = self._served.current
        if isinstance(state, IndexingError):
            raise state
        return state

    def _tell(self, record: ImportOut, status: str, pace: Pace, done: int, total: int | None) -> None:
        """Show how far an import is; here it is also left when the server stops."""
        if self._stopping.is_set():
            raise _Stopped
        update = {"status": status, "progress": pace.at(done, total)}
        self._found[record.id] = record.model_copy(update=update)


class _Stopped(Exception):
    """The server stops; what is under way is taken up by the next start."""


def _new(kind: str, names: list[str]) -> ImportOut:
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    return ImportOut.model_validate(
        {"id": uuid.uuid4().hex[:12], "kind": kind, "status": "queued", "created": created, "names": names}
    )


def _created(record: ImportOut) -> str:
    return record.created


def _plain(name: str) -> str:
    """Return a file's name without folders, and short enough for a file system; a client may send anything."""
    last = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable()).strip()
    stem, dot, suffix = last.rpartition(".")
    short = f"{stem[:60]}{dot}{suffix[:10]}" if dot else last[:60]
    return short if short.strip(". ") else "未命名"


def _to_disk(handle: int) -> None:
    os.fsync(handle)
