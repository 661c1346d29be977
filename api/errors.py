"""Errors that a client of the API sees: one table from exception to HTTP status and stable code."""

import errno
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.codes import ErrorCode
from api.invalid import sent, told
from corpus.errors import CorpusError
from index.errors import (
    DocumentUnknown,
    FilterUnknown,
    IndexBusy,
    IndexCorrupt,
    IndexEmpty,
    IndexingError,
    IndexLoading,
    IndexMismatch,
    IndexMissing,
    IndexUnwritable,
    ModelError,
)


class ApiError(Exception):
    """Base of the errors raised in `api`; the message is Chinese and goes to the client as it stands.

    `headers` go out with the response.
    """

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})


class NotFound(ApiError):
    """What the path names is not there."""


class Unauthorized(ApiError):
    """The request has no key, or one that is not known here."""

    def __init__(self, message: str) -> None:
        super().__init__(message, {"www-authenticate": "Bearer"})


class Forbidden(ApiError):
    """The client is known, or on another machine, and may not do this."""


class _NotNow(ApiError):
    """What may be asked again after some seconds."""

    def __init__(self, message: str, retry_after: float = 1) -> None:
        super().__init__(message, {"retry-after": str(max(1, math.ceil(retry_after)))})


class RateLimited(_NotNow):
    """A key was used more often than it may be."""


class Busy(_NotNow):
    """More questions wait than the server takes."""


class WrongScope(Forbidden):
    """The key is known and does not open this."""


class KeysUnreadable(ApiError):
    """The file of keys cannot be read."""


class KeysBusy(ApiError):
    """Another process changes the file of keys."""


class KeyNameUnfit(ApiError):
    """No key can have this name, or another has it."""


class KeyUnknown(ApiError):
    """No key has this name."""


class NothingToImport(ApiError):
    """No document could be read in what was sent."""


class LexiconUnreadable(ApiError):
    """The user's own words cannot be read."""


class ImportsElsewhere(ApiError):
    """Another server over the same data folder does the imports."""


class FeedbackOff(ApiError):
    """This server keeps no feedback."""


class FeedbackTooLong(ApiError):
    """An entry is longer than one may be."""


class FeedbackFull(ApiError):
    """The file of feedback has reached its bound."""


class FeedbackTooOften(ApiError):
    """More feedback came within a minute than is taken."""


class FeedbackBusy(ApiError):
    """Another process holds the file of feedback."""


class SpanUnknown(ApiError):
    """A span is no piece of one paragraph of the compilation."""


class TopicUnfit(ApiError):
    """A test question has neither evidence nor why, or both, or an answer that is not in its evidence."""


class ModelUnknown(ApiError):
    """A client of the OpenAI-compatible interface asks for a model that is not here."""


class KnowledgeUnknown(ApiError):
    """A client of a retrieval interface asks for a knowledge base that is not here."""


class ConditionUnfit(ApiError):
    """A condition on passages names what none of them has, or cannot be held against its value."""


class CannotUndo(ApiError):
    """An import cannot be undone, or not now."""


class CallbackForged(ApiError):
    """A callback is not signed by the chat platform that it claims to come from."""


class CallbackStale(ApiError):
    """A callback was signed too long ago, or in the future."""


class CallbackReplayed(ApiError):
    """A callback came before, to the letter."""


class CallbackMalformed(ApiError):
    """A callback cannot be read."""


class DiskFull(ApiError):
    """There is no room to write."""


class Inaccessible(ApiError):
    """The system does not let a file be read or written."""


_FULL = (errno.ENOSPC, errno.EDQUOT)

_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "那里只能读，不能写",
    errno.ENOENT: "文件或文件夹不存在",
    errno.ENOTDIR: "路径中有一处不是文件夹",
    errno.EISDIR: "那是一个文件夹",
    errno.EEXIST: "那里已有同名的文件",
    errno.ENAMETOOLONG: "文件名太长",
}


def of_system(error: OSError) -> ApiError:
    """Return an error of the system as one that can be shown."""
    where = f" {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return DiskFull(f"磁盘已满，写不下{where}。请腾出空间后再试。")
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    return Inaccessible(f"无法读写{where}：{reason}。请检查后再试。")


