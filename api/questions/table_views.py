"""From figures and comparisons to what the API gives."""

from collections.abc import Sequence

from api.questions import schemas, table_schemas
from api.questions.views import case_ref, figure_fields, permanent_link, sentence_out
from corpus.document import Document, Passage
from index.figures import PlacedFigure
from index.generation import Generation
from qa.citation import citation
from qa.comparable import Bar, Chart
from qa.compare import Comparison, Row
from qa.figure_list import Listing, passage_of
from qa.figures import FigureFound


def figures_out(listing: Listing, page: slice, generation: Generation, base_url: str) -> table_schemas.FiguresOut:
    """Return a page of the figures listed."""
    return table_schemas.FiguresOut(
        total=len(listing.figures),
        units=[table_schemas.UnitOut(unit=unit, count=count) for unit, count in listing.units],
        figures=[_placed_out(each, generation, base_url) for each in listing.figures[page]],
    )


def compare_out(
    comparison: Comparison, charts: Sequence[Chart], index: schemas.IndexRef, took_ms: float, base_url: str
) -> table_schemas.CompareOut:
    """Return a comparison, and the charts that its figures allow."""
    return table_schemas.CompareOut(
        question=comparison.interpretation.text,
        rows=[_row_out(row, base_url) for row in comparison.rows],
        charts=[_chart_out(chart, comparison.rows, base_url) for chart in charts],
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


def _chart_out(chart: Chart, rows: Sequence[Row], base_url: str) -> table_schemas.ChartOut:
    return table_schemas.ChartOut(
        indicator=chart.measure,
        unit=chart.unit,
        comparison=chart.comparison,
        planned=chart.planned,
        bars=[_bar_out(bar, rows[bar.row], base_url) for bar in chart.bars],
    )


def _bar_out(bar: Bar, row: Row, base_url: str) -> table_schemas.BarOut:
    figure = _found_out(bar.found, base_url).model_dump(exclude={"value", "time"})
    return table_schemas.BarOut(
        **figure, row=bar.row, title=row.case.title, value=bar.value, converted=bar.converted, time=bar.time
    )


def _found_out(found: FigureFound, base_url: str) -> table_schemas.FoundFigureOut:
    words = found.evidence.document.text[found.sentence.start : found.sentence.end]
    return _figure_out(found.placed, found.evidence.document, found.evidence.passage, words, base_url)


def _placed_out(placed: PlacedFigure, generation: Generation, base_url: str) -> table_schemas.FoundFigureOut:
    document, passage = generation.document[placed.document_id], passage_of(placed, generation)
    return _figure_out(placed, document, passage, document.text[passage.start : passage.end], base_url)


def _figure_out(
    placed: PlacedFigure, document: Document, passage: Passage, sentence: str, base_url: str
) -> table_schemas.FoundFigureOut:
    return table_schemas.FoundFigureOut(
        **figure_fields(placed, document, passage),
        sentence=sentence,
        citation=citation(document, passage),
        url=permanent_link(passage, base_url),
    )
