"""Errors that a client of the API sees: one table from exception to HTTP status and stable code."""

import errno
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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


_TABLE: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (Unauthorized, 401, "unauthorized"),
    (Forbidden, 403, "forbidden"),
    (RateLimited, 429, "rate_limited"),
    (Busy, 503, "busy"),
    (NothingToImport, 422, "nothing_to_import"),
    (LexiconUnreadable, 422, "unreadable"),
    (ImportsElsewhere, 409, "imports_elsewhere"),
    (FeedbackOff, 404, "feedback_off"),
    (FeedbackTooLong, 413, "too_large"),
    (FeedbackFull, 507, "feedback_full"),
    (FeedbackTooOften, 429, "feedback_too_often"),
    (FeedbackBusy, 503, "feedback_busy"),
    (SpanUnknown, 422, "span_unknown"),
    (TopicUnfit, 422, "topic_unfit"),
    (ModelUnknown, 404, "model_not_found"),
    (KnowledgeUnknown, 404, "knowledge_unknown"),
    (ConditionUnfit, 422, "condition_unfit"),
    (CannotUndo, 409, "cannot_undo"),
    (CallbackForged, 403, "callback_forged"),
    (CallbackStale, 403, "callback_stale"),
    (CallbackReplayed, 409, "callback_replayed"),
    (CallbackMalformed, 400, "callback_malformed"),
    (DiskFull, 507, "disk_full"),
    (IndexUnwritable, 507, "index_unwritable"),
    (Inaccessible, 500, "inaccessible"),
    (DocumentUnknown, 404, "not_found"),
    (IndexEmpty, 422, "index_empty"),
    (FilterUnknown, 422, "unknown_filter"),
    (IndexLoading, 503, "index_loading"),
    (IndexMissing, 503, "index_missing"),
    (IndexCorrupt, 503, "index_corrupt"),
    (IndexMismatch, 503, "index_mismatch"),
    (IndexBusy, 409, "index_busy"),
    (ModelError, 503, "model_unavailable"),
    (IndexingError, 500, "index_error"),
    (CorpusError, 422, "unreadable"),
)

_HTTP = {
    400: (
        "invalid_request",
        "请求体读不懂。上传文件要用 multipart/form-data，一次最多 1000 个文件，更多请打成一个 zip。",
    ),
    404: ("not_found", "没有这个地址。接口说明见 /docs。"),
    405: ("method_not_allowed", "这个地址不支持该请求方法。"),
    413: ("too_large", "上传的文件太大，一次最多 512 MB。请分几次导入。"),
    500: ("internal", "服务内部出错，已记入日志。请稍后再试。"),
}

_FIELDS = {
    "question": "问题",
    "query": "问题",
    "top_k": "top_k",
    "filters": "filters",
    "explain": "explain",
    "case_number": "篇号",
    "messages": "对话",
    "role": "角色",
    "content": "消息内容",
    "places": "地点",
    "q": "检索词",
    "unit": "单位",
    "body": "请求体",
    "files": "文件",
    "note": "说明",
    "sentences": "句子",
    "evidence": "依据",
    "document_id": "文档编号",
    "start": "起点",
    "end": "终点",
    "grade": "依据的等级",
    "answers": "答案",
    "kind": "题目的种类",
    "why": "答不了的原因",
    "page": "页码",
    "name": "元数据的名字",
    "comparison_operator": "比较方式",
    "value": "条件的值",
}

_FAULTS = {
    "missing": "缺少{field}",
    "string_type": "{field}应为文字",
    "string_too_short": "{field}不能为空",
    "string_too_long": "{field}太长，最多 {max_length} 个字",
    "int_type": "{field}应为整数",
    "int_parsing": "{field}应为整数",
    "int_from_float": "{field}应为整数",
    "bool_type": "{field}应为 true 或 false",
    "bool_parsing": "{field}应为 true 或 false",
    "greater_than_equal": "{field}不能小于 {ge}",
    "less_than_equal": "{field}不能大于 {le}",
    "extra_forbidden": "不认识的字段 {field}",
    "json_invalid": "请求体不是合法的 JSON",
    "model_attributes_type": "{field}应为 JSON 对象",
    "model_type": "{field}应为 JSON 对象",
    "dict_type": "{field}应为 JSON 对象",
    "list_type": "{field}应为列表",
    "too_long": "{field}太多，最多 {max_length} 个",
    "literal_error": "{field}应为 {expected} 之一",
    "enum": "{field}应为 {expected} 之一",
    "blank": "{field}不能为空",
    "nothing_asked": "缺少问题",
    "silent_yet_said": "没有作答（abstained）时不能有句子",
    "question_too_long": "问题太长，最多 {max_length} 个字",
}


_PARTS = ("body", "query", "path")
"""Where in a request a fault may lie; not shown."""


def code_and_status(error: Exception) -> tuple[str, int]:
    """Return the stable code and the HTTP status of an error."""
    return next(((code, status) for kind, status, code in _TABLE if isinstance(error, kind)), ("internal", 500))


def body(code: str, message: str) -> dict[str, dict[str, str]]:
    """Return the body of every error response."""
    return {"error": {"code": code, "message": message}}


def http_error(status: int, otherwise: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response for an HTTP status; `otherwise` is what it says where we have no words of our own."""
    code, message = _HTTP.get(status, ("http_error", otherwise))
    return JSONResponse(body(code, message), status, headers)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as a client is told of it; `where` is the path of what is wrong in a request, where that is known."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


def fault_of(error: Exception) -> Fault:
    """Return what a client is told of an error, whatever it is."""
    match error:
        case RequestValidationError():
            each = error.errors()
            message = "；".join(dict.fromkeys(map(_message, each))) + "。"
            return Fault(422, "invalid_request", message, where=".".join(_sent(each[0])) if each else "")
        case HTTPException():
            code, message = _HTTP.get(error.status_code, ("http_error", str(error.detail)))
            return Fault(error.status_code, code, message, error.headers or {})
        case ApiError() | IndexingError() | CorpusError():
            code, status = code_and_status(error)
            return Fault(status, code, str(error), error.headers if isinstance(error, ApiError) else {})
    return Fault(500, *_HTTP[500])


def install(app: FastAPI) -> None:
    """Make the app answer every error with a status, a stable code and a Chinese message."""

    async def told(_request: Request, error: Exception) -> JSONResponse:
        fault = fault_of(error)
        return JSONResponse(body(fault.code, fault.message), fault.status, fault.headers)

    for kind in (ApiError, IndexingError, CorpusError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, told)


def _sent(fault: Mapping[str, object]) -> list[str]:
    """Return the path of what a fault is about, as its sender wrote it."""
    location = fault.get("loc")
    names = [str(part) for part in location if part not in _PARTS] if isinstance(location, tuple) else []
    return [] if fault["type"] == "json_invalid" else names


def _message(fault: Mapping[str, object]) -> str:
    names = _sent(fault)
    kind = str(fault["type"])
    last = next((name for name in reversed(names) if not name.isdigit()), "")
    sent = ".".join(names) or "请求体"
    # What is not known here means what its sender wrote, whatever the name means elsewhere.
    field = sent if kind == "extra_forbidden" else _FIELDS.get(last, sent)
    context = fault.get("ctx")
    template = _FAULTS.get(kind, "{field}的值不能用")
    values = {"field": field, **(context if isinstance(context, dict) else {})}
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", "、").replace(", ", "、").replace("'", "")
    return template.format(**values)
