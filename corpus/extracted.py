"""What a reader takes out of a file, before any outline is seen in it."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Base64Bytes

from corpus.document import Origin


@dataclass(frozen=True, slots=True)
class Hint:
    """A span of the text that the file itself declares to be a heading (a Word style, #, <h2>); `level` from 1."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Characters of the file that are not in the text (a running head, a page number), and why, in Chinese."""

    text: str
    reason: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one document in a file, one paragraph a line.

    `name` is what the document is called in its file or folder, without extension, `title` what the file declares as
    its title, if anything. `origins` and `hints` stand in reading order. `notes` are remarks for the import report, in
    Chinese (a page without text, a picture left out). `original` is the file where its pages can be shown, a PDF; one
    from a zip is there only until the next document is asked for.
    """

    name: str
    text: str
    title: str = ""
    hints: tuple[Hint, ...] = ()
    origins: tuple[Origin, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    original: Path | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of a file as a PNG; None where the file has no such page. `pages` is how many it has."""

    pages: int
    png: Base64Bytes | None
