"""The routes that answer: ask, search, figures, and places side by side."""

import time
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.errors import Busy
from api.openapi import BINARY, TEXT, Tag, failing, link
from api.openapi import events as events_of
from api.questions import schemas, table_schemas, table_views
from api.questions.answering import asked_and_answered, events, told
from api.questions.export import laid_out, to_csv, to_docx, to_markdown
from api.security.audit import note
from api.security.guard import KEY, check_may_ask, guarded_by
from api.server import StateDep
from api.state import State
from index.errors import FilterUnknown
from index.filters import Filters
from qa.comparable import charts
from qa.compare import compared
from qa.figure_list import listed

router = APIRouter(route_class=guarded_by(check_may_ask), dependencies=[Depends(KEY)], tags=[Tag.QUESTIONS])

_UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""What keeps a proxy from holding a stream back."""


_EVENTS = events_of(passages="SearchOut", sentence="PieceOut", dropped="DroppedOut", answer="AskOut")
_CITED = link("get_passage", "passage_id", "/passages/0/id", "找到的第一个段落")


@router.post(
    "/ask",
    summary="提问：答案、依据的段落和引文",
    response_model=schemas.AskOut,
    responses={**failing(FilterUnknown, Busy), 200: {"content": {"text/event-stream": _EVENTS}, "links": _CITED}},
)
async def ask(asked: schemas.AskIn, request: Request, state: StateDep) -> schemas.AskOut | Response:
    """Answer a question from the compilation, with the ranked passages behind the answer.

    `messages` are the turns before it, from which a follow-up is made whole. With `stream` the answer comes as
    server-sent events: `passages`, each `sentence`, and last `answer`, which is what is returned otherwise.
    """
    base_url = state.base_url(request)
    if asked.stream:
        found = await told(asked, state, base_url)
        return StreamingResponse(events(found, state), media_type="text/event-stream", headers=_UNBUFFERED)
    return await asked_and_answered(asked, state, base_url)


@router.post(
    "/search",
    summary="检索：只要段落，不要答案",
    responses={**failing(FilterUnknown, Busy), 200: {"links": _CITED}},
)
async def search(asked: schemas.SearchIn, request: Request, state: StateDep) -> schemas.SearchOut:
    """Return the passages that `/ask` would stand on, without an answer."""
    return (await told(asked, state, state.base_url(request))).found


@router.get(
    "/search",
    summary="检索，问题在地址里：/search?q=…",
    responses={**failing(FilterUnknown, Busy), 200: {"links": _CITED}},
)
async def search_get(
    request: Request, state: StateDep, asked: Annotated[schemas.SearchQuery, Query()]
) -> schemas.SearchOut:
    """Return what a question posted there would."""
    return (await told(asked.whole(), state, state.base_url(request))).found


@router.get("/figures", summary="数据：汇编里带单位的数字", responses=failing(FilterUnknown))
def list_figures(
    request: Request, state: StateDep, asked: Annotated[table_schemas.FiguresIn, Query()]
) -> table_schemas.FiguresOut:
    """Return the figures of the compilation in the order asked for; else in reading order, or the best first."""
    filters = Filters(
        city=asked.city, county=asked.county, case_number=asked.case_number, document_id=asked.document_id
    )
    generation = state.reader.generation
    found = listed(generation, filters, asked.unit, asked.q, asked.sort, asked.articles)
    page = slice(asked.offset, asked.offset + asked.limit)
    return table_views.figures_out(found, page, generation, state.base_url(request))


class Format(StrEnum):
    """What a comparison is returned as."""

    JSON = "json"
    CSV = "csv"
    DOCX = "docx"
    MARKDOWN = "markdown"


_FILES = {
    Format.CSV: (to_csv, "text/csv; charset=utf-8", "csv", TEXT),
    Format.DOCX: (to_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", BINARY),
    Format.MARKDOWN: (to_markdown, "text/markdown; charset=utf-8", "md", TEXT),
}


@router.post(
    "/compare",
    summary="比较：各地的做法、成效、数据，成表",
    response_model=table_schemas.CompareOut,
    responses={
        **failing(Busy),
        200: {"content": {kind.partition(";")[0]: shape for _, kind, _, shape in _FILES.values()}},
    },
)
async def compare(
    asked: table_schemas.CompareIn,
    request: Request,
    state: StateDep,
    as_format: Annotated[Format, Query(alias="format", description="以什么格式返回", examples=["csv"])] = Format.JSON,
) -> table_schemas.CompareOut | Response:
    """Return a row for each case that answers, every cell cited; as a file where a format is given."""
    note(question=asked.asked, generation=state.manifest.generation)
    return await state.gate.run(partial(_compared, asked, state, state.base_url(request), as_format))


def _compared(
    asked: table_schemas.CompareIn, state: State, base_url: str, as_format: Format
) -> table_schemas.CompareOut | Response:
    began = time.perf_counter()
    found = compared(state.reader, asked.asked, asked.places)
    if as_format is Format.JSON:
        drawn = charts(found.rows)
        took = round((time.perf_counter() - began) * 1000, 2)
        return table_views.compare_out(found, drawn, state.index_ref, took, base_url)
    write, media_type, suffix, _ = _FILES[as_format]
    content = write(laid_out(found, base_url, datetime.now(UTC).date()))
    attached = {"content-disposition": f'attachment; filename="anwen-compare.{suffix}"'}
    return Response(content, media_type=media_type, headers=attached)
