"""From files to Documents."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from corpus.document import Document
from corpus.errors import FaultCode, Refused
from corpus.extracted import Dropped, Extracted
from corpus.outline import Doubt, outlined
from corpus.readers.fault import Fault
from corpus.readers.safety import DEFAULT, Limits
from corpus.readers.sources import sources


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as read: `name` is what it is called in its file or folder.

    `doubts` are the lines its outline is unsure of, `dropped` what of the file is not in its text, `notes` remarks of
    the reader, in Chinese. `original` is the file where its pages can be shown, a PDF; one from a zip is there only
    until the next document is asked for.
    """

    document: Document
    name: str
    doubts: tuple[Doubt, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]
    original: Path | None = None


def readings(paths: Sequence[Path], limits: Limits = DEFAULT) -> Iterator[Reading | Fault]:
    """Yield every document in files, folders and zips, and a Fault for each that was not read.

    The id of a document comes from its name, so that reading a corrected file again gives the same document.
    """
    ids: set[str] = set()
    for found in sources(paths, limits):
        if isinstance(found, Fault):
            yield found
            continue
        reading = _reading(found)
        if reading.document.id in ids:
            reason = f"编号（{reading.document.id}）与同一批的另一份文档相同，未导入。请改名后再试。"
            yield Fault(found.name, FaultCode.DUPLICATE, reason)
            continue
        ids.add(reading.document.id)
        yield reading


def read(path: Path) -> Reading:
    """Return the document in a file that holds one. Raises Refused."""
    found = next(readings([path]), None)
    if isinstance(found, Reading):
        return found
    if found is None:
        raise Refused(FaultCode.EMPTY, f"{path} 里没有可以读的内容。")
    raise Refused(found.code, f"{found.name}：{found.reason}")


def document_id(name: str) -> str:
    """Return a document id from a name: what a URL's path would escape becomes a hyphen, Chinese stays."""
    plain = unicodedata.normalize("NFKC", name).strip()
    return re.sub(r"[^\w.-]+", "-", plain).strip("-.") or "document"


def bundled() -> tuple[Document, ...]:
    """Return the documents that come with the package."""
    with as_file(files("corpus") / "data") as folder:
        return tuple(read(path).document for path in sorted(folder.glob("*.txt")))


def _reading(found: Extracted) -> Reading:
    title = found.title or Path(found.name).name
    document, doubts = outlined(document_id(found.name), found.text, title, found.hints, found.origins)
    return Reading(document, found.name, doubts, found.dropped, found.notes, found.original)
