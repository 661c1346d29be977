from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.encoder import Progress, Vectors
from index.vector_cache import CachedEncoder
from tests.fakes import HashedEncoder

TEXTS = ["扶沟县供应土地。", "短", "扶沟县供应土地。", "新郑市完成投资"]


class Counting(HashedEncoder):
    def __init__(self) -> None:
        self.embedded: list[str] = []

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded += texts
        return super().passages(texts, progress)


def test_vectors_are_those_of_the_model_in_the_order_asked_for(tmp_path: Path) -> None:
    cached = CachedEncoder(HashedEncoder(), tmp_path / "vectors.sqlite")
    for _ in range(2):
        assert np.array_equal(cached.passages(TEXTS), HashedEncoder().passages(TEXTS))
        assert np.array_equal(cached.queries(TEXTS[:1]), HashedEncoder().queries(TEXTS[:1]))
    assert cached.passages([]).shape == (0, cached.dimension)


def test_no_text_is_embedded_twice_even_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "vectors.sqlite"
    first, second = Counting(), Counting()
    CachedEncoder(first, path).passages(TEXTS)
    assert sorted(first.embedded) == sorted(set(TEXTS))
    CachedEncoder(second, path).passages([*TEXTS, "新的一段"])
    assert second.embedded == ["新的一段"]


def test_vectors_of_another_model_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    CachedEncoder(Counting(), path).passages(TEXTS)
    other = Counting()
    other.fingerprint = "another"
    CachedEncoder(other, path).passages(TEXTS)
    assert other.embedded


def test_what_was_embedded_before_a_crash_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vector_cache._BLOCK", 2)
    path = tmp_path / "vectors.sqlite"

    class Crashing(Counting):
        def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            if self.embedded:
                raise KeyboardInterrupt
            return super().passages(texts, progress)

    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Crashing(), path).passages(TEXTS)
    after = Counting()
    CachedEncoder(after, path).passages(TEXTS)
    assert len(after.embedded) == 1


def test_progress_counts_what_is_kept_as_done(tmp_path: Path) -> None:
    cached = CachedEncoder(HashedEncoder(), tmp_path / "vectors.sqlite")
    told: list[tuple[int, int]] = []
    cached.passages(TEXTS, lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)
    told.clear()
    cached.passages(TEXTS, lambda done, total: told.append((done, total)))
    assert told == [(4, 4)]
