"""The tools: what each is for, in words for a model that has to choose, and what it does."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.compilation.passages import passage_named
from api.integrations.mcp import schemas
from api.questions import schemas as question_schemas
from api.questions import views
from api.questions.answering import asked_and_answered, told
from api.security.audit import note
from api.state import State
from corpus.document import Document, Passage
from qa.answer import Said
from qa.citation import citation
from qa.compare import Comparison, Row, compared
from qa.figures import FigureFound

_FOUND = 10
"""Passages that a search gives: enough to choose from, few enough to be read."""

_In = TypeVar("_In", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Tool(Generic[_In]):
    """A tool: `work` is given what was asked, the index that answers, and what links begin with."""

    name: str
    title: str
    description: str
    takes: type[_In]
    gives: type[BaseModel]
    work: Callable[[_In, State, str], Awaitable[BaseModel]]


async def search(asked: schemas.SearchIn, state: State, base_url: str) -> schemas.ResultsOut:
    """Return the passages that say most of a question, the best first; none where nothing was found."""
    found = await told(question_schemas.SearchIn(question=asked.query, top_k=_FOUND), state, base_url)
    return schemas.ResultsOut(results=list(map(_result, found.found.passages)))


async def fetch(asked: schemas.FetchIn, state: State, base_url: str) -> schemas.FetchedOut:
    """Return a passage whole. Raises NotFound."""
    placed = views.placed(*passage_named(state.reader.generation, asked.id), base_url)
    return schemas.FetchedOut(
        **_result(placed).model_dump(),
        text=placed.text,
        metadata=schemas.PassageMetadata.model_validate(placed, from_attributes=True),
    )


async def ask(asked: schemas.AskIn, state: State, base_url: str) -> schemas.AnsweredOut:
    """Return the answer to a question, or why there is none. Raises FilterUnknown."""
    question = question_schemas.AskIn(question=asked.question, messages=asked.messages, filters=asked.filters)
    reply = await asked_and_answered(question, state, base_url)
    url = {passage.id: passage.url for passage in reply.passages}
    return schemas.AnsweredOut(
        question=reply.interpretation.question,
        answer=reply.answer.text,
        abstained=reply.answer.abstained,
        reason=reply.answer.reason,
        sentences=[
            schemas.SentenceOut(
                text=each.text,
                citation=each.citation,
                id=each.passage_id,
                url=url[each.passage_id],
                document_id=each.document_id,
                start=each.start,
                end=each.end,
                rank=each.rank,
            )
            for each in reply.answer.sentences
        ],
        nearest=[_result(each) for each in reply.passages if each.rank in reply.answer.nearest_ranks],
    )


async def compare(asked: schemas.CompareIn, state: State, base_url: str) -> schemas.ComparedOut:
    """Return places side by side: what each did, what came of it, its figures."""
    note(question=asked.question, generation=state.manifest.generation)
    work = partial(compared, state.reader, asked.question, asked.places)
    return _compared_out(await state.gate.run(work), base_url)


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "ask",
        "提问",
        "向地方政府案例汇编提问，得到从原文摘出的答案：每句话带 [n] 和出处，可逐字核对。"
        "用户问某地的做法、成效、数据，或问“哪些地方……”时，先用这个。"
        "abstained 为 true 表示汇编里没有答案：照实告诉用户，不要自己编。引用时保留 [n] 和链接。",
        schemas.AskIn,
        schemas.AnsweredOut,
        ask,
    ),
    Tool(
        "search",
        "检索段落",
        "在地方政府案例汇编里找与问题有关的段落，返回编号、出处和链接，不作答。"
        "要自己阅读原文、收集材料、或 ask 没有答案时用这个；再用 fetch 取段落全文。",
        schemas.SearchIn,
        schemas.ResultsOut,
        search,
    ),
    Tool(
        "fetch",
        "取段落原文",
        "按编号取一个段落的原文（一字不差），连同出处、链接和上一段、下一段的编号。编号取自 search 或 ask 的结果。",
        schemas.FetchIn,
        schemas.FetchedOut,
        fetch,
    ),
    Tool(
        "compare",
        "比较各地",
        "把几个地方在同一件事上的做法、成效、数据并排列出，每一格都有出处。"
        "用户要比较两地以上、或要一张对照表时用这个；只问一个地方时用 ask。",
        schemas.CompareIn,
        schemas.ComparedOut,
        compare,
    ),
)


def _result(passage: question_schemas.PlacedOut) -> schemas.ResultOut:
    return schemas.ResultOut(id=passage.id, title=passage.citation, url=passage.url)


def _compared_out(comparison: Comparison, base_url: str) -> schemas.ComparedOut:
    return schemas.ComparedOut(
        question=comparison.interpretation.text,
        rows=[_row_out(row, base_url) for row in comparison.rows],
        missing=list(comparison.missing),
    )


def _row_out(row: Row, base_url: str) -> schemas.RowOut:
    def said(sentences: Iterable[Said]) -> list[schemas.QuoteOut]:
        return [
            _quote(each.evidence.document, each.evidence.passage, each.start, each.end, base_url) for each in sentences
        ]

    def figure(found: FigureFound) -> schemas.QuoteOut:
        evidence = found.evidence
        return _quote(evidence.document, evidence.passage, found.sentence.start, found.sentence.end, base_url)

    return schemas.RowOut(
        case=views.case_ref(row.case),
        measures=said(row.measures),
        results=said(row.results),
        background=said(row.background),
        figures=list(map(figure, row.figures)),
        note=row.note,
    )


def _quote(document: Document, passage: Passage, start: int, end: int, base_url: str) -> schemas.QuoteOut:
    return schemas.QuoteOut(
        text=document.text[start:end],
        citation=citation(document, passage),
        id=passage.id,
        url=views.permanent_link(passage, base_url),
        document_id=document.id,
        start=start,
        end=end,
    )
