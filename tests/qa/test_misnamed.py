import pytest

from corpus.document import Document
from eval.topics import BUNDLED, topics
from index.generation import Generation
from index.lexicon import mined
from index.tokenizer import Tokenizer
from qa.asking import Reader, ask
from qa.codes import Silence
from qa.understanding import PlaceNames, understood
from tests.fakes import HashedEncoder


@pytest.fixture(scope="module")
def names(compilation: Document) -> PlaceNames:
    return PlaceNames([compilation], Tokenizer(mined([compilation])))


def found(question: str, names: PlaceNames) -> list[tuple[str, str]]:
    return [(each.name, each.nearest) for each in understood(question, names).misnamed]


@pytest.mark.parametrize(
    ("question", "name", "nearest"),
    [
        ("符沟县怎么保障土地的", "符沟县", "扶沟县"),
        ("福沟县供应土地多少亩", "福沟县", "扶沟县"),
        ("请问福溝縣供应土地多少亩", "福沟县", "扶沟县"),
        ("周口市福沟县的土地", "福沟县", "扶沟县"),
        ("土地保障方面，舞刚市是怎么做的", "舞刚市", "舞钢市"),
        ("孟京区开了几次联审联批会议", "孟京区", "孟津区"),
    ],
)
def test_a_misspelt_place_is_told_with_the_one_that_may_be_meant(
    question: str, name: str, nearest: str, names: PlaceNames
) -> None:
    assert found(question, names) == [(name, nearest)]


def test_a_place_that_is_nowhere_is_told_where_it_is_the_subject(names: PlaceNames) -> None:
    assert found("琅沟旗怎么保障土地", names) == [("琅沟旗", "")]
    assert found("琅沟旗和扶沟怎么保障土地", names) == [("琅沟旗", "")]
    assert found("土地是怎么在琅沟旗保障的", names) == []


@pytest.mark.parametrize(
    "question",
    [
        *("各县怎么招商", "全市怎么做", "我县怎么做", "高新区怎么招商", "开发区有多少项目", "示范区的做法"),
        *("园区建设怎么样", "产业园区建设", "辖区企业", "社区治理", "景区怎么管", "自贸区", "经开区怎么保障土地"),
        *(
            "超市",
            "股市",
            "上市公司",
            "城市更新",
            "县区联动",
            "综保区有什么做法",
            "新城市建设怎么推进",
            "扶贫县怎么摘帽",
        ),
        *(
            "百强县",
            "在园区怎么办",
            "主城区",
            "片区怎么改造",
            "核心区怎么建",
            "样板县",
            "副中心城市",
            "平安区域",
            "全区",
        ),
        *("扶沟县域经济", "孟津县怎么集中开工", "扶沟市的土地", "开封县怎么保障土地", "浉河区", "县市怎么推进"),
    ],
)
def test_ordinary_words_and_known_places_are_no_misspelt_ones(question: str, names: PlaceNames) -> None:
    assert found(question, names) == []


def test_none_of_our_questions_is_taken_for_one_with_a_misspelt_place(names: PlaceNames) -> None:
    asked = [topic.question for path in BUNDLED.values() for topic in topics(path)]
    assert len(asked) > 900
    assert [question for question in asked if found(question, names)] == []


def test_a_misspelt_place_is_never_answered_with_the_figures_of_another(hashed: Generation) -> None:
    reader = Reader(hashed, HashedEncoder())
    answer = ask(reader, "福沟县供应土地多少亩", 5).answer
    assert (answer.silence, answer.said) == (Silence.PLACE_UNKNOWN, ())
    assert answer.text == "汇编里没有“福沟县”，是不是想问扶沟县？"
    assert ask(reader, "琅沟旗供应土地多少亩", 5).answer.text == "汇编里没有“琅沟旗”。"


def test_beside_a_known_place_a_misspelt_one_is_told_with_the_answer(reader: Reader) -> None:
    answer = ask(reader, "扶沟和舞刚市供应土地各多少亩", 5).answer
    assert "2458.96亩" in answer.text
    assert answer.remark == "（汇编里没有“舞刚市”，是不是想问舞钢市？）"
