from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FaultCode, Refused
from corpus.readers.kinds import Kind, kind
from tests.corpus.readers import builders

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def told(data: bytes, name: str = "a") -> Kind:
    return kind(BytesIO(data), name)


def refused(data: bytes, name: str = "a") -> Refused:
    with pytest.raises(Refused) as refusal:
        told(data, name)
    return refusal.value


def test_what_is_in_a_file_counts_and_not_its_name(tmp_path: Path) -> None:
    assert told(b"%PDF-1.7 ...", "a.txt") is Kind.PDF
    assert told(builders.word(tmp_path / "a", "x").read_bytes(), "a.pdf") is Kind.WORD
    assert told(b"<!-- x -->\n<!DOCTYPE html><html>", "a.pdf") is Kind.HTML
    assert told(builders.zipped(tmp_path / "z", {"a.txt": b"a"}).read_bytes(), "a.docx") is Kind.ARCHIVE
    assert told("扶沟县".encode(), "a.docx") is Kind.TEXT


def test_markdown_alone_is_told_by_its_name() -> None:
    assert told(b"# a", "a.md") is Kind.MARKDOWN
    assert told(b"# a", "a.txt") is Kind.TEXT


def test_json_lines_are_told_by_their_lines() -> None:
    assert told(b'{"text": "a"}\n{"text": "b"}\n', "a.txt") is Kind.JSONL
    assert told(b'{"text": "a"}\nplain\n', "a.txt") is Kind.TEXT
    assert told(b'{"name": "a"}\n', "a.txt") is Kind.TEXT
    assert told(b'{"text": "' + b"a" * 200_000 + b'"}\n', "a.jsonl") is Kind.JSONL


def test_pages_are_told_in_any_encoding() -> None:
    assert told("<html><p>页</p>".encode("utf-16")) is Kind.HTML
    assert told("<div><p>页</p></div>".encode("gbk"), "a.htm") is Kind.HTML


@pytest.mark.parametrize(
    ("data", "code", "way_out"),
    [
        (b"", FaultCode.EMPTY, "空"),
        (b"\xef\xbb\xbf \r\n", FaultCode.EMPTY, "空"),
        (OLE + b"\0" * 600, FaultCode.OLD_OFFICE, "另存为 .docx"),
        (OLE + b"\0" * 70_000 + "EncryptedPackage".encode("utf-16-le"), FaultCode.ENCRYPTED, "取消密码"),
        (b"\x89PNG\r\n\x1a\n\0\0", FaultCode.UNSUPPORTED, "文字识别"),
        (b"MZ\x90\0\x03", FaultCode.UNSUPPORTED, "程序"),
        (b"Rar!\x1a\x07\x01\0", FaultCode.UNSUPPORTED, ".zip"),
        (b"{\\rtf1 x}", FaultCode.UNSUPPORTED, "另存为 .docx"),
        (b"a\0b", FaultCode.UNSUPPORTED, "不是文本"),
        (b"PK\x03\x04broken", FaultCode.UNREADABLE, "损坏"),
    ],
)
def test_what_is_not_read_is_refused_with_the_way_out(data: bytes, code: FaultCode, way_out: str) -> None:
    refusal = refused(data)
    assert refusal.code is code
    assert way_out in str(refusal)


def test_macros_and_other_office_files_are_refused(tmp_path: Path) -> None:
    types = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    macro = {"[Content_Types].xml": types, "word/document.xml": b"<w/>"}
    assert refused(builders.zipped(tmp_path / "m", macro).read_bytes()).code is FaultCode.MACRO
    hidden = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", "word/vbaProject.bin": b""}
    assert refused(builders.zipped(tmp_path / "h", hidden).read_bytes()).code is FaultCode.MACRO
    sheet = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"}
    assert "Excel" in str(refused(builders.zipped(tmp_path / "x", sheet).read_bytes()))


def test_a_text_may_begin_like_a_program() -> None:
    assert told(b"MZ is how programs begin") is Kind.TEXT
    assert told(b"BM25") is Kind.TEXT


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_or_are_refused(data: bytes) -> None:
    reason = ""
    try:
        told(data)
    except Refused as refusal:
        reason = str(refusal)
    assert reason == "" or reason.endswith("。")
