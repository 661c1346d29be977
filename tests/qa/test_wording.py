import pytest

from corpus.document import Document
from qa.wording import Wording

DOCUMENTS = (Document("a", "甲", "扶沟县设立首席服务员，实行一网通办、一窗受理。", ()),)
SYNONYMS = (("首席服务官", "首席服务员"), ("一网通办", "一窗受理", "一站办"), ("豫东粮仓", "扶沟县"))


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("首席服务官是谁", "首席服务员是谁"),
        ("首席服务员是谁", "首席服务员是谁"),
        ("一站办怎么办", "一网通办怎么办"),
        ("豫东粮仓的土地", "扶沟县的土地"),
        ("土地怎么保障", "土地怎么保障"),
    ],
)
def test_a_word_the_compilation_does_not_say_is_asked_as_it_says_it(question: str, asked: str) -> None:
    assert Wording(DOCUMENTS, SYNONYMS).asked(question) == asked


def test_of_words_that_it_says_all_are_looked_for() -> None:
    wording = Wording(DOCUMENTS, SYNONYMS)
    assert wording.besides("一网通办怎么办") == ("一窗受理",)
    assert wording.besides("土地怎么保障") == ()


def test_without_synonyms_a_question_stays_as_it_is() -> None:
    assert Wording(DOCUMENTS, ()).asked("首席服务官是谁") == "首席服务官是谁"
