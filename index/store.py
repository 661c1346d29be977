"""Generations on disk. What a generation needs is written aside, sealed, renamed, and only then named in CURRENT.

    <root>/CURRENT                  the id of the generation to open
    <root>/generations/g000001/     its manifest, its lexicon and the middle of questions
    <root>/segments/s000001/        documents with all that is computed of them, shared by generations
    <root>/write.lock               held by the one writer

A crash at any moment leaves CURRENT naming a generation that is whole.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from corpus.document import Document
from index import manifest as manifests
from index import seals, segment_files
from index.durable import sync
from index.encoder import Encoder
from index.errors import IndexBusy, IndexCorrupt, IndexMismatch, IndexMissing, IndexUnwritable
from index.generation import Generation, corpus_hash
from index.lexicon import Lexicon
from index.manifest import FORMAT, Manifest, SegmentRef
from index.segment import Segment, Settings
from index.tokenizer import Tokenizer

CURRENT = "CURRENT"
GENERATIONS = "generations"
SEGMENTS = "segments"
ASIDE = ".aside-"
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

_LEXICON = TypeAdapter(Lexicon)
_SETTINGS = TypeAdapter(Settings)


@contextmanager
def writing(root: Path) -> Iterator["Writer"]:
    """Yield the one writer under `root`.

    Raises IndexBusy when another process, or thread, is writing there, IndexUnwritable when nobody can.
    """
    lock = FileLock(root / "write.lock", timeout=0)
    with written(root):
        _made(root)
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexBusy("另一个任务正在写索引，请等它完成后再试。") from error
    try:
        yield Writer(root)
    finally:
        lock.release()


@contextmanager
def written(root: Path) -> Iterator[None]:
    """Raise what the disk refuses as IndexUnwritable."""
    try:
        yield
    except OSError as error:
        raise unwritable(root, error) from error


def unwritable(root: Path, error: OSError) -> IndexUnwritable:
    """Return the error for what the disk refused, with the way out."""
    if error.errno in _FULL_DISK:
        why, way_out = "磁盘已满", "请腾出空间后再试"
    elif error.errno in _FORBIDDEN:
        why, way_out = "没有写入的权限", "请检查该文件夹的权限后再试"
    else:
        why, way_out = str(error), "请检查磁盘后再试"
    return IndexUnwritable(f"索引写不进 {root}：{why}。{way_out}；已有的索引没有受损。")


class Writer:
    """Writes segments, and generations made of them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def stored(self, segment: Segment) -> Segment:
        """Write a segment, unless it is, and return it as it is read from the disk. No generation has it yet."""
        if segment.name:
            return segment
        with written(self._root):
            folder = _put(self._root / SEGMENTS, "s", lambda aside, _name: segment_files.write(segment, aside))
        return segment_files.read(folder)

    def commit(self, generation: Generation, encoder: Encoder) -> Manifest:
        """Write a generation, its segments if they are not written yet, make it current; return its manifest."""
        names = [self.stored(segment).name for segment in generation.segments]
        made: list[Manifest] = []

        def write(aside: Path, name: str) -> None:
            made.append(_manifest(generation, encoder, name, names))
            (aside / "lexicon.json").write_bytes(_LEXICON.dump_json(generation.tokenizer.lexicon))
            np.save(aside / "questions.npy", generation.questions)
            manifests.write(made[0], aside)
            seals.seal(aside)

        with written(self._root):
            _put(self._root / GENERATIONS, "g", write)
            before = _named(self._root)
            point_to(self._root, made[0].generation)
            self._clean({made[0].generation, before})
        return made[0]

    def _clean(self, kept: set[str]) -> None:
        """Remove what crashed writers left, generations but those kept, and segments that none of them has."""
        generations = self._root / GENERATIONS
        used: set[str] = set()
        for name in kept:
            # A generation that cannot be read keeps nothing.
            with _corrupt_ignored():
                used |= {reference.name for reference in manifests.read(generations / name).segments}
        for folder, names in ((generations, kept), (self._root / SEGMENTS, used)):
            for path in folder.iterdir():
                if path.name not in names:
                    shutil.rmtree(path, ignore_errors=True)


def save(generation: Generation, encoder: Encoder, root: Path) -> Manifest:
    """Write a generation under `root` and make it the current one; return its manifest.

    Raises IndexBusy, IndexUnwritable.
    """
    with writing(root) as writer:
        return writer.commit(generation, encoder)


def load(root: Path, encoder: Encoder, known: Generation | None = None) -> tuple[Generation, Manifest]:
    """Open the current generation under `root`, checked in full but for segments that the `known` one has open.

    Raises IndexMissing when none was ever written, IndexCorrupt when a file is not what it was, IndexMismatch when it
    was built with another model, tokenizer or format than the ones in use.
    """
    folder = _current(root)
    while True:
        try:
            return _opened(root, folder, encoder, known)
        except IndexCorrupt:
            # Two changes since the pointer was read remove what it named.
            before, folder = folder, _current(root)
            if folder == before:
                raise


