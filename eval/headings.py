"""How well the outline finds the headings of reports in Word files, against headings marked by hand.

A label is a line of JSON: the file, its paragraph and the line in it (from 1), where in that line the heading starts,
how many characters it takes, and its depth (from 1).
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import docx

from corpus.outline import outlined
from eval.errors import SetUnreadable

LABELS = Path(__file__).parent / "labels" / "headings.jsonl"

Depths: TypeAlias = dict[tuple[int, int], int]
"""The depth of each heading, by its span."""


@dataclass(frozen=True, slots=True)
class HeadingScore:
    """One report: how many headings were marked, found, found at the very span, and there at the right depth."""

    file: str
    marked: int
    found: int
    spans: int
    depths: int

    @property
    def recall(self) -> float:
        """The share of the marked headings that were found, with their span and depth."""
        return self.depths / self.marked if self.marked else 1.0

    @property
    def precision(self) -> float:
        """The share of the headings found that were marked, with that span."""
        return self.spans / self.found if self.found else 1.0


def scores(labels: Path, reports: Path, split: str) -> Iterator[HeadingScore]:
    """Yield the score of each report of a split (dev, held). Raises SetUnreadable for files that are absent."""
    for file, entries in _labelled(labels, split).items():
        text, marked = _marked(reports / file, entries)
        found = headings_found(text, Path(file).stem)
        same = marked.keys() & found.keys()
        yield HeadingScore(file, len(marked), len(found), len(same), sum(marked[span] == found[span] for span in same))


def headings_found(text: str, title: str) -> Depths:
    """Return the headings of sections that the outline sees in a text."""
    document, _ = outlined("report", text, title)
    sections = [section for case in document.cases for section in case.sections]
    return {section.heading: len(section.headings) for section in sections if section.heading is not None}


def _labelled(labels: Path, split: str) -> dict[str, list[dict[str, int]]]:
    result: dict[str, list[dict[str, int]]] = defaultdict(list)
    try:
        lines = labels.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SetUnreadable(f"无法读取标注 {labels}：{error.strerror or error}") from error
    for line in lines:
        entry = json.loads(line)
        if entry["split"] == split:
            result[entry["file"]].append({key: entry[key] for key in ("paragraph", "line", "start", "chars", "depth")})
    return result


def _marked(report: Path, entries: list[dict[str, int]]) -> tuple[str, Depths]:
    """Return the text of a Word file, a paragraph a line, and the spans of its marked headings in it."""
    if not report.is_file():
        raise SetUnreadable(f"找不到报告 {report}。")
    paragraphs = [paragraph.text for paragraph in docx.Document(str(report)).paragraphs]
    starts = [0]
    for paragraph in paragraphs:
        starts.append(starts[-1] + len(paragraph) + 1)
    marked = {}
    for entry in entries:
        before = paragraphs[entry["paragraph"] - 1].split("\n")[: entry["line"] - 1]
        start = starts[entry["paragraph"] - 1] + sum(len(line) + 1 for line in before) + entry["start"]
        marked[start, start + entry["chars"]] = entry["depth"]
    return "\n".join(paragraphs), marked
