"""Retrieval as RAGFlow's clients ask for it: passages page by page, and how many each document has."""

from collections import Counter
from html import escape
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.errors import Fault, KnowledgeUnknown
from api.integrations.conditions import Conditions
from api.integrations.retrieval import DEEPEST, KNOWLEDGE, Retrieved, retrieved, unit
from api.integrations.speaking import speaking
from api.openapi import Tag, told_as
from api.questions.fields import (
    EXAMPLE_CITATION,
    EXAMPLE_DOCUMENT,
    EXAMPLE_PASSAGE,
    EXAMPLE_SENTENCE,
    EXAMPLE_URL,
    LONGEST_QUESTION,
    Name,
)
from api.security.guard import KEY
from api.server import StateDep

_MOST_ON_A_PAGE = DEEPEST
_MOST_IDS = 1000
_DATA, _UNEXPECTED, _PERMISSION, _AUTHENTICATION = 102, 100, 108, 109
"""RAGFlow's codes: what was asked cannot be answered; something broke; not allowed; not known."""


class RagflowRetrievalIn(BaseModel):
    """A question in RAGFlow's form; its other fields are ignored."""

    model_config = ConfigDict(extra="ignore")

    question: str = Field(max_length=LONGEST_QUESTION, examples=["扶沟是怎么保障土地的?"], description="问题")
    dataset_ids: list[Name] | None = Field(
        None, max_length=_MOST_IDS, examples=[[KNOWLEDGE]], description=f"数据集，整部汇编是 {KNOWLEDGE}"
    )
    document_ids: list[Name] | None = Field(
        None, max_length=_MOST_IDS, description="只在这些文档里查，文档的编号", examples=[[EXAMPLE_DOCUMENT]]
    )
    page: int = Field(1, ge=1, le=1_000_000, description="第几页")
    page_size: int = Field(30, ge=1, le=_MOST_ON_A_PAGE, description="一页几段")
    similarity_threshold: float = Field(0.2, description="similarity 不低于多少，0 到 1")
    vector_similarity_weight: float | None = Field(
        None,
        ge=0,
        le=1,
        description="给出时 similarity 是它 × 向量 +（1 - 它）× 词语，并按此排序；不给就用案问自己的得分",
        examples=[0.3],
    )
    top_k: int = Field(1024, ge=1, description=f"最多取几段来排序，不超过 {DEEPEST}")
    highlight: bool = Field(False, description="给出 highlight")
    metadata_condition: Conditions | None = Field(None, description="段落要满足的条件")


class Chunk(BaseModel):
    """A passage: its characters as they stand in the document, how near it is, and where it stands."""

    id: str = Field(description="段落编号", examples=[EXAMPLE_PASSAGE])
    content: str = Field(description="段落的原文，一字不差", examples=[EXAMPLE_SENTENCE])
    document_id: str = Field(description="文档编号", examples=[EXAMPLE_DOCUMENT])
    document_keyword: str = Field(description="文档标题", examples=["2021年河南省优化营商环境典型案例汇编"])
    dataset_id: str = Field(KNOWLEDGE, description="数据集")
    highlight: str | None = Field(
        description="原文，作答的句子在 <em> 里；其余是 HTML 转义的；没有要就是空的",
        examples=[f"<em>{EXAMPLE_SENTENCE}</em>"],
    )
    positions: list[list[int]] = Field([], description="原件上的方框；这里没有，总是空的")
    similarity: float = Field(ge=0, le=1, description="相似度", examples=[0.82])
    term_similarity: float = Field(ge=0, le=1, description="词语的相似度", examples=[0.71])
    vector_similarity: float = Field(ge=0, le=1, description="向量的相似度", examples=[0.86])
    citation: str = Field(description="出处", examples=[EXAMPLE_CITATION])
    url: str = Field(description="段落的永久链接", examples=[EXAMPLE_URL])
    metadata: dict[str, Any] = Field(description="元数据，名字与条件里的一样", examples=[{"county": "扶沟县"}])


class DocumentCount(BaseModel):
    """How many of the passages found stand in a document."""

    doc_id: str = Field(description="文档编号", examples=[EXAMPLE_DOCUMENT])
    doc_name: str = Field(description="文档标题", examples=["2021年河南省优化营商环境典型案例汇编"])
    count: int = Field(description="段数", examples=[3])


class Chunks(BaseModel):
    """A page of the passages found; `doc_aggs` and `total` count those of all pages."""

    chunks: list[Chunk] = Field(description="这一页的段落，最好的在前")
    doc_aggs: list[DocumentCount] = Field(description="每份文档有几段，多的在前")
    total: int = Field(description="各页一共几段", examples=[12])


