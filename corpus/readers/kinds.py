"""What kind of file it is, told by what is in it rather than by its name."""

import codecs
import re
import zipfile
from enum import StrEnum
from pathlib import PurePosixPath
from typing import IO

from corpus.errors import FaultCode, Refused
from corpus.readers import jsonl

HEAD = 1 << 16
"""Bytes from the beginning of a file that its kind is told by."""

_FIRST_LINES = 5
_PDF = b"%PDF-"
_PDF_WITHIN = 1024
"""The mark of a PDF may stand anywhere in this many bytes, by the format's own appendix."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HTML = re.compile(
    rb"(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*<(?:!doctype\s+html|html|head|body|meta|title)\b", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(rb"<(?:p|div|h[1-6]|table|span|br|body)\b[^>]*>", re.IGNORECASE)

_NAMED = {
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"BM": "图片",
    b"II*\0": "图片",
    b"MM\0*": "图片",
    b"RIFF": "图片、声音或视频",
    b"MZ": "程序",
    b"\x7fELF": "程序",
    b"Rar!": "RAR 压缩文件",
    b"7z\xbc\xaf\x27\x1c": "7z 压缩文件",
    b"\x1f\x8b": "gzip 压缩文件",
}
_WAY_OUT = {
    "图片": "请先做文字识别，存为 .docx 或 .pdf 后再试。",
    "RAR 压缩文件": "请解开后改用 .zip 压缩，或直接导入文件夹。",
    "7z 压缩文件": "请解开后改用 .zip 压缩，或直接导入文件夹。",
    "gzip 压缩文件": "请解开后再试。",
}
_RTF = b"{\\rtf"
_OFFICE_PARTS = {
    "xl/": "Excel 表格，请把要用的文字存为 .docx 或 .txt 后再试。",
    "ppt/": "PowerPoint 演示文稿，请把要用的文字存为 .docx 或 .pdf 后再试。",
    "mimetype": "OpenDocument 文档或 EPUB 电子书，请转存为 .docx 或 .pdf 后再试。",
    "OFD.xml": "OFD 版式文件，请转存为 .pdf 或 .docx 后再试。",
}


class Kind(StrEnum):
    """The kinds of file that are read."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSONL = "jsonl"
    HTML = "html"
    WORD = "word"
    PDF = "pdf"
    ARCHIVE = "archive"


def kind(stream: IO[bytes], name: str) -> Kind:
    """Return the kind of a file, read from its beginning; `name` tells Markdown and JSON lines from plain text only.

    Raises Refused (empty, unsupported, old_office, encrypted, macro, unreadable).
    """
    head = stream.read(HEAD)
    if len(head) < HEAD and not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Refused(FaultCode.EMPTY, "文件是空的。")
    if head.startswith(_ZIP):
        return _zip_kind(stream)
    if head.startswith(_OLE):
        raise _ole(head, stream)
    if _PDF in head[:_PDF_WITHIN]:
        return Kind.PDF
    if head.startswith(_RTF):
        raise Refused(FaultCode.UNSUPPORTED, "是 RTF 文件，请用 Word 另存为 .docx 后再试。")
    for mark, label in _NAMED.items():
        if head.startswith(mark) and not _all_text(head):
            way_out = _WAY_OUT.get(label, "请换成 .docx、.pdf、.txt、.html 等文字文件。")
            raise Refused(FaultCode.UNSUPPORTED, f"是{label}，无法读出文字。{way_out}")
    return _text_kind(head, PurePosixPath(name).suffix.lower())


def _text_kind(head: bytes, suffix: str) -> Kind:
    if suffix in {".mht", ".mhtml", ".eml"}:
        raise Refused(FaultCode.UNSUPPORTED, "是单文件网页或邮件，请用浏览器另存为 .html 后再试。")
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in head:
        raise Refused(FaultCode.UNSUPPORTED, "不是文本文件，无法读取。请另存为 .docx、.pdf 或 .txt 后再试。")
    plain = _as_ascii(head)
    if _HTML.match(plain) or (suffix in {".html", ".htm", ".shtml", ".xhtml"} and _TAG.search(plain)):
        return Kind.HTML
    if _json_lines(head, suffix):
        return Kind.JSONL
    return Kind.MARKDOWN if suffix in {".md", ".markdown"} else Kind.TEXT


def _json_lines(head: bytes, suffix: str) -> bool:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"{"):
        return False
    if suffix in {".jsonl", ".ndjson"}:
        return True
    lines = [line for line in start.splitlines()[: _FIRST_LINES + 1] if line.strip()]
    # What the head cuts off cannot be parsed.
    whole = lines[:-1] if len(head) == HEAD else lines
    return bool(whole) and all(jsonl.is_document(line) for line in whole[:_FIRST_LINES])


def _zip_kind(stream: IO[bytes]) -> Kind:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            types = b""
            if "[Content_Types].xml" in names:
                with archive.open("[Content_Types].xml") as part:
                    types = part.read(HEAD)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise Refused(FaultCode.UNREADABLE, "文件已损坏或不完整，请重新获取后再试。") from error
    office = bool(types)
    if office and (b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names)):
        raise Refused(FaultCode.MACRO, "文件含有宏，出于安全没有读取。请用 Word 另存为不含宏的 .docx 后再试。")
    if office and any(name.startswith("word/") for name in names):
        return Kind.WORD
    for mark, advice in _OFFICE_PARTS.items():
        if any(name == mark or (office and name.startswith(mark)) for name in names):
            raise Refused(FaultCode.UNSUPPORTED, f"是 {advice}")
    return Kind.ARCHIVE


def _ole(head: bytes, stream: IO[bytes]) -> Refused:
    window = head
    while window:
        if _OLE_ENCRYPTED in window:
            return Refused(FaultCode.ENCRYPTED, "文件加了密码，请用 Word 取消密码并另存为 .docx 后再试。")
        piece = stream.read(HEAD)
        window = window[-len(_OLE_ENCRYPTED) :] + piece if piece else b""
    return Refused(FaultCode.OLD_OFFICE, "是旧版 Office 文件（.doc、.xls、.ppt 等），请另存为 .docx 后再试。")


def _as_ascii(head: bytes) -> bytes:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode("utf-8")
    return head.removeprefix(codecs.BOM_UTF8)


def _all_text(head: bytes) -> bool:
    """A text may begin with MZ, BM or RIFF."""
    return b"\0" not in head and not any(byte < 9 for byte in head[:512]) and head.isascii()
