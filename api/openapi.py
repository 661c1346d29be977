"""What the document of the API says of every operation: its group, its errors, the events of a stream."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from api.codes import ErrorCode
from api.error_schemas import ErrorOut
from api.errors import Forbidden, KeysUnreadable, RateLimited, Unauthorized, WrongScope, status_and_code
from api.questions.schemas import PieceOut
from api.server import state_of
from index.errors import IndexCorrupt, IndexLoading, IndexMismatch, IndexMissing, ModelError


class Tag(StrEnum):
    """The groups of operations."""

    QUESTIONS = "提问"
    COMPILATION = "汇编"
    IMPORTS = "导入"
    FEEDBACK = "反馈"
    INTEGRATIONS = "对接"
    SYSTEM = "系统"


TAGS = [
    {"name": Tag.QUESTIONS, "description": "提问、检索、数据、比较"},
    {"name": Tag.COMPILATION, "description": "案例、文档和段落的原文"},
    {"name": Tag.IMPORTS, "description": "导入、移走文档，撤销导入"},
    {"name": Tag.FEEDBACK, "description": "对答案的反馈，测试题"},
    {"name": Tag.INTEGRATIONS, "description": "其他系统的接口格式"},
    {"name": Tag.SYSTEM, "description": "能否作答，监控"},
]

_CODES = "x-error-codes"
"""In a response: the codes that it may have."""

_SAID = {
    400: "读不懂",
    401: "没有口令，或口令不对",
    403: "不允许",
    404: "没有",
    409: "现在不行",
    413: "太大",
    415: "内容类型不对",
    422: "请求不对",
    429: "太频繁，请按 Retry-After 稍后再来",
    500: "服务内部出错",
    503: "现在答不了，请稍后再来",
    507: "磁盘写不下",
}

_UNREADY = (IndexLoading, IndexMissing, IndexCorrupt, IndexMismatch, ModelError)
_GUARDED = (Unauthorized, WrongScope, Forbidden, RateLimited, KeysUnreadable)
_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After"}
_UNREAD = {400: ErrorCode.INVALID_REQUEST, 413: ErrorCode.TOO_LARGE, 415: ErrorCode.UNSUPPORTED_MEDIA_TYPE}
"""What may be wrong with any body."""


def failing(*kinds: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """Return the responses of an operation that raises such errors.

    What follows from what an operation takes and needs (a body, an index, a key) is added by itself.
    """
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, code = status_and_code(kind)
        found.setdefault(status, {"model": ErrorOut, _CODES: []})[_CODES].append(code)
    return found


def told_as(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of an interface that tells them in a form of its own."""
    return {status: {"model": model, "description": _SAID[status]} for status in statuses}


def link(operation: str, parameter: str, value: str, description: str) -> dict[str, Any]:
    """Return the link from a response to another operation, which takes a value of it as a parameter."""
    return {
        operation: {
            "operationId": operation,
            "parameters": {parameter: f"$response.body#{value}"},
            "description": description,
        }
    }


def install(app: FastAPI) -> None:
    """Complete what the app's own document says; after this, `app.openapi()` returns the whole."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), app)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _complete(document: dict[str, Any], app: FastAPI) -> None:
    schemas = document["components"]["schemas"]
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in context.methods or ():
                operation = document["paths"][context.path_format][method.lower()]
                if Tag.INTEGRATIONS in operation["tags"]:
                    # They have errors of their own form, and have said which.
                    _without_default(operation["responses"])
                else:
                    _tell_errors(operation, context)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["PieceOut"] = PieceOut.model_json_schema(ref_template="#/components/schemas/{model}")


def _without_default(responses: dict[str, Any]) -> None:
    if responses.get("422", {}).get("description") == "Validation Error":
        del responses["422"]


def _tell_errors(operation: dict[str, Any], context: RouteContext) -> None:
    responses = operation["responses"]
    _without_default(responses)
    for status, code in _of_any(operation, context):
        response = responses.setdefault(str(status), {_CODES: []})
        response[_CODES] = list(dict.fromkeys([*response[_CODES], code]))
    for status, response in responses.items():
        if codes := response.get(_CODES):
            response["description"] = f"{_SAID[int(status)]}：{'、'.join(codes)}"
            response["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
            if header := _HEADERS.get(int(status)):
                response["headers"] = {header: {"schema": {"type": "string"}}}
    operation["responses"] = dict(sorted(responses.items()))


def _of_any(operation: Mapping[str, Any], context: RouteContext) -> Iterator[tuple[int, ErrorCode]]:
    """Yield status and code of the errors that follow from what an operation takes and needs."""
    if "requestBody" in operation:
        yield from _UNREAD.items()
    if "requestBody" in operation or "parameters" in operation:
        yield HTTPStatus.UNPROCESSABLE_ENTITY, ErrorCode.INVALID_REQUEST
    if "security" in operation:
        yield from map(status_and_code, _GUARDED)
    if _needs_index(context.dependant):
        yield from map(status_and_code, _UNREADY)
    yield HTTPStatus.INTERNAL_SERVER_ERROR, ErrorCode.INTERNAL


def _needs_index(dependant: Dependant) -> bool:
    return dependant.call is state_of or any(map(_needs_index, dependant.dependencies))


TEXT = {"schema": {"type": "string"}}
BINARY = {"schema": {"type": "string", "format": "binary"}}
"""The contents of a file."""


def events(**models: str) -> dict[str, Any]:
    """Return the content of a stream of server-sent events, each of a name with JSON of a model."""
    return {"itemSchema": {"oneOf": [_event({"const": name}, model) for name, model in models.items()]}}


def _event(name: dict[str, Any], model: str) -> dict[str, Any]:
    data = {
        "type": "string",
        "description": "JSON",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": f"#/components/schemas/{model}"},
    }
    return {"type": "object", "required": ["event", "data"], "properties": {"event": name, "data": data}}
