from itertools import pairwise

import numpy as np
import pytest

from corpus.outline import outlined
from index.filters import Filters
from index.generation import Generation, built
from index.search import Query, Weights, search
from tests.fakes import HashedEncoder

LAND = Query("扶沟保障土地", "扶沟保障土地")


def test_hits_come_best_first_with_ranks_from_one(hashed: Generation) -> None:
    hits = search(hashed, HashedEncoder(), LAND, 10, Weights())
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert all(before.score >= after.score for before, after in pairwise(hits))
    assert "2458.96" in hashed.text(hits[0].passage)


def test_the_score_is_the_weighted_mean_of_its_parts(hashed: Generation) -> None:
    weights = Weights(lexical=1, case=2, characters=3, dense=4, clause=5, centred=6)
    for hit in search(hashed, HashedEncoder(), LAND, 5, weights):
        parts = hit.scores
        expected = parts.lexical + 2 * parts.case + 3 * parts.characters + 4 * parts.dense + 5 * parts.clause
        expected = (expected + 6 * parts.centred) / 21
        assert hit.score == pytest.approx(expected, abs=1e-6)
        assert 0 <= hit.score <= 1
        assert parts.clause == pytest.approx(max(hit.clause_scores))


def test_only_allowed_passages_are_found_by_any_leg(hashed: Generation) -> None:
    allowed = hashed.facets.selection(Filters(county="新郑"))
    hits = search(hashed, HashedEncoder(), Query(LAND.text, LAND.terms, allowed), 50, Weights())
    assert {hashed.case(hit.passage).number for hit in hits} == {153}


def test_where_nothing_is_allowed_nothing_is_found(hashed: Generation) -> None:
    nothing = np.zeros(len(hashed.passages), np.bool_)
    assert search(hashed, HashedEncoder(), Query(LAND.text, LAND.terms, nothing), 5, Weights()) == ()


def test_a_question_without_a_known_word_is_answered_by_meaning_alone(hashed: Generation) -> None:
    hits = search(hashed, HashedEncoder(), Query("qwerty", "qwerty"), 3, Weights())
    assert {hit.legs for hit in hits} == {("dense",)}
    assert {hit.scores.lexical for hit in hits} == {0}


def test_the_same_question_gives_the_same_hits(hashed: Generation) -> None:
    assert search(hashed, HashedEncoder(), LAND, 20, Weights()) == search(hashed, HashedEncoder(), LAND, 20, Weights())


@pytest.mark.parametrize("text", ["Only English in this line.", "——……！！", "123", "🙂"])
def test_a_text_without_chinese_can_be_indexed_and_asked(text: str) -> None:
    document, _ = outlined("d", text, "t")
    generation = built([document], HashedEncoder())
    (hit,) = search(generation, HashedEncoder(), LAND, 3, Weights())
    assert generation.text(hit.passage) == text
    assert 0 <= hit.score <= 1
