"""What a reader takes out of a file, before any outline is seen in it."""

from dataclasses import dataclass

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
    Chinese (a page without text, a picture left out).
    """

    name: str
    text: str
    title: str = ""
    hints: tuple[Hint, ...] = ()
    origins: tuple[Origin, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