_TABLE: tuple[tuple[type[Exception], int, ErrorCode], ...] = (
    (NotFound, 404, ErrorCode.NOT_FOUND),
    (Unauthorized, 401, ErrorCode.UNAUTHORIZED),
    (WrongScope, 403, ErrorCode.WRONG_SCOPE),
    (Forbidden, 403, ErrorCode.FORBIDDEN),
    (KeysUnreadable, 503, ErrorCode.KEYS_UNREADABLE),
    (KeysBusy, 503, ErrorCode.KEYS_BUSY),
    (KeyNameUnfit, 422, ErrorCode.KEY_NAME_UNFIT),
    (KeyUnknown, 404, ErrorCode.KEY_UNKNOWN),
    (RateLimited, 429, ErrorCode.RATE_LIMITED),
    (Busy, 503, ErrorCode.BUSY),
    (NothingToImport, 422, ErrorCode.NOTHING_TO_IMPORT),
    (LexiconUnreadable, 422, ErrorCode.UNREADABLE),
    (ImportsElsewhere, 409, ErrorCode.IMPORTS_ELSEWHERE),
    (FeedbackOff, 404, ErrorCode.FEEDBACK_OFF),
    (FeedbackTooLong, 413, ErrorCode.TOO_LARGE),
    (FeedbackFull, 507, ErrorCode.FEEDBACK_FULL),
    (FeedbackTooOften, 429, ErrorCode.FEEDBACK_TOO_OFTEN),
    (FeedbackBusy, 503, ErrorCode.FEEDBACK_BUSY),
    (SpanUnknown, 422, ErrorCode.SPAN_UNKNOWN),
    (TopicUnfit, 422, ErrorCode.TOPIC_UNFIT),
    (ModelUnknown, 404, ErrorCode.MODEL_NOT_FOUND),
    (KnowledgeUnknown, 404, ErrorCode.KNOWLEDGE_UNKNOWN),
    (ConditionUnfit, 422, ErrorCode.CONDITION_UNFIT),
    (CannotUndo, 409, ErrorCode.CANNOT_UNDO),
    (CallbackForged, 403, ErrorCode.CALLBACK_FORGED),
    (CallbackStale, 403, ErrorCode.CALLBACK_STALE),
    (CallbackReplayed, 409, ErrorCode.CALLBACK_REPLAYED),
    (CallbackMalformed, 400, ErrorCode.CALLBACK_MALFORMED),
    (DiskFull, 507, ErrorCode.DISK_FULL),
    (IndexUnwritable, 507, ErrorCode.INDEX_UNWRITABLE),
    (Inaccessible, 500, ErrorCode.INACCESSIBLE),
    (DocumentUnknown, 404, ErrorCode.NOT_FOUND),
    (IndexEmpty, 422, ErrorCode.INDEX_EMPTY),
    (FilterUnknown, 422, ErrorCode.UNKNOWN_FILTER),
    (IndexLoading, 503, ErrorCode.INDEX_LOADING),
    (IndexMissing, 503, ErrorCode.INDEX_MISSING),
    (IndexCorrupt, 503, ErrorCode.INDEX_CORRUPT),
    (IndexMismatch, 503, ErrorCode.INDEX_MISMATCH),
    (IndexBusy, 409, ErrorCode.INDEX_BUSY),
    (ModelError, 503, ErrorCode.MODEL_UNAVAILABLE),
    (IndexingError, 500, ErrorCode.INDEX_ERROR),
    (CorpusError, 422, ErrorCode.UNREADABLE),
)

_HTTP = {
    400: (
        ErrorCode.INVALID_REQUEST,
        "请求体读不懂。上传文件要用 multipart/form-data，一次最多 1000 个文件，更多请打成一个 zip。",
    ),
    404: (ErrorCode.NOT_FOUND, "没有这个地址。接口说明见 /docs。"),
    405: (ErrorCode.METHOD_NOT_ALLOWED, "这个地址不支持该请求方法。"),
    413: (ErrorCode.TOO_LARGE, "上传的文件太大，一次最多 512 MB。请分几次导入。"),
    500: (ErrorCode.INTERNAL, "服务内部出错，已记入日志。请稍后再试。"),
}

