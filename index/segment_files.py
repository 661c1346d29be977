"""A segment in a folder, sealed: every file's size and SHA-256 stand beside it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from corpus.document import Document, Passage
from index import seals
from index.dense import FlatIndex
from index.errors import IndexCorrupt
from index.figures import PlacedFigure
from index.postings import Postings, mapped
from index.segment import Segment

_DOCUMENTS_FILE = "documents.json"
_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_PASSAGES = TypeAdapter(tuple[Passage, ...])
_FIGURES = TypeAdapter(tuple[PlacedFigure, ...])
_WORDS = TypeAdapter(tuple[tuple[str, ...], ...])


def write(segment: Segment, folder: Path) -> None:
    """Write a segment into an empty folder and seal it."""
    (folder / _DOCUMENTS_FILE).write_bytes(dumped(segment.documents))
    (folder / "passages.json").write_bytes(_PASSAGES.dump_json(segment.passages))
    (folder / "figures.json").write_bytes(_FIGURES.dump_json(segment.figures))
    (folder / "words.json").write_bytes(_WORDS.dump_json(segment.words))
    segment.dense.save(folder / "dense.faiss")
    np.save(folder / "first_clause.npy", segment.first_clause)
    np.save(folder / "clause_spans.npy", segment.clause_spans)
    np.save(folder / "clauses.npy", segment.clauses)
    segment.lexical.save(folder / "lexical")
    segment.characters.save(folder / "characters")
    segment.cases.save(folder / "cases")
    seals.seal(folder)


def read(folder: Path) -> Segment:
    """Return the segment in a folder, checked in full; its larger arrays are read from the disk as they are used.

    Raises IndexCorrupt when a file is not what it was.
    """
    seals.check(folder)
    try:
        return Segment(
            documents=read_documents(folder),
            passages=_PASSAGES.validate_json((folder / "passages.json").read_bytes()),
            figures=_FIGURES.validate_json((folder / "figures.json").read_bytes()),
            words=_WORDS.validate_json((folder / "words.json").read_bytes()),
            dense=FlatIndex.load(folder / "dense.faiss"),
            first_clause=np.load(folder / "first_clause.npy"),
            clause_spans=mapped(folder / "clause_spans.npy"),
            clauses=mapped(folder / "clauses.npy"),
            lexical=Postings.load(folder / "lexical"),
            characters=Postings.load(folder / "characters"),
            cases=Postings.load(folder / "cases"),
            name=folder.name,
            seal=seals.digest(folder),
        )
    except (ValidationError, ValueError, RuntimeError, OSError) as error:
        raise IndexCorrupt(f"索引 {folder.name} 的内容无法解读。请运行 anwen index 重建。") from error


def read_documents(folder: Path) -> tuple[Document, ...]:
    """Return the documents of the segment in a folder."""
    return parsed((folder / _DOCUMENTS_FILE).read_bytes())


def dumped(documents: Sequence[Document]) -> bytes:
    """Return documents as JSON, in one line."""
    return _DOCUMENTS.dump_json(tuple(documents))


def parsed(content: bytes) -> tuple[Document, ...]:
    """Return the documents in JSON that `dumped` returned. Raises ValidationError."""
    return _DOCUMENTS.validate_json(content)
