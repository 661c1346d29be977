"""Headings among the lines that begin with a number. Those that count on from one another are decided alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.outlining.heading import Heading, running, standing
from corpus.outlining.lines import Doubt, Line
from corpus.outlining.markers import Marker, Style
from corpus.outlining.shapes import Shape, shape_of

_FEWEST_SAID = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A line that begins with a number, what it looks like, and whether anything stands under it."""

    at: int
    marker: Marker
    shape: Shape
    has_text: bool


def groups(found: Sequence[Line], markers: Mapping[int, Marker], attached: Collection[int]) -> list[list[Item]]:
    """Return the numbered lines in groups that count on, be it across numbers further out; 1 begins a new group.

    `attached` are the lines at which an appendix begins; no number goes on across them.
    """
    result: list[list[Item]] = []
    current: dict[Style, list[Item]] = {}
    latest: dict[Style, list[Item]] = {}
    for at, following in pairwise([*sorted({*markers, *attached}), len(found)]):
        if at in attached:
            current.clear()
            latest.clear()
        if at not in markers:
            continue
        marker = markers[at]
        deeper = following in markers and markers[following].style > marker.style
        within_law = Style.ARTICLE in current and marker.style > Style.ARTICLE
        item = Item(at, marker, shape_of(found[at].words, marker, within_law), following > at + 1 or deeper)
        for style in [style for style in current if style > marker.style]:
            del current[style]
        if marker.ordinal == 1 or marker.style not in current:
            before = latest.get(marker.style)
            if before and marker.ordinal == before[-1].marker.ordinal + 1:
                current[marker.style] = before
            else:
                current[marker.style] = latest[marker.style] = []
                result.append(current[marker.style])
        current[marker.style].append(item)
    return result


def numbered(found: Sequence[Line], counted: Sequence[list[Item]], doubts: list[Doubt]) -> dict[int, Heading]:
    """Return the headings among the numbered lines, each group of which counts on."""
    taken: dict[int, Heading] = {}
    for group in counted:
        whole = [item for item in group if item.shape.standing]
        run_in = [item for item in group if item.shape.run_in and item.marker.style is not Style.SAID]
        sentences = [item for item in group if item.shape.sentence and item.marker.style is not Style.SAID]
        taking = whole if run_in or any(item.has_text for item in group) else []
        if 2 * (len(run_in) + len(whole)) >= len(group):
            taking = taking + run_in
        alike = 2 * (len(run_in) + len(whole) + len(sentences)) >= len(group)
        if alike and 2 * sum(item.has_text for item in sentences) >= len(sentences):
            taking = taking + sentences
        taken.update((item.at, _numbered_heading(found, item)) for item in taking)
        if whole and not taking:
            doubts.append(found[whole[0].at].doubt("像标题，但后面没有正文，按正文处理"))
    return taken


def said(found: Sequence[Line], counted: Sequence[list[Item]]) -> dict[int, Heading]:
    """Return the paragraphs 一是…。…… as headings: for a case without any other, since each tells one measure."""
    run_in = [item for group in counted for item in group if item.marker.style is Style.SAID and item.shape.run_in]
    return {item.at: _numbered_heading(found, item) for item in run_in} if len(run_in) >= _FEWEST_SAID else {}


def _numbered_heading(found: Sequence[Line], item: Item) -> Heading:
    rank = float(item.marker.style)
    if item.shape.standing:
        return standing(found, item.at, item.at, rank)
    return running(found, item.at, item.shape.end, rank)
