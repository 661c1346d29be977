import pytest

from corpus.document import Document, Place
from corpus.outline import outlined
from index.encoder import SentenceEncoder
from index.generation import built
from qa.asking import Reader, ask, retrieve
from qa.codes import Silence
from qa.titled import is_apart, titled_place
from tests.fakes import HashedEncoder

GOALS = "建议今年经济社会发展的主要预期目标是：地区生产总值增长{}左右，城镇调查失业率5.5%以内。"


def report(name: str, growth: str, flying: str) -> Document:
    text = f"2025年{name}政府工作报告\n{GOALS.format(growth)}\n{flying}\n"
    return outlined(name, text, "")[0]


@pytest.fixture(scope="module")
def reports() -> list[Document]:
    return [
        report("上海市", "5.1%", "有序推进低空经济产业园和无人机基地建设。"),
        report("云南省", "5.2%", "打造低空经济、氢能及储能等新增长引擎，开展场景应用示范行动。"),
    ]


@pytest.fixture(scope="module")
def fake(compilation: Document, reports: list[Document]) -> Reader:
    return Reader(built([compilation, *reports], HashedEncoder()), HashedEncoder())


@pytest.fixture(scope="module")
def beside(compilation: Document, reports: list[Document], encoder: SentenceEncoder) -> Reader:
    return Reader(built([compilation, *reports], encoder), encoder)


def documents_seen(reader: Reader, question: str) -> set[str]:
    allowed = retrieve(reader, question, 5).plan.allowed
    passages = reader.generation.passages
    return {each.document_id for row, each in enumerate(passages) if allowed is None or allowed[row]}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("2025年上海市政府工作报告", "上海市"),
        ("2025年新疆政府工作报告", "新疆维吾尔自治区"),
        ("中共河南省委关于用地的意见", "河南省"),
        ("2023年临江县工作总结", "临江县"),
        ("关于用地的通知", ""),
    ],
)
def test_a_document_speaks_of_the_place_its_title_begins_with(title: str, name: str) -> None:
    assert titled_place(outlined("d", f"{title}\n现将有关事项通知如下，请遵照执行。\n", "")[0]).name == name


def test_a_compilation_of_cases_speaks_of_no_one_place(compilation: Document) -> None:
    assert titled_place(compilation) == Place()


def test_a_place_is_not_apart_from_what_it_lies_in() -> None:
    county = Place("河南省", "周口市", "扶沟县")
    assert not is_apart(county, Place("河南省"))
    assert not is_apart(Place("河南省", "周口市"), county)
    assert is_apart(county, Place("上海市"))
    assert is_apart(Place(county="临江县"), Place("上海市"))


@pytest.mark.parametrize(("place", "growth"), [("上海", "5.1%"), ("上海市", "5.1%"), ("云南", "5.2%")])
def test_a_question_that_names_a_place_is_answered_from_its_own_report(place: str, growth: str, beside: Reader) -> None:
    reply = ask(beside, f"{place}2025年地区生产总值增长预期目标是多少", 5)
    assert reply.answer.figures[0].text == f"{growth}左右"
    assert {said.evidence.document.title[5:7] for said in reply.answer.said} == {place[:2]}
    assert {each.document.title[5:7] for each in reply.evidence} == {place[:2]}
    assert reply.plan.note == f"只在《{reply.evidence[0].document.title}》中查找。"


def test_a_place_without_a_report_is_never_told_anothers_figures(fake: Reader) -> None:
    asked = "{}2025年地区生产总值增长预期目标是多少"
    assert ask(fake, asked.format("浙江"), 5).answer.silence is Silence.PLACE_UNKNOWN
    assert documents_seen(fake, asked.format("河南")) == {"henan-2021-cases-153-157"}


def test_without_any_case_a_place_that_no_document_tells_of_is_told(reports: list[Document]) -> None:
    reader = Reader(built(reports, HashedEncoder()), HashedEncoder())
    answer = ask(reader, "浙江2025年地区生产总值增长预期目标是多少", 5).answer
    assert (answer.silence, answer.text) == (Silence.PLACE_UNKNOWN, "汇编里没有浙江省的内容。")
    assert documents_seen(reader, "云南怎么发展低空经济") == {"云南省"}


def test_sentences_of_reports_are_each_led_in_by_the_place(beside: Reader) -> None:
    for question in ("上海和云南怎么发展低空经济", "低空经济", "哪些地方搞低空经济"):
        said = ask(beside, question, 5).answer.said
        assert {each.naming for each in said} == {"上海市：", "云南省："}
        assert all("低空经济" in each.quote for each in said)


def test_which_places_within_one_is_not_answered_with_others_cases(fake: Reader) -> None:
    assert documents_seen(fake, "上海有哪些地方搞低空经济") == {"上海市"}


def test_a_place_in_that_of_a_report_is_looked_for_there(compilation: Document, reports: list[Document]) -> None:
    own, _ = outlined("own", "2025年上海市政府工作报告\n浦东新区综合改革试点有序推进，157项任务全面展开。\n", "")
    reader = Reader(built([compilation, own, reports[1]], HashedEncoder()), HashedEncoder())
    assert documents_seen(reader, "浦东新区怎么推进改革") == {"own"}


def test_where_cases_stand_in_a_place_a_report_of_it_does_not_stand_for_them(
    compilation: Document, reports: list[Document]
) -> None:
    henan = report("河南省", "5.5%", "保障重点项目用地。")
    reader = Reader(built([compilation, henan, *reports], HashedEncoder()), HashedEncoder())
    assert documents_seen(reader, "河南怎么保障土地") == {compilation.id, "河南省"}
    assert retrieve(reader, "河南哪些地方有首席服务官", 5).interpretation.across


def test_the_places_of_the_documents_come_before_those_of_the_country(compilation: Document) -> None:
    text = "2023年临江县优化营商环境典型案例选编\n第一篇 临江县强化用地保障\n2023年，临江县供应土地1820亩。\n"
    own, _ = outlined("own", text, "")
    reader = Reader(built([compilation, own], HashedEncoder()), HashedEncoder())
    for question in ("临江县供应土地多少亩", "临江供应土地多少亩"):
        found = retrieve(reader, question, 5)
        assert [(asked.place, bool(asked.cases)) for asked in found.interpretation.places] == [
            (Place(county="临江县"), True)
        ]
        assert documents_seen(reader, question) == {"own"}
    (city,) = retrieve(reader, "临江市供应土地多少亩", 5).interpretation.places
    assert (city.place.county, city.cases) == ("临江市", frozenset())


def test_of_two_places_the_one_that_is_not_there_is_told_with_the_answer(reader: Reader) -> None:
    answer = ask(reader, "临江和扶沟供应土地各多少亩", 5).answer
    assert "2458.96亩" in answer.text
    assert answer.remark == "（汇编里没有白山市临江市的案例。）"
    assert answer.text.endswith(answer.remark)
    assert ask(reader, "临江县怎么保障土地", 5).answer.text == "汇编里没有“临江县”。"
