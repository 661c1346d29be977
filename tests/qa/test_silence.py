import pytest

from index.filters import Filters
from qa.asking import Reader, ask
from qa.codes import Silence


@pytest.mark.parametrize("question", ["怎么保障土地", "扶沟供应了多少亩土地", "供应了多少亩土地"])
def test_what_the_filter_leaves_out_is_not_covered_and_the_way_out_is_told(question: str, reader: Reader) -> None:
    answer = ask(reader, question, 5, Filters(county="孟津区")).answer
    assert answer.silence is Silence.NOT_COVERED
    assert answer.text == "所选范围里没有写到所问的内容。可以去掉筛选再问。"
    assert answer.nearest == (1, 2, 3)


def test_a_filter_does_not_make_any_matter_one_of_the_compilation(reader: Reader) -> None:
    assert ask(reader, "红烧肉怎么做", 5, Filters(county="孟津区")).answer.silence is Silence.OFF_TOPIC


def test_where_the_filter_leaves_nothing_out_it_is_not_blamed(reader: Reader) -> None:
    answer = ask(reader, "扶沟GDP是多少", 5, Filters(county="扶沟县")).answer
    assert answer.silence is Silence.NOT_COVERED
    assert answer.text == "汇编里有周口市扶沟县的案例，但没有写到所问的内容。"


@pytest.mark.parametrize("question", ["不动产登记怎么办", "各地怎么发放创业担保贷款"])
def test_a_matter_of_such_compilations_that_this_one_lacks_is_not_covered(question: str, reader: Reader) -> None:
    answer = ask(reader, question, 5).answer
    assert (answer.silence, answer.nearest) == (Silence.NOT_COVERED, (1, 2, 3))
