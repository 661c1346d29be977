import errno
import io
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index import durable, store
from index.change import change
from index.doctor import examined
from index.encoder import Progress, Vectors
from index.errors import IndexCorrupt, IndexUnwritable
from tests.fakes import HashedEncoder
from tests.index.killing import assert_tidy
from tests.index.small import ENCODER, POOL, assert_same, built_at_once, document_ids, opened, standing

BEFORE = {"fugou": 0, "xinzheng": 0}
AFTER = {"fugou": 1, "xinzheng": 0, "wugang": 0}
HOME = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    change(tmp_path / "index", ENCODER, standing(BEFORE))
    return tmp_path / "index"


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.index.killing", "--kills", "25", "--seed", "7"],
        cwd=HOME,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    counted = re.match(
        r"25 kills, (\d+) changes acknowledged and none lost; (\d+) kills fell within a change", ran.stdout
    )
    assert counted, ran.stdout
    assert min(map(int, counted.groups())) > 5


# A full disk: the k-th time that a file is opened to be written it is the full device, or the k-th call fails.


@contextmanager
def full_from(k: int, kind: str) -> Iterator[list[str]]:
    """Let the k-th write of a kind and all after it fail as on a full disk; yield what was tried."""
    tried: list[str] = []
    real_open = io.open

    def open_(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if isinstance(mode, str) and set(mode) & set("wax"):
            tried.append(f"{file}")
            file = file if len(tried) < k else "/dev/full"
        return real_open(file, mode, *args, **kwargs)

    def failing(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            tried.append(name)
            if len(tried) >= k:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        if kind == "open":
            patch.setattr("io.open", open_)
            patch.setattr("builtins.open", open_)
        else:
            patch.setattr(f"os.{kind}", failing(kind))
        yield tried


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="没有 /dev/full")
@pytest.mark.parametrize("kind", ["open", "fsync", "replace", "mkdir"])
def test_a_disk_full_at_any_write_leaves_the_last_index(root: Path, tmp_path: Path, kind: str) -> None:
    with full_from(10_000, kind) as tried:
        change(root.with_name("counted"), ENCODER, standing(BEFORE))
        tried.clear()
        change(root.with_name("counted"), ENCODER, standing(AFTER))
        total = len(tried)
    assert total > 1
    # Each write of a few, the first ones and the last ones of many.
    for k in sorted({*range(1, min(total, 4) + 1), *range(5, total, 9), *range(max(1, total - 3), total + 1)}):
        with full_from(k, kind), pytest.raises(IndexUnwritable, match=r"磁盘已满.*腾出空间"):
            change(root, ENCODER, standing(AFTER))
        # Of the last step, when the pointer stands and its folder is not synced, nobody can tell whether it holds.
        assert document_ids(root) in ({*BEFORE}, {*AFTER})
        assert examined(root).findings == ()
        if document_ids(root) == {*AFTER}:
            assert (kind, k) == ("fsync", total)
    change(root, ENCODER, standing(AFTER))
    assert_same(opened(root), built_at_once(standing(AFTER), tmp_path / "fresh"))
    assert_tidy(root)


@pytest.mark.parametrize("most", [0, 100, 1_000, 8_000, 20_000])
def test_a_file_that_cannot_grow_leaves_the_last_index(root: Path, most: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(IndexUnwritable, match="请"):
            change(root, ENCODER, standing(AFTER | {"letter": 0}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert document_ids(root) == {*BEFORE}
    change(root, ENCODER, standing(AFTER))
    assert_tidy(root)


def test_a_first_index_that_does_not_fit_leaves_none(tmp_path: Path) -> None:
    with full_from(3, "open"), pytest.raises(IndexUnwritable, match="磁盘已满"):
        change(tmp_path / "index", ENCODER, standing(BEFORE))
    assert not store.exists(tmp_path / "index")
    change(tmp_path / "index", ENCODER, standing(BEFORE))
    assert_tidy(tmp_path / "index")


def test_a_folder_that_may_not_be_written_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(IndexUnwritable, match=r"没有写入的权限.*请检查"):
        change(tmp_path / "index", ENCODER, standing(BEFORE))


def test_an_error_of_the_model_is_not_taken_for_one_of_the_disk(root: Path) -> None:
    class Unreachable(HashedEncoder):
        def passages(self, _texts: Sequence[str], _progress: Progress | None = None) -> Vectors:
            raise ConnectionError("model server")

    with pytest.raises(ConnectionError):
        change(root, Unreachable(), standing(AFTER))


def test_what_is_published_was_synced_before_and_its_place_after(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, Path]] = []
    files: dict[Path, set[Path]] = {}
    fsync, replace, descriptor = os.fsync, os.replace, Path("/proc/self/fd")

    def record_fsync(handle: int) -> None:
        done.append(("sync", (descriptor / str(handle)).readlink()))
        fsync(handle)

    def record_replace(source: Path, target: Path) -> None:
        files[target] = {source, *source.rglob("*")}
        done.append(("rename", target))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    change(root, ENCODER, standing(AFTER))
    renamed = [target for word, target in done if word == "rename"]
    assert [target.relative_to(root).as_posix() for target in renamed] == [
        "segments/s000002",
        "generations/g000002",
        "CURRENT",
    ]
    for target in renamed:
        at = done.index(("rename", target))
        assert files[target] <= {path for word, path in done[:at] if word == "sync"}
        following = renamed[renamed.index(target) + 1 :]
        before_next = done.index(("rename", following[0])) if following else len(done)
        assert ("sync", target.parent) in done[at:before_next]


def test_the_folders_of_a_first_index_are_synced_into_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    sync = durable.sync

    def record(path: Path) -> None:
        synced.append(path)
        sync(path)

    monkeypatch.setattr(store, "sync", record)
    change(tmp_path / "home" / "index", ENCODER, standing(BEFORE))
    assert {tmp_path, tmp_path / "home", tmp_path / "home" / "index"} <= set(synced)


def test_an_unsynced_segment_that_a_power_loss_cut_is_no_part_of_an_index(root: Path) -> None:
    """What the order of syncs is for: a folder that no pointer reaches may be in any state."""
    left = root / "segments" / "s000009"
    left.mkdir()
    (left / "documents.json").write_bytes(b"\0" * 100)
    half = root / "generations" / "g000009"
    half.mkdir()
    (half / "manifest.json").touch()
    assert document_ids(root) == {*BEFORE}
    assert examined(root).findings == ()
    change(root, ENCODER, [POOL["letter"][0]])
    assert_tidy(root)


def test_a_last_index_that_is_damaged_is_told_before_anything_is_written(root: Path) -> None:
    (root / "segments" / "s000001" / "passages.json").unlink()
    with pytest.raises(IndexCorrupt, match=r"passages\.json"):
        change(root, ENCODER, [POOL["letter"][0]])
    assert [path.name for path in (root / "segments").iterdir()] == ["s000001"]
