"""Test collections in BEIR form: corpus.jsonl, queries.jsonl, qrels/test.tsv."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.document import Case, Document, Paragraph, Part, Place, Section


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents whose paragraphs are the given chunks, the queries, and the judgements.

    `chunk` tells the collection's id of the chunk at (document id, start); `judged` is query id → chunk id → grade;
    `answers` is query id → (document id, answer string) where the collection has them.
    """

    documents: tuple[Document, ...]
    chunk: dict[tuple[str, int], str]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]
    answers: dict[str, tuple[str, str]]


def collection(folder: Path) -> Collection:
    """Return the collection in a folder; chunks `<id>#0`, `<id>#1`, … are the paragraphs of one document."""
    chunks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in _lines(folder / "corpus.jsonl"):
        chunks[entry["_id"].split("#")[0]].append(entry)
    documents, names = [], {}
    for document_id, entries in chunks.items():
        document = _document(document_id, entries)
        documents.append(document)
        for entry, paragraph in zip(entries, document.cases[0].sections[0].paragraphs, strict=True):
            names[document_id, paragraph.start] = str(entry["_id"])
    queries = list(_lines(folder / "queries.jsonl"))
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            judged[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return Collection(
        documents=tuple(documents),
        chunk=names,
        queries={query["_id"]: query["text"] for query in queries},
        judged=dict(judged),
        answers={query["_id"]: (query["doc"], query["answer"]) for query in queries if "doc" in query},
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _document(document_id: str, entries: list[dict[str, Any]]) -> Document:
    texts = [str(entry["text"]) for entry in entries]
    paragraphs = []
    at = 0
    for number, text in enumerate(texts, start=1):
        paragraphs.append(Paragraph(number, at, at + len(text)))
        at += len(text) + 1
    title = str(entries[0].get("title") or "")
    section = Section(Part.LEAD, (), tuple(paragraphs))
    case = Case(None, "", title, Place(), 0, at - 1, (section,))
    return Document(document_id, title, "\n".join(texts), (case,))


def whole_documents(folder: Path) -> dict[str, str]:
    """Return the undivided texts of a collection that has them, by document id."""
    return {entry["_id"]: entry["text"] for entry in _lines(folder / "documents.jsonl")}