class RagflowRetrievalOut(BaseModel):
    """What was found."""

    code: Literal[0] = Field(0, description="0 是成功")
    data: Chunks = Field(description="找到的段落")


class RagflowError(BaseModel):
    """What went wrong. It comes with status 200, but for what is worth trying again, and for what broke."""

    code: int = Field(description="102 请求不能满足，108 没有权限，109 口令不对，100 服务出错", examples=[102])
    message: str = Field(description="中文说明", examples=["没有编号为“x”的数据集。整部汇编是 anwen。"])
    data: None = Field(None, description="总是空的")


_CODES = {401: _AUTHENTICATION, 403: _PERMISSION}


def _render(_request: Request, fault: Fault) -> Response:
    broke = fault.status >= 500
    code = _UNEXPECTED if broke else _CODES.get(fault.status, _DATA)
    # RAGFlow says 200 and puts the failure into the body; whoever is to try again must see it in the status.
    status = fault.status if broke or fault.status == 429 else 200
    return JSONResponse(RagflowError(code=code, message=fault.message).model_dump(), status, fault.headers)


router = APIRouter(
    prefix="/api/v1",
    tags=[Tag.INTEGRATIONS],
    route_class=speaking(_render),
    responses=told_as(RagflowError, 429, 500, 503),
    dependencies=[Depends(KEY)],
)


@router.post(
    "/retrieval",
    summary="RAGFlow 式检索",
    operation_id="ragflow_retrieval",
    response_model=RagflowRetrievalOut | RagflowError,
)
async def post_retrieval(asked: RagflowRetrievalIn, request: Request, state: StateDep) -> RagflowRetrievalOut:
    """Return a page of the passages for a question, best first, with what each is worth by words and by meaning."""
    if not asked.dataset_ids and not asked.document_ids:
        raise KnowledgeUnknown(f"缺少 dataset_ids 或 document_ids。整部汇编是 {KNOWLEDGE}。")
    for each in asked.dataset_ids or ():
        if each != KNOWLEDGE:
            raise KnowledgeUnknown(f"没有编号为“{each}”的数据集。整部汇编是 {KNOWLEDGE}。")
    if not asked.question.strip():
        return RagflowRetrievalOut(data=Chunks(chunks=[], doc_aggs=[], total=0))
    found = await retrieved(
        asked.question,
        min(asked.top_k, DEEPEST),
        state,
        state.base_url(request),
        asked.document_ids or None,
        asked.metadata_condition,
    )
    worth = [(_similarity(each, asked.vector_similarity_weight), each) for each in found]
    if asked.vector_similarity_weight is not None:
        worth.sort(key=lambda pair: -pair[0])
    near = [(similarity, each) for similarity, each in worth if similarity >= asked.similarity_threshold]
    documents = Counter(each.passage.document_id for _, each in near)
    titles = {each.passage.document_id: each.document_title for _, each in near}
    start = (asked.page - 1) * asked.page_size
    return RagflowRetrievalOut(
        data=Chunks(
            chunks=[
                _chunk(each, similarity, asked.highlight) for similarity, each in near[start : start + asked.page_size]
            ],
            doc_aggs=[
                DocumentCount(doc_id=key, doc_name=titles[key], count=count) for key, count in documents.most_common()
            ],
            total=len(near),
        )
    )


def _similarity(found: Retrieved, weight: float | None) -> float:
    """Return what a passage is worth: our own score, or the two similarities mixed as the client wishes."""
    if weight is None:
        return found.score
    return weight * _vector(found) + (1 - weight) * _term(found)


def _term(found: Retrieved) -> float:
    return unit(found.evidence.hit.scores.lexical)


def _vector(found: Retrieved) -> float:
    return unit(found.evidence.hit.scores.dense)


def _chunk(found: Retrieved, similarity: float, highlight: bool) -> Chunk:
    passage = found.passage
    return Chunk(
        id=passage.id,
        content=passage.text,
        document_id=passage.document_id,
        document_keyword=found.document_title,
        highlight=_highlighted(found) if highlight else None,
        similarity=similarity,
        term_similarity=_term(found),
        vector_similarity=_vector(found),
        citation=passage.citation,
        url=passage.url,
        metadata=found.metadata,
    )


def _highlighted(found: Retrieved) -> str:
    """Return the text as HTML with the sentences that answer in <em>: it is put into pages as it stands."""
    text, origin, parts, at = found.passage.text, found.passage.start, [], 0
    for span in found.passage.highlights:
        start, end = span.start - origin, span.end - origin
        parts += [escape(text[at:start], quote=False), f"<em>{escape(text[start:end], quote=False)}</em>"]
        at = end
    return "".join([*parts, escape(text[at:], quote=False)])
