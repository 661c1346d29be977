"""Generations on disk. A generation is written aside, sealed, renamed, and only then named in CURRENT.

    <root>/CURRENT                  the id of the generation to open
    <root>/generations/g000001/     its files and its manifest
    <root>/write.lock               held by the one writer

A crash at any moment leaves CURRENT naming a generation that is whole.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from corpus.document import Document, Passage
from index import manifest as manifests
from index.centre import Centre
from index.dense import DenseLeg
from index.encoder import Encoder
from index.errors import IndexBusy, IndexCorrupt, IndexMismatch, IndexMissing
from index.figures import PlacedFigure
from index.generation import Generation, Settings, corpus_hash
from index.lexical import LexicalLeg
from index.lexicon import Lexicon
from index.manifest import FORMAT, Manifest
from index.tokenizer import Tokenizer

_CURRENT = "CURRENT"
_GENERATIONS = "generations"
_DOCUMENTS_FILE = "documents.json"
_ASIDE = ".aside-"
_KEPT = 2
"""Generations left on disk: the current one, and the one before for readers that still hold its files open."""

_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_PASSAGES = TypeAdapter(tuple[Passage, ...])
_FIGURES = TypeAdapter(tuple[PlacedFigure, ...])
_LEXICON = TypeAdapter(Lexicon)
_SETTINGS = TypeAdapter(Settings)


def save(generation: Generation, encoder: Encoder, root: Path) -> Manifest:
    """Write a generation under `root` and make it the current one; return its manifest.

    Raises IndexBusy when another process is writing there.
    """
    generations = root / _GENERATIONS
    generations.mkdir(parents=True, exist_ok=True)
    with _only_writer(root):
        number = max((int(path.name[1:]) for path in generations.glob("g*")), default=0) + 1
        aside = Path(tempfile.mkdtemp(dir=generations, prefix=_ASIDE))
        try:
            _write_files(generation, aside)
            manifest = _manifest(generation, encoder, f"g{number:06d}", aside)
            manifests.write(manifest, aside)
            _sync(aside)
            os.replace(aside, generations / manifest.generation)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _point_to(root, manifest.generation)
        _clean(generations, keep=manifest.generation)
    return manifest


def load(root: Path, encoder: Encoder) -> tuple[Generation, Manifest]:
    """Open the current generation under `root`, checked in full.

    Raises IndexMissing when none was ever written, IndexCorrupt when a file is not what it was, IndexMismatch when it
    was built with another model, tokenizer or format than the ones in use.
    """
    folder = _current(root)
    manifest = manifests.read(folder)
    if manifest.format != FORMAT:
        raise IndexMismatch(
            f"索引是另一版本的案问建的（格式 {manifest.format}，现为 {FORMAT}）。请运行 anwen index 重建。"
        )
    if manifest.model != encoder.fingerprint:
        raise IndexMismatch(
            f"索引是用模型 {manifest.model_name} 建的，与现在的模型不同，向量不能混用。"
            "请运行 anwen index 重建，或把 ANWEN_MODEL 改回去。"
        )
    manifests.check_files(manifest, folder)
    try:
        lexicon = _LEXICON.validate_json((folder / "lexicon.json").read_bytes())
        documents = _DOCUMENTS.validate_json((folder / _DOCUMENTS_FILE).read_bytes())
        passages = _PASSAGES.validate_json((folder / "passages.json").read_bytes())
        figures = _FIGURES.validate_json((folder / "figures.json").read_bytes())
        settings = _SETTINGS.validate_python(manifest.settings)
    except ValidationError as error:
        raise IndexCorrupt(f"索引 {folder.name} 的内容无法解读。请运行 anwen index 重建。") from error
    tokenizer = Tokenizer(lexicon, settings.tokens)
    if manifest.tokenizer != tokenizer.fingerprint:
        raise IndexMismatch("索引是用另一版本的分词建的，关键词会对不上。请运行 anwen index 重建。")
    generation = Generation(
        documents=documents,
        passages=passages,
        figures=figures,
        tokenizer=tokenizer,
        settings=settings,
        dense=DenseLeg.load(folder / "dense.faiss"),
        clauses=DenseLeg.load(folder / "clauses.faiss"),
        lexical=LexicalLeg.load(folder / "lexical"),
        characters=LexicalLeg.load(folder / "characters"),
        case_lexical=LexicalLeg.load(folder / "case_lexical"),
        centre=Centre(*np.load(folder / "centre.npy")),
    )
    return generation, manifest


def exists(root: Path) -> bool:
    """Tell whether a generation was ever made current under `root`, whole or not."""
    return (root / _CURRENT).exists()


def load_documents(root: Path) -> tuple[Document, ...]:
    """Return the documents of the current generation, without model or legs. Raises as `load` does."""
    folder = _current(root)
    manifests.check_files(manifests.read(folder), folder)
    return _DOCUMENTS.validate_json((folder / _DOCUMENTS_FILE).read_bytes())


def _write_files(generation: Generation, folder: Path) -> None:
    (folder / _DOCUMENTS_FILE).write_bytes(_DOCUMENTS.dump_json(generation.documents))
    (folder / "passages.json").write_bytes(_PASSAGES.dump_json(generation.passages))
    (folder / "figures.json").write_bytes(_FIGURES.dump_json(generation.figures))
    (folder / "lexicon.json").write_bytes(_LEXICON.dump_json(generation.tokenizer.lexicon))
    generation.dense.save(folder / "dense.faiss")
    generation.clauses.save(folder / "clauses.faiss")
    generation.lexical.save(folder / "lexical")
    generation.characters.save(folder / "characters")
    generation.case_lexical.save(folder / "case_lexical")
    np.save(folder / "centre.npy", np.stack([generation.centre.questions, generation.centre.passages]))


def _manifest(generation: Generation, encoder: Encoder, name: str, folder: Path) -> Manifest:
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
        cases=sum(case.number is not None for document in generation.documents for case in document.cases),
        passages=len(generation.passages),
        files=manifests.sealed(folder),
    )


@contextmanager
def first_build(root: Path) -> Iterator[None]:
    """Hold the turn to build the first index under `root`; of processes that start at once, the others wait."""
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / "first.lock"):
        yield


@contextmanager
def _only_writer(root: Path) -> Iterator[None]:
    try:
        with FileLock(root / "write.lock", timeout=0):
            yield
    except Timeout as error:
        raise IndexBusy("另一个进程正在写索引，请等它完成后再试。") from error


def _current(root: Path) -> Path:
    try:
        name = (root / _CURRENT).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexMissing(f"{root} 里还没有索引。请先运行 anwen index。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexCorrupt(f"无法读取 {root / _CURRENT}。请运行 anwen index 重建。") from error
    folder = root / _GENERATIONS / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise IndexCorrupt(f"{root / _CURRENT} 指向的索引“{name}”不存在。请运行 anwen index 重建。")
    return folder


def _point_to(root: Path, name: str) -> None:
    aside = root / f"{_CURRENT}.aside"
    aside.write_text(name + "\n", "utf-8")
    _sync(aside)
    os.replace(aside, root / _CURRENT)
    _sync(root)


def _clean(generations: Path, keep: str) -> None:
    """Remove what crashed writers left and all generations but the newest few. The caller holds the write lock."""
    for path in generations.glob(f"{_ASIDE}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in sorted(generations.glob("g*"))[:-_KEPT]:
        if path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    """Bring a file, or a folder with all below it, to the disk, so that a rename after it cannot outrun its content."""
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
