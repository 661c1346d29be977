"""From the compilation to what the API gives of it."""

from typing import Any

from api.compilation import outline_schemas as schemas
from api.questions.schemas import SpanOut
from corpus.document import Case, Document, Paragraph, Section


def case_summary(case: Case, document: Document) -> schemas.CaseSummary:
    """Return a case as it stands in a list."""
    return schemas.CaseSummary(**_case_fields(case, document))


def case_out(case: Case, document: Document, original_pages: int | None) -> schemas.CaseOut:
    """Return a case with its sections and paragraphs; `original_pages` as `api.compilation.originals.pages` tells."""
    return schemas.CaseOut(
        **_case_fields(case, document),
        original_pages=original_pages,
        sections=[_section_out(section, document) for section in case.sections],
    )


def _section_out(section: Section, document: Document) -> schemas.SectionOut:
    return schemas.SectionOut(
        part=section.part,
        headings=list(section.headings),
        heading=SpanOut(start=section.heading[0], end=section.heading[1]) if section.heading else None,
        paragraphs=[_paragraph_out(paragraph, document) for paragraph in section.paragraphs],
    )


def _paragraph_out(paragraph: Paragraph, document: Document) -> schemas.ParagraphOut:
    origin = document.origin(paragraph.start)
    return schemas.ParagraphOut(
        number=paragraph.number,
        start=paragraph.start,
        end=paragraph.end,
        text=document.text[paragraph.start : paragraph.end],
        page=origin.page if origin else None,
        original_paragraph=origin.paragraph if origin else None,
    )


def _case_fields(case: Case, document: Document) -> dict[str, Any]:
    return {
        "case_number": case.number,
        "label": case.label,
        "title": case.title,
        "province": case.place.province or None,
        "city": case.place.city or None,
        "county": case.place.county or None,
        "document_id": document.id,
        "document_title": document.title,
        "start": case.start,
        "end": case.end,
        "paragraph_count": sum(len(section.paragraphs) for section in case.sections),
    }
