import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.document import Document
from index import seals, segment_files
from index.change import change
from index.dense import FlatIndex
from index.doctor import examined, mended
from index.errors import IndexBusy, IndexCorrupt, IndexMissing
from index.segment import Segment
from index.store import writing
from tests.index.small import ENCODER, POOL, document_ids, standing

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture(scope="module")
def unspoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations, the second with a segment of its own."""
    root = tmp_path_factory.mktemp("unspoilt")
    change(root, ENCODER, standing({"fugou": 0}))
    change(root, ENCODER, standing({"wugang": 1, "fugou": 1}))
    return root


@pytest.fixture
def root(unspoilt: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unspoilt, tmp_path / "index"))


def found(root: Path) -> str:
    return "\n".join(finding.what for finding in examined(root).findings)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_a_whole_index_has_no_fault(root: Path) -> None:
    told: list[str] = []
    report = examined(root, told.append)
    assert (report.current, report.findings, report.whole, report.leftovers) == ("g000002", (), "g000002", ())
    assert told == ["segments/s000002"]


def test_no_index_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="anwen index"):
        examined(tmp_path)


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink])
def test_damage_to_any_file_is_found_and_named(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    change(tmp_path / "index", ENCODER, standing({"fugou": 0}))
    kept = {path: path.read_bytes() for path in (tmp_path / "index").glob("*/**/*") if path.is_file()}
    assert len(kept) > 20
    for path, content in kept.items():
        damage(path)
        told = found(tmp_path / "index")
        # Seals that are damaged can be seen by nothing but the file they do not fit.
        assert told if path.name == seals.NAME else path.name in told
        path.write_bytes(content)
    assert found(tmp_path / "index") == ""


def test_a_segment_that_is_gone_is_named(root: Path) -> None:
    (root / "segments" / "s000002").rename(root / "elsewhere")
    assert "s000002" in found(root)


def misplaced(segment: Segment) -> Segment:
    first = segment.passages[0]
    return replace(segment, passages=(replace(first, start=first.start - 1), *segment.passages[1:]))


def beyond(segment: Segment) -> Segment:
    return replace(segment, passages=(replace(segment.passages[0], section=7), *segment.passages[1:]))


def fewer_vectors(segment: Segment) -> Segment:
    return replace(segment, dense=FlatIndex.of(segment.dense.vectors[1:]))


def fewer_clauses(segment: Segment) -> Segment:
    return replace(segment, clauses=segment.clauses[1:])


def no_numbers(segment: Segment) -> Segment:
    return replace(segment, clauses=np.full_like(segment.clauses, np.nan))


def other_dimension(segment: Segment) -> Segment:
    return replace(segment, dense=FlatIndex.of(np.ascontiguousarray(segment.dense.vectors[:, :9])))


def other_cases(segment: Segment) -> Segment:
    return replace(segment, cases=segment.lexical)


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (misplaced, "不在它所说的地方"),
        (beyond, "不在它所说的地方"),
        (fewer_vectors, "段落向量应为"),
        (fewer_clauses, "分句向量应为"),
        (no_numbers, "无效的数"),
        (other_dimension, "向量维数应为 256，实为 9"),
        (other_cases, "案例关键词应为"),
    ],
)
def test_a_sealed_segment_that_does_not_agree_with_itself_is_told(
    root: Path, spoilt: Callable[[Segment], Segment], told: str
) -> None:
    folder = root / "segments" / "s000002"
    segment = spoilt(segment_files.read(folder))
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    segment_files.write(segment, folder)
    assert told in found(root)


def manifest_with(root: Path, **fields: Any) -> None:
    """Let the manifest of the current generation say something else, sealed."""
    folder = root / "generations" / (root / "CURRENT").read_text("utf-8").strip()
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")
    seals.seal(folder)


def test_a_document_that_lives_twice_or_not_at_all_is_told(root: Path) -> None:
    segments = [{"name": "s000001", "withdrawn": []}, {"name": "s000002", "withdrawn": []}]
    manifest_with(root, segments=segments)
    assert "编号相同的文档：fugou" in found(root)
    manifest_with(root, segments=[{"name": "s000002", "withdrawn": ["wugang"]}])
    assert "记有 2 份文档，实有 1 份" in found(root)


def test_an_index_of_another_format_is_told_as_such(root: Path) -> None:
    manifest_with(root, format=1)
    assert "格式 1" in found(root)


def test_mending_goes_back_to_the_last_whole_index(root: Path) -> None:
    flip(root / "segments" / "s000002" / "clauses.npy")
    report = examined(root)
    assert (report.current, report.whole) == ("g000002", "g000001")
    assert "anwen doctor --mend" in report.findings[0].way_out
    assert mended(root) == report
    assert examined(root).findings == ()
    assert document_ids(root) == {"fugou"}


def test_a_change_after_mending_keeps_the_index_that_is_whole(root: Path) -> None:
    flip(root / "segments" / "s000002" / "clauses.npy")
    mended(root)
    change(root, ENCODER, [POOL["letter"][0]])
    assert sorted(path.name for path in (root / "generations").iterdir()) == ["g000001", "g000003"]
    flip(root / "generations" / "g000003" / "lexicon.json")
    assert examined(root).whole == "g000001"


@pytest.mark.parametrize("content", [None, "", "g000009\n", "../..", "\udcff"])
def test_a_pointer_that_is_lost_is_set_again(root: Path, content: str | None) -> None:
    if content is None:
        (root / "CURRENT").unlink()
    else:
        (root / "CURRENT").write_bytes(content.encode("utf-8", "surrogateescape"))
    report = examined(root)
    assert (report.current, report.whole, len(report.findings)) == ("", "g000002", 1)
    mended(root)
    assert examined(root).current == "g000002"
    assert document_ids(root) == {"fugou", "wugang"}


def test_a_whole_index_is_left_as_it_is(root: Path) -> None:
    before = (root / "CURRENT").stat().st_mtime_ns
    assert mended(root).findings == ()
    assert (root / "CURRENT").stat().st_mtime_ns == before


def test_where_nothing_is_whole_the_way_out_is_to_build_again(root: Path) -> None:
    for path in (root / "segments").glob("*/documents.json"):
        cut(path)
    report = examined(root)
    assert report.whole == ""
    assert "anwen index 重建" in report.findings[0].way_out
    with pytest.raises(IndexCorrupt, match="anwen index 重建"):
        mended(root)
    change(root, ENCODER, standing({"letter": 0}), afresh=True)
    assert examined(root).findings == ()


def test_damage_that_both_generations_share_is_told_once(tmp_path: Path) -> None:
    root = tmp_path / "index"
    change(root, ENCODER, standing({"fugou": 0}))
    change(root, ENCODER, standing({"xinzheng": 1}))
    flip(root / "segments" / "s000001" / "figures.json")
    report = examined(root)
    assert [finding.what for finding in report.findings] == [
        "索引 s000001 的文件 figures.json 校验和不符。请运行 anwen doctor 查看。"
    ]
    assert report.whole == ""


def test_what_a_killed_writer_left_is_told_and_goes_with_the_next_change(root: Path) -> None:
    for name in ("segments/.aside-x", "generations/.aside-y"):
        (root / name).mkdir()
    assert examined(root).leftovers == ("generations/.aside-y", "segments/.aside-x")
    assert examined(root).findings == ()
    change(root, ENCODER, [POOL["letter"][0]])
    assert examined(root).leftovers == ()


def test_nothing_is_mended_while_another_writes(root: Path) -> None:
    with writing(root), pytest.raises(IndexBusy):
        mended(root)


def test_documents_of_the_index_that_was_gone_back_to_are_the_ones_it_had(root: Path) -> None:
    cut(root / "generations" / "g000002" / "questions.npy")
    mended(root)
    documents: tuple[Document, ...] = standing({"fugou": 0})
    told = change(root, ENCODER, documents)
    assert told.unchanged == ("fugou",)
