"""One heading, and the path of headings that one stands under."""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.outlining.lines import Line


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the lines `first` to `last` it takes, its span and words, and its rank, outermost lowest.

    With `run_in` it is the beginning of line `first`, which is a paragraph as well.
    """

    first: int
    last: int
    start: int
    end: int
    words: str
    rank: float
    run_in: bool


def standing(found: Sequence[Line], first: int, last: int, rank: float) -> Heading:
    """Return the heading that takes whole lines."""
    words = "".join(line.words for line in found[first : last + 1])
    return Heading(first, last, found[first].start, found[last].end, words, rank, run_in=False)


def running(found: Sequence[Line], at: int, length: int, rank: float) -> Heading:
    """Return the heading that the first `length` characters of a line are."""
    line = found[at]
    return Heading(at, at, line.start, line.start + length, line.words[:length], rank, run_in=True)


def paths(found: Sequence[Heading]) -> list[tuple[str, ...]]:
    """Return for each heading the words of the headings it stands under, outermost first, and its own."""
    open_now: list[Heading] = []
    result = []
    for heading in found:
        while open_now and open_now[-1].rank >= heading.rank:
            open_now.pop()
        open_now.append(heading)
        result.append(tuple(each.words for each in open_now))
    return result
