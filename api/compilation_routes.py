"""The routes that read the compilation: cases, documents, and what is cited."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request

from api import outline_schemas, outline_views, schemas, views
from api.errors import NotFound
from api.state import State, StateDep
from corpus.document import Document
from qa.locate import located

router = APIRouter(responses=schemas.ERRORS)

_PASSAGE_ID = re.compile(r"(?P<document>.+):(?P<start>\d{1,12})-(?P<end>\d{1,12})")


@router.get("/cases", summary="案例目录")
async def get_cases(state: StateDep) -> outline_schemas.CasesOut:
    """Return all the numbered cases."""
    return outline_schemas.CasesOut(
        cases=[
            outline_views.case_summary(case, document)
            for document in state.reader.generation.documents
            for case in document.cases
            if case.number is not None
        ]
    )


@router.get("/cases/{number}", summary="一篇案例的全文和提纲")
async def get_case(number: Annotated[int, Path(ge=0)], state: StateDep) -> outline_schemas.CaseOut:
    """Return the case of a number, with its sections and paragraphs."""
    for document_id, at in sorted(state.reader.generation.cases_numbered([number])):
        document = state.reader.generation.document[document_id]
        return outline_views.case_out(document.cases[at], document)
    raise NotFound(f"汇编里没有第{number}篇。")


@router.get("/documents/{document_id}", summary="文档的原文，一字不差")
async def get_document(document_id: str, state: StateDep) -> outline_schemas.DocumentOut:
    """Return a document's raw text whole; every offset counts its code points."""
    document = _document(document_id, state)
    return outline_schemas.DocumentOut(id=document.id, title=document.title, text=document.text)


@router.get("/passages/{passage_id}", summary="一个段落：永久链接")
async def get_passage(passage_id: str, request: Request, state: StateDep) -> schemas.PlacedOut:
    """Return the span that a passage id names; it stays valid when the index is cut anew."""
    match = _PASSAGE_ID.fullmatch(passage_id)
    if not match:
        raise NotFound("段落编号应为“文档编号:起点-终点”。")
    document = _document(match["document"], state)
    passage = located(state.reader.generation, document, int(match["start"]), int(match["end"]))
    if passage is None:
        raise NotFound("这个位置不在任何一个段落之内。")
    return views.placed(document, passage, state.base_url(request))


def _document(document_id: str, state: State) -> Document:
    document = state.reader.generation.document.get(document_id)
    if document is None:
        raise NotFound(f"没有编号为“{document_id}”的文档。")
    return document
