import json
from pathlib import Path

import docx
import pytest

from eval.errors import SetUnreadable
from eval.headings import scores

PARAGRAPHS = [
    "某县报告",
    "一、去年工作",
    "（一）工业向好。工业增长很快，税收增加。",
    "",
    "　二、今年安排",
    "今年要继续努力。",
]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    report = docx.Document()
    for paragraph in PARAGRAPHS:
        report.add_paragraph(paragraph)
    report.save(str(tmp_path / "report.docx"))
    marked = [(2, 0, 6, 1), (3, 0, 7, 1), (5, 1, 6, 1), (6, 0, 4, 1)]
    lines = [
        {"file": "report.docx", "split": "dev", "paragraph": paragraph, "line": 1, "start": start, "chars": chars}
        | {"depth": depth}
        for paragraph, start, chars, depth in marked
    ]
    path = tmp_path / "headings.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_headings_count_where_span_and_depth_are_those_marked(labels: Path) -> None:
    (score,) = scores(labels, labels.parent, "dev")
    assert (score.marked, score.found, score.spans, score.depths) == (4, 3, 3, 2)
    assert (score.recall, score.precision) == (0.5, 1.0)


def test_a_split_without_labels_has_no_scores(labels: Path) -> None:
    assert list(scores(labels, labels.parent, "held")) == []


def test_absent_files_are_named(labels: Path) -> None:
    with pytest.raises(SetUnreadable, match="标注"):
        list(scores(labels.parent / "absent.jsonl", labels.parent, "dev"))
    with pytest.raises(SetUnreadable, match="找不到报告"):
        list(scores(labels, labels.parent / "absent", "dev"))
