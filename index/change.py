"""A change to an index: documents added, corrected, withdrawn. What they do not touch stays as it is on the disk."""

import errno
import math
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.document import Document
from corpus.passages import passages
from index.centre import questions_centre
from index.encoder import Encoder, Vectors
from index.errors import DocumentUnknown, IndexEmpty, IndexingError, IndexUnwritable
from index.generation import Generation
from index.lexicon import Lexicon, OwnWords, words_of
from index.manifest import Manifest
from index.resegmenting import Resegmented, resegmented
from index.segment import KnownVectors, Segment, Settings, joined, segment_of
from index.store import exists, load, unwritable, writing
from index.tokenizer import Tokenizer, changes_segmenting
from index.vector_cache import CachedEncoder

_FULL = 4000
"""Passages up to which segments are filled, and joined with others of their size."""
_FOLD = 4
"""So many segments are joined when none is this many times larger than another."""
_RESEGMENTED = 150
"""Standing passages that a change may segment again for the sake of words it brings, unless it brings more itself."""
_JOURNAL = "embedded.sqlite"
"""Holds the vectors of a change that is under way, so that one that is stopped goes on where it was."""

Progress = Callable[[int, int], None]
"""Called with passages done and of how many."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did, by ids of documents; `embedded` counts the texts that the model had to read."""

    manifest: Manifest
    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    resegmented: Resegmented
    embedded: int


def change(
    root: Path,
    encoder: Encoder,
    documents: Iterable[Document] = (),
    removed: Collection[str] = (),
    *,
    own: OwnWords | None = None,
    afresh: bool = False,
    known: Generation | None = None,
    progress: Progress | None = None,
) -> Changed:
    """Add or correct documents and withdraw others, by id, in one new generation: readers see all of it or nothing.

    `afresh` leaves out whatever stands, but keeps its vectors; `own` are the user's words (None: as they were); `known`
    is a generation whose segments are open already. Raises IndexBusy while another writes, IndexUnwritable,
    DocumentUnknown, IndexEmpty when nothing would be left, and as `load` does.
    """
    with writing(root) as writer:
        before = _before(root, encoder, known, afresh)
        current = _nothing(encoder) if afresh else before
        incoming = {document.id: document for document in documents}
        unchanged = {key for key, document in incoming.items() if current.document.get(key) == document}
        fresh = [document for key, document in incoming.items() if key not in unchanged]
        gone = _gone(current, removed) - set(incoming)
        replaced = gone | {document.id for document in fresh}
        staying = [key for key in current.document if key not in replaced]
        if not any(map(_has_text, [*fresh, *(current.document[key] for key in staying)])):
            raise IndexEmpty("这样改了以后，索引里就没有正文了。至少要留一份文档。")
        lexicon, report = _lexicon(current, fresh, staying, own)
        tokenizer = Tokenizer(lexicon, current.settings.tokens)
        work = [*fresh, *(current.document[key] for key in report.documents)]
        with _journal(root, encoder) as journal:
            written = [
                writer.stored(each) for each in _segments(work, before, current.settings, tokenizer, journal, progress)
            ]
            generation = _joined(current, written, replaced | set(report.documents), tokenizer)
            manifest = writer.commit(generation, encoder)
    return Changed(
        manifest=manifest,
        added=tuple(document.id for document in fresh if document.id not in current.document),
        updated=tuple(document.id for document in fresh if document.id in current.document),
        unchanged=tuple(sorted(unchanged)),
        removed=tuple(sorted(gone)),
        resegmented=report,
        embedded=journal.embedded,
    )


@contextmanager
def _journal(root: Path, encoder: Encoder) -> Iterator[CachedEncoder]:
    """Yield an encoder whose vectors are kept until the change is done. Raises IndexUnwritable."""
    try:
        yield CachedEncoder(encoder, root / _JOURNAL)
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.OperationalError):
            is_full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
            raise unwritable(root, OSError(errno.ENOSPC if is_full else errno.EIO, str(error))) from error
        _forget(root)
        raise IndexUnwritable(f"上次中断的改动留下的文件 {_JOURNAL} 已损坏，现已清除。请再试一次。") from error
    _forget(root)


def _forget(root: Path) -> None:
    for path in root.glob(f"{_JOURNAL}*"):
        path.unlink(missing_ok=True)


def _before(root: Path, encoder: Encoder, known: Generation | None, afresh: bool) -> Generation:
    """Return the generation that stands; where all is built afresh, it need not be one that can be opened."""
    if not exists(root):
        return _nothing(encoder)
    try:
        return load(root, encoder, known)[0]
    except IndexingError:
        if not afresh:
            raise
        return _nothing(encoder)


def _nothing(encoder: Encoder) -> Generation:
    settings = Settings()
    return Generation((), (), Tokenizer(Lexicon(()), settings.tokens), settings, questions_centre(encoder))


