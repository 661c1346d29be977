import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.encoder import Vectors
from index.question_encoder import QuestionEncoder
from tests.fakes import HashedEncoder

QUESTIONS = [f"第{number}个县怎么保障土地" for number in range(40)]


class Slow(HashedEncoder):
    """Reads only once it may, and keeps what it was given at once."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_read = threading.Event()

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        assert self.may_read.wait(10)
        if "坏" in texts:
            raise ValueError("坏")
        return super().queries(texts)


def test_each_of_many_at_once_gets_its_own_vector() -> None:
    model = Slow()
    encoder = QuestionEncoder(model)
    with ThreadPoolExecutor(len(QUESTIONS)) as threads:
        found = [threads.submit(encoder.queries, [question]) for question in QUESTIONS]
        model.may_read.set()
        vectors = np.concatenate([each.result(10) for each in found])
    assert np.array_equal(vectors, HashedEncoder().queries(QUESTIONS))


def test_those_who_come_while_the_model_reads_are_read_together() -> None:
    model = Slow()
    encoder = QuestionEncoder(model)
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(encoder.queries, [QUESTIONS[0]])
        while not model.batches:
            pass
        others = [threads.submit(encoder.queries, [question]) for question in QUESTIONS[1:5]]
        while len(encoder._waiting) < 4:
            pass
        model.may_read.set()
        for each in (first, *others):
            each.result(10)
    assert [sorted(batch) for batch in model.batches] == [QUESTIONS[:1], sorted(QUESTIONS[1:5])]


def test_a_question_asked_again_is_not_read_again() -> None:
    model = Slow()
    model.may_read.set()
    encoder = QuestionEncoder(model)
    first, again = encoder.queries(QUESTIONS[:2]), encoder.queries(QUESTIONS[1:2])
    assert model.batches == [QUESTIONS[:2]]
    assert np.array_equal(first[1:], again)


def test_an_error_of_the_model_reaches_who_asked_and_the_next_question_is_answered() -> None:
    model = Slow()
    model.may_read.set()
    encoder = QuestionEncoder(model)
    with pytest.raises(ValueError, match="坏"):
        encoder.queries(["坏"])
    assert np.array_equal(encoder.queries(QUESTIONS[:1]), HashedEncoder().queries(QUESTIONS[:1]))
