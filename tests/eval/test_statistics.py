import numpy as np
import pytest
from scipy import stats

from eval.statistics import difference, estimate, holm


def test_the_interval_of_a_mean_agrees_with_the_normal_one_on_many_values() -> None:
    values = np.random.default_rng(1).random(1000)
    found = estimate(values.tolist())
    low, high = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert found.mean == pytest.approx(values.mean())
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.003)
    assert found.n == 1000


def test_values_that_are_all_alike_have_an_interval_without_width() -> None:
    assert (estimate([1.0, 1.0]).low, estimate([1.0, 1.0]).high) == (1.0, 1.0)
    assert estimate([0.5]).n == 1


def test_the_chance_of_five_wins_out_of_five_is_two_in_thirty_two() -> None:
    before = dict.fromkeys("abcde", 0.0) | {"f": 0.3}
    after = dict.fromkeys("abcde", 1.0) | {"f": 0.3}
    found = difference(before, after)
    assert found.p == pytest.approx(2 / 32)
    assert (found.wins, found.losses) == (5, 0)
    assert found.mean == pytest.approx(5 / 6)
    assert found.effect == pytest.approx(np.mean([1] * 5 + [0]) / np.std([1] * 5 + [0], ddof=1))


def test_the_test_agrees_with_the_t_test_where_that_holds() -> None:
    random = np.random.default_rng(2)
    before = dict(enumerate(random.random(400)))
    after = {key: value + random.normal(0.02, 0.2) for key, value in before.items()}
    a, b = ({str(key): float(value) for key, value in each.items()} for each in (before, after))
    expected = stats.ttest_rel(list(b.values()), list(a.values())).pvalue
    assert difference(a, b).p == pytest.approx(expected, abs=0.01)


def test_one_question_alone_proves_nothing() -> None:
    assert difference({"a": 0.0, "b": 0.0}, {"a": 1.0, "b": 0.0}).p == 1.0


def test_no_difference_is_no_evidence() -> None:
    found = difference({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0})
    assert (found.p, found.mean, found.effect) == (1.0, 0.0, 0.0)


def test_chances_are_corrected_for_their_number_as_holm_does() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
