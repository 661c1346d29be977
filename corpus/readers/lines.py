"""Puts an Extracted together line by line, keeping track of offsets."""

import unicodedata
from collections.abc import Sequence

from corpus.document import Origin
from corpus.extracted import Dropped, Extracted, Hint


class Lines:
    """Text that grows by whole lines, with the headings and origins that belong to them."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._length = 0
        self._hints: list[Hint] = []
        self._origins: list[Origin] = []
        self._dropped: list[Dropped] = []
        self._notes: list[str] = []

    def add(
        self, text: str, *, level: int = 0, paragraph: int | None = None, pages: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Add a paragraph; what is blank adds nothing.

        `level` from 1 declares it a heading, `paragraph` is its number in the file, `pages` are the pages it stands on,
        each with the offset in `text` from which on it does.
        """
        text = text.rstrip()
        words = text.lstrip()
        if not words:
            return
        if level:
            self._hints.append(Hint(self._length + len(text) - len(words), self._length + len(text), level))
        if paragraph is not None:
            self._origins.append(Origin(self._length, paragraph=paragraph))
        self._origins.extend(Origin(self._length + offset, page=page) for offset, page in pages)
        self._lines.append(text)
        self._length += len(text) + 1

    def drop(self, text: str, reason: str, page: int | None = None) -> None:
        """Set down characters that are left out; blank ones need no word."""
        if text.strip():
            self._dropped.append(Dropped(text.strip(), reason, page))

    def note(self, text: str) -> None:
        """Add a remark for the import report, once."""
        if text not in self._notes:
            self._notes.append(text)

    @property
    def blank(self) -> bool:
        """Whether no text has been added."""
        return not self._lines

    def extracted(self, name: str, title: str = "") -> Extracted:
        """Return what was put together."""
        return Extracted(
            name,
            "".join(f"{line}\n" for line in self._lines),
            title=" ".join(title.split()),
            hints=tuple(self._hints),
            origins=tuple(self._origins),
            dropped=tuple(self._dropped),
            notes=tuple(self._notes),
        )


def one_line(text: str) -> str:
    """Return a text on one line: line ends inside Chinese go, elsewhere they become a blank."""
    joined = ""
    for line in text.splitlines():
        joined = join(joined, line.strip())
    return joined


def join(before: str, after: str) -> str:
    """Join two lines of one paragraph: Chinese without a blank, words of Latin letters and numbers with one."""
    if not before or not after:
        return before + after
    blank = not (_wide(before[-1]) or _wide(after[0]) or before[-1].isspace() or after[0].isspace())
    return f"{before} {after}" if blank else before + after


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"