_JSON, _FORM = "application/json", "multipart/form-data"


def code_and_status(error: Exception) -> tuple[ErrorCode, int]:
    """Return the stable code and the HTTP status of an error."""
    status, code = status_and_code(type(error))
    return code, status


def status_and_code(kind: type[Exception]) -> tuple[int, ErrorCode]:
    """Return the HTTP status and the stable code of a kind of error."""
    found = ((status, code) for each, status, code in _TABLE if issubclass(kind, each))
    return next(found, (500, ErrorCode.INTERNAL))


def body(code: str, message: str, fields: Sequence[tuple[str, str]] = ()) -> dict[str, dict[str, Any]]:
    """Return the body of every error response; `fields` are what is wrong in a request: its path, and why."""
    named = [{"field": name, "message": why} for name, why in fields]
    return {"error": {"code": code, "message": message, "fields": named}}


def http_error(status: int, otherwise: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response for an HTTP status; `otherwise` is what it says where we have no words of our own."""
    code, message = _HTTP.get(status, (ErrorCode.HTTP_ERROR, otherwise))
    return JSONResponse(body(code, message), status, headers)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as a client is told of it; `fields` are what is wrong in the request: its path there, and why."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def where(self) -> str:
        """The path of what is wrong first in the request, empty where that is not known."""
        return self.fields[0][0] if self.fields else ""


def fault_of(error: Exception) -> Fault:
    """Return what a client is told of an error, whatever it is."""
    match error:
        case RequestValidationError():
            fields = tuple(dict.fromkeys((".".join(sent(each)), told(each)) for each in error.errors()))
            message = "；".join(dict.fromkeys(why for _, why in fields)) + "。"
            return Fault(422, ErrorCode.INVALID_REQUEST, message, fields=fields)
        case HTTPException():
            code, message = _HTTP.get(error.status_code, (ErrorCode.HTTP_ERROR, str(error.detail)))
            return Fault(error.status_code, code, message, error.headers or {})
        case ApiError() | IndexingError() | CorpusError():
            code, status = code_and_status(error)
            headers = error.headers if isinstance(error, ApiError) else {}
            fields = ((f"filters.{error.name}", str(error)),) if isinstance(error, FilterUnknown) else ()
            return Fault(status, code, str(error), headers, fields)
    return Fault(500, *_HTTP[500])


def response_of(error: Exception) -> JSONResponse:
    """Return the response that an error is to a client."""
    return _response(fault_of(error))


def _response(fault: Fault) -> JSONResponse:
    return JSONResponse(body(fault.code, fault.message, fault.fields), fault.status, fault.headers)


def install(app: FastAPI) -> None:
    """Make the app answer every error with a status, a stable code and a Chinese message."""

    async def tell(request: Request, error: Exception) -> JSONResponse:
        return _response(fault_as_sent(request, error))

    for kind in (ApiError, IndexingError, CorpusError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, tell)


def fault_as_sent(request: Request, error: Exception) -> Fault:
    """Return what a client is told of an error, with what depends on how the request was sent."""
    fault = fault_of(error)
    match error:
        case RequestValidationError() if kind := _unread_kind(request):
            return Fault(415, ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"请求头 Content-Type 应为 {kind}。")
        case HTTPException(status_code=405):
            return replace(fault, headers={"allow": ", ".join(_allowed(request))})
        case FilterUnknown() if request.method == "GET":
            return replace(fault, fields=((error.name, fault.message),))
    return fault


def _unread_kind(request: Request) -> str:
    """Return the kind of content that a route reads where the request has another; else nothing."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None:
        return ""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_empty = not kind and request.headers.get("content-length", "0") == "0"
    if isinstance(route.body_field.field_info, Form):
        return "" if is_empty or kind == _FORM else _FORM
    is_json = kind == _JSON or (kind.startswith("application/") and kind.endswith("+json"))
    return "" if is_json or is_empty else _JSON


def _allowed(request: Request) -> list[str]:
    """Return the methods that the address of a request takes, of whichever route."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if context.methods and context.matches(request.scope)[0] is not Match.NONE:
            found |= context.methods
    return sorted(found)
