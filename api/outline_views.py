"""From the compilation to what the API gives of it."""

from api import outline_schemas as schemas
from corpus.document import Case, Document


def case_summary(case: Case, document: Document) -> schemas.CaseSummary:
    """Return a case as it stands in a list."""
    return schemas.CaseSummary(**_case_fields(case, document))


def case_out(case: Case, document: Document) -> schemas.CaseOut:
    """Return a case with its sections and paragraphs."""
    return schemas.CaseOut(
        **_case_fields(case, document),
        sections=[
            schemas.SectionOut(
                part=section.part,
                headings=list(section.headings),
                paragraphs=[
                    schemas.ParagraphOut(
                        number=paragraph.number,
                        start=paragraph.start,
                        end=paragraph.end,
                        text=document.text[paragraph.start : paragraph.end],
                    )
                    for paragraph in section.paragraphs
                ],
            )
            for section in case.sections
        ],
    )


def _case_fields(case: Case, document: Document) -> dict[str, str | int | None]:
    return {
        "number": case.number,
        "label": case.label,
        "title": case.title,
        "province": case.place.province or None,
        "city": case.place.city or None,
        "county": case.place.county or None,
        "document_id": document.id,
        "start": case.start,
        "end": case.end,
    }
