"""An import whole: files read, the index changed, and a report of both."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from api.compilation import originals
from api.errors import LexiconUnreadable, NothingToImport, of_system
from api.imports.schemas import DocumentReport, FaultOut, ImportReport, LeftOut, ProgressOut, UnsureLine
from api.settings import Settings
from corpus.document import Document
from corpus.errors import Refused
from corpus.reader import Reading, readings
from corpus.readers.fault import Fault
from corpus.readers.text import decoded
from index.change import Changed, change
from index.encoder import Encoder
from index.generation import Generation
from index.lexicon import OwnWords, own_words

_SHOWN = 200
"""Lines, and characters of a line, that a report shows of what was unsure or left out in a document."""


_REASONS = 5
"""Faults that are told when nothing could be read."""


class Pace:
    """How fast a stage goes and what time is left of it."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def at(self, done: int, total: int | None) -> ProgressOut:
        """Return how far the stage is: `done` pieces of `total`, where that is known."""
        rate = done / max(time.monotonic() - self._began, 1e-3)
        left = (total - done) / rate if total is not None and rate else None
        return ProgressOut(
            done=done,
            total=total,
            per_second=round(rate, 1) if done else None,
            seconds_left=None if left is None else round(left, 1),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read: documents, and what could not be."""

    readings: tuple[Reading, ...]
    faults: tuple[Fault, ...]


def read_all(settings: Settings, paths: Sequence[Path], told: Callable[[int], None]) -> Batch:
    """Return all the documents in files and folders, with originals kept; `told` hears how many there are so far.

    Raises NothingToImport, with the reasons, when there is none.
    """
    found: list[Reading] = []
    faults: list[Fault] = []
    for each in readings(paths):
        if isinstance(each, Fault):
            faults.append(each)
        else:
            # Now, while one from a zip is there.
            found.append(originals.kept(settings.originals_root, each))
            told(len(found))
    if not found:
        reasons = "；".join(f"{fault.name}：{fault.reason}" for fault in faults[:_REASONS])
        more = f"等 {len(faults)} 处" if len(faults) > _REASONS else ""
        raise NothingToImport(f"没有读到可以导入的内容。{reasons}{more}")
    return Batch(tuple(found), tuple(faults))


def apply(
    settings: Settings,
    encoder: Encoder,
    batch: Batch,
    removed: Collection[str] = (),
    *,
    afresh: bool = False,
    known: Generation | None = None,
    first: Callable[[], None] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Change the index by what was read, and by what is withdrawn; `told` hears of passages done, and of how many.

    `afresh` leaves out what stands. `first` is called before anything changes, while nobody else can change it; what it
    raises ends the import. Raises as `index.change.change` does.
    """
    began = time.monotonic()

    def documents() -> Iterator[Document]:
        # A change asks for its documents once it alone may write.
        if first:
            first()
        yield from (each.document for each in batch.readings)

    changed = change(
        settings.index_root,
        encoder,
        documents(),
        removed,
        own=own_words_of(settings),
        afresh=afresh,
        known=known,
        progress=told,
    )
    return _report(batch, changed, time.monotonic() - began)


def own_words_of(settings: Settings) -> OwnWords:
    """Return the user's words in lexicon.txt, none where there is no such file. Raises LexiconUnreadable."""
    try:
        return own_words(decoded(settings.lexicon_file.read_bytes()))
    except FileNotFoundError:
        return OwnWords()
    except Refused as error:
        raise LexiconUnreadable(f"{settings.lexicon_file}：{error}") from error
    except OSError as error:
        raise LexiconUnreadable(str(of_system(error))) from error


def _report(batch: Batch, changed: Changed, seconds: float) -> ImportReport:
    return ImportReport(
        documents=[_document_report(each, changed) for each in batch.readings],
        faults=[FaultOut(name=each.name, code=each.code, reason=each.reason) for each in batch.faults],
        removed=list(changed.removed),
        resegmented=changed.resegmented.words,
        deferred=list(changed.resegmented.deferred),
        generation=changed.manifest.generation,
        passage_count=changed.manifest.passages,
        embedded_count=changed.embedded,
        seconds=round(seconds, 1),
    )


def _document_report(reading: Reading, changed: Changed) -> DocumentReport:
    document = reading.document
    sections = [section for case in document.cases for section in case.sections]
    return DocumentReport(
        id=document.id,
        title=document.title,
        name=reading.name,
        action="added"
        if document.id in changed.added
        else "updated"
        if document.id in changed.updated
        else "unchanged",
        case_count=sum(case.number is not None for case in document.cases),
        section_count=len(sections),
        paragraph_count=sum(len(section.paragraphs) for section in sections),
        character_count=len(document.text),
        unsure=[
            UnsureLine(
                line=doubt.line,
                start=doubt.start,
                end=doubt.end,
                text=document.text[doubt.start : doubt.end][:_SHOWN],
                reason=doubt.reason,
            )
            for doubt in reading.doubts[:_SHOWN]
        ],
        left_out=list(islice(_left_out(reading, document), _SHOWN)),
        notes=list(reading.notes),
    )


def _left_out(reading: Reading, document: Document) -> Iterable[LeftOut]:
    for dropped in reading.dropped:
        yield LeftOut(text=dropped.text[:_SHOWN], reason=dropped.reason, page=dropped.page)
    for aside in document.asides:
        yield LeftOut(text=document.text[aside.start : aside.end][:_SHOWN], reason=aside.reason)
