"""What the API gives of the compilation itself: cases with their outline, and documents."""

from pydantic import BaseModel, Field

from api.questions.fields import (
    EXAMPLE_DOCUMENT,
    EXAMPLE_SENTENCE,
    CaseNumber,
    City,
    County,
    DocumentId,
    End,
    Headings,
    OriginalParagraph,
    Page,
    PartOf,
    Start,
    Title,
)
from api.questions.schemas import SpanOut

_DOCUMENT_TITLE = "2021年河南省优化营商环境典型案例汇编"


class ParagraphOut(BaseModel, frozen=True):
    """A paragraph; `number` counts within its section, `page` and `original_paragraph` lead to where it begins."""

    number: int = Field(description="小节里的第几段，从 1 起", examples=[1])
    start: Start
    end: End
    text: str = Field(description="原文，一字不差", examples=[EXAMPLE_SENTENCE])
    page: Page
    original_paragraph: OriginalParagraph


class SectionOut(BaseModel, frozen=True):
    """Paragraphs under a path of headings; `part` is lead, body or closing.

    `heading` is the span of its own heading, the innermost; one that runs into its text lies in the first paragraph.
    """

    part: PartOf
    headings: Headings
    heading: SpanOut | None = Field(description="它自己的标题在原文的位置；没有标题则为空")
    paragraphs: list[ParagraphOut] = Field(description="各段")


class CaseSummary(BaseModel, frozen=True):
    """A case in a list; a preface, or a document without cases, has no number and no label."""

    case_number: CaseNumber
    label: str = Field(description="篇号，原文的写法；没有篇号则为空", examples=["第一百五十七篇"])
    title: Title
    province: str | None = Field(description="省", examples=["河南省"])
    city: City
    county: County
    document_id: DocumentId
    document_title: str = Field(description="所在文档的标题", examples=[_DOCUMENT_TITLE])
    start: Start
    end: End
    paragraph_count: int = Field(description="有几个自然段", examples=[9])


class CaseOut(CaseSummary):
    """A case whole."""

    original_pages: int | None = Field(description="原件（PDF）有文字的最后一页；没有留下原件时为空", examples=[84])
    sections: list[SectionOut] = Field(description="各个小节")


class CasesOut(BaseModel, frozen=True):
    """All the numbered cases, in order; the parts without a number too, where they are asked for."""

    cases: list[CaseSummary] = Field(description="各篇案例")


class DocumentOut(BaseModel, frozen=True):
    """A document with its raw text, character for character."""

    id: str = Field(description="文档编号", examples=[EXAMPLE_DOCUMENT])
    title: str = Field(description="标题", examples=[_DOCUMENT_TITLE])
    text: str = Field(description="原文，一字不差", examples=[EXAMPLE_SENTENCE])
