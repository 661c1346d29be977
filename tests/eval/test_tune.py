from dataclasses import astuple, replace

import numpy as np
import pytest

from eval.bench import Bench
from eval.judgements import judged
from eval.measures import measured
from eval.statistics import difference
from eval.tune import Tuned, pooled, tuned
from eval.variant import Variant
from index.search import Weights


def test_the_pools_ndcg_is_that_of_the_measure(our_bench: Bench) -> None:
    """The tuner's own nDCG, which is fast, against the library's, for two sets of weights."""
    grades = judged(our_bench.collection.answerable, our_bench.generation(Variant()).passages)
    pool = pooled(our_bench, Variant())
    for weights in (Weights(), Weights(3.0, 0.1, 0.2, 0.5, 0.4, 0.3)):
        measure = measured(grades, our_bench.run(Variant(weights=weights)))["nDCG@10"]
        expected = {key: measure[key] for key in pool.ids}
        found = dict(zip(pool.ids, pool.ndcg(np.array(astuple(weights))).tolist(), strict=True))
        assert found == pytest.approx(expected, abs=1e-6)


def test_what_is_found_is_no_worse_where_it_was_sought_and_is_shown_where_it_was_not(our_bench: Bench) -> None:
    train, held = (replace(our_bench, collection=our_bench.collection.split(name)) for name in ("dev", "held"))
    told: list[str] = []
    found = tuned(train, held, told.append, sizes=True)
    # With the fake encoder there is much to gain by trusting words.
    assert found.trained.mean > 0
    values = held.values(Variant(), held.run(Variant()))["nDCG@10"]
    own = [values[key] for key in pooled(held, Variant()).ids]
    assert 0 < len(own) < len(values)
    assert found.held_mean == pytest.approx(np.mean(own), abs=1e-6)
    assert set(found.sizes) == {200, 300, 400, 600}
    assert found.sizes[400] == pytest.approx((found.trained_mean, found.held_mean))
    assert told


def test_a_change_is_advised_only_when_the_held_split_says_so() -> None:
    better = difference(dict.fromkeys("abcdefgh", 0.0), dict.fromkeys("abcdefgh", 1.0))
    none = difference({"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.6})
    for trained, held, advised in ((better, better, True), (better, none, False)):
        assert Tuned(Weights(), Weights(), 0.5, trained, 0.5, held, {}).advised is advised
