"""Imports that were sent over HTTP: kept on disk until they are done, done one after another in the background."""

import logging
import os
import queue
import shutil
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout
from pydantic import ValidationError

from api.errors import ApiError, CannotUndo, ImportsElsewhere, NotFound, code_and_status, of_system
from api.imports.file_names import plain
from api.imports.importing import Batch, Pace, apply, read_all
from api.imports.schemas import ImportFailure, ImportOut, ImportReport, ImportsOut, Kind
from api.imports.sweeping import sweep
from api.imports.undoing import Undoing, undos
from api.observability.watch import Watch
from api.settings import Settings
from api.state import Served, State
from corpus.errors import CorpusError
from index import durable
from index.errors import IndexBusy, IndexingError

_log = logging.getLogger(__name__)

_LOCK = "imports.lock"
_RECORD = "import.json"
_FILES = "files"
_KEPT = 100
"""Records of imports that are done, kept to be looked at."""
_AGAIN = 1.0
"""Seconds until the index is tried again that another process is writing."""
_ENDED = ("done", "failed")


class Imports:
    """The imports of a server. What is acknowledged is on the disk, and is taken up again by the next start.

    Of servers over one data folder the first has the imports; another takes them over once that one is gone.
    """

    def __init__(self, settings: Settings, served: Served, watch: Watch) -> None:
        self._settings = settings
        self._served = served
        self._watch = watch
        self._folder = settings.imports_root
        self._undoing = Undoing(self._folder)
        self._found: dict[str, ImportOut] = {}
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._stopping = threading.Event()
        self._turn = threading.RLock()
        self._mine = FileLock(settings.home / _LOCK, timeout=0, thread_local=False)
        self._worker: threading.Thread | None = None

    def add(self, files: Sequence[tuple[str, BinaryIO]]) -> ImportOut:
        """Keep files, each with its name, to be imported together; they are on the disk when this returns.

        Raises ImportsElsewhere, DiskFull, Inaccessible.
        """
        self._begin()
        import_id = _new_id()
        names = [plain(name) for name, _ in files]
        try:
            for path, (_, content) in zip(self._paths(import_id, names), files, strict=True):
                path.parent.mkdir(parents=True)
                with path.open("wb") as file:
                    shutil.copyfileobj(content, file)
                    os.fsync(file.fileno())
            return self._queued(import_id, "add", names)
        except OSError as error:
            shutil.rmtree(self._folder / import_id, ignore_errors=True)
            raise of_system(error) from error

    def remove(self, document_id: str) -> ImportOut:
        """Keep that a document is to be withdrawn. Raises ImportsElsewhere, DiskFull, Inaccessible."""
        self._begin()
        try:
            return self._queued(_new_id(), "remove", [document_id])
        except OSError as error:
            raise of_system(error) from error

    def undo(self, import_id: str) -> ImportOut:
        """Keep that what an import changed is to be as it was before.

        Raises NotFound, CannotUndo, ImportsElsewhere, DiskFull, Inaccessible, IndexingError.
        """
        self._begin()
        # Of two who ask at once the second finds the first one's undo.
        with self._turn:
            record = self._record(import_id)
            if reason := self._undoing.refusal(record, undos(self._all()).get(import_id), self._state()):
                raise CannotUndo(reason)
            try:
                return self._queued(_new_id(), "undo", record.names, import_id)
            except OSError as error:
                raise of_system(error) from error

    def get(self, import_id: str) -> ImportOut:
        """Return an import. Raises NotFound."""
        return self._undoing.shown(self._record(import_id), undos(self._all()), self._served.current)

    def all(self) -> ImportsOut:
        """Return the imports, the newest first."""
        newest, state = sorted(self._all(), key=_created, reverse=True), self._served.current
        undone = undos(newest)
        return ImportsOut(imports=[self._undoing.shown(each, undone, state) for each in newest])

    @property
    def left(self) -> int:
        """How many imports are not at their end."""
        return sum(each.status not in _ENDED for each in self._all())

    @contextmanager
    def working(self) -> Iterator[None]:
        """Do what comes until the context ends; an import under way then stays undone."""
        try:
            yield
        finally:
            self._stopping.set()
            self._waiting.put(None)
            if self._worker:
                self._worker.join()
            self._mine.release()

    def begin(self) -> None:
        """Take up what an earlier server left undone; where that cannot be, the server answers all the same."""
        try:
            self._begin()
        except (ApiError, IndexingError) as error:
            _log.warning("这个服务暂不导入：%s", error)

    def _begin(self) -> None:
        """Take the imports over, if that was not done. Raises ImportsElsewhere, Inaccessible, IndexingError."""
        with self._turn:
            if self._worker:
                return
            # Without an index every import would fail; they wait for a server that has one.
            self._state()
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._mine.acquire()
                self._take_up()
            except Timeout as error:
                raise ImportsElsewhere("另一个服务正用同一个数据文件夹导入，请向它上传，或先停掉它。") from error
            except OSError as error:
                raise of_system(error) from error
            self._worker = threading.Thread(target=self._work, name="imports", daemon=True)
            self._worker.start()

    def _take_up(self) -> None:
        found: list[ImportOut] = []
        for folder in self._folder.iterdir():
            try:
                found.append(ImportOut.model_validate_json((folder / _RECORD).read_bytes()))
            except FileNotFoundError:
                # Never acknowledged: its record was not written.
                shutil.rmtree(folder, ignore_errors=True)
            except (OSError, ValidationError):
                _log.exception("导入记录 %s 读不懂，留在原处", folder)
        for record in sorted(found, key=_created):
            self._found[record.id] = record
            if record.status in _ENDED:
                shutil.rmtree(self._folder / record.id / _FILES, ignore_errors=True)
            else:
                self._waiting.put(record.id)
        self._forget()

    def _forget(self) -> None:
        with self._turn:
            # What an undo that waits will bring back lies with the import that it undoes.
            needed = {each.undoes for each in self._all() if each.status not in _ENDED}
            for record in sorted((each for each in self._all() if each.status in _ENDED), key=_created)[:-_KEPT]:
                if record.id not in needed:
                    shutil.rmtree(self._folder / record.id, ignore_errors=True)
                    self._undoing.forget(record.id)
                    del self._found[record.id]

    def _all(self) -> list[ImportOut]:
        return list(self._found.values())

    def _record(self, import_id: str) -> ImportOut:
        try:
            return self._found[import_id]
        except KeyError as error:
            raise NotFound(f"没有编号为“{import_id}”的导入。") from error

    def _paths(self, import_id: str, names: Sequence[str]) -> list[Path]:
        """Return where the files of an import lie, in order, each in a folder of its own: two may have one name."""
        return [self._folder / import_id / _FILES / f"{number:06}" / name for number, name in enumerate(names)]

    def _queued(self, import_id: str, kind: Kind, names: list[str], undoes: str | None = None) -> ImportOut:
        with self._turn:
            # Told apart by the time, those that wait are taken up in the order in which they came.
            created = datetime.now(UTC).isoformat(timespec="microseconds")
            record = ImportOut(id=import_id, kind=kind, status="queued", created=created, names=names, undoes=undoes)
            self._kept(record)
            self._waiting.put(import_id)
        return record

    def _kept(self, record: ImportOut) -> None:
        """Write a record, all of it or not at all."""
        folder = self._folder / record.id
        folder.mkdir(parents=True, exist_ok=True)
        durable.write(folder / _RECORD, record.model_dump_json(indent=1).encode())
        for each in (*(path for path in folder.rglob("*") if path.is_dir()), self._folder):
            durable.sync(each)
        self._found[record.id] = record

    def _work(self) -> None:
        while (import_id := self._waiting.get()) is not None and not self._stopping.is_set():
            record = self._found[import_id]
            try:
                report = self._done(record)
            except _Stopped:
                return
            except (ApiError, CorpusError, IndexingError) as error:
                self._ended(record, error=ImportFailure(code=code_and_status(error)[0], message=str(error)))
            except Exception:  # whatever it is, the next import must not suffer, and the user is told
                _log.exception("导入 %s 出错", import_id)
                self._ended(
                    record, error=ImportFailure(code="internal", message="导入时内部出错，已记入日志。请再试一次。")
                )
            else:
                self._ended(record, report=report)

    def _ended(self, record: ImportOut, report: ImportReport | None = None, error: ImportFailure | None = None) -> None:
        update = {"status": "failed" if error else "done", "progress": None, "report": report, "error": error}
        ended = record.model_copy(update=update)
        self._found[record.id] = ended
        self._watch.imported(ended)
        while True:
            try:
                self._kept(ended)
                break
            except OSError:
                # The next start does this import again; done after later ones, it would bring old texts back.
                _log.exception("导入 %s 的结果写不下，写下之前不再继续", record.id)
                if self._stopping.wait(_AGAIN):
                    return
        shutil.rmtree(self._folder / record.id / _FILES, ignore_errors=True)
        self._forget()

    def _done(self, record: ImportOut) -> ImportReport:
        batch, withdrawn = self._wanted(record)
        report = self._applied(record, batch, withdrawn)
        self._served.refresh()
        sweep(self._settings)
        return self._undoing.whole(record, report)

    def _wanted(self, record: ImportOut) -> tuple[Batch, Collection[str]]:
        """Return what an import brings, and the ids of what it withdraws."""
        if record.undoes:
            return self._undoing.back(record.undoes)
        return (self._read(record), ()) if record.kind == "add" else (Batch((), ()), record.names)

    def _read(self, record: ImportOut) -> Batch:
        pace = Pace()

        def told(done: int) -> None:
            self._tell(record, "reading", pace, done, None)

        told(0)
        return read_all(self._settings, self._paths(record.id, record.names), told)

    def _applied(self, record: ImportOut, batch: Batch, withdrawn: Collection[str]) -> ImportReport:
        self._tell(record, "embedding", Pace(), 0, None)
        while True:
            self._served.refresh()
            reader = self._state().reader
            # One that is not there was withdrawn by another, or by this very import before it was interrupted.
            standing = reader.generation.document
            removed = [key for key in withdrawn if key in standing]
            pace = Pace()

            def first() -> None:
                # Another may have changed the index just before it was this import's alone.
                self._served.refresh()
                self._undoing.prepare(record, batch, withdrawn, self._state().reader.generation.document)

            def told(done: int, total: int, pace: Pace = pace) -> None:
                self._tell(record, "embedding", pace, done, total)

            try:
                return apply(
                    self._settings, reader.encoder, batch, removed, known=reader.generation, first=first, told=told
                )
            except IndexBusy:
                self._tell(record, "waiting", pace, 0, None)
                self._stopping.wait(_AGAIN)

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


def _new_id() -> str:
    return uuid.uuid4().hex[:12]


def _created(record: ImportOut) -> str:
    return record.created
