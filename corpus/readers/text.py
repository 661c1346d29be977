"""Plain text: character for character as decoded, line ends included."""

import codecs
import re

from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_BROKEN = 100
"""Text with one broken UTF-8 sequence per this many good characters beyond ASCII is damaged UTF-8, not GB18030."""


def read(data: bytes, name: str) -> Extracted:
    """Return the text of a plain text file. Raises Refused (unreadable, unsupported)."""
    return Extracted(name, decoded(data))


def decoded(data: bytes) -> str:
    """Decode UTF-8 or UTF-16 with its mark, UTF-8 without one, or else GB18030; the mark is no part of the text.

    A guess by letter frequency (charset-normalizer) was wrong on most Chinese texts of under ten characters, where this
    order is right. Raises Refused (unreadable, unsupported).
    """
    if data.startswith(_UTF16):
        return _printable(_strict(data, "utf-16"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if _damaged_utf8(data):
            raise Refused(
                FaultCode.UNREADABLE,
                f"文件是 UTF-8 文字，但第 {error.start + 1} 个字节处已损坏，请重新获取，或打开检查后另存为 UTF-8。",
            ) from error
        text = _strict(data, "gb18030")
    return _printable(text)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(FaultCode.UNREADABLE, "文字编码无法识别，请另存为 UTF-8 后再试。") from error


def _damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    return sum(character > "\x7f" for character in text) - broken > broken * _BROKEN


def _printable(text: str) -> str:
    if _CONTROL.search(text.removesuffix("\x1a")):
        raise Refused(FaultCode.UNSUPPORTED, "不是文本文件，无法读取。请另存为 .docx、.pdf 或 .txt 后再试。")
    return text
