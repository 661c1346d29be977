"""What a PDF repeats on its pages: running heads, feet, page numbers."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise, takewhile

from corpus.readers.pdf_lines import Line

HEAD, FOOT, NUMBER = "页眉", "页脚", "页码"

_REACH = 2
"""Lines from the top or bottom edge that may be furniture."""
_PAGES = 3
"""Pages on which a line stands at the same place before it counts as furniture."""
_PLACE = 4.0
"""Points by which the place may differ."""
_RESIZED = 0.08
"""Share by which the size of its characters differs from the text's."""
_APART = 1.25
"""Distance from the text, to the usual distance of lines."""

_BARE = re.compile(r"\d{1,4}")
_MARKED = re.compile(
    r"[-—–－―─·•~～\s]+\d{1,4}[-—–－―─·•~～\s]+|第\s*\d{1,4}\s*页(?:\s*[,，/|]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}|"
    r"[Pp]age\s*\d{1,4}(?:\s*of\s*\d{1,4})?|(?=[ivxIVX])[ivxIVX]{1,6}"
)


def furniture(pages: Sequence[Sequence[Line]]) -> dict[tuple[int, int], str]:
    """Return what on the pages is furniture: position of the page, position of the line on it → the reason."""
    edges = [(page, index, top) for page, lines in enumerate(pages) for index, top in _edges(lines)]
    places: defaultdict[tuple[str, bool], list[tuple[int, int, float]]] = defaultdict(list)
    for page, index, top in edges:
        line = pages[page][index]
        places[_key(line.text), top].append((page, index, line.base))
    repeated: set[tuple[int, int]] = {
        (page, index)
        for stands in places.values()
        for page, index, base in stands
        if len({other for other, _, there in stands if abs(there - base) <= _PLACE}) >= _PAGES
    }
    offsets = Counter(
        int(pages[page][index].text) - page for page, index, _ in edges if _BARE.fullmatch(pages[page][index].text)
    )
    found: dict[tuple[int, int], str] = {}
    for page, lines in enumerate(pages):
        numbers = {index for index, line in enumerate(lines) if _is_number(line, page, offsets)}
        unwanted = numbers | {index for at, index in repeated if at == page}
        for top, reason in ((True, HEAD), (False, FOOT)):
            outside_in = [index for index, at_top in _edges(lines) if at_top is top]
            taken = list(takewhile(unwanted.__contains__, outside_in))
            while taken and not _set_apart(lines, taken, numbers):
                taken.pop()
            found |= {(page, index): NUMBER if index in numbers else reason for index in taken}
    return found


def _is_number(line: Line, page: int, offsets: Counter[int]) -> bool:
    """Tell page numbers: marked as such, or bare ones that count on with another page's."""
    if _BARE.fullmatch(line.text):
        return offsets[int(line.text) - page] > 1
    return bool(_MARKED.fullmatch(line.text))


def _set_apart(lines: Sequence[Line], taken: Sequence[int], numbers: set[int]) -> bool:
    """Tell whether lines at an edge stand off from the text or differ from it in size: text goes on in one step."""
    bases = sorted({line.base for line in lines})
    rest = [line for index, line in enumerate(lines) if index not in taken]
    if not rest:
        return numbers.issuperset(taken)
    inner = lines[taken[-1]]
    nearest = min(rest, key=lambda line: abs(line.base - inner.base))
    step = statistics.median(b - a for a, b in pairwise(bases)) if len(bases) > 1 else 0
    resized = abs(nearest.height - inner.height) > _RESIZED * max(nearest.height, inner.height)
    return resized or abs(nearest.base - inner.base) > _APART * step


def _edges(lines: Sequence[Line]) -> list[tuple[int, bool]]:
    """Return the positions of the lines nearest the top and the bottom of a page, outermost first, and which it is."""
    by_height = sorted(range(len(lines)), key=lambda index: -lines[index].base)
    top = by_height[: min(_REACH, (len(lines) + 1) // 2)]
    bottom = by_height[len(top) :][-_REACH:]
    return [(index, True) for index in top] + [(index, False) for index in reversed(bottom)]


def _key(text: str) -> str:
    return re.sub(r"\d+", "#", "".join(text.split()))
