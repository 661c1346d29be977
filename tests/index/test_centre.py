import numpy as np
import pytest

from index.centre import Centre
from index.encoder import SentenceEncoder
from index.generation import Generation
from qa.asking import Reader, retrieve


def test_cosines_are_measured_from_the_two_middles() -> None:
    centre = Centre(np.array([1, 0], np.float32), np.array([0, 1], np.float32))
    passages = np.array([[0, 2], [1, 1], [0, 0]], np.float32)
    # The question less its middle is (0, 1); the passages less theirs (0, 1), (1, 0), (0, −1).
    assert centre.cosines(np.array([1, 1], np.float32), passages) == pytest.approx([1, 0, -1])


def test_what_lies_in_the_very_middle_is_like_nothing() -> None:
    centre = Centre(np.zeros(2, np.float32), np.array([0, 1], np.float32))
    assert centre.cosines(np.array([1, 0], np.float32), np.array([[0, 1]], np.float32)) == pytest.approx([0])


def test_the_middle_is_that_of_the_passages(generation: Generation, encoder: SentenceEncoder) -> None:
    rows = np.arange(len(generation.passages))
    assert np.allclose(generation.centre.passages, generation.dense.vectors(rows).mean(axis=0), atol=1e-6)
    assert generation.centre.questions.shape == (encoder.dimension,)


def test_it_counts_only_where_the_words_of_the_question_are_not_found(reader: Reader) -> None:
    in_its_words = retrieve(reader, "扶沟县供应土地多少亩", 100).hits
    assert all(hit.scores.centred == 0 for hit in in_its_words)
    in_others = retrieve(reader, "腰包瘪了去哪儿筹", 100).hits
    assert any(hit.scores.centred > 0 for hit in in_others)
    assert all(0 <= hit.scores.centred <= 1 for hit in in_others)
