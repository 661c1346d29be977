"""What the API gives of the compilation itself: cases with their outline, and documents."""

from pydantic import BaseModel


class ParagraphOut(BaseModel):
    """A paragraph; `number` counts within its section."""

    number: int
    start: int
    end: int
    text: str


class SectionOut(BaseModel):
    """Paragraphs under a path of headings; `part` is lead, body or closing."""

    part: str
    headings: list[str]
    paragraphs: list[ParagraphOut]


class CaseSummary(BaseModel):
    """A case in a list."""

    number: int | None
    label: str
    title: str
    province: str | None
    city: str | None
    county: str | None
    document_id: str
    start: int
    end: int


class CaseOut(CaseSummary):
    """A case whole."""

    sections: list[SectionOut]


class CasesOut(BaseModel):
    """All the numbered cases, in order."""

    cases: list[CaseSummary]


class DocumentOut(BaseModel):
    """A document with its raw text, character for character."""

    id: str
    title: str
    text: str
