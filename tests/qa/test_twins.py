import pytest

from corpus.document import Document
from corpus.outline import outlined
from index.generation import built
from qa.asking import Reader, ask, retrieve
from tests.fakes import HashedEncoder

CASE = """第{number}篇：周口市扶沟县强化要素保障
{year}年，扶沟县认真落实各项部署，取得了良好成效。
强化土地保障
对重点项目实行五个优先，全县供应土地2458.96亩，盘活存量土地十一宗，保障了三十个项目落地。
强化资金保障
县财政设立产业引导基金，为企业提供过桥资金三亿元，缓解了中小企业融资难题。{more}
"""
OTHER = """第九篇：洛阳市孟津区强化要素保障
孟津区坚持土地跟着项目走。
强化土地保障
对重点项目实行五个优先，全区供应土地300亩，推行标准地加承诺制，实现拿地即开工。
"""


def volume(name: str, text: str) -> Document:
    return outlined(name, text, name)[0]


@pytest.fixture(scope="module")
def reader() -> Reader:
    documents = [
        volume("2021汇编", CASE.format(number="一", year=2021, more="")),
        volume("2022汇编", CASE.format(number="三", year=2022, more="今年又新增基金两亿元。")),
        volume("别处", OTHER),
    ]
    return Reader(built(documents, HashedEncoder()), HashedEncoder())


def test_a_case_that_stands_in_two_volumes_is_shown_once_with_where_else_it_stands(reader: Reader) -> None:
    reply = ask(reader, "扶沟供应了多少亩土地", 10)
    land = [each for each in reply.evidence if "2458.96亩" in each.text]
    assert len(land) == 1
    (copy,) = land[0].also_in
    assert {copy.document_id, land[0].document.id} == {"2021汇编", "2022汇编"}
    assert "2458.96亩" in reader.generation.text(copy)
    assert [each.hit.rank for each in reply.evidence] == list(range(1, len(reply.evidence) + 1))


def test_a_like_passage_of_another_case_is_shown_beside_it(reader: Reader) -> None:
    found = retrieve(reader, "哪些地方对重点项目实行五个优先", 10)
    assert found.matching == 2
    places = [reader.generation.case(hit.passage).place.county for hit in found.hits[:2]]
    assert sorted(places) == ["孟津区", "扶沟县"]


def test_copies_in_one_document_are_all_shown() -> None:
    document = volume(
        "汇编", CASE.format(number="一", year=2021, more="") + CASE.format(number="二", year=2021, more="")
    )
    reader = Reader(built([document], HashedEncoder()), HashedEncoder())
    reply = ask(reader, "供应了多少亩土地", 10)
    assert sum("2458.96亩" in each.text for each in reply.evidence) == 2
    assert all(each.also_in == () for each in reply.evidence)
