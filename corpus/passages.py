"""Passages: what is embedded, found and cited. A span inside one paragraph, cut only where a sentence ends."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.aspects import aspect_of
from corpus.document import Document, Passage
from corpus.sentences import sentences, trimmed

_WEAK_STOPS = "，,、：: \u3000\xa0"
"""Where a sentence longer than a passage may be cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How paragraphs become passages; lengths in characters.

    A paragraph of at most `longest` is one passage. A longer one is cut at sentence ends into pieces of about
    `longest`, each beginning with up to `overlap` characters of whole sentences of the one before.
    """

    longest: int = 400
    overlap: int = 0


def passages(document: Document, cut: Cut) -> tuple[Passage, ...]:
    """Return the passages of a document in reading order, each with the ids of its neighbours in the same case."""
    found: list[Passage] = []
    for case_at, case in enumerate(document.cases):
        first = len(found)
        for section_at, section in enumerate(case.sections):
            for paragraph in section.paragraphs:
                for start, end in spans(document.text, paragraph.start, paragraph.end, cut):
                    aspect = aspect_of(document.text[start:end], section.part)
                    found.append(Passage(document.id, start, end, case_at, section_at, paragraph.number, aspect))
        found[first:] = _linked(found[first:])
    return tuple(found)


def _linked(chain: list[Passage]) -> list[Passage]:
    ids = [None, *(passage.id for passage in chain), None]
    return [replace(passage, previous=ids[at], next=ids[at + 2]) for at, passage in enumerate(chain)]


def spans(text: str, start: int, end: int, cut: Cut) -> Iterator[tuple[int, int]]:
    """Yield the spans of the passages of the paragraph `text[start:end]`, covering all of it but white space."""
    if end - start <= cut.longest:
        yield start, end
        return
    parts = [piece for span in sentences(text, start, end) for piece in _pieces(text, *span, cut.longest)]
    # As many passages as the length asks for, all of about one size: a full one and a stub serve nobody.
    count = -(-(end - start) // cut.longest)
    target = (end - start) / count
    first = 0
    while first < len(parts):
        last = first
        while last + 1 < len(parts) and _fits(parts, first, last + 1, target, cut.longest):
            last += 1
        yield parts[first][0], parts[last][1]
        if last + 1 == len(parts):
            return
        following = last + 1
        while following - 1 > first and parts[last][1] - parts[following - 1][0] <= cut.overlap:
            following -= 1
        first = following


def _fits(parts: list[tuple[int, int]], first: int, last: int, target: float, longest: int) -> bool:
    """Tell whether part `last` still belongs: within the size, or ending nearer to the target than it began."""
    size = parts[last][1] - parts[first][0]
    before = parts[last - 1][1] - parts[first][0]
    return size <= longest and (size <= target or size - target <= target - before)


def _pieces(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence whole, or, when it is longer than a passage may be, in pieces cut at its last weak stops."""
    while end - start > longest:
        limit = start + longest
        at = max((text.rfind(stop, start + longest // 2, limit) for stop in _WEAK_STOPS), default=-1) + 1 or limit
        yield from trimmed(text, start, at)
        start = at
    yield from trimmed(text, start, end)
