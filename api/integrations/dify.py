"""The compilation as an external knowledge base of Dify."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.errors import Fault, KnowledgeUnknown
from api.integrations.conditions import Conditions
from api.integrations.retrieval import KNOWLEDGE, retrieved
from api.integrations.speaking import speaking
from api.openapi import Tag, told_as
from api.questions.fields import EXAMPLE_CITATION, EXAMPLE_SENTENCE, LONGEST_QUESTION, Name
from api.questions.schemas import MOST_PASSAGES
from api.security.guard import KEY
from api.server import StateDep

_DEFAULT_COUNT = 5
_HEADER_MALFORMED, _KEY_WRONG, _KNOWLEDGE_UNKNOWN = 1001, 1002, 2001
"""Dify's own codes; of other errors the HTTP status is the code."""


class RetrievalSetting(BaseModel):
    """How many passages, and how good they must be."""

    model_config = ConfigDict(extra="ignore")

    top_k: int | None = Field(
        None, ge=1, description=f"最多几段，不给就是 {_DEFAULT_COUNT}，最多 {MOST_PASSAGES}", examples=[5]
    )
    score_threshold: float | None = Field(None, description="得分不低于多少，0 到 1", examples=[0.5])
    score_threshold_enabled: bool | None = Field(None, description="为 false 时不看 score_threshold", examples=[True])

    @property
    def threshold(self) -> float:
        """The least score."""
        return 0.0 if self.score_threshold_enabled is False else self.score_threshold or 0.0


class DifyRetrievalIn(BaseModel):
    """A question of Dify's; when a knowledge base is saved it comes without a body, or without a question."""

    model_config = ConfigDict(extra="ignore")

    knowledge_id: Name | None = Field(
        None, examples=[KNOWLEDGE], description=f"{KNOWLEDGE}（整部汇编），或一份文档的编号（只查这份文档）"
    )
    query: str | None = Field(
        None, max_length=LONGEST_QUESTION, examples=["扶沟是怎么保障土地的?"], description="问题；空的没有结果"
    )
    retrieval_setting: RetrievalSetting | None = Field(None, description="要多少、要多好")
    metadata_condition: Conditions | None = Field(None, description="段落要满足的条件")


class Record(BaseModel):
    """A passage: its characters as they stand in the document, and where that is."""

    content: str = Field(description="段落的原文，一字不差", examples=[EXAMPLE_SENTENCE])
    score: float = Field(ge=0, le=1, description="得分，0 到 1", examples=[0.82])
    title: str = Field(description="出处", examples=[EXAMPLE_CITATION])
    metadata: dict[str, Any] = Field(description="元数据，名字与条件里的一样", examples=[{"county": "扶沟县"}])


class DifyRetrievalOut(BaseModel):
    """The passages, best first."""

    records: list[Record] = Field(description="段落，最好的在前")


class DifyError(BaseModel):
    """The body of every error."""

    error_code: int = Field(
        description="1001 请求头不对，1002 口令不对，2001 没有这个知识库；其余与 HTTP 状态码相同", examples=[2001]
    )
    error_msg: str = Field(description="中文说明", examples=["没有这个知识库。整部汇编是 anwen。"])


def _render(request: Request, fault: Fault) -> Response:
    status, code = fault.status, fault.status
    if fault.status in (401, 403):
        # Dify takes a 401 for a connection that works.
        status = 403
        code = _KEY_WRONG if fault.status == 403 or _names_key(request) else _HEADER_MALFORMED
    elif fault.code == "knowledge_unknown":
        code = _KNOWLEDGE_UNKNOWN
    return JSONResponse({"error_code": code, "error_msg": fault.message}, status, fault.headers)


def _names_key(request: Request) -> bool:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip())


router = APIRouter(
    tags=[Tag.INTEGRATIONS],
    route_class=speaking(_render),
    responses=told_as(DifyError, 400, 403, 404, 413, 415, 422, 429, 500, 503),
    dependencies=[Depends(KEY)],
)


@router.post("/retrieval", summary="Dify 外部知识库", operation_id="dify_retrieval")
async def post_retrieval(
    request: Request, state: StateDep, asked: Annotated[DifyRetrievalIn | None, Body()] = None
) -> DifyRetrievalOut:
    """Return the passages for a question, best first, that meet the conditions and reach the score."""
    if asked is None or not (asked.query and asked.query.strip()):
        return DifyRetrievalOut(records=[])
    if not asked.knowledge_id:
        raise KnowledgeUnknown(f"缺少 knowledge_id。整部汇编是 {KNOWLEDGE}。")
    if asked.knowledge_id != KNOWLEDGE and asked.knowledge_id not in state.reader.generation.document:
        raise KnowledgeUnknown(
            f"没有编号为“{asked.knowledge_id}”的知识库。整部汇编是 {KNOWLEDGE}，也可以用文档的编号。"
        )
    setting = asked.retrieval_setting or RetrievalSetting()
    found = await retrieved(
        asked.query,
        min(setting.top_k or _DEFAULT_COUNT, MOST_PASSAGES),
        state,
        state.base_url(request),
        None if asked.knowledge_id == KNOWLEDGE else [asked.knowledge_id],
        asked.metadata_condition,
    )
    return DifyRetrievalOut(
        records=[
            Record(
                content=each.passage.text,
                score=each.score,
                title=each.passage.citation,
                metadata=each.metadata,
            )
            for each in found
            if each.score >= setting.threshold
        ]
    )
