"""From figures and comparisons to what the API gives."""

from collections.abc import Sequence

from api import schemas, table_schemas
from api.views import case_ref, figure_fields, permanent_link, sentence_out
from corpus.document import Document, Passage
from index.figures import PlacedFigure
from index.generation import Generation
from qa.citation import citation
from qa.compare import Comparison, Row
from qa.figure_list import sentence_of
from qa.figures import FigureFound
from qa.locate import located


def figures_out(
    found: Sequence[PlacedFigure], total: int, generation: Generation, base_url: str
) -> table_schemas.FiguresOut:
    """Return figures of the compilation, of `total` that there are."""
    return table_schemas.FiguresOut(total=total, figures=[_placed_out(each, generation, base_url) for each in found])


def compare_out(
    comparison: Comparison, index: schemas.IndexRef, took_ms: float, base_url: str
) -> table_schemas.CompareOut:
    """Return a comparison."""
    return table_schemas.CompareOut(
        question=comparison.interpretation.text,
        rows=[_row_out(row, base_url) for row in comparison.rows],
        missing=list(comparison.missing),
        index=index,
        took_ms=took_ms,
    )


def _row_out(row: Row, base_url: str) -> table_schemas.RowOut:
    return table_schemas.RowOut(
        case=case_ref(row.case),
        document_id=row.document.id,
        measures=[sentence_out(said) for said in row.measures],
        results=[sentence_out(said) for said in row.results],
        background=[sentence_out(said) for said in row.background],
        figures=[_found_out(found, base_url) for found in row.figures],
        time=row.time,
        note=row.note,
    )


def _found_out(found: FigureFound, base_url: str) -> table_schemas.FoundFigureOut:
    words = found.evidence.document.text[found.sentence.start : found.sentence.end]
    return _figure_out(found.placed, found.evidence.document, found.evidence.passage, words, base_url)


def _placed_out(placed: PlacedFigure, generation: Generation, base_url: str) -> table_schemas.FoundFigureOut:
    document = generation.document[placed.document_id]
    start, end = sentence_of(placed, generation)
    passage = located(generation, document, start, end)
    assert passage is not None  # a sentence lies in the very paragraph it was read from
    return _figure_out(placed, document, passage, document.text[start:end], base_url)


def _figure_out(
    placed: PlacedFigure, document: Document, passage: Passage, sentence: str, base_url: str
) -> table_schemas.FoundFigureOut:
    return table_schemas.FoundFigureOut(
        **figure_fields(placed, document),
        sentence=sentence,
        passage_id=passage.id,
        citation=citation(document, passage),
        url=permanent_link(passage, base_url),
    )
