"""Undoing an import: what it will change is kept before it changes it, and brought back when that is asked for."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from api.errors import CannotUndo, of_system
from api.imports.importing import Batch
from api.imports.schemas import ImportOut, ImportReport
from api.state import State
from corpus.document import Document
from corpus.reader import Reading
from index import durable, segment_files
from index.errors import IndexingError

_FILE = "before.jsonl"
"""A line that tells the changes, and a line with the documents that they replace or withdraw."""
_NAMED = 3
"""Documents that a refusal names."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an import makes of a document: digests of its text before and after, empty where there is no document."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Header:
    changes: dict[str, Change]
    sha256: str


_HEADER = TypeAdapter(_Header)


class Undoing:
    """What it takes to undo the imports whose records lie, each in a folder of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changes: dict[str, dict[str, Change]] = {}
        # Of the corpus that has this hash, by id.
        self._digests: tuple[str, dict[str, str]] = ("", {})

    def prepare(
        self, record: ImportOut, batch: Batch, withdrawn: Collection[str], standing: Mapping[str, Document]
    ) -> None:
        """Keep of what stands all that an import is about to change; it is on the disk when this returns.

        Of an undo make sure instead that it changes nothing newer. Raises CannotUndo, DiskFull, Inaccessible.
        """
        if record.undoes:
            self._check(record.undoes, standing)
        else:
            coming = dict.fromkeys(withdrawn) | {each.document.id: each.document for each in batch.readings}
            self._keep(record.id, coming, standing)

    def _keep(self, import_id: str, coming: Mapping[str, Document | None], standing: Mapping[str, Document]) -> None:
        earlier = self.changes(import_id) or {}
        kept = {document.id: document for document in self._documents(import_id)} if earlier else {}
        changes: dict[str, Change] = {}
        replaced: list[Document] = []
        for key, document in coming.items():
            before = standing.get(key)
            if key in earlier and earlier[key].after == _digest(before):
                # This import was interrupted when it had changed the document, and is done again.
                before = kept.get(key)
            elif before == document:
                continue
            changes[key] = Change(_digest(before), _digest(document))
            if before:
                replaced.append(before)
        documents = segment_files.dumped(replaced)
        header = _HEADER.dump_json(_Header(changes, hashlib.sha256(documents).hexdigest()))
        try:
            durable.write(self._folder / import_id / _FILE, header + b"\n" + documents)
        except OSError as error:
            raise of_system(error) from error
        self._changes[import_id] = changes

    def changes(self, import_id: str) -> dict[str, Change] | None:
        """Return what an import changed, or was about to change, by id of the document; None if that is not kept."""
        if import_id not in self._changes:
            try:
                with (self._folder / import_id / _FILE).open("rb") as file:
                    self._changes[import_id] = _HEADER.validate_json(file.readline()).changes
            except (OSError, ValidationError):
                return None
        return self._changes[import_id]

    def replaced(self) -> set[str]:
        """Return the digests of all texts that an undo can bring back."""
        kept = [self.changes(path.parent.name) for path in self._folder.glob(f"*/{_FILE}")]
        return {change.before for changes in kept if changes for change in changes.values()}

    def forget(self, import_id: str) -> None:
        """Let go of what is known of an import whose record goes."""
        self._changes.pop(import_id, None)

    def refusal(self, record: ImportOut, undo: ImportOut | None, state: State) -> str:
        """Return why an import cannot be undone now, empty if it can; `undo` is the one that did, or is about to."""
        if record.kind == "undo":
            return "撤销不能再撤销。需要那些文档时，请重新上传。"
        if record.status == "failed":
            return "这次导入没有成功，什么也没有改动，不需要撤销。"
        if record.status != "done":
            return "这次导入还没有做完，做完以后才能撤销。"
        if undo:
            return "这次导入已经撤销。" if undo.status == "done" else "这次导入正在撤销，请稍候。"
        changes = self.changes(record.id)
        if changes is None:
            return "这次导入没有留下改动以前的原文，不能撤销。请重新上传原来的文件，或移走不要的文档。"
        if not changes:
            return "这次导入没有改动任何文档，不需要撤销。"
        later = [key for key, change in changes.items() if self._standing_digest(key, state) != change.after]
        return _changed_since(later) if later else ""

    def shown(self, record: ImportOut, undone: Mapping[str, ImportOut], current: State | IndexingError) -> ImportOut:
        """Return a record with what undid it, and whether it can be undone now."""
        undo = undone.get(record.id)
        is_undoable = isinstance(current, State) and not self.refusal(record, undo, current)
        return record.model_copy(update={"undone_by": undo and undo.id, "undoable": is_undoable})

    def _check(self, import_id: str, standing: Mapping[str, Document]) -> None:
        """Raise CannotUndo if a document is neither as the import left it nor, by this undo, as it was before."""
        changes = self.changes(import_id) or {}
        digests = {key: _digest(standing.get(key)) for key in changes}
        later = [key for key, change in changes.items() if digests[key] not in (change.after, change.before)]
        if later:
            raise CannotUndo(_changed_since(later))

    def back(self, import_id: str) -> tuple[Batch, list[str]]:
        """Return what to import to undo an import: the documents as they were, and ids to withdraw.

        Raises CannotUndo.
        """
        documents = self._documents(import_id)
        readings = tuple(Reading(document, document.id, (), (), ()) for document in documents)
        added = [key for key, change in (self.changes(import_id) or {}).items() if not change.before]
        return Batch(readings, ()), added

    def whole(self, record: ImportOut, report: ImportReport) -> ImportReport:
        """Return a report of all that an import changed, by an attempt that was interrupted too."""
        changes = self.changes(record.undoes or record.id) or {}
        if record.undoes:
            changes = {key: Change(change.after, change.before) for key, change in changes.items()}
        documents = [
            document.model_copy(update={"action": "updated" if changes[document.id].before else "added"})
            if document.id in changes
            else document
            for document in report.documents
        ]
        removed = sorted(key for key, change in changes.items() if not change.after)
        return report.model_copy(update={"documents": documents, "removed": removed})

    def _documents(self, import_id: str) -> tuple[Document, ...]:
        try:
            header, _, documents = (self._folder / import_id / _FILE).read_bytes().partition(b"\n")
            if _HEADER.validate_json(header).sha256 == hashlib.sha256(documents).hexdigest():
                return segment_files.parsed(documents)
        except (OSError, ValidationError) as error:
            raise CannotUndo("改动以前的原文读不出来，不能撤销。请重新上传原来的文件。") from error
        raise CannotUndo("为撤销留下的原文已损坏，不能撤销。请重新上传原来的文件。")

    def _standing_digest(self, key: str, state: State) -> str:
        corpus, digests = self._digests
        if corpus != state.manifest.corpus:
            digests = {}
            self._digests = state.manifest.corpus, digests
        if key not in digests:
            digests[key] = _digest(state.reader.generation.document.get(key))
        return digests[key]


def undos(records: Iterable[ImportOut]) -> dict[str, ImportOut]:
    """Return by the id of an import the one that undid it, or is about to."""
    return {each.undoes: each for each in records if each.undoes and each.status != "failed"}


def _digest(document: Document | None) -> str:
    return hashlib.sha256(document.text.encode()).hexdigest() if document else ""


def _changed_since(ids: list[str]) -> str:
    more = f"等 {len(ids)} 份文档" if len(ids) > _NAMED else ""
    return f"“{'、'.join(ids[:_NAMED])}”{more}在这次导入以后又有改动，不能直接撤销。请先撤销后来的那次导入。"
