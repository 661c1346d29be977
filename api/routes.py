"""The routes over the compilation: ask, search, and read what is cited."""

import re
import time
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request

from api import schemas, views
from api.errors import NotFound
from api.state import State, state_of
from corpus.document import Document
from index.filters import Filters
from qa.asking import Reply, ask
from qa.locate import located

router = APIRouter(responses=schemas.ERRORS)

StateDep = Annotated[State, Depends(state_of)]

_PASSAGE_ID = re.compile(r"(?P<document>.+):(?P<start>\d{1,12})-(?P<end>\d{1,12})")


@router.post("/ask", summary="提问：答案、依据的段落和引文", response_model_exclude_none=False)
async def post_ask(asked: schemas.AskIn, request: Request, state: StateDep) -> schemas.AskOut:
    """Answer a question from the compilation, with the ranked passages behind the answer."""
    reply, fields = await _reply(asked, request, state)
    return schemas.AskOut(**fields, answer=views.answer_out(reply))


@router.post("/search", summary="检索：只要段落，不要答案")
async def post_search(asked: schemas.AskIn, request: Request, state: StateDep) -> schemas.SearchOut:
    """Return the passages that `/ask` would stand on, without an answer."""
    _, fields = await _reply(asked, request, state)
    return schemas.SearchOut(**fields)


async def _reply(asked: schemas.AskIn, request: Request, state: State) -> tuple[Reply, dict[str, object]]:
    began = time.perf_counter()
    reader = state.reader
    filters = Filters(**asked.filters.model_dump()) if asked.filters else Filters()
    # Encoding takes milliseconds of pure computing; off the event loop, the server goes on answering others.
    reply = await anyio.to_thread.run_sync(ask, reader, asked.question, asked.top_k, filters)
    base_url = state.base_url(request)
    return reply, {
        "question": asked.question,
        "interpretation": views.interpretation_out(reply.interpretation, reply.plan),
        "passages": [views.passage_out(evidence, base_url) for evidence in reply.evidence],
        "index": schemas.IndexRef(generation=state.manifest.generation, fingerprint=state.manifest.fingerprint),
        "took_ms": round((time.perf_counter() - began) * 1000, 2),
        "trace": views.trace_out(reply, reader) if asked.explain else None,
    }


@router.get("/cases", summary="案例目录")
async def get_cases(state: StateDep) -> schemas.CasesOut:
    """Return all the numbered cases."""
    return schemas.CasesOut(
        cases=[
            views.case_summary(case, document)
            for document in state.reader.generation.documents
            for case in document.cases
            if case.number is not None
        ]
    )


@router.get("/cases/{number}", summary="一篇案例的全文和提纲")
async def get_case(number: Annotated[int, Path(ge=0)], state: StateDep) -> schemas.CaseOut:
    """Return the case of a number, with its sections and paragraphs."""
    for document_id, at in sorted(state.reader.generation.cases_numbered([number])):
        document = state.reader.generation.document[document_id]
        return views.case_out(document.cases[at], document)
    raise NotFound(f"汇编里没有第{number}篇。")


@router.get("/documents/{document_id}", summary="文档的原文，一字不差")
async def get_document(document_id: str, state: StateDep) -> schemas.DocumentOut:
    """Return a document's raw text whole; every offset counts its code points."""
    document = _document(document_id, state)
    return schemas.DocumentOut(id=document.id, title=document.title, text=document.text)


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
