from pathlib import Path

import pytest

from corpus.errors import FaultCode, Unreadable
from corpus.reader import document_id, read, readings
from corpus.readers.fault import Fault

TEXT = "第一篇：周口市扶沟县经验\r\n扶沟县认真落实各项部署，成效很好。\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reads_utf8_and_gb18030_keeping_every_character(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "案例.txt"
    path.write_bytes(TEXT.encode(encoding))
    document = read(path).document
    assert document.text == TEXT
    assert document.id == "案例"


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"PK\x03\x04\x00", b"\xff\xff\xff\xff"])
def test_refuses_what_is_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        read(path)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="无法读取"):
        read(tmp_path / "没有.txt")


def test_two_documents_of_one_batch_never_share_an_id(tmp_path: Path) -> None:
    for name in ("甲 乙.txt", "甲-乙.txt"):
        (tmp_path / name).write_text(TEXT, "utf-8")
    found = list(readings([tmp_path]))
    (fault,) = [each for each in found if isinstance(each, Fault)]
    assert (len(found), fault.code) == (2, FaultCode.DUPLICATE)


def test_ids_are_fit_for_a_path_and_never_empty() -> None:
    assert document_id("2021年 河南/案例（上）") == "2021年-河南-案例-上"
    assert document_id("...") == "document"
