import pytest

from corpus.document import Document
from index.lexicon import mined
from index.tokenizer import Tokenizer
from qa.asking import Reader, ask
from qa.confidence import ENOUGH
from qa.subject import subject
from qa.understanding import PlaceNames, understood


@pytest.fixture(scope="module")
def names(compilation: Document) -> PlaceNames:
    return PlaceNames([compilation], Tokenizer(mined([compilation])))


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("营商环境", "营商环境"),
        ("什么是“营商环境”？", "营商环境"),
        ("请介绍一下营商环境", "营商环境"),
        ("关于营商环境的内容", "营商环境"),
        ("扶沟的营商环境", "营商环境"),
        ("营商环境是什么意思", "营商环境"),
        ("怎么优化营商环境", ""),
        ("营商环境得分多少", ""),
        ("哪些地方优化了营商环境", ""),
        ("2021年营商环境", ""),
        ("扶沟", ""),
        ("营商环境，放管服", ""),
    ],
)
def test_a_question_that_is_nothing_but_a_term_is_known(question: str, term: str, names: PlaceNames) -> None:
    found = subject(understood(question, names))
    assert found == term


@pytest.mark.parametrize("question", ["营商环境", "什么是营商环境", "介绍一下“容缺办理”", "土地", "扶沟的容缺办理"])
def test_a_term_that_stands_in_the_passages_is_answered_with_sentences_that_say_it(
    question: str, reader: Reader, names: PlaceNames
) -> None:
    term = subject(understood(question, names))
    stands = any(term in each.text for each in ask(reader, question, 5).evidence)
    reply = ask(reader, question, 5)
    assert (reply.answer.silence is None, reply.confidence >= ENOUGH) == (stands, stands)
    assert all(term in said.quote for said in reply.answer.said)


def test_a_term_that_stands_nowhere_is_not_answered(reader: Reader) -> None:
    for question in ("新质生产力", "什么是低空经济"):
        assert ask(reader, question, 5).answer.silence is not None
