import json
import multiprocessing
import shutil
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from filelock import FileLock

from corpus.document import Document
from index import seals
from index.errors import IndexBusy, IndexCorrupt, IndexEmpty, IndexMismatch, IndexMissing, IndexUnwritable
from index.generation import Generation, built
from index.search import Query, Weights, search
from index.store import load, load_documents, save
from tests.fakes import HashedEncoder

LAND = Query("扶沟保障土地", "扶沟保障土地")


@pytest.fixture
def root(hashed: Generation, tmp_path: Path) -> Path:
    save(hashed, HashedEncoder(), tmp_path / "index")
    return tmp_path / "index"


def test_what_is_loaded_answers_as_what_was_saved(hashed: Generation, root: Path) -> None:
    loaded, manifest = load(root, HashedEncoder())
    assert (loaded.documents, loaded.passages) == (hashed.documents, hashed.passages)
    assert search(loaded, HashedEncoder(), LAND, 10, Weights()) == search(hashed, HashedEncoder(), LAND, 10, Weights())
    assert (manifest.documents, manifest.cases, manifest.passages) == (1, 5, len(hashed.passages))
    assert load_documents(root) == hashed.documents


def test_every_file_of_a_segment_is_sealed(root: Path) -> None:
    _, manifest = load(root, HashedEncoder())
    (reference,) = manifest.segments
    folder = root / "segments" / reference.name
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {*json.loads((folder / "seals.json").read_text("utf-8")), "seals.json"}


def test_the_same_making_has_the_same_fingerprint_another_has_not(
    hashed: Generation, compilation: Document, root: Path
) -> None:
    first = load(root, HashedEncoder())[1]
    again = save(hashed, HashedEncoder(), root)
    assert (again.fingerprint, again.generation) == (first.fingerprint, "g000002")
    other = Document(compilation.id, compilation.title, compilation.text + "。", compilation.cases)
    assert save(built([other], HashedEncoder()), HashedEncoder(), root).fingerprint != first.fingerprint


def test_an_index_that_was_never_built_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="anwen index"):
        load(tmp_path, HashedEncoder())


def test_an_index_of_another_model_is_refused(root: Path) -> None:
    class Other(HashedEncoder):
        fingerprint = "another"

    with pytest.raises(IndexMismatch, match="hashed-bigrams"):
        load(root, Other())


@pytest.mark.parametrize(("field", "value"), [("format", 0), ("tokenizer", "another")])
def test_an_index_of_another_version_is_refused(root: Path, field: str, value: int | str) -> None:
    path = current(root) / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(manifest | {field: value}), "utf-8")
    seals.seal(path.parent)
    with pytest.raises(IndexMismatch, match="anwen index"):
        load(root, HashedEncoder())


def current(root: Path) -> Path:
    return root / "generations" / (root / "CURRENT").read_text("utf-8").strip()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, change, Path.unlink])
@pytest.mark.parametrize(
    "name",
    [
        "generations/g000001/lexicon.json",
        "generations/g000001/questions.npy",
        "segments/s000001/documents.json",
        "segments/s000001/passages.json",
        "segments/s000001/figures.json",
        "segments/s000001/words.json",
        "segments/s000001/dense.faiss",
        "segments/s000001/clauses.npy",
        "segments/s000001/lexical/keys.npy",
        "segments/s000001/cases/counts.npy",
    ],
)
def test_a_damaged_file_is_named(root: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(root / name)
    with pytest.raises(IndexCorrupt, match=name.split("/", 2)[2]):
        load(root, HashedEncoder())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}'])
def test_a_damaged_manifest_is_said_plainly(root: Path, content: str) -> None:
    (current(root) / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        load(root, HashedEncoder())


@pytest.mark.parametrize("name", ["", "g999999", "../..", "."])
def test_a_pointer_to_no_generation_is_said_plainly(root: Path, name: str) -> None:
    (root / "CURRENT").write_text(name, "utf-8")
    with pytest.raises(IndexCorrupt, match="CURRENT"):
        load(root, HashedEncoder())


def test_a_writer_that_fails_leaves_the_last_index_and_nothing_else(
    hashed: Generation, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("index.store.manifests.write", fail)
    with pytest.raises(IndexUnwritable, match="disk full"):
        save(hashed, HashedEncoder(), root)
    assert [path.name for path in (root / "generations").iterdir()] == ["g000001"]
    assert load(root, HashedEncoder())[1].generation == "g000001"


@pytest.mark.parametrize("step", ["manifests.write", "_sync", "os.replace", "point_to", "Writer._clean"])
def test_a_writer_killed_at_any_step_leaves_an_index_that_serves(root: Path, step: str) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=save_and_hang, args=(root, step, ready))
    writer.start()
    assert ready.wait(60)
    writer.kill()
    writer.join()
    generation, _ = load(root, HashedEncoder())
    assert search(generation, HashedEncoder(), LAND, 1, Weights())
    save(generation, HashedEncoder(), root)
    assert not list(root.glob("*/.aside-*"))


def save_and_hang(root: Path, step: str, ready: Event) -> None:
    """Save again, but stop for ever where `step` would begin."""
    from index import store

    generation, _ = load(root, HashedEncoder())
    target, _, name = step.rpartition(".")

    def hang(*_args: object, **_kwargs: object) -> None:
        ready.set()
        multiprocessing.Event().wait()

    setattr(getattr(store, target) if target else store, name, hang)
    save(generation, HashedEncoder(), root)


def test_a_second_writer_is_told(hashed: Generation, root: Path) -> None:
    with FileLock(root / "write.lock"), pytest.raises(IndexBusy):
        save(hashed, HashedEncoder(), root)


def test_old_generations_are_removed_but_the_last(hashed: Generation, root: Path) -> None:
    for _ in range(3):
        save(hashed, HashedEncoder(), root)
    assert sorted(path.name for path in (root / "generations").iterdir()) == ["g000003", "g000004"]


def test_a_generation_can_be_moved(root: Path, tmp_path: Path) -> None:
    shutil.move(root, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere", HashedEncoder())[1].generation == "g000001"


def test_nothing_to_index_is_said_plainly() -> None:
    with pytest.raises(IndexEmpty):
        built([], HashedEncoder())
    with pytest.raises(IndexEmpty):
        built([Document("empty", "空", "", ())], HashedEncoder())
