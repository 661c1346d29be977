"""What the tools take and give. Offsets are code points into a document's raw text, half-open."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.questions.fields import Name, Question
from api.questions.schemas import MOST_MESSAGES, CaseRef, FiltersIn, Message
from api.questions.table_schemas import MOST_PLACES, PlaceName
from qa.codes import Silence


def _unwrapped(value: Any) -> Any:
    """Return the value of JSON that came inside a string: some assistants send lists and objects so."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


Unwrapped = BeforeValidator(_unwrapped)


class SearchIn(BaseModel):
    """A question to find passages for."""

    model_config = ConfigDict(extra="forbid")

    query: Question = Field(description="要查的问题或关键词，用完整的一句话最好，如“扶沟县怎样保障项目用地”")


class FetchIn(BaseModel):
    """A passage to be read."""

    model_config = ConfigDict(extra="forbid")

    id: Name = Field(description="段落编号，取自 search 或 ask 的结果")


class AskIn(BaseModel):
    """A question to be answered."""

    model_config = ConfigDict(extra="forbid")

    question: Question = Field(description="要回答的问题，照用户的原话，如“扶沟是怎么保障土地的”")
    messages: Annotated[list[Message], Unwrapped] = Field(
        default_factory=list,
        max_length=MOST_MESSAGES,
        description="这个问题之前的对话，由旧到新；问题是接着上文问的（如“那孟津呢”）时要给",
    )
    filters: Annotated[FiltersIn | None, Unwrapped] = Field(None, description="只在这个范围里找；不限定时不给")


class CompareIn(BaseModel):
    """A question to be put to several places."""

    model_config = ConfigDict(extra="forbid")

    question: Question = Field(description="要比较的事，如“怎么保障项目用地和资金”")
    places: Annotated[list[PlaceName], Unwrapped] = Field(
        default_factory=list,
        max_length=MOST_PLACES,
        description="要比较的地方，如 [“扶沟”, “舞钢”]；不给时取问题里的，都没有则取答得上的各地",
    )


class ResultOut(BaseModel):
    """A passage in a list."""

    id: str = Field(description="段落编号，可交给 fetch")
    title: str = Field(description="出处：文档、案例、小节、段落")
    url: str = Field(description="这一段的永久链接")


class ResultsOut(BaseModel):
    """Passages found, the best first."""

    results: list[ResultOut]


class PassageMetadata(BaseModel):
    """Where a passage stands; `previous` and `next` are the ids of its neighbours."""

    document_id: str
    case: CaseRef
    headings: list[str]
    paragraph: int
    start: int
    end: int
    citation: str
    page: int | None = Field(description="原件的页码（PDF）")
    previous: str | None = Field(description="上一段的编号")
    next: str | None = Field(description="下一段的编号")


class FetchedOut(ResultOut):
    """A passage whole: `text` is exactly the document's characters from `start` to `end`."""

    text: str
    metadata: PassageMetadata


class QuoteOut(BaseModel):
    """Words of the compilation, exactly the document's characters from `start` to `end`, and where they stand."""

    text: str = Field(description="原文，一字不差")
    citation: str
    id: str = Field(description="所在段落的编号")
    url: str
    document_id: str
    start: int
    end: int


class SentenceOut(QuoteOut):
    """A sentence of an answer; `rank` is the n of its [n]."""

    rank: int


class AnsweredOut(BaseModel):
    """An answer with the words it stands on, or why there is none and which passages are worth reading."""

    question: str = Field(description="实际回答的问题，接着上文问的已补全")
    answer: str = Field(description="答案，[n] 指第 n 条依据；没有答案时说明为什么")
    abstained: bool = Field(description="true 为汇编里没有答案，不要自行编写")
    reason: Silence | None
    sentences: list[SentenceOut]
    nearest: list[ResultOut] = Field(description="没有答案时值得一读的段落")


class RowOut(BaseModel):
    """A place in a comparison. Every piece is cited; `note` says so where its case tells nothing on the matter."""

    case: CaseRef
    measures: list[QuoteOut] = Field(description="做法")
    results: list[QuoteOut] = Field(description="成效")
    background: list[QuoteOut] = Field(description="背景")
    figures: list[QuoteOut] = Field(description="数据")
    note: str


class ComparedOut(BaseModel):
    """A row for each case; `missing` are places asked for that have no case."""

    question: str
    rows: list[RowOut]
    missing: list[str] = Field(description="问到而汇编里没有的地方")
