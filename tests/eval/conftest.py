"""A small collection, and a bench on it that needs no model."""

from pathlib import Path

import pytest

from eval.bench import Bench
from eval.collection import opened
from index.encoder import BUNDLED
from tests.fakes import HashedEncoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection of two documents, one in two chunks, and a third question that nobody judged."""
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "a#0", "title": "", "text": "甲县供应土地三百亩。"}\n'
        '{"_id": "a#1", "title": "", "text": "甲县开展招商引资。"}\n'
        '{"_id": "b", "title": "乙县", "text": "乙县建设污水处理厂。"}\n',
        "utf-8",
    )
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "甲县供应了多少土地", "answer": ["三百亩", "三百 亩"]}\n'
        '{"_id": "q2", "text": "乙县建了什么厂", "answer": "污水处理厂"}\n'
        '{"_id": "q3", "text": "没有判定的问题"}\n',
        "utf-8",
    )
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta#0\t1\nq2\tb\t2\n", "utf-8")
    (folder / "documents.jsonl").write_text(
        '{"_id": "a", "text": "甲县供应土地三 百亩。甲县开展招商引资。"}\n'
        '{"_id": "b", "text": "乙县建设污水处理厂。"}\n',
        "utf-8",
    )
    return folder


@pytest.fixture
def bench(folder: Path, tmp_path: Path) -> Bench:
    """A bench on the small collection, with the fake encoder."""
    return bench_on(str(folder), tmp_path)


@pytest.fixture(scope="session")
def our_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench on our questions, with the fake encoder."""
    return bench_on("ours", tmp_path_factory.mktemp("bench"))


def bench_on(name: str, home: Path) -> Bench:
    """Return a bench on a set with the fake encoder."""
    return Bench(opened(name), home, lambda _words: lambda _done, _total: None, {BUNDLED: HashedEncoder()})
