"""The figures of a corpus: every number with a unit, where it stands and of what time it is said."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.document import Case, Document, Part
from corpus.figures import Figure, figures
from corpus.times import times

_YEAR = re.compile(r"(?:19|20)\d\d年")
_AHEAD = re.compile(r"(?:今后|未来|力争)[^。！？；]*$|继$")
_UNTIL = ("到", "“十")
"""What the sentence says before a time that is not the one of the case, and how such a time begins."""


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A figure and where it stands: `case` and `section` are positions as in a Passage, `paragraph` counts from 1.

    `time` is the time of which it is said: the one named before it in its sentence or paragraph, else in the lead of
    its case if that is no time to come, else the year in the title of the document; empty when there is none.
    """

    document_id: str
    case: int
    section: int
    paragraph: int
    figure: Figure
    time: str


def collected(documents: Iterable[Document]) -> Iterator[PlacedFigure]:
    """Yield the figures of documents in reading order."""
    for document in documents:
        titled = _YEAR.search(document.title)
        year = titled[0] if titled else ""
        for case_at, case in enumerate(document.cases):
            usual = _time_of_lead(case, document.text, year) or year
            for section_at, section in enumerate(case.sections):
                for paragraph in section.paragraphs:
                    last = usual
                    for figure in figures(document.text, paragraph.start, paragraph.end):
                        last = figure.time or last
                        yield PlacedFigure(document.id, case_at, section_at, paragraph.number, figure, last)


def _time_of_lead(case: Case, text: str, year: str) -> str:
    for section in case.sections:
        if section.part is Part.LEAD:
            for paragraph in section.paragraphs:
                for start, end in times(text, paragraph.start, paragraph.end):
                    if not _is_to_come(text, paragraph.start, start, end, year):
                        return text[start:end]
    return ""


def _is_to_come(text: str, begin: int, start: int, end: int, year: str) -> bool:
    """Tell whether a time is one that is planned for, or one long past (继2019年): nothing else is said of it."""
    told = _YEAR.search(text, start, end)
    later = bool(told and year and told[0] > year)
    return later or text.startswith(_UNTIL, start) or bool(_AHEAD.search(text, begin, start))
