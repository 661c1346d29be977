import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FaultCode, Refused
from corpus.readers.text import decoded, read

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=60)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_every_character_is_kept_line_ends_included(encoding: str) -> None:
    text = "第一篇：扶沟县经验\r\n　　成效很好。\n\n完\r"
    assert read(text.encode(encoding), "案例").text == text


def test_utf16_is_read_in_either_order_of_bytes() -> None:
    assert decoded(codecs.BOM_UTF16_BE + "扶沟".encode("utf-16-be")) == "扶沟"
    assert decoded(codecs.BOM_UTF16_LE + "扶沟".encode("utf-16-le")) == "扶沟"


@given(CHINESE)
def test_utf8_is_always_told(text: str) -> None:
    assert decoded(text.encode()) == text


@given(CHINESE)
def test_damaged_utf8_is_never_read_as_other_characters(text: str) -> None:
    whole = text.encode() * 400
    with pytest.raises(Refused, match=f"第 {len(whole) + 1} 个字节") as refusal:
        decoded(whole + b"\xe6\x96 " + text.encode() * 400)
    assert refusal.value.code is FaultCode.UNREADABLE


def test_short_gbk_text_is_read() -> None:
    assert decoded("扶沟县".encode("gbk")) == "扶沟县"


def test_what_no_encoding_fits_is_refused() -> None:
    with pytest.raises(Refused, match="另存为 UTF-8"):
        decoded(b"\xff\xff\xff\xff")


def test_control_characters_are_no_text() -> None:
    with pytest.raises(Refused) as refusal:
        decoded(b"abc\x01\x02")
    assert refusal.value.code is FaultCode.UNSUPPORTED
