"""What the API gives of the compilation itself: cases with their outline, and documents."""

from pydantic import BaseModel, Field

from api.questions.schemas import SpanOut


class ParagraphOut(BaseModel):
    """A paragraph; `number` counts within its section, `page` and `original_paragraph` lead to where it begins."""

    number: int
    start: int
    end: int
    text: str
    page: int | None = Field(description="原件的页码（PDF）")
    original_paragraph: int | None = Field(description="原件的段落序号（Word），从 1 起，空段也算")


class SectionOut(BaseModel):
    """Paragraphs under a path of headings; `part` is lead, body or closing.

    `heading` is the span of its own heading, the innermost; one that runs into its text lies in the first paragraph.
    """

    part: str
    headings: list[str]
    heading: SpanOut | None
    paragraphs: list[ParagraphOut]


class CaseSummary(BaseModel):
    """A case in a list; a preface, or a document without cases, has no number and no label."""

    case_number: int | None
    label: str
    title: str
    province: str | None
    city: str | None
    county: str | None
    document_id: str
    document_title: str
    start: int
    end: int
    paragraph_count: int = Field(description="有几个自然段")


class CaseOut(CaseSummary):
    """A case whole."""

    original_pages: int | None = Field(description="原件（PDF）有文字的最后一页；没有留下原件时为空")
    sections: list[SectionOut]


class CasesOut(BaseModel):
    """All the numbered cases, in order; the parts without a number too, where they are asked for."""

    cases: list[CaseSummary]


class DocumentOut(BaseModel):
    """A document with its raw text, character for character."""

    id: str
    title: str
    text: str
