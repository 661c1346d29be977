"""Originals: the PDF files that documents were read out of, kept so that the page which is cited can be seen."""

import hashlib
import os
import shutil
import uuid
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import anyio.to_thread
from anyio import CapacityLimiter

from api.errors import NotFound, of_system
from corpus.document import Document
from corpus.reader import Reading
from corpus.readers import isolation
from corpus.readers.safety import Limits
from index import durable

_LIMITS = Limits(seconds=20, memory=1 << 30)
_AT_ONCE = 2
"""Pages that are drawn at one time."""
_REMEMBERED = 64 << 20
"""Bytes of pictures, so that paging back does not draw again."""


def digest(text: str) -> str:
    """Return what the name of an original begins with: the SHA-256 of the text that was read out of it."""
    return hashlib.sha256(text.encode()).hexdigest()


def place(folder: Path, document: Document) -> Path:
    """Return where the original of a document lies if it was kept.

    Text and page breaks name it: a document that an undo brings back finds the file that it was read out of, and one
    that was laid out anew gets another.
    """
    breaks = digest(" ".join(f"{origin.start}:{origin.page}" for origin in document.origins))
    return folder / f"{digest(document.text)}-{breaks[:16]}.pdf"


def pages(folder: Path, document: Document) -> int | None:
    """Return the last page with text of a document's original; None where there is none to be shown."""
    last = max((origin.page or 0 for origin in document.origins), default=0)
    return last if last and place(folder, document).exists() else None


def kept(folder: Path, reading: Reading) -> Reading:
    """Keep the file that was read, if its pages can be shown; it is on the disk when this returns.

    One that cannot be kept is no reason not to import: the reading says so in a note.
    """
    if reading.original:
        try:
            _keep(reading.original, place(folder, reading.document))
        except OSError as error:
            note = f"原件没有留下，引用处看不到原页：{of_system(error)}"
            return replace(reading, notes=(*reading.notes, note))
    return reading


def _keep(source: Path, target: Path) -> None:
    folder = target.parent
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        durable.sync(folder.parent)
    if target.exists():
        # Wanted again, it is young again to those who clear up.
        os.utime(target)
        return
    # A command and the server may keep one file at the same time.
    aside = folder / f"{uuid.uuid4().hex}.aside"
    try:
        with source.open("rb") as read, aside.open("wb") as written:
            shutil.copyfileobj(read, written)
            written.flush()
            os.fsync(written.fileno())
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
    durable.sync(folder)


class Pictures:
    """Pictures of the originals' pages, drawn in processes of their own, a few at a time; the latest are remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._limiter = CapacityLimiter(_AT_ONCE)
        self._known: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def name(self, document: Document, page: int) -> str:
        """Return a name under which the picture of a page never changes. Raises NotFound where no original is kept."""
        return f"{self._kept(document).stem}-{page}"

    async def png(self, document: Document, page: int) -> bytes:
        """Return a page of a document's original, counted from 1. Raises NotFound, Refused."""
        path = self._kept(document)
        key = path.name, page
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        drawn = await anyio.to_thread.run_sync(isolation.picture, path, page, _LIMITS, limiter=self._limiter)
        if drawn.png is None:
            raise NotFound(f"“{document.title}”的原件只有 {drawn.pages} 页，没有第 {page} 页。")
        self._known[key] = drawn.png
        while sum(map(len, self._known.values())) > _REMEMBERED:
            self._known.popitem(last=False)
        return drawn.png

    def _kept(self, document: Document) -> Path:
        path = place(self._folder, document)
        if not path.exists():
            raise NotFound(f"没有留下“{document.title}”的原件。只有 PDF 有原页可看，以前导入的请再导入一次。")
        return path
