"""The routes of the OpenAI-compatible interface: the list of models, and answers, whole or as a stream."""

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event

from api.errors import Fault, ModelUnknown, fault_of
from api.integrations.openai_chat import schemas
from api.integrations.openai_chat.writing import Writing, written
from api.integrations.speaking import speaking
from api.openapi import Tag, told_as
from api.questions.answering import Told, told
from api.security.guard import KEY
from api.server import StateDep
from api.state import State

_log = logging.getLogger(__name__)

_UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""What keeps a proxy from holding a stream back."""

_CODES = {"unauthorized": "invalid_api_key", "rate_limited": "rate_limit_exceeded"}
"""What OpenAI calls an error where its clients look at the code."""
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def _body(fault: Fault) -> dict[str, dict[str, str | None]]:
    kind = "server_error" if fault.status >= 500 else _TYPES.get(fault.status, "invalid_request_error")
    code = _CODES.get(fault.code, fault.code)
    return {"error": {"message": fault.message, "type": kind, "param": fault.where or None, "code": code}}


def _render(_request: Request, fault: Fault) -> Response:
    # What cannot be read is 400 there; 422 is nothing that its clients know.
    return JSONResponse(_body(fault), 400 if fault.status == 422 else fault.status, fault.headers)


_CHUNKS = {
    "itemSchema": {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "string", "description": "chat.completion.chunk 的 JSON；最后是 [DONE]"}},
    }
}

router = APIRouter(
    prefix="/v1",
    tags=[Tag.INTEGRATIONS],
    route_class=speaking(_render),
    responses=told_as(schemas.OpenAIError, 400, 401, 403, 404, 413, 415, 429, 500, 503),
    dependencies=[Depends(KEY)],
)


@router.get("/models", summary="模型的清单（OpenAI 兼容）", operation_id="openai_list_models")
async def get_models(state: StateDep) -> schemas.Models:
    """Return the one model there is."""
    return schemas.Models(data=[_model(state)])


@router.get("/models/{model}", summary="一个模型（OpenAI 兼容）", operation_id="openai_get_model")
async def get_model(
    model: Annotated[str, Path(description="模型的名字", examples=[schemas.MODEL])], state: StateDep
) -> schemas.Model:
    """Return the model."""
    _check(model)
    return _model(state)


@router.post(
    "/chat/completions",
    summary="对话（OpenAI 兼容）",
    operation_id="openai_chat",
    response_model=schemas.Completion,
    responses={200: {"content": {"text/event-stream": _CHUNKS}}},
)
async def post_chat(asked: schemas.ChatIn, request: Request, state: StateDep) -> schemas.Completion | Response:
    """Answer the last message of a conversation from the compilation, with the sources of each sentence.

    With `stream` the answer comes sentence by sentence, as `chat.completion.chunk`.
    """
    _check(asked.model)
    found = await told(asked.asking(), state, state.base_url(request))
    writing = Writing(found.found.passages, found.reply.answer.nearest)
    if asked.stream:
        return StreamingResponse(
            _chunks(asked, found, state, writing), media_type="text/event-stream", headers=_UNBUFFERED
        )
    async with aclosing(written(found, state, writing, at_once=True)) as texts:
        content = "".join([text async for text in texts])
    message = schemas.AssistantMessage(content=content, annotations=writing.annotations)
    return schemas.Completion(
        **_head(state),
        choices=[schemas.Choice(message=message)],
        usage=_usage(asked, writing),
        **dict(writing.found),
    )


async def _chunks(asked: schemas.ChatIn, found: Told, state: State, writing: Writing) -> AsyncIterator[bytes]:
    """Yield the answer as OpenAI streams it: role, text, annotations, the end with the sources, usage if wanted."""
    wants_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    head = {**_head(state), "object": "chat.completion.chunk", "model": schemas.MODEL}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        # Where it is asked for, every chunk has a usage, and only the last one says what it is.
        usage = {"usage": None} if wants_usage else {}
        return _event({**head, "choices": [choice], **usage, **more})

    try:
        yield chunk({"role": "assistant", "content": ""})
        async with aclosing(written(found, state, writing, at_once=False)) as texts:
            async for text in texts:
                yield chunk({"content": text})
        # All that is known at once goes out at once: each piece passes through everything around the route.
        end = []
        if writing.annotations:
            end.append(chunk({"annotations": [each.model_dump() for each in writing.annotations]}))
        end.append(chunk({}, "stop", **writing.found.model_dump()))
        if wants_usage:
            end.append(_event({**head, "choices": [], "usage": _usage(asked, writing).model_dump()}))
        yield b"".join([*end, format_sse_event(data_str="[DONE]")])
    except Exception as error:  # the status is out; what is left is to say so in the stream
        _log.exception("回答中途出错")
        yield _event(_body(fault_of(error)))


def _event(content: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(content, ensure_ascii=False))


def _head(state: State) -> dict[str, Any]:
    fingerprint = state.manifest.fingerprint
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "system_fingerprint": fingerprint}


def _usage(asked: schemas.ChatIn, writing: Writing) -> schemas.Usage:
    read, wrote = asked.length, writing.length
    return schemas.Usage(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)


def _model(state: State) -> schemas.Model:
    return schemas.Model(created=int(datetime.fromisoformat(state.manifest.created).timestamp()))


def _check(model: str) -> None:
    if model != schemas.MODEL:
        raise ModelUnknown(f"没有名为“{model}”的模型。请把模型设为 {schemas.MODEL}。")
