"""A question over HTTP: made whole from the turns before, answered, and composed by a language model if one is set."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from fastapi.sse import format_sse_event
from pydantic import BaseModel

from api.observability.watch import Stage
from api.questions import schemas, views
from api.questions.llm import Outcome, compose
from api.security.audit import note
from api.state import State
from index.filters import Filters
from index.live import Mask
from qa.asking import Reply, reply_of, retrieve
from qa.conversation import Turn, resolved
from qa.verification import Dropped, Verified


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, and what goes out of it before any answer."""

    reply: Reply
    found: schemas.SearchOut


async def told(asked: schemas.SearchIn, state: State, base_url: str, allowed: Mask | None = None) -> Told:
    """Search for a question made whole from the turns before it; links begin with `base_url`.

    `allowed` narrows what may be found beside the filters. Raises FilterUnknown, Busy.
    """
    began = time.perf_counter()
    note(question=asked.asked, generation=state.manifest.generation)
    # Milliseconds of pure computing; off the event loop, the server goes on answering others.
    return await state.gate.run(partial(_told, asked, state, base_url, allowed, began))


def _told(asked: schemas.SearchIn, state: State, base_url: str, allowed: Mask | None, began: float) -> Told:
    filters = Filters(**asked.filters.model_dump()) if asked.filters else Filters()
    stage = state.watch.stage
    with stage(Stage.UNDERSTAND):
        whole = resolved(asked.asked, [Turn(question) for question in asked.turns], state.reader.names)
    with stage(Stage.SEARCH):
        found = retrieve(state.reader, whole.question, asked.top_k, filters, asked.ignore, allowed)
    with stage(Stage.ANSWER):
        reply = reply_of(state.reader, found, asked.top_k)
    note(abstained=reply.answer.silence is not None, reason=reply.answer.silence)
    documents = state.reader.generation.document
    return Told(
        reply,
        schemas.SearchOut(
            question=asked.asked,
            interpretation=views.interpretation_out(reply.interpretation, reply.plan, whole.changed, asked.ignore),
            passages=[views.passage_out(evidence, reply.plan, documents, base_url) for evidence in reply.evidence],
            index=state.index_ref,
            took_ms=round((time.perf_counter() - began) * 1000, 2),
            trace=views.trace_out(reply, state.reader) if asked.explain else None,
        ),
    )


async def asked_and_answered(asked: schemas.AskIn, state: State, base_url: str) -> schemas.AskOut:
    """Return what `/ask` returns: passages, and the answer they carry. Raises FilterUnknown, Busy."""
    found = await told(asked, state, base_url)
    return schemas.AskOut(**dict(found.found), answer=await answer(found, state))


async def answer(found: Told, state: State) -> schemas.AnswerOut:
    """Return the answer: composed by the language model where one is set and does well, else from the passages."""
    last = views.answer_out(found.reply)
    async for each in composed(found, state):
        if isinstance(each, schemas.AnswerOut):
            last = each
    return last


async def events(found: Told, state: State) -> AsyncIterator[bytes]:
    """Yield the answer as server-sent events: `passages`, each `sentence` (or `dropped`), and last the whole `answer`.

    The last event holds what `/ask` would have returned; sentences of a model that broke off are not in it.
    """
    yield _event("passages", found.found)
    last = views.answer_out(found.reply)
    async with aclosing(composed(found, state)) as pieces:
        async for each in pieces:
            if isinstance(each, schemas.AnswerOut):
                last = each
            else:
                yield _event("dropped" if isinstance(each, schemas.DroppedOut) else "sentence", each)
    if last.composer is None:
        for sentence in last.sentences:
            yield _event(
                "sentence", schemas.PieceOut(text=sentence.naming + sentence.text, cited_ranks=[sentence.rank])
            )
    yield _event("answer", schemas.AskOut(**dict(found.found), answer=last))


async def composed(
    found: Told, state: State
) -> AsyncGenerator[schemas.PieceOut | schemas.DroppedOut | schemas.AnswerOut, None]:
    """Yield the sentences that the model writes as they pass or fail, and last the answer; nothing without a model."""
    reply = found.reply
    watch = state.watch
    if reply.answer.silence:
        watch.silent(reply.answer.silence)
        return
    if state.llm is None:
        watch.answered()
        return
    written = compose(state.llm, reply.interpretation.text, reply.evidence)
    with watch.stage(Stage.COMPOSE):
        async with aclosing(written) as pieces:
            async for each in pieces:
                match each:
                    case Verified():
                        yield schemas.PieceOut(text=each.text, cited_ranks=list(each.ranks))
                    case Dropped():
                        yield _dropped_out(each)
                    case Outcome():
                        if each.failure:
                            watch.not_composed(each.failure.code)
                        watch.answered("extracts" if each.failure else "model")
                        yield views.composed_out(reply, each.sentences, _composer(state, each), state.reader.generation)


def _composer(state: State, outcome: Outcome) -> schemas.ComposerOut:
    failure = outcome.failure
    return schemas.ComposerOut(
        model=state.settings.llm_model,
        used=failure is None,
        reason=failure.code if failure else None,
        message=f"{failure}已改用从原文摘出的答案。" if failure else "",
        dropped=list(map(_dropped_out, outcome.dropped)),
    )


def _dropped_out(dropped: Dropped) -> schemas.DroppedOut:
    return schemas.DroppedOut(text=dropped.text, reason=dropped.reason)


def _event(name: str, content: BaseModel) -> bytes:
    return format_sse_event(data_str=content.model_dump_json(), event=name)
