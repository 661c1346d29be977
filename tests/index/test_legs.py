import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense import DenseLeg
from index.encoder import Vectors
from index.lexical import LexicalLeg

ROWS = [["土地", "保障", "土地"], ["项目", "建设"], ["土地", "项目", "建设", "建设"], ["招商"]]
K1, B = 0.4, 0.2


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
def test_lexical_scores_are_bm25s(tokens: list[str]) -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    assert leg.scores(tokens) == pytest.approx(by_hand(ROWS, tokens), abs=1e-5)


@given(st.lists(st.sampled_from(["土地", "项目", "建设", "招商", "没有"]), max_size=8))
def test_no_row_scores_more_than_the_mass_of_the_question(tokens: list[str]) -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    assert leg.scores(tokens).max() <= leg.mass(tokens) + 1e-5


def test_a_word_never_seen_weighs_the_most() -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    assert leg.idf("没有") > leg.idf("招商") > leg.idf("土地") > 0


def test_rows_with_a_token_are_those_that_have_it() -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    assert sorted(leg.rows_with("土地").tolist()) == [0, 2]
    assert leg.rows_with("没有").tolist() == []


def test_a_filter_acts_inside_the_lexical_leg() -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    allowed = np.array([False, True, True, True])
    scores = leg.scores(["土地"], allowed)
    assert scores[0] == 0 < scores[2]


@pytest.mark.parametrize("rows", [[[]], [[], []], [[], ["土地"]]])
def test_rows_without_tokens_score_nothing(rows: list[list[str]]) -> None:
    scores = LexicalLeg.build(rows, K1, B).scores(["土地"])
    assert [score > 0 for score in scores] == [bool(row) for row in rows]


def test_a_saved_lexical_leg_scores_the_same(tmp_path: Path) -> None:
    leg = LexicalLeg.build(ROWS, K1, B)
    leg.save(tmp_path / "leg")
    tokens = ["土地", "建设", "招商"]
    assert LexicalLeg.load(tmp_path / "leg").scores(tokens).tolist() == leg.scores(tokens).tolist()


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
    leg = DenseLeg.build(rows)
    assert leg.best(query, 10, allowed).tolist() == expected
    assert leg.scores(query, np.array([3, 1])) == pytest.approx(rows[[3, 1]] @ query, abs=1e-6)


def test_a_saved_dense_leg_finds_the_same(tmp_path: Path) -> None:
    leg = DenseLeg.build(vectors(20))
    leg.save(tmp_path / "leg.faiss")
    query = vectors(21)[20]
    assert DenseLeg.load(tmp_path / "leg.faiss").best(query, 5).tolist() == leg.best(query, 5).tolist()
