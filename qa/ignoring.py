"""A question without what its asker takes back of how it was understood: its place, its case, its year, …"""

import re
from collections.abc import Collection
from dataclasses import replace

from corpus.numerals import NUMERAL, numeral
from corpus.places import aliases
from qa.codes import Ignorable
from qa.understanding import Interpretation, PlaceAsked, PlaceNames, understood

_CASE = re.compile(rf"第?\s*([{NUMERAL}]+)\s*篇")
_YEAR = re.compile(
    r"(?<!\d)\d{2,4}(?!\d|年?第?\d*号)(?:年度?)?|[一二][〇○零一二三四五六七八九]{3}年度?|"
    r"[“\"]?十[一二三四五六]五[”\"]?(?:规划|期间|时期|末)?"
)
"""What may name a case and years; cut where it names those understood."""


def understood_without(question: str, names: PlaceNames, ignoring: Collection[Ignorable]) -> Interpretation:
    """Return what a question asks for when parts of what was understood do not count.

    Names of places, numbers of cases and years are cut out of it, and what is left is understood anew.
    """
    asked = understood(question, names)
    text = asked.text
    if Ignorable.PLACE in ignoring:
        text = _without_places(text, asked.places, names)
    if Ignorable.CASE in ignoring:
        text = _CASE.sub(lambda found: _cut(found, numeral(found[1]) in asked.case_numbers), text)
    if Ignorable.YEAR in ignoring:
        text = _YEAR.sub(lambda found: _cut(found, bool(_years(found[0], names) & set(asked.years))), text)
    left = asked if text == asked.text else understood(text, names)
    # What two parts that come together by the cut might name was not asked for either.
    return replace(
        left,
        places=() if Ignorable.PLACE in ignoring else left.places,
        case_numbers=() if Ignorable.CASE in ignoring else left.case_numbers,
        misnamed=() if Ignorable.PLACE in ignoring else left.misnamed,
        years=() if Ignorable.YEAR in ignoring else left.years,
        aspect=None if Ignorable.ASPECT in ignoring else left.aspect,
        figure=left.figure and Ignorable.FIGURE not in ignoring,
    )


def _without_places(text: str, places: Collection[PlaceAsked], names: PlaceNames) -> str:
    """Return the text without the places, under whatever names of theirs it says them."""
    known = {alias for asked in places for alias in aliases(asked.place) if names.asked(alias)}
    known |= {asked.mention for asked in places}
    any_of = "|".join(map(re.escape, sorted(known, key=lambda name: (-len(name), name))))
    return re.sub(any_of, " ", text) if any_of else text


def _years(text: str, names: PlaceNames) -> set[int]:
    return set(understood(text, names).years)


def _cut(found: re.Match[str], is_meant: bool) -> str:
    return " " if is_meant else found[0]
