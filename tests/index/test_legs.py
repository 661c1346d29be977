import math
from collections import Counter
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense import DenseLeg, FlatIndex
from index.encoder import Vectors
from index.lexical import LexicalLeg
from index.live import Live
from index.postings import Postings

ROWS = [["土地", "保障", "土地"], ["项目", "建设"], ["土地", "项目", "建设", "建设"], ["招商"]]
K1, B = 0.4, 0.2


def lexical(rows: list[list[str]], k1: float = K1, b: float = B) -> LexicalLeg:
    return LexicalLeg([Postings.of(rows)], Live.whole([len(rows)]), k1, b)


def by_hand(rows: list[list[str]], tokens: list[str]) -> list[float]:
    mean = sum(map(len, rows)) / len(rows)
    scores = []
    for row in rows:
        said, total = Counter(row), 0.0
        for token in tokens:
            frequency = sum(token in other for other in rows)
            idf = math.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5))
            total += idf * said[token] / (said[token] + K1 * (1 - B + B * len(row) / mean))
        scores.append(total)
    return scores


@pytest.mark.parametrize("tokens", [["土地"], ["土地", "项目"], ["建设", "建设"], ["招商", "没有"], ["没有"], []])
def test_lexical_scores_are_those_of_the_formula(tokens: list[str]) -> None:
    leg = lexical(ROWS)
    assert leg.scores(tokens) == pytest.approx(by_hand(ROWS, tokens), abs=1e-5)


def test_scores_are_those_of_bm25s() -> None:
    reference = bm25s.BM25(k1=K1, b=B, method="lucene")
    reference.index(ROWS, show_progress=False)
    tokens = ["土地", "建设", "建设"]
    assert lexical(ROWS).scores(tokens) == pytest.approx(reference.get_scores(tokens), abs=1e-6)


@given(st.lists(st.sampled_from(["土地", "项目", "建设", "招商", "没有"]), max_size=8))
def test_no_row_scores_more_than_the_mass_of_the_question(tokens: list[str]) -> None:
    leg = lexical(ROWS)
    assert leg.scores(tokens).max() <= leg.mass(tokens) + 1e-5


def test_a_word_never_seen_weighs_the_most() -> None:
    leg = lexical(ROWS)
    assert leg.idf("没有") > leg.idf("招商") > leg.idf("土地") > 0


def test_rows_with_a_token_are_those_that_have_it() -> None:
    leg = lexical(ROWS)
    assert sorted(leg.rows_with("土地").tolist()) == [0, 2]
    assert leg.rows_with("没有").tolist() == []


def test_a_filter_acts_inside_the_lexical_leg() -> None:
    leg = lexical(ROWS)
    allowed = np.array([False, True, True, True])
    scores = leg.scores(["土地"], allowed)
    assert scores[0] == 0 < scores[2]


@pytest.mark.parametrize("rows", [[[]], [[], []], [[], ["土地"]]])
def test_rows_without_tokens_score_nothing(rows: list[list[str]]) -> None:
    scores = lexical(rows).scores(["土地"])
    assert [score > 0 for score in scores] == [bool(row) for row in rows]


def test_saved_postings_are_the_same(tmp_path: Path) -> None:
    postings = Postings.of(ROWS)
    postings.save(tmp_path / "postings")
    loaded = Postings.load(tmp_path / "postings")
    assert np.array_equal(loaded.keys, postings.keys)
    for token in ("土地", "建设", "没有"):
        assert [each.tolist() for each in loaded.found(token)] == [each.tolist() for each in postings.found(token)]


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(["土地", "项目", "建设"]), max_size=5), st.integers(0, 3)), max_size=9)
)
def test_an_index_in_parts_scores_as_one_of_its_live_rows(rows: list[tuple[list[str], int]]) -> None:
    """The second of each pair is the part a row lies in; in part 3 no row is live."""
    parts = [[row for row, part in rows if part == wanted] for wanted in range(4)]
    live = Live([np.full(len(part), at < 3) for at, part in enumerate(parts)])
    alive = [row for part in parts[:3] for row in part]
    leg = LexicalLeg([Postings.of(part) for part in parts], live, K1, B)
    tokens = ["土地", "项目", "土地", "没有"]
    assert leg.scores(tokens) == pytest.approx(lexical(alive).scores(tokens), abs=1e-6)
    assert leg.mass(tokens) == pytest.approx(lexical(alive).mass(tokens))
    assert leg.rows_with("土地").tolist() == [at for at, row in enumerate(alive) if "土地" in row]


def vectors(count: int) -> Vectors:
    drawn = np.random.default_rng(7).normal(size=(count, 16)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("kept", [None, range(0, 50, 3), [4], []])
def test_dense_search_is_brute_force(kept: list[int] | None) -> None:
    rows = vectors(50)
    query = vectors(51)[50]
    allowed = None
    if kept is not None:
        allowed = np.zeros(50, np.bool_)
        allowed[list(kept)] = True
    expected = [row for row in np.argsort(-(rows @ query)).tolist() if allowed is None or allowed[row]][:10]
    leg = dense([rows[:20], rows[20:]])
    assert leg.best(query, 10, allowed).tolist() == expected
    assert np.array_equal(leg.vectors(np.array([30, 1])), rows[[30, 1]])


def test_rows_of_what_is_not_live_are_not_found() -> None:
    rows = vectors(50)
    is_live = np.arange(50) % 2 == 1
    leg = DenseLeg([FlatIndex.of(rows[:20]), FlatIndex.of(rows[20:])], Live([is_live[:20], is_live[20:]]))
    query = vectors(51)[50]
    kept = rows[is_live]
    assert leg.best(query, 10).tolist() == np.argsort(-(kept @ query))[:10].tolist()
    assert np.array_equal(leg.vectors(np.arange(25)), kept)


def dense(parts: list[Vectors]) -> DenseLeg:
    return DenseLeg([FlatIndex.of(part) for part in parts], Live.whole([len(part) for part in parts]))


def test_a_saved_index_finds_the_same(tmp_path: Path) -> None:
    flat = FlatIndex.of(vectors(20))
    flat.save(tmp_path / "leg.faiss")
    query = vectors(21)[20]
    assert (
        FlatIndex.load(tmp_path / "leg.faiss").best(query, 5, None)[1].tolist() == flat.best(query, 5, None)[1].tolist()
    )
