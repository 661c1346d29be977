"""The values that everything else speaks of. Offsets are code points into `Document.text`, half-open."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """What a sentence tells: what was done, what came of it, or what stood behind it."""

    MEASURE = "measure"
    RESULT = "result"
    BACKGROUND = "background"


class Part(StrEnum):
    """Where in a case a section stands: before the first heading, under a heading, or summing up the case."""

    LEAD = "lead"
    BODY = "body"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative place of China, full names: 河南省 / 周口市 / 扶沟县. What is not known is empty."""

    province: str = ""
    city: str = ""
    county: str = ""

    @property
    def name(self) -> str:
        """The place as a case title writes it, 周口市扶沟县; a province alone when there is no more."""
        return self.city + self.county or self.province


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `number` counts from 1 within its section."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs under one heading; `headings` is the path from the outermost, empty for lead and closing.

    `heading` is the span of its own heading, the innermost; one that runs into its text lies in the first paragraph.
    """

    part: Part
    headings: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]
    heading: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One 篇 of a compilation.

    `label` is its number as printed (第一百五十七篇). A preface (编者按) and a document without cases are Cases too,
    with `number` None and an empty `label`. `heading` is the span of the line or lines of its title.
    """

    number: int | None
    label: str
    title: str
    place: Place
    start: int
    end: int
    sections: tuple[Section, ...]
    heading: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """Text that is kept but is no body: a list of contents, a web page's furniture. `reason` is Chinese."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the original file the text from `start` on stands: its page or its paragraph, from 1."""

    start: int
    page: int | None = None
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One source: its text character for character, and the outline found in it.

    The text is what was decoded, or what a reader took out of a Word file, a PDF or a web page; then `origins`, in
    reading order, lead back to the pages or paragraphs of the original.
    """

    id: str
    title: str
    text: str
    cases: tuple[Case, ...]
    asides: tuple[Aside, ...] = ()
    origins: tuple[Origin, ...] = ()

    def origin(self, position: int) -> Origin | None:
        """Return where in the original file a position of the text stands; None where the text is the file's own."""
        at = bisect_right(self.origins, position, key=lambda origin: origin.start)
        return self.origins[at - 1] if at else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span inside one paragraph: what is embedded, found, shown and cited.

    `case` and `section` are positions in `Document.cases` and `Case.sections`; `previous` and `next` are the ids of
    its neighbours in the same case.
    """

    document_id: str
    start: int
    end: int
    case: int
    section: int
    paragraph: int
    aspect: Aspect
    previous: str | None = None
    next: str | None = None

    @property
    def id(self) -> str:
        """Document and span, never the content: two equal paragraphs in two cases stay two passages."""
        return passage_id(self.document_id, self.start, self.end)


def passage_id(document_id: str, start: int, end: int) -> str:
    """Return the id of the passage at `[start, end)` of a document."""
    return f"{document_id}:{start}-{end}"