def _opened(root: Path, folder: Path, encoder: Encoder, known: Generation | None) -> tuple[Generation, Manifest]:
    manifest = manifests.read(folder)
    check_format(manifest)
    if manifest.model != encoder.fingerprint:
        raise IndexMismatch(
            f"索引是用模型 {manifest.model_name} 建的，与现在的模型不同，向量不能混用。"
            "请运行 anwen index 重建，或把 ANWEN_MODEL 改回去。"
        )
    seals.check(folder)
    try:
        lexicon = _LEXICON.validate_json((folder / "lexicon.json").read_bytes())
        settings = _SETTINGS.validate_python(manifest.settings)
        questions = np.load(folder / "questions.npy")
    except (ValidationError, ValueError, OSError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的内容无法解读。请运行 anwen index 重建。") from error
    tokenizer = Tokenizer(lexicon, settings.tokens)
    if manifest.tokenizer != tokenizer.fingerprint:
        raise IndexMismatch("索引是用另一版本的分词建的，关键词会对不上。请运行 anwen index 重建。")
    opened = {(segment.name, segment.seal): segment for segment in known.segments} if known else {}
    folders = [_segment_folder(root, reference) for reference in manifest.segments]
    generation = Generation(
        segments=tuple(opened.get((each.name, seals.digest(each))) or segment_files.read(each) for each in folders),
        withdrawn=tuple(frozenset(reference.withdrawn) for reference in manifest.segments),
        tokenizer=tokenizer,
        settings=settings,
        questions=questions,
    )
    return generation, manifest


def exists(root: Path) -> bool:
    """Tell whether a generation was ever made current under `root`, whole or not."""
    return (root / CURRENT).exists()


def current_name(root: Path) -> str:
    """Return the id of the current generation. Raises IndexMissing, IndexCorrupt."""
    return _current(root).name


def manifest_of_current(root: Path) -> Manifest:
    """Return the manifest of the current generation. Raises IndexMissing, IndexCorrupt."""
    return manifests.read(_current(root))


def load_documents(root: Path) -> tuple[Document, ...]:
    """Return the documents of the current generation, without model or legs. Raises as `load` does."""
    documents: list[Document] = []
    manifest = manifests.read(_current(root))
    check_format(manifest)
    for reference in manifest.segments:
        folder = _segment_folder(root, reference)
        seals.check(folder)
        documents += [each for each in segment_files.read_documents(folder) if each.id not in reference.withdrawn]
    return tuple(documents)


def check_format(manifest: Manifest) -> None:
    """Raise IndexMismatch when a generation is of another format than this code writes."""
    if manifest.format != FORMAT:
        raise IndexMismatch(
            f"索引是另一版本的案问建的（格式 {manifest.format}，现为 {FORMAT}）。请运行 anwen index 重建。"
        )


def _manifest(generation: Generation, encoder: Encoder, name: str, segments: list[str]) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=encoder.fingerprint,
        model_name=encoder.name,
        dimension=encoder.dimension,
        tokenizer=generation.tokenizer.fingerprint,
        lexicon=generation.tokenizer.lexicon.fingerprint,
        corpus=corpus_hash(generation.documents),
        settings=_SETTINGS.dump_python(generation.settings, mode="json"),
        documents=len(generation.documents),
        cases=sum(case.number is not None for case in generation.cases),
        passages=len(generation.passages),
        segments=tuple(
            SegmentRef(segment, tuple(sorted(withdrawn)))
            for segment, withdrawn in zip(segments, generation.withdrawn, strict=True)
        ),
    )


@contextmanager
def first_build(root: Path) -> Iterator[None]:
    """Hold the turn to build the first index under `root`; of processes that start at once, the others wait.

    Raises IndexUnwritable.
    """
    with written(root):
        _made(root)
    with FileLock(root / "first.lock"):
        yield


@contextmanager
def _corrupt_ignored() -> Iterator[None]:
    try:
        yield
    except IndexCorrupt:
        return


def _named(root: Path) -> str:
    """Return the id in CURRENT, empty where none can be read."""
    try:
        return (root / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _current(root: Path) -> Path:
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexMissing(f"{root} 里还没有索引。请先运行 anwen index。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexCorrupt(f"无法读取 {root / CURRENT}。请运行 anwen index 重建。") from error
    folder = root / GENERATIONS / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise IndexCorrupt(f"{root / CURRENT} 指向的索引“{name}”不存在。请运行 anwen index 重建。")
    return folder


def _segment_folder(root: Path, reference: SegmentRef) -> Path:
    folder = root / SEGMENTS / reference.name
    if Path(reference.name).name != reference.name or not folder.is_dir():
        raise IndexCorrupt(f"索引缺少数据文件夹 {SEGMENTS}/{reference.name}。请运行 anwen doctor 查看。")
    return folder


def _put(parent: Path, letter: str, write: Callable[[Path, str], None]) -> Path:
    """Write a folder aside, bring it to the disk, rename it to the next number after a letter; return its path."""
    _made(parent)
    number = max((int(path.name[1:]) for path in parent.glob(f"{letter}*")), default=0) + 1
    folder = parent / f"{letter}{number:06d}"
    aside = Path(tempfile.mkdtemp(dir=parent, prefix=ASIDE))
    try:
        write(aside, folder.name)
        _sync(aside)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync(parent)
    return folder


def point_to(root: Path, name: str) -> None:
    """Make a generation that stands on the disk the current one, for the writer."""
    aside = root / f"{CURRENT}.aside"
    aside.write_text(name + "\n", "utf-8")
    _sync(aside)
    os.replace(aside, root / CURRENT)
    sync(root)


def _made(folder: Path) -> None:
    """Make a folder, unless it is there, and bring its entry to the disk: what is in it is no safer than that."""
    if folder.is_dir():
        return
    _made(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def _sync(path: Path) -> None:
    """Bring a file, or a folder with all below it, to the disk, so that a rename after it cannot outrun its content."""
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        sync(each)
