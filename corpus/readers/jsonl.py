"""JSON lines: one document a line, with `text`, and if it likes `title` and `_id` or `id`."""

import json
from collections.abc import Iterator
from typing import IO

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from corpus.errors import FaultCode
from corpus.extracted import Extracted
from corpus.readers.fault import Fault
from corpus.readers.safety import Limits

_UTF8_MOST = 4
"""Bytes of a character; JSON's \\u escapes take six, but only for text that would rather be UTF-8."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=False)

    text: StrictStr
    title: StrictStr | None = None
    id: StrictStr | StrictInt | None = Field(default=None, validation_alias=AliasChoices("_id", "id"))


def read(stream: IO[bytes], name: str, limits: Limits) -> Iterator[Extracted | Fault]:
    """Yield a document a line, named `name/id` or `name/line number`; a bad line is a Fault and the rest goes on.

    Never holds more than one line. Blank lines are passed over.
    """
    longest = limits.characters * _UTF8_MOST
    number = 0
    while line := stream.readline(longest):
        number += 1
        if len(line) == longest and not line.endswith(b"\n"):
            _skip_line(stream, longest)
            yield _fault(name, number, FaultCode.TOO_LARGE, f"超过 {limits.characters} 字，请拆分后再试。")
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield _document(line, name, number, limits)


def is_document(line: bytes) -> bool:
    """Tell whether a line is a JSON object with a text."""
    try:
        _Line.model_validate(json.loads(line.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return False
    return True


def _document(line: bytes, name: str, number: int, limits: Limits) -> Extracted | Fault:
    try:
        # The standard parser, unlike pydantic's, takes halves of surrogate pairs; _clean mends them.
        value = _Line.model_validate(json.loads(line.decode("utf-8-sig")))
    except ValidationError:
        return _fault(
            name, number, FaultCode.BAD_LINE, "没有文字字段 text，或 text、title、_id 不是文字，请检查后再试。"
        )
    except (ValueError, RecursionError):
        return _fault(name, number, FaultCode.BAD_LINE, "不是有效的 JSON（须为 UTF-8，一行一个对象），请检查后再试。")
    if not value.text.strip():
        return _fault(name, number, FaultCode.EMPTY, "text 字段是空的，请补上文字或删去这一行。")
    if len(value.text) > limits.characters:
        return _fault(name, number, FaultCode.TOO_LARGE, f"超过 {limits.characters} 字，请拆分后再试。")
    own = str(value.id).strip() if value.id is not None else ""
    return Extracted(f"{name}/{_clean(own) or number}", _clean(value.text), title=_clean(value.title or "").strip())


def _clean(text: str) -> str:
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def _fault(name: str, number: int, code: FaultCode, reason: str) -> Fault:
    return Fault(f"{name}/{number}", code, f"第 {number} 行{reason}")


def _skip_line(stream: IO[bytes], piece: int) -> None:
    while (line := stream.readline(piece)) and not line.endswith(b"\n"):
        pass
