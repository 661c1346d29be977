"""What a numbered line looks like: a heading that stands alone, one that runs into its text, or text."""

import re
from dataclasses import dataclass

from corpus.outlining.lines import reads_as_title
from corpus.outlining.markers import Marker, Style

_NUMBERED_LONGEST = 40
_RUN_IN_LONGEST = 50
_COLON_LONGEST = 16
_SPACED_LONGEST = 25
_FULL_STOP = re.compile(r"[。！？!?]")
_COLON = re.compile(r"[^\s，,。；;：:、]{2,12}(?=[：:]\S)")
_PARTED = re.compile(r"[^，,]{4}(?:[\u3000\u2003]|\s\s)[^，,]+[，,]")
"""A wide space with running text behind it: the heading ends there and not at the stop."""
_BINDING = re.compile(r"应当|不得|必须|须[经由在向]")
_SPACED = re.compile(r"[^\s，,。；;：:、！？!?]{4,25}(?<=[\u4e00-\u9fff”》）])[\s\u3000]+(?=[\u4e00-\u9fff“《])")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a numbered line looks like; `end` is where its heading ends, if it is more than that.

    `standing`: the whole line is a heading. `run_in`: a heading and text behind it. `sentence`: one short sentence,
    with its stop and nothing behind.
    """

    standing: bool = False
    run_in: bool = False
    sentence: bool = False
    end: int = 0


_TEXT = Shape()


def shape_of(words: str, marker: Marker, within_law: bool) -> Shape:
    """Return what a numbered line looks like. `within_law`: it is a clause of an article, and so no heading."""
    if marker.style is Style.ARTICLE:
        length = len(words[: marker.length].rstrip())
        return Shape(standing=True) if length >= len(words) else Shape(run_in=True, end=length)
    if within_law:
        return _TEXT
    if len(words) == marker.length:
        return _TEXT
    if reads_as_title(words, _NUMBERED_LONGEST if marker.style is not Style.SAID else _NUMBERED_LONGEST - 5):
        return Shape(standing=True)
    if words[-1] in "：:" and len(words) <= _COLON_LONGEST + marker.length and "，" not in words:
        return Shape(standing=marker.style is not Style.SAID)
    if marker.style in (Style.MAIN, Style.BRACKETED) and (
        colon := _COLON.match(words[: 3 * _COLON_LONGEST], marker.length)
    ):
        return Shape(run_in=True, end=colon.end())
    limit = marker.length + _RUN_IN_LONGEST
    stop = _FULL_STOP.search(words[:limit], marker.length)
    if stop is None or _PARTED.search(words[marker.length : stop.start()]):
        return _spaced(words, marker)
    lead = words[marker.length : stop.start()]
    if not lead or _BINDING.search(lead) or "：" in lead or ":" in lead or "；" in lead:
        return _TEXT
    behind = words[stop.end() : stop.end() + 1]
    if behind and behind in "”’」』）)":
        return _TEXT
    return Shape(run_in=bool(behind), sentence=not behind, end=stop.start())


def _spaced(words: str, marker: Marker) -> Shape:
    """Return the shape of a line whose heading is parted from its text by a space alone."""
    match = _SPACED.match(words[: marker.length + 2 * _SPACED_LONGEST], marker.length)
    if match and len(words) - match.end() >= len(match.group()) and marker.style is not Style.SAID:
        return Shape(run_in=True, end=len(words[: match.end()].rstrip()))
    return _TEXT
