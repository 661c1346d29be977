"""Every measure on five-line judgements and runs whose values are worked out by hand."""

import math
from pathlib import Path

import pytest

from eval.errors import SetUnreadable
from eval.measures import NAMES, measured
from eval.trec import read_qrels, read_run, write_qrels, write_run

QRELS = """q1 0 a 1
q1 0 b 1
q2 0 c 1
q3 0 d 1
q4 0 e 1
"""
RUN = """q1 Q0 x 1 9.0 t
q1 Q0 a 2 8.0 t
q1 Q0 b 3 7.0 t
q2 Q0 c 1 3.0 t
q4 Q0 x 1 2.0 t
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    qrels, run = tmp_path / "qrels.txt", tmp_path / "run.txt"
    qrels.write_text(QRELS, "utf-8")
    run.write_text(RUN, "utf-8")
    return qrels, run


def test_each_measure_has_its_exact_value(files: tuple[Path, Path]) -> None:
    values = measured(read_qrels(files[0]), read_run(files[1]), right=1)
    second, third = 1 / math.log2(3), 1 / math.log2(4)
    expected = {
        # q1: right ones at 2 and 3; q2: first; q3: not in the run; q4: only a wrong one.
        "nDCG@10": {"q1": (second + third) / (1 + second), "q2": 1, "q3": 0, "q4": 0},
        "MRR": {"q1": 1 / 2, "q2": 1, "q3": 0, "q4": 0},
        "S@1": {"q1": 0, "q2": 1, "q3": 0, "q4": 0},
        "S@5": {"q1": 1, "q2": 1, "q3": 0, "q4": 0},
        "R@5": {"q1": 1, "q2": 1, "q3": 0, "q4": 0},
        "R@20": {"q1": 1, "q2": 1, "q3": 0, "q4": 0},
        "R@100": {"q1": 1, "q2": 1, "q3": 0, "q4": 0},
    }
    assert set(expected) == set(NAMES)
    for name, by_question in expected.items():
        assert values[name] == pytest.approx(by_question, abs=1e-6), name


def test_cutoffs_cut() -> None:
    ranking = [f"x{at}" for at in range(5)] + ["a"] + [f"y{at}" for at in range(14)] + ["b"]
    values = measured({"q": {"a": 1, "b": 1}}, {"q": ranking}, right=1)
    assert values["S@5"]["q"] == values["R@5"]["q"] == 0
    assert values["R@20"]["q"] == 0.5
    assert values["R@100"]["q"] == 1
    assert values["MRR"]["q"] == pytest.approx(1 / 6)
    assert values["nDCG@10"]["q"] == pytest.approx((1 / math.log2(7)) / (1 + 1 / math.log2(3)))


def test_grades_are_gains_for_ndcg_and_a_threshold_for_the_rest() -> None:
    values = measured({"q": {"whole": 2, "touched": 1}}, {"q": ["touched", "whole"]})
    assert values["nDCG@10"]["q"] == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))
    assert values["S@1"]["q"] == 0
    assert values["MRR"]["q"] == 0.5
    assert values["R@5"]["q"] == 1


def test_a_passage_named_twice_counts_once_at_its_better_rank() -> None:
    once = measured({"q": {"a": 1, "b": 1}}, {"q": ["a", "x", "b"]}, right=1)
    twice = measured({"q": {"a": 1, "b": 1}}, {"q": ["a", "a", "x", "a", "b"]}, right=1)
    assert twice == once


def test_a_run_without_any_question_has_zero_everywhere() -> None:
    assert all(of == {"q": 0.0} for of in measured({"q": {"a": 1}}, {}).values())


def test_equal_scores_are_ordered_as_trec_eval_orders_them(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text("q Q0 a 1 1.0 t\nq Q0 c 2 1.0 t\nq Q0 b 3 1.0 t\nq Q0 z 4 2.0 t\n", "utf-8")
    assert read_run(path) == {"q": ["z", "c", "b", "a"]}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    qrels, run = {"q1": {"a": 2, "b": 1}}, {"q1": ["b", "a"], "q2": ["c"]}
    write_qrels(qrels, tmp_path / "qrels.txt")
    write_run(run, tmp_path / "run.txt", "anwen")
    assert read_qrels(tmp_path / "qrels.txt") == qrels
    assert read_run(tmp_path / "run.txt") == run


@pytest.mark.parametrize("content", ["q1 0 a\n", "q1 0 a 很好\n", None])
def test_a_broken_file_is_said_plainly(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(SetUnreadable, match="qrels"):
        read_qrels(path)
    with pytest.raises(SetUnreadable, match="run"):
        read_run(path)
