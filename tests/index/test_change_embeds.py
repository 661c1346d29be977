from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.document import Document
from index import change as changing
from index.change import change
from index.errors import IndexUnwritable
from tests.index.small import ENCODER, FUGOU, POOL, Listening, assert_same, built_at_once, document, opened, standing

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_of_a_correction_only_the_paragraph_is_embedded(root: Path) -> None:
    change(root, ENCODER, standing({"fugou": 0, "xinzheng": 0}))
    listening = Listening()
    told = change(root, listening, [POOL["fugou"][1]])
    assert told.embedded == len(listening.heard) > 1
    assert all("2600" in text or text in POOL["fugou"][1].text for text in listening.heard)
    assert not any("窗口" in text for text in listening.heard)


def test_under_a_new_title_passages_are_embedded_again_but_not_their_clauses(root: Path) -> None:
    change(root, ENCODER, [POOL["xinzheng"][0]])
    old = POOL["xinzheng"][0]
    listening = Listening()
    title = "新郑市推动项目落地"
    change(root, listening, [replace(document("xinzheng", title, old.cases[0].place, *_paragraphs(old), number=2))])
    assert listening.heard
    assert all(text.startswith(title) for text in listening.heard)


def _paragraphs(each: Document) -> list[str]:
    return [each.text[span.start : span.end] for section in each.cases[0].sections for span in section.paragraphs]


def test_an_index_built_afresh_keeps_the_vectors_of_what_it_has(root: Path) -> None:
    documents = standing({"fugou": 0, "xinzheng": 0})
    change(root, ENCODER, documents)
    assert change(root, ENCODER, documents, afresh=True).embedded == 0
    assert set(opened(root).documents) == set(documents)


def test_an_index_that_cannot_be_opened_can_be_built_afresh(root: Path) -> None:
    documents = standing({"fugou": 0, "xinzheng": 0})
    change(root, ENCODER, documents)
    for path in root.glob("segments/*/dense.faiss"):
        path.write_bytes(b"")
    assert change(root, ENCODER, documents, afresh=True).embedded > 0
    assert set(opened(root).documents) == set(documents)


def test_a_stopped_change_goes_on_where_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vector_cache._BLOCK", 3)
    monkeypatch.setattr(changing, "_FULL", 4)
    change(root, ENCODER, [POOL["letter"][1]])
    documents = standing({"fugou": 0, "xinzheng": 2, "wugang": 1})
    whole = Listening()
    change(root.with_name("other"), whole, [POOL["letter"][1], *documents])
    first, second = Listening(7), Listening()
    with pytest.raises(InterruptedError):
        change(root, first, documents)
    assert list(opened(root).document) == ["letter"]
    told = change(root, second, documents)
    assert len(first.heard) > 3
    assert not set(first.heard) & set(second.heard)
    assert len(set(second.heard)) == len(second.heard) == told.embedded
    assert set(first.heard) | set(second.heard) <= set(whole.heard)
    assert not list(root.glob("embedded*"))
    assert_same(opened(root), opened(root.with_name("other")))


def test_a_damaged_journal_is_put_away(root: Path) -> None:
    change(root, ENCODER, [POOL["fugou"][0]])
    (root / "embedded.sqlite").write_bytes(b"no journal" * 1000)
    with pytest.raises(IndexUnwritable, match="再试一次"):
        change(root, ENCODER, [POOL["fugou"][1]])
    assert change(root, ENCODER, [POOL["fugou"][1]]).updated == ("fugou",)


def test_progress_counts_passages_to_the_end(root: Path) -> None:
    told: list[tuple[int, int]] = []
    change(
        root, ENCODER, standing({"fugou": 0, "xinzheng": 0}), progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (4, 4)
    assert told == sorted(told)


def test_vectors_are_kept_to_the_bit_through_corrections_and_joins(root: Path, tmp_path: Path) -> None:
    versions = {"fugou": 0, "xinzheng": 0, "wugang": 0}
    for key, version in versions.items():
        change(root, ENCODER, [POOL[key][version]])
    change(root, ENCODER, [POOL["fugou"][1], document("other", "别处", FUGOU, "别处也办了。")])
    fresh = built_at_once([*opened(root).documents], tmp_path / "fresh")
    changed = opened(root)
    rows = np.array([changed.row[passage.id] for passage in fresh.passages])
    assert np.array_equal(changed.dense.vectors(rows), fresh.dense.vectors(np.arange(len(rows))))
