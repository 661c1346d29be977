"""Test collections in BEIR's form: corpus.jsonl, queries.jsonl, qrels/<split>.tsv."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.document import Case, Document, Paragraph, Part, Passage, Place, Section
from corpus.outline import outlined
from eval.errors import SetUnreadable
from eval.judgements import Qrels
from eval.topics import Span, Topic

_QRELS = ("test", "dev", "train")
_CHUNK = re.compile(r"#\d+$")


def given(folder: Path) -> tuple[tuple[Document, ...], tuple[Topic, ...]]:
    """Return the documents of a folder, their paragraphs its chunks, and its judged questions.

    Chunks `<id>#0`, `<id>#1`, … are the paragraphs of one document. Raises SetUnreadable.
    """
    chunks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in _entries(folder / "corpus.jsonl", "_id", "text"):
        chunks[_CHUNK.sub("", entry["_id"])].append(entry)
    documents = tuple(_document(document_id, entries) for document_id, entries in chunks.items())
    spans = {}
    for document, entries in zip(documents, chunks.values(), strict=True):
        for entry, paragraph in zip(entries, _paragraphs(document), strict=True):
            spans[entry["_id"]] = (document, paragraph.start, paragraph.end)
    qrels = _qrels(folder)
    topics = []
    for entry in _entries(folder / "queries.jsonl", "_id", "text"):
        if grades := qrels.get(entry["_id"]):
            if unknown := [chunk for chunk in grades if chunk not in spans]:
                raise SetUnreadable(f"{folder} 的 qrels 里有 corpus.jsonl 没有的段落：{unknown[0]}。")
            evidence = tuple(_span(*spans[chunk], grade) for chunk, grade in grades.items() if grade > 0)
            topics.append(_topic(entry, evidence))
    return documents, tuple(topics)


def undivided(folder: Path) -> tuple[tuple[Document, ...], tuple[Topic, ...]]:
    """Return the whole documents of a folder (documents.jsonl) and its questions; the evidence is its answers.

    An answer is found wherever it stands, whatever white space is in it. Raises SetUnreadable.
    """
    entries = _entries(folder / "documents.jsonl", "_id", "text")
    documents = tuple(outlined(entry["_id"], entry["text"], "")[0] for entry in entries)
    bare = [_bare(document.text) for document in documents]
    topics = []
    for entry in _entries(folder / "queries.jsonl", "_id", "text"):
        evidence = tuple(
            Span(document.id, start, end, document.text[start:end])
            for answer in _answers(entry)
            for document, (letters, places) in zip(documents, bare, strict=True)
            for start, end in _occurrences(answer, letters, places)
        )
        if evidence:
            topics.append(_topic(entry, evidence))
    return documents, tuple(topics)


def write(
    folder: Path, passages: Sequence[Passage], texts: Sequence[str], topics: Sequence[Topic], qrels: Qrels
) -> None:
    """Write passages, questions and grades as a BEIR folder; other tools read it as any other."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _write_entries(
        folder / "corpus.jsonl",
        [{"_id": passage.id, "title": "", "text": text} for passage, text in zip(passages, texts, strict=True)],
    )
    _write_entries(
        folder / "queries.jsonl",
        [{"_id": topic.id, "text": topic.question, "answer": list(topic.answers)} for topic in topics],
    )
    with (folder / "qrels" / "test.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("query-id", "corpus-id", "score"))
        writer.writerows((query, passage, grade) for query, of in qrels.items() for passage, grade in of.items())


def _entries(path: Path, *fields: str) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                entry = json.loads(line)
                if not all(isinstance(entry.get(field), str) for field in fields):
                    raise SetUnreadable(f"{path} 第{number}行缺少 {'、'.join(fields)}。")
                yield entry
    except OSError as error:
        raise SetUnreadable(f"读不到 {path}（{error.strerror}）。BEIR 文件夹的样子见 eval/README.md。") from error
    except (ValueError, AttributeError) as error:
        raise SetUnreadable(f"{path} 不是每行一个 JSON 对象的文件。") from error


def _write_entries(path: Path, entries: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), "utf-8")


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    path = next((path for name in _QRELS if (path := folder / "qrels" / f"{name}.tsv").exists()), None)
    if path is None:
        raise SetUnreadable(f"{folder} 里没有 qrels/test.tsv。BEIR 文件夹的样子见 eval/README.md。")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                found[row["query-id"]][row["corpus-id"]] = int(row["score"])
    except (KeyError, TypeError, ValueError) as error:
        raise SetUnreadable(f"{path} 应有以制表符分隔的三列：query-id、corpus-id、score。") from error
    return found


def _topic(entry: dict[str, Any], evidence: tuple[Span, ...]) -> Topic:
    split = str(entry.get("split", ""))
    kind = str(entry.get("kind", ""))
    return Topic(entry["_id"], split, kind, entry["text"], None, evidence, _answers(entry))


def _answers(entry: dict[str, Any]) -> tuple[str, ...]:
    found = entry.get("answer") or ()
    return tuple(dict.fromkeys([found] if isinstance(found, str) else map(str, found)))


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


def _paragraphs(document: Document) -> tuple[Paragraph, ...]:
    return document.cases[0].sections[0].paragraphs


def _span(document: Document, start: int, end: int, grade: int) -> Span:
    return Span(document.id, start, end, document.text[start:end], grade)


def _bare(text: str) -> tuple[str, list[int]]:
    """Return the text without white space, and where each of its characters stands."""
    places = [at for at, char in enumerate(text) if not char.isspace()]
    return "".join(text[at] for at in places), places


def _occurrences(answer: str, letters: str, places: list[int]) -> Iterator[tuple[int, int]]:
    wanted, _ = _bare(answer)
    at = letters.find(wanted) if wanted else -1
    while at >= 0:
        yield places[at], places[at + len(wanted) - 1] + 1
        at = letters.find(wanted, at + 1)
