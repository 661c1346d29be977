"""From a span of a document back to where it stands."""

from corpus.aspects import aspect_of
from corpus.document import Document, Passage, passage_id
from index.generation import Generation


def located(generation: Generation, document: Document, start: int, end: int) -> Passage | None:
    """Return the passage at a span, or None when the span does not lie inside one paragraph.

    A span that is no passage of this generation, since an earlier one cut the text otherwise, is located all the
    same; it has no neighbours.
    """
    row = generation.row.get(passage_id(document.id, start, end))
    if row is not None:
        return generation.passages[row]
    for case_at, case in enumerate(document.cases):
        for section_at, section in enumerate(case.sections):
            for paragraph in section.paragraphs:
                if paragraph.start <= start < end <= paragraph.end:
                    aspect = aspect_of(document.text[start:end], section.part)
                    return Passage(document.id, start, end, case_at, section_at, paragraph.number, aspect)
    return None
