"""Files made to do harm, and files that came to harm: each is a fault with a code, and nothing else happens."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import FaultCode
from corpus.extracted import Extracted
from corpus.readers.fault import Fault
from corpus.readers.safety import Limits
from corpus.readers.sources import sources
from tests.corpus.readers import builders

ZEROS = b"0" * (30 << 20)
MIB = 1 << 20


def fault(path: Path, limits: Limits | None = None) -> Fault:
    (found,) = sources([path], limits or Limits())
    assert isinstance(found, Fault)
    return found


def test_a_zip_bomb_is_found_while_it_unpacks(tmp_path: Path) -> None:
    assert fault(builders.zipped(tmp_path / "z.zip", {"a.txt": ZEROS})).code is FaultCode.ZIP_BOMB


def test_a_zip_that_says_it_is_too_large_is_not_unpacked(tmp_path: Path) -> None:
    path = builders.zipped(tmp_path / "z.zip", {"a.txt": b"a" * 600, "b.txt": b"b" * 600})
    assert fault(path, Limits(unpacked=1000)).code is FaultCode.ZIP_BOMB


def test_a_zip_that_lies_about_sizes_gives_no_more_than_it_said(tmp_path: Path) -> None:
    path = builders.zipped(tmp_path / "z.zip", {"a.txt": b"x" * 5000})
    path.write_bytes(path.read_bytes().replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    assert fault(path).code is FaultCode.UNREADABLE


def test_a_bomb_inside_a_word_file_is_found(tmp_path: Path) -> None:
    clean = builders.word(tmp_path / "a.docx", "正文。")
    bomb = builders.with_part(clean, tmp_path / "b.docx", "word/media/image1.png", ZEROS)
    assert fault(bomb).code is FaultCode.ZIP_BOMB


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "扶沟"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY c SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "word/footnotes.xml", "docProps/core.xml"])
def test_entities_in_a_word_file_are_refused(tmp_path: Path, declared: str, part: str) -> None:
    clean = builders.word(tmp_path / "a.docx", "正文。")
    xml = f'<?xml version="1.0"?><!DOCTYPE r [{declared}]><w:document {builders.W}><w:body>&c;</w:body></w:document>'
    assert fault(builders.with_part(clean, tmp_path / "b.docx", part, xml.encode())).code is FaultCode.XML_ENTITIES


@pytest.mark.parametrize("name", ["../a.txt", "b/../../a.txt", "/etc/a.txt", "..\\a.txt", "C:\\a.txt"])
def test_paths_that_lead_out_of_a_zip_are_faults(tmp_path: Path, name: str) -> None:
    path = builders.zipped(tmp_path / "z.zip", {name: b"a"})
    assert fault(path).code is FaultCode.PATH_TRAVERSAL
    assert list(tmp_path.iterdir()) == [path]


def test_macros_are_refused_under_any_name(tmp_path: Path) -> None:
    clean = builders.word(tmp_path / "a.docx", "正文。")
    assert fault(builders.with_part(clean, tmp_path / "b.docx", "word/vbaProject.bin", b"x")).code is FaultCode.MACRO


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = builders.pdf(tmp_path / "a.pdf", ["扶沟县认真落实各项部署，成效很好。" * 100] * 60)
    begun = time.monotonic()
    assert fault(path, Limits(seconds=0.3)).code is FaultCode.TIMEOUT
    assert time.monotonic() - begun < 5


def test_a_reader_that_wants_too_much_memory_is_stopped(tmp_path: Path) -> None:
    path = builders.word(
        tmp_path / "a.docx", *[f"扶沟县第{number * 7919 % 1000}号文件。" * 9 for number in range(2000)]
    )
    assert fault(path, Limits(memory=32 * MIB)).code is FaultCode.OUT_OF_MEMORY


def test_too_many_too_large_and_too_long_are_refused(tmp_path: Path) -> None:
    many = builders.zipped(tmp_path / "z.zip", {f"{number}.txt": b"a" for number in range(5)})
    assert fault(many, Limits(entries=4)).code is FaultCode.TOO_MANY_ENTRIES
    text = tmp_path / "a.txt"
    text.write_text("字" * 100, encoding="utf-8")
    assert fault(text, Limits(file_size=99)).code is FaultCode.TOO_LARGE
    assert fault(text, Limits(characters=99)).code is FaultCode.TOO_LARGE
    word = builders.word(tmp_path / "a.docx", "字" * 100)
    assert fault(word, Limits(characters=99)).code is FaultCode.TOO_LARGE


def test_a_folder_of_too_many_files_says_so_and_keeps_what_it_read(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("a", encoding="utf-8")
    *read, last = sources([tmp_path], Limits(entries=2))
    assert len(read) == 2
    assert isinstance(last, Fault)
    assert last.code is FaultCode.TOO_MANY_ENTRIES


@pytest.mark.parametrize("kind", ["docx", "pdf", "zip"])
def test_files_cut_short_are_faults(tmp_path: Path, kind: str) -> None:
    whole = tmp_path / f"a.{kind}"
    if kind == "docx":
        builders.word(whole, "正文。")
    elif kind == "pdf":
        builders.pdf(whole, ["正文。" * 500])
    else:
        builders.zipped(whole, {"a.txt": b"text"})
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 3])
    assert fault(whole).code in {FaultCode.UNREADABLE, FaultCode.NO_TEXT}


def test_what_libraries_print_never_reaches_the_user(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind")
    (tmp_path / "b.html").write_text("<html><body><script></script></body></html>", encoding="utf-8")
    assert [type(each) for each in sources([tmp_path])] == [Fault, Fault]
    assert capfd.readouterr() == ("", "")


@given(
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>", b'{"text": ', b"\xff\xfe"]), st.binary(max_size=200)
)
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_read_or_are_a_fault(mark: bytes, data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(mark + data)
        for found in sources([path]):
            assert isinstance(found, Extracted) or found.reason.endswith("。")
