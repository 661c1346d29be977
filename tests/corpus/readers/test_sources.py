import binascii
import json
import os
import struct
from pathlib import Path

import docx
from docx.shared import Inches

from corpus.errors import FaultCode
from corpus.extracted import Extracted
from corpus.readers.fault import Fault
from corpus.readers.safety import Limits
from corpus.readers.sources import sources
from tests.corpus.readers import builders

SENTENCE = "扶沟县认真落实各项部署，全年完成投资3.5亿元。"


def read(*paths: Path, limits: Limits | None = None) -> tuple[dict[str, str], dict[str, FaultCode]]:
    """Return the texts by name and the codes of the faults by name."""
    found = list(sources(paths, limits or Limits()))
    texts = {each.name: each.text for each in found if isinstance(each, Extracted)}
    return texts, {each.name: each.code for each in found if isinstance(each, Fault)}


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_is_read_in_one_go(tmp_path: Path) -> None:
    folder = tmp_path / "汇编"
    written(folder / "a.txt", SENTENCE)
    written(folder / "b.md", f"# {SENTENCE}")
    written(folder / "c.html", f"<html><body><p>{SENTENCE}</p></body></html>")
    written(folder / "d.jsonl", json.dumps({"_id": "x", "text": SENTENCE}))
    builders.word(folder / "e.docx", SENTENCE)
    builders.pdf(folder / "f.pdf", [SENTENCE], head="")
    builders.zipped(folder / "g.zip", {"内/h.txt": SENTENCE.encode("gbk")})
    texts, faults = read(folder)
    assert faults == {}
    assert list(texts) == ["a", "b", "c", "d/x", "e", "f", "g/内/h"]
    assert {text.strip() for text in texts.values()} == {SENTENCE}


def test_a_bad_file_is_a_fault_and_the_rest_goes_on(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", SENTENCE)
    (tmp_path / "b.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    written(tmp_path / "c.txt", "")
    written(tmp_path / "d.jsonl", '{"text": "好"}\n{坏\n')
    written(tmp_path / "e.txt", SENTENCE)
    texts, faults = read(tmp_path)
    root = tmp_path.name
    assert list(texts) == ["a", "d/1", "e"]
    assert faults == {
        f"{root}/b.doc": FaultCode.OLD_OFFICE,
        f"{root}/c.txt": FaultCode.EMPTY,
        f"{root}/d.jsonl": FaultCode.BAD_LINE,
    }


def test_files_without_words_are_faults(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_picture(builders.picture(), Inches(1))
    file.save(str(tmp_path / "a.docx"))
    written(tmp_path / "b.txt", "　　\n　　")
    root = tmp_path.name
    assert read(tmp_path) == ({}, dict.fromkeys((f"{root}/a.docx", f"{root}/b.txt"), FaultCode.NO_TEXT))


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert read(tmp_path / "没有.txt") == ({}, {"没有.txt": FaultCode.UNREADABLE})


def test_names_stay_distinct(tmp_path: Path) -> None:
    for name in ("a.md", "a.txt", "b/a.txt", "第1.2节"):
        written(tmp_path / name, SENTENCE)
    assert list(read(tmp_path)[0]) == ["a", "a.txt", "b/a", "第1.2节"]


def test_the_order_does_not_hang_on_the_order_given(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{letter}.txt", SENTENCE) for letter in "cab"]
    assert list(read(*paths)[0]) == ["a", "b", "c"]


def test_hidden_files_and_lock_files_are_passed_over_silently(tmp_path: Path) -> None:
    for name in (".DS_Store", "~$a.docx", "__MACOSX/._a.txt", ".git/x.txt", "Thumbs.db"):
        written(tmp_path / name, "x")
    builders.zipped(tmp_path / "z.zip", {"__MACOSX/._a.txt": b"x", ".hidden": b"x", "a.txt": b"x"})
    assert read(tmp_path) == ({"z/a": "x"}, {})


def test_names_in_a_zip_are_read_as_windows_in_china_writes_them(tmp_path: Path) -> None:
    _zip_with_raw_name(tmp_path / "z.zip", "扶沟经验.txt".encode("gbk"))
    assert list(read(tmp_path / "z.zip")[0]) == ["扶沟经验"]


def test_a_zip_in_a_zip_is_a_fault(tmp_path: Path) -> None:
    inner = builders.zipped(tmp_path / "inner.zip", {"a.txt": b"a"}).read_bytes()
    outer = builders.zipped(tmp_path / "outer.zip", {"b.txt": b"b", "inner.zip": inner})
    assert read(outer) == ({"b": "b"}, {"outer.zip/inner.zip": FaultCode.NESTED_ARCHIVE})


def test_links_lead_nowhere_outside_and_pipes_do_not_wait(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.txt", "机密")
    folder = tmp_path / "folder"
    written(folder / "a.txt", "a")
    (folder / "inside.txt").symlink_to(folder / "a.txt")
    (folder / "outside.txt").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    texts, faults = read(folder)
    assert texts == {"a": "a"}
    assert faults == {
        "folder/outside.txt": FaultCode.PATH_TRAVERSAL,
        "folder/pipe": FaultCode.UNREADABLE,
        "folder/up": FaultCode.PATH_TRAVERSAL,
    }


def test_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    for letter in "ab":
        written(tmp_path / f"{letter}.txt", letter)
    found = sources([tmp_path])
    next(found)
    written(tmp_path / "b.txt", "changed since")
    second = next(found)
    assert isinstance(second, Extracted)
    assert second.text == "changed since"


def _zip_with_raw_name(path: Path, name: bytes) -> None:
    """Write a zip with one stored entry under a raw name, without the mark of UTF-8."""
    data = SENTENCE.encode()
    common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, binascii.crc32(data), len(data), len(data), len(name), 0)
    local = b"PK\x03\x04" + common + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
