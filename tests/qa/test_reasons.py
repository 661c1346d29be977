import pytest

from index.search import Scores
from qa.asking import Reader, ask
from qa.reasons import reasons


def scores(lexical: float, clause: float, case: float = 0.0) -> Scores:
    return Scores(lexical=lexical, case=case, characters=0.5, dense=0.88, clause=clause, centred=0.0)


@pytest.mark.parametrize(
    ("lexical", "clause", "told"),
    [
        (0.70, 0.94, "问题里的词几乎都说到；意思非常接近"),
        (0.40, 0.92, "问题里的词大半说到；意思很近"),
        (0.30, 0.90, "说到问题里约一半的词；意思接近"),
        (0.10, 0.88, "说到问题里的个别词；意思有些接近"),
        (0.00, 0.90, "字面上几乎没有相同的词；意思接近"),
        (0.00, -0.2, "字面上几乎没有相同的词；意思不大相近"),
    ],
)
def test_each_step_of_words_and_of_meaning_has_its_own_phrase(lexical: float, clause: float, told: str) -> None:
    assert reasons(scores(lexical, clause), is_asked=False) == told


def test_that_the_case_was_asked_for_is_told_first() -> None:
    assert reasons(scores(0.4, 0.92), is_asked=True) == "正是所问的案例；问题里的词大半说到；意思很近"


def test_what_its_case_says_is_told_where_the_passage_itself_says_little() -> None:
    assert "整篇说到问题里大部分的词" in reasons(scores(0.1, 0.88, case=0.2), is_asked=False)
    assert "整篇" not in reasons(scores(0.4, 0.88, case=0.2), is_asked=False)
    assert "整篇" not in reasons(scores(0.1, 0.88, case=0.1), is_asked=False)
    assert "整篇" not in reasons(scores(0.1, 0.88, case=0.2), is_asked=True)


def test_a_passage_that_says_the_words_is_not_called_far_in_meaning() -> None:
    assert reasons(scores(0.6, 0.87), is_asked=False) == "问题里的词几乎都说到"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("扶沟是怎么保障土地的", "问题里的词大半说到"),
        ("项目督导小组每周最少要督导几次", "问题里的词大半说到；意思非常接近"),
        ("新郑的乌木博物馆建在哪", "说到问题里的个别词；意思不大相近"),
    ],
)
def test_the_words_fit_what_is_found(question: str, told: str, reader: Reader) -> None:
    assert reasons(ask(reader, question, 1).evidence[0].hit.scores, is_asked=False) == told
