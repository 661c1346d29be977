import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index import seals
from index.change import change
from index.doctor import examined
from index.errors import IndexBusy, IndexCorrupt, IndexingError, IndexMismatch, IndexMissing, IndexUnwritable
from index.store import load, writing
from index.transfer import exported, imported
from tests.fakes import HashedEncoder
from tests.index.killing import assert_tidy
from tests.index.small import ENCODER, POOL, assert_same, document_ids, opened, standing

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of several segments, with documents withdrawn, and another."""
    folder = tmp_path_factory.mktemp("both")
    for key in ("fugou", "xinzheng", "wugang"):
        change(folder / "index", ENCODER, [POOL[key][0]])
    change(folder / "index", ENCODER, removed=["xinzheng"])
    change(folder / "other", ENCODER, standing({"letter": 0}))
    return folder


@pytest.fixture
def root(both: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(both / "index", tmp_path / "index"))


@pytest.fixture
def file(root: Path) -> Path:
    exported(root, root.with_name("backup.zip"))
    return root.with_name("backup.zip")


@pytest.fixture
def other(both: Path, tmp_path: Path) -> Path:
    """Another index, which a file is brought into."""
    return Path(shutil.copytree(both / "other", tmp_path / "other"))


def test_what_is_brought_elsewhere_answers_as_it_did(root: Path, file: Path, tmp_path: Path) -> None:
    manifest = imported(file, tmp_path / "elsewhere" / "index", ENCODER)
    assert (manifest.documents, manifest.fingerprint) == (2, load(root, ENCODER)[1].fingerprint)
    assert_same(opened(tmp_path / "elsewhere" / "index"), opened(root))
    assert examined(tmp_path / "elsewhere" / "index").findings == ()
    assert_tidy(tmp_path / "elsewhere" / "index")


def test_what_is_brought_takes_the_place_of_what_stood(root: Path, file: Path, other: Path) -> None:
    assert imported(file, other, ENCODER).generation == "g000002"
    assert_same(opened(other), opened(root))
    change(other, ENCODER, standing({"fugou": 1, "letter": 0}))
    assert document_ids(other) == {"fugou", "wugang", "letter"}
    assert_tidy(other)


def test_an_index_can_be_brought_back_over_itself(root: Path, file: Path) -> None:
    change(root, ENCODER, standing({"letter": 0, "fugou": 2}))
    imported(file, root, ENCODER)
    assert opened(root).document == {"fugou": POOL["fugou"][0], "wugang": POOL["wugang"][0]}


def test_a_file_holds_the_current_index_alone_and_names_it_last(file: Path) -> None:
    names = zipfile.ZipFile(file).namelist()
    assert names[-1] == "CURRENT"
    assert {name.split("/")[1] for name in names[:-1]} == {"g000004", "s000001", "s000003"}


def test_a_damaged_index_is_not_written_over_a_good_backup(root: Path, file: Path) -> None:
    good = file.read_bytes()
    path = root / "segments" / "s000001" / "documents.json"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexCorrupt, match=r"documents\.json"):
        exported(root, file)
    assert file.read_bytes() == good
    assert [each.name for each in file.parent.iterdir() if each.name.startswith(".")] == []


def test_a_missing_index_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        exported(tmp_path / "index", tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def spoilt(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def no_zip(file: Path) -> None:
    file.write_text("不是压缩包", "utf-8")


def foreign(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("汇编.txt", "第一篇")


def climbing(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../../climbed", "x")


def absolute(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("/tmp/../climbed", "x")


def pointing_out(file: Path) -> None:
    rewritten(file, {"CURRENT": b"../../other/generations/g000001\n"})


def without_a_segment(file: Path) -> None:
    rewritten(file, {}, without="segments/s000001/")


def twisted(file: Path) -> None:
    rewritten(file, {"segments/s000001/dense.faiss": b"IxFI" + b"\xff" * 60})


def said_otherwise(file: Path) -> None:
    """Sealed anew, so that only what it says is wrong."""
    folder = file.parent / "unpacked"
    zipfile.ZipFile(file).extractall(folder)
    for generation in (folder / "generations").iterdir():
        manifest = json.loads((generation / "manifest.json").read_text("utf-8"))
        (generation / "manifest.json").write_text(json.dumps(manifest | {"documents": 9}), "utf-8")
        seals.seal(generation)
    repacked(folder, file)


def no_vectors(file: Path) -> None:
    folder = file.parent / "unpacked"
    zipfile.ZipFile(file).extractall(folder)
    for segment in (folder / "segments").iterdir():
        (segment / "dense.faiss").write_bytes(b"IxFI" + b"\xff" * 60)
        seals.seal(segment)
    repacked(folder, file)


def repacked(folder: Path, file: Path) -> None:
    file.unlink()
    shutil.make_archive(str(file.with_suffix("")), "zip", folder)
    shutil.rmtree(folder)


def rewritten(file: Path, contents: dict[str, bytes], without: str = "\0") -> None:
    with zipfile.ZipFile(file) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if not name.startswith(without)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (kept | contents).items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "spoil",
    [
        cut,
        spoilt,
        emptied,
        no_zip,
        foreign,
        climbing,
        absolute,
        pointing_out,
        without_a_segment,
        twisted,
        said_otherwise,
        no_vectors,
        Path.unlink,
    ],
)
def test_a_file_that_is_no_whole_index_changes_nothing(
    file: Path, other: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    before = opened(other)
    spoil(file)
    paths = sorted(tmp_path.rglob("*"))
    with pytest.raises(IndexCorrupt, match=r"[。：]"):
        imported(file, other, ENCODER)
    assert sorted(tmp_path.rglob("*")) == paths
    assert_same(opened(other), before)


def test_an_encrypted_file_is_no_index(file: Path, other: Path) -> None:
    data = bytearray(file.read_bytes())
    # The flag of encryption, in the entry's own header and in the directory.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)
    with pytest.raises(IndexCorrupt):
        imported(file, other, ENCODER)


def test_an_index_of_another_model_is_not_brought_in(file: Path, other: Path) -> None:
    class Other(HashedEncoder):
        fingerprint = "another"

    with pytest.raises(IndexMismatch, match="hashed-bigrams"):
        imported(file, other, Other())
    assert document_ids(other) == {"letter"}


def test_a_file_larger_than_the_disk_is_told_before_it_is_unpacked(
    file: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.transfer.shutil.disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(IndexUnwritable, match="磁盘已满"):
        imported(file, other, ENCODER)
    assert document_ids(other) == {"letter"}


def test_an_import_waits_for_no_other_writer(file: Path, other: Path) -> None:
    with writing(other), pytest.raises(IndexBusy):
        imported(file, other, ENCODER)


def test_an_import_that_fails_at_its_last_step_keeps_the_index_that_stood(
    file: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.store.point_to", refuse)
    with pytest.raises(IndexingError, match="磁盘已满"):
        imported(file, other, ENCODER)
    monkeypatch.undo()
    assert document_ids(other) == {"letter"}
    change(other, ENCODER, [POOL["letter"][1]])
    assert_tidy(other)
