"""The figures of the compilation over HTTP; what is expected was counted in the text by hand."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from corpus.document import Document

MONEY = ["210亿元", "97.1亿元", "328.5亿元", "265.1亿元", "422.3亿元", "109.1亿元", "181.7亿元", "115.5亿元"]
MONEY += ["111.6亿元", "105.6亿元"]


def listed(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    response = client.get("/figures", params={"limit": 500} | asked)
    assert response.status_code == 200, response.text
    body = response.json()
    figures: list[dict[str, Any]] = body["figures"]
    assert body["total"] == len(figures)
    return figures


def texts(figures: list[dict[str, Any]]) -> list[str]:
    return [figure["text"] for figure in figures]


def test_every_figure_is_exact_and_leads_to_a_passage_that_holds_it(client: TestClient, compilation: Document) -> None:
    figures = listed(client)
    assert len(figures) > 60
    for figure in figures:
        start, end, sentence = figure["start"], figure["end"], figure["sentence"]
        assert compilation.text[start:end] == figure["text"]
        assert compilation.text.find(sentence, max(0, end - len(sentence))) <= start
        assert figure["text"] in sentence
        linked = client.get(urlsplit(figure["url"]).path).json()
        assert linked["start"] <= start < end <= linked["end"]
        assert sentence in linked["text"]
        assert (linked["id"], linked["citation"]) == (figure["passage_id"], figure["citation"])
        assert linked["case"]["case_number"] == figure["case_number"]
    assert [figure["start"] for figure in figures] == sorted(figure["start"] for figure in figures)


def test_by_unit(client: TestClient) -> None:
    assert texts(listed(client, unit="亿元")) == MONEY
    land = listed(client, unit="亩")
    assert [(figure["value"], figure["indicator"]) for figure in land] == [
        (3066, "组卷报批用地面积"),
        (2458.96, "供应土地"),
        (1167, "盘活土地面积"),
    ]
    assert listed(client, unit="公里") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"case_number": "157"},
        {"case_number": "第一百五十七篇"},
        {"county": "扶沟县"},
        {"county": "扶沟"},
        {"city": "周口市"},
    ],
)
def test_by_case_and_place(client: TestClient, asked: dict[str, str]) -> None:
    figures = listed(client, **asked)
    assert figures == [figure for figure in listed(client) if figure["case_number"] == 157]
    assert {"16个批次", "23宗", "约67家", "27个", "111.6亿元", "105.6亿元"} <= set(texts(figures))
    assert {figure["place"] for figure in figures} == {"周口市扶沟县"}


def test_by_words_the_best_first(client: TestClient) -> None:
    assert texts(listed(client, q="供应土地"))[0] == "2458.96亩"
    assert set(texts(listed(client, q="供应土地"))) == {"2458.96亩", "3066亩", "1167亩", "16个批次", "23宗"}
    assert texts(listed(client, q="合同投资", unit="亿元", case_number="157"))[:2] == ["111.6亿元", "105.6亿元"]
    assert listed(client, q="量子纠缠") == []


def test_page_by_page(client: TestClient) -> None:
    whole = listed(client)
    pages = []
    for offset in range(0, len(whole), 7):
        page = client.get("/figures", params={"limit": 7, "offset": offset}).json()
        assert page["total"] == len(whole)
        assert len(page["figures"]) <= 7
        pages += page["figures"]
    assert pages == whole
    assert client.get("/figures").json()["figures"] == whole[:50]
    beyond = client.get("/figures", params={"offset": 9999}).json()
    assert (beyond["total"], beyond["figures"]) == (len(whole), [])


def test_by_value_within_each_unit_the_most_frequent_unit_first(client: TestClient) -> None:
    body = client.get("/figures", params={"limit": 500, "sort": "value"}).json()
    units = list(dict.fromkeys(figure["unit"] for figure in body["figures"]))
    assert units == [each["unit"] for each in body["units"]]
    for unit in units:
        values = [figure["value"] for figure in body["figures"] if figure["unit"] == unit]
        assert values == sorted(values)
    assert texts(listed(client, sort="value", unit="亩")) == ["1167亩", "2458.96亩", "3066亩"]
    assert texts(listed(client, sort="-value", unit="亩")) == ["3066亩", "2458.96亩", "1167亩"]


def test_sorted_otherwise_the_same_figures_are_there(client: TestClient) -> None:
    whole = listed(client)
    for sort in ("reading", "value", "-value", "indicator", "place", "time"):
        ordered = listed(client, sort=sort)
        assert sorted(ordered, key=lambda figure: figure["start"]) == whole
        if sort in ("place", "time"):
            runs = [
                figure[sort] for at, figure in enumerate(ordered) if not at or figure[sort] != ordered[at - 1][sort]
            ]
            assert len(runs) == len(set(runs)), "alike, and yet apart"
    assert listed(client, sort="reading") == whole
    # 洛阳, 平顶山, 商丘, 郑州, 周口: by sound.
    cities = list(dict.fromkeys(figure["place"][:2] for figure in listed(client, sort="place")))
    assert [city for city in cities if city] == ["洛阳", "平顶", "商丘", "郑州", "周口"]
    measures = [figure["indicator"] for figure in listed(client, sort="indicator")]
    assert "" not in measures[: len(measures) - measures.count("")]


def test_words_with_a_sort_are_those_that_fit_in_that_order(client: TestClient) -> None:
    best = listed(client, q="供应土地")
    assert listed(client, q="供应土地", sort="reading") == sorted(best, key=lambda figure: figure["start"])
    assert [figure["unit"] for figure in listed(client, q="供应土地", sort="-value")][:3] == ["亩", "亩", "亩"]


def test_the_units_of_what_the_other_filters_leave_are_told_the_most_frequent_first(client: TestClient) -> None:
    body = client.get("/figures", params={"limit": 500}).json()
    counted = Counter(figure["unit"] for figure in body["figures"])
    assert {each["unit"]: each["count"] for each in body["units"]} == {
        unit: count for unit, count in counted.items() if unit
    }
    counts = [each["count"] for each in body["units"]]
    assert counts == sorted(counts, reverse=True)
    assert client.get("/figures", params={"unit": "亩"}).json()["units"] == body["units"]
    of_land = client.get("/figures", params={"q": "供应土地"}).json()["units"]
    assert {each["unit"]: each["count"] for each in of_land} == {"亩": 3, "个批次": 1, "宗": 1}


def test_what_is_more_an_article_than_a_count_can_be_left_out(client: TestClient) -> None:
    left_out = Counter(texts(listed(client))) - Counter(texts(listed(client, articles=False)))
    assert {"一个", "一名"} <= set(left_out)
    assert all(each.startswith("一") and len(each) == len("一个") for each in left_out)


@pytest.mark.parametrize(
    "asked", [{"case_number": "999"}, {"case_number": "x"}, {"county": "兰考县"}, {"document_id": "x"}]
)
def test_an_unknown_filter_is_told_with_the_known_ones(client: TestClient, asked: dict[str, str]) -> None:
    response = client.get("/figures", params=asked)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unknown_filter"
    assert "可选" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"单位": "亩"}, "不认识的字段 单位"),
        ({"units": "亩", "page": 2}, "不认识的字段 units；不认识的字段 page"),
        ({"limit": 0}, "limit不能小于 1"),
        ({"limit": 501}, "limit不能大于 500"),
        ({"limit": "十"}, "limit应为整数"),
        ({"offset": -1}, "offset不能小于 0"),
        ({"unit": "亩" * 21}, "单位太长，最多 20 个字"),
        ({"q": "亩" * 1001}, "检索词太长，最多 1000 个字"),
        ({"sort": "size"}, "sort应为 reading、value、-value、indicator、place、time 之一"),
    ],
)
def test_what_cannot_be_asked_is_told_in_chinese(client: TestClient, asked: dict[str, Any], told: str) -> None:
    response = client.get("/figures", params=asked)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    assert response.json()["error"]["message"] == f"{told}。"
