"""The routes that read the compilation: cases, documents, and what is cited."""

from bisect import bisect_right
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.compilation import originals, outline_schemas, outline_views
from api.compilation.passages import document_named, passage_named
from api.compilation.paths import DocumentPath, PassagePath
from api.errors import NotFound
from api.openapi import Tag, failing, link
from api.questions import schemas, views
from api.security.guard import KEY, check_may_ask, guarded_by
from api.server import StateDep
from api.state import State
from corpus.document import Case, Document

router = APIRouter(route_class=guarded_by(check_may_ask), dependencies=[Depends(KEY)], tags=[Tag.COMPILATION])


@router.get(
    "/cases",
    summary="案例目录",
    responses={200: {"links": link("get_case", "case_number", "/cases/0/case_number", "第一篇")}},
)
def list_cases(
    state: StateDep,
    with_all: Annotated[
        bool, Query(alias="all", description="连同没有篇号的部分（前言、报告）", examples=[True])
    ] = False,
) -> outline_schemas.CasesOut:
    """Return all the numbered cases; with `all` also what has no number: prefaces, and documents without cases."""
    return outline_schemas.CasesOut(
        cases=[
            outline_views.case_summary(case, document)
            for document in state.reader.generation.documents
            for case in document.cases
            if with_all or case.number is not None
        ]
    )


@router.get("/cases/{case_number}", summary="一篇案例的全文和提纲", responses=failing(NotFound))
def get_case(
    case_number: Annotated[int, Path(ge=0, description="篇号", examples=[157])], state: StateDep
) -> outline_schemas.CaseOut:
    """Return the case of a number, with its sections and paragraphs."""
    for document_id, at in sorted(state.reader.generation.cases_numbered([case_number])):
        document = state.reader.generation.document[document_id]
        return _case_out(document.cases[at], document, state)
    raise NotFound(f"汇编里没有第{case_number}篇。")


@router.get("/documents/{document_id}", summary="文档的原文，一字不差", responses=failing(NotFound))
def get_document(document_id: DocumentPath, state: StateDep) -> outline_schemas.DocumentOut:
    """Return a document's raw text whole; every offset counts its code points."""
    document = document_named(state.reader.generation, document_id)
    return outline_schemas.DocumentOut(id=document.id, title=document.title, text=document.text)


@router.get("/documents/{document_id}/case", summary="原文某个位置所在的案例：全文和提纲", responses=failing(NotFound))
def get_case_of_document(
    document_id: DocumentPath,
    at: Annotated[int, Query(ge=0, description="原文的字符序号", examples=[5442])],
    state: StateDep,
) -> outline_schemas.CaseOut:
    """Return the case, numbered or not, in which a position of a document lies.

    For one that lies in none, the nearest case before it, else the first.
    """
    document = document_named(state.reader.generation, document_id)
    if not document.cases:
        raise NotFound(f"文档“{document.title}”里没有正文。")
    if at >= len(document.text):
        raise NotFound(f"文档“{document.title}”只有 {len(document.text)} 个字，没有第 {at} 个位置。")
    before = bisect_right(document.cases, at, key=lambda case: case.start)
    return _case_out(document.cases[max(before - 1, 0)], document, state)


@router.get("/passages/{passage_id}", summary="一个段落：永久链接", responses=failing(NotFound))
async def get_passage(
    passage_id: PassagePath, request: Request, response: Response, state: StateDep
) -> schemas.PlacedOut:
    """Return the span that a passage id names; it stays valid when the index is cut anew."""
    # A browser that asks for HTML gets the page at this address.
    response.headers["vary"] = "accept"
    document, passage = passage_named(state.reader.generation, passage_id)
    return views.placed(document, passage, state.base_url(request))


def _case_out(case: Case, document: Document, state: State) -> outline_schemas.CaseOut:
    return outline_views.case_out(case, document, originals.pages(state.settings.originals_root, document))
