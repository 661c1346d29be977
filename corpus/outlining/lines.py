"""The lines of a text, and what is said of one that the outline is unsure of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.extracted import Hint

STOPS = "。！？；!?;"
"""What ends a sentence; a heading does not end so."""

_HEADING_LONGEST = 40

_LINE = re.compile("[^\r\n\v\f\x85\u2028\u2029]*(?:\r\n|[\r\n\v\f\x85\u2028\u2029]|$)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line whose part in the outline is uncertain, and what was made of it, in Chinese."""

    line: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, without the white space around it; `number` counts all lines from 1."""

    number: int
    start: int
    end: int
    words: str

    def doubt(self, reason: str) -> Doubt:
        """Return a doubt about the whole line."""
        return Doubt(self.number, self.start, self.end, reason)


def lines(text: str) -> Iterator[Line]:
    """Yield the lines that are not blank; soft line breaks and page breaks end a line too."""
    for number, match in enumerate(_LINE.finditer(text), start=1):
        line = match.group()
        words = line.strip()
        if words:
            start = match.start() + len(line) - len(line.lstrip())
            yield Line(number, start, start + len(words), words)


def reads_as_title(words: str, longest: int) -> bool:
    """Tell whether a line is short and ends open, as titles and headings do."""
    return len(words) <= longest and words[-1] not in STOPS + "，,、：:" and "。" not in words


def is_unfinished(words: str) -> bool:
    """Tell whether a line is running text that breaks off in the middle of a sentence."""
    return (len(words) > _HEADING_LONGEST or "。" in words) and words[-1] not in STOPS + "：:”』」）)…"


def last_line(found: Sequence[Line], at: int, hint: Hint) -> int:
    """Return the last line of a declared heading that begins in line `at`; it may be broken over several."""
    while at + 1 < len(found) and found[at + 1].start < hint.end:
        at += 1
    return at