def _gone(current: Generation, removed: Collection[str]) -> set[str]:
    if unknown := sorted(set(removed) - set(current.document)):
        raise DocumentUnknown(f"索引里没有编号为“{'、'.join(unknown)}”的文档。用 anwen status 可列出全部文档。")
    return set(removed)


def _has_text(document: Document) -> bool:
    return any(section.paragraphs for case in document.cases for section in case.sections)


def _lexicon(
    current: Generation, fresh: Sequence[Document], staying: Sequence[str], own: OwnWords | None
) -> tuple[Lexicon, Resegmented]:
    """Return the lexicon after a change, and what its words that come and go mean for the documents that stay.

    A change of documents looks only at the words it brings and takes away, and at few passages; one without any looks
    at all words that still wait.
    """
    own = current.tokenizer.lexicon.own if own is None else own
    before = set(current.tokenizer.lexicon.words)
    stay = frozenset(staying)
    brought = set(own.words).union(*map(words_of, fresh))
    kept: set[str] = set()
    lost: set[str] = set(current.tokenizer.lexicon.own.words)
    for segment, withdrawn in zip(current.segments, current.withdrawn, strict=True):
        for document, words in zip(segment.documents, segment.words, strict=True):
            if document.id not in withdrawn:
                (kept if document.id in stay else lost).update(words)
    is_of_documents = bool(fresh) or len(stay) < len(current.document)
    coming = (brought if is_of_documents else brought | kept) - before
    going = (lost & before if is_of_documents else before) - brought - kept
    most = max(_RESEGMENTED, _passages(fresh, current.settings)) if is_of_documents else None
    report = resegmented(current, filter(changes_segmenting, coming | going), stay, most)
    waiting = set(report.deferred)
    # A word that waits stays out if it would come, and in if it would go.
    after = (before - (going - waiting)) | (coming - waiting)
    return Lexicon(tuple(sorted(after)), own), report


def _passages(documents: Sequence[Document], settings: Settings) -> int:
    return sum(len(passages(document, settings.cut)) for document in documents)


def _segments(
    documents: Sequence[Document],
    before: Generation,
    settings: Settings,
    tokenizer: Tokenizer,
    encoder: Encoder,
    progress: Progress | None,
) -> Iterator[Segment]:
    """Yield segments over documents, none much beyond full; what a document shares with its standing self is kept."""
    sizes = [len(passages(document, settings.cut)) for document in documents]
    total, done = sum(sizes), 0
    if progress:
        progress(done, total)
    for first, last in _chunks(sizes):
        chunk, size = documents[first:last], sum(sizes[first:last])
        known: dict[str, Vectors] = {}
        for document in chunk:
            if segment := before.segment_of_document.get(document.id):
                known |= segment.vectors_by_text(document.id, before.settings)

        def told(texts: int, of: int, done: int = done, size: int = size) -> None:
            if progress:
                progress(done + size * texts // of, total)

        yield segment_of(chunk, tokenizer, KnownVectors(encoder, known), settings, told)
        done += size
        if progress:
            progress(done, total)


def _chunks(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    first, filled = 0, 0
    for at, size in enumerate(sizes):
        if filled and filled + size > _FULL:
            yield first, at
            first, filled = at, 0
        filled += size
    if first < len(sizes):
        yield first, len(sizes)


def _joined(current: Generation, written: Sequence[Segment], gone: Collection[str], tokenizer: Tokenizer) -> Generation:
    """Return the generation of the standing segments without the documents gone, and of those written.

    Small segments are joined when there are several of about one size, so that there are never many.
    """
    parts: list[tuple[Segment, frozenset[str]]] = []
    for segment, withdrawn in zip(current.segments, current.withdrawn, strict=True):
        own = frozenset(document.id for document in segment.documents)
        if own - (now := withdrawn | (own & frozenset(gone))):
            parts.append((segment, now))
    parts += [(segment, frozenset()) for segment in written]
    by_size: dict[int, list[tuple[Segment, frozenset[str]]]] = defaultdict(list)
    for part in parts:
        by_size[_size_class(*part)].append(part)
    for size, several in by_size.items():
        if size < _size_class_of(_FULL) and len(several) >= _FOLD:
            one = joined([segment for segment, _ in several], [withdrawn for _, withdrawn in several])
            parts = [part for part in parts if part not in several] + [(one, frozenset())]
    return Generation(
        tuple(segment for segment, _ in parts),
        tuple(withdrawn for _, withdrawn in parts),
        tokenizer,
        current.settings,
        current.questions,
    )


def _size_class(segment: Segment, withdrawn: frozenset[str]) -> int:
    live = sum(passage.document_id not in withdrawn for passage in segment.passages)
    # Of a segment that is mostly withdrawn only what lives is worth keeping.
    return _size_class_of(live) if live * 2 < len(segment.passages) else _size_class_of(len(segment.passages))


def _size_class_of(count: int) -> int:
    return int(math.log(max(count, 1), _FOLD))
