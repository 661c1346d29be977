"""Leads: paragraphs that open with a short sentence as with a heading, one like the other (突出重点。制定……)."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from corpus.outlining.lines import Line
from corpus.outlining.markers import Marker

_LONGEST = 32
_STRICT_LONGEST = 20
_SHORTEST = 4
_FEWEST_STRICT = 5
_FEWEST_APART = 3
_STOP = re.compile(r"[。！？!?]")
_NO_LEAD = re.compile(
    r"各位|同志|同时|与此|此外|另外|其中|目前|当前|今年|去年|明年|过去|一年来|近年|近日|我们|我[省市县区国]|他们|这[些是个一]|因此|为此|为了|但|"
    r"据|截至|截止|预计|\d|[—─-]{2}|[“‘]?习近平|谢谢|让我们|第"
)
_STATES = re.compile(r"(?<![尤只还就总])是(?!非)|我们|一头连着|[：:；;]|来之不易|不平凡|\d{4}\s*年")


def leads(
    found: Sequence[Line], taken: Collection[int], markers: Mapping[int, Marker], glossary: set[int]
) -> list[tuple[int, int]]:
    """Return (line, length of the lead) for the paragraphs that open with one. What is said twice heads nothing.

    Two that stand together under one heading bear each other out, three where there is no heading or only one without
    a number; one alone counts where the text has many such in other places.
    """
    bounds = [(-1, False, False), *((at, True, at in markers) for at in sorted(taken)), (len(found), False, False)]
    firm: list[tuple[int, int]] = []
    lone: list[tuple[int, int]] = []
    for (above, headed, numbered), (below, _, _) in pairwise(bounds):
        ends = {at: end for at in range(above + 1, below) if (end := _lead(found, at, markers, glossary))}
        fewest = 2 if headed and numbered else _FEWEST_APART
        for run in _runs(sorted(ends)):
            if len({found[at].words[: ends[at]] for at in run}) < len(run):
                continue
            if len(run) >= fewest:
                firm += [(at, ends[at]) for at in run]
            elif numbered and run[0] - above <= 2:
                lone += [(at, ends[at]) for at in run if _strict(found[at].words[: ends[at]])]
    strict = sum(_strict(found[at].words[:end]) for at, end in firm + lone)
    return sorted(firm + lone if strict >= _FEWEST_STRICT else firm)


def _lead(found: Sequence[Line], at: int, markers: Mapping[int, Marker], glossary: set[int]) -> int:
    words = found[at].words
    if at in markers or at in glossary or _NO_LEAD.match(words):
        return 0
    stop = _STOP.search(words[: _LONGEST + 1])
    if stop is None or stop.start() < _SHORTEST or len(words) - stop.end() < max(20, stop.start()):
        return 0
    lead = words[: stop.start()]
    if (
        words.startswith("我们", stop.end())
        or words[stop.end()] in "”’」』）)"
        or _STATES.search(lead)
        or lead.count("，") + lead.count(",") > 1
    ):
        return 0
    return stop.start()


def _strict(lead: str) -> bool:
    return len(lead) <= _STRICT_LONGEST and "，" not in lead and "," not in lead


def _runs(positions: Sequence[int]) -> list[list[int]]:
    """Return the positions in runs; one paragraph between two leads may be the second of the first of them."""
    runs: list[list[int]] = []
    for at in positions:
        if runs and at - runs[-1][-1] <= 2:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs
