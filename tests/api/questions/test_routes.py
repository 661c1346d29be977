from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from corpus.document import Document
from eval.topics import topics

QUESTION = "扶沟是怎么保障土地的?"


def asked(client: TestClient, question: str = QUESTION, **more: Any) -> dict[str, Any]:
    response = client.post("/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_the_first_passage_is_the_one_that_answers_cited_to_the_character(
    client: TestClient, compilation: Document
) -> None:
    body = asked(client)
    first = body["passages"][0]
    assert first["rank"] == 1
    assert first["case"] == {
        "case_number": 157,
        "title": "周口市扶沟县树牢“项目为王”导向,狠抓重点项目建设",
        "city": "周口市",
        "county": "扶沟县",
    }
    assert first["headings"] == ["强化要素保障"]
    assert first["paragraph"] == 1
    assert first["aspect"] == "measure"
    assert first["citation"] == (
        "《2021年河南省优化营商环境典型案例汇编》第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段"
    )
    assert compilation.text[first["start"] : first["end"]] == first["text"]
    marked = [compilation.text[span["start"] : span["end"]] for span in first["highlights"]]
    assert any("组卷报批用地16个批次,面积3066亩,供应土地2458.96亩" in words for words in marked)


def test_the_answer_says_how_the_question_was_understood(client: TestClient) -> None:
    body = asked(client)
    assert body["question"] == QUESTION
    understood = body["interpretation"]
    assert understood["place"] == {
        "mention": "扶沟",
        "province": "河南省",
        "city": "周口市",
        "county": "扶沟县",
        "in_corpus": True,
    }
    assert (understood["aspect"], understood["narrowed_to"]) == ("measure", [157])
    assert "第一百五十七篇" in understood["note"]
    assert "供应土地2458.96亩" in body["answer"]["text"]
    assert (body["answer"]["abstained"], body["answer"]["reason"]) == (False, None)
    assert 1 in body["answer"]["cited_ranks"]
    assert body["index"].keys() == {"generation", "fingerprint"}
    assert body["took_ms"] > 0
    assert body["trace"] is None


def test_the_trace_gives_each_hits_scores(client: TestClient) -> None:
    body = asked(client, explain=True)
    hits = body["trace"]["hits"]
    assert [hit["passage_id"] for hit in hits] == [passage["id"] for passage in body["passages"]]
    assert hits[0].keys() >= {"lexical", "characters", "dense", "clause", "case", "place", "legs"}
    assert hits[0]["place"] == 1
    assert hits[0]["lexical"] > 0
    assert "土地" in body["trace"]["tokens"]


def test_every_passage_returned_is_exact_and_its_links_lead_to_it(client: TestClient) -> None:
    raw: dict[str, str] = {}
    for topic in topics()[::9]:
        for passage in asked(client, topic.question, top_k=10)["passages"]:
            document_id = passage["document_id"]
            raw.setdefault(document_id, client.get(f"/documents/{document_id}").json()["text"])
            assert raw[document_id][passage["start"] : passage["end"]] == passage["text"]
            for span in passage["highlights"]:
                assert passage["start"] <= span["start"] < span["end"] <= passage["end"]
            linked = client.get(urlsplit(passage["url"]).path)
            assert linked.status_code == 200
            fields = ("id", "start", "end", "text", "citation", "headings", "paragraph", "case", "url")
            assert {key: linked.json()[key] for key in fields} == {key: passage[key] for key in fields}


def test_search_gives_the_passages_of_ask_without_an_answer(client: TestClient) -> None:
    answered = asked(client, top_k=7)
    found = client.post("/search", json={"question": QUESTION, "top_k": 7}).json()
    assert found["passages"] == answered["passages"]
    assert "answer" not in found


def test_what_was_understood_can_be_taken_back(client: TestClient) -> None:
    body = asked(client, top_k=50, ignore=["place", "aspect", "place"])
    assert body["question"] == QUESTION
    understood = body["interpretation"]
    assert (understood["ignored"], understood["rewritten"]) == (["place", "aspect"], False)
    assert (understood["question"], understood["place"], understood["places"]) == ("是怎么保障土地的?", None, [])
    assert (understood["aspect"], understood["narrowed_to"], understood["note"]) == (None, [], "")
    assert len({passage["case"]["case_number"] for passage in body["passages"]}) > 1
    assert asked(client)["interpretation"]["ignored"] == []


def test_it_is_taken_back_of_a_follow_up_made_whole(client: TestClient) -> None:
    turns = [{"role": "user", "content": QUESTION}]
    body = asked(client, "那孟津呢？", messages=turns, ignore=["place"])
    assert body["question"] == "那孟津呢？"
    understood = body["interpretation"]
    assert (understood["rewritten"], understood["places"], understood["narrowed_to"]) == (True, [], [])
    assert "土地" in understood["question"]
    assert "孟津" not in understood["question"]


def test_a_question_of_which_nothing_is_left_asks_nothing(client: TestClient) -> None:
    body = asked(client, "扶沟怎么样", ignore=["place"])
    assert (body["answer"]["reason"], body["passages"]) == ("nothing_asked", [])


def test_why_a_passage_was_found_is_told_in_words(client: TestClient) -> None:
    passages = asked(client)["passages"]
    assert passages[0]["why"] == "正是所问的案例；问题里的词大半说到"
    assert all(passage["why"].startswith("正是所问的案例；") for passage in passages)
    assert not any("所问的案例" in passage["why"] for passage in asked(client, ignore=["place"])["passages"])


@pytest.mark.parametrize(("top_k", "count"), [(1, 1), (3, 3), (50, 32)])
def test_as_many_passages_as_asked_for(client: TestClient, top_k: int, count: int) -> None:
    body = asked(client, "项目建设的做法", top_k=top_k)
    assert [passage["rank"] for passage in body["passages"]] == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("filters", "field", "value"),
    [
        ({"city": "洛阳"}, "city", "洛阳市"),
        ({"county": "新郑市"}, "county", "新郑市"),
        ({"case_number": 155}, "case_number", 155),
        ({"case_number": "第一百五十五篇"}, "case_number", 155),
    ],
)
def test_filters_hold_for_every_passage(client: TestClient, filters: dict[str, Any], field: str, value: Any) -> None:
    passages = asked(client, "项目推进机制", top_k=50, filters=filters)["passages"]
    assert {passage["case"][field] for passage in passages} == {value}


def test_section_and_aspect_filters_hold_too(client: TestClient) -> None:
    passages = asked(client, "项目", filters={"headings": "加强调度考评"})["passages"]
    assert [passage["headings"] for passage in passages] == [["加强调度考评"]]
    passages = asked(client, "项目", top_k=50, filters={"aspect": "成效"})["passages"]
    assert {passage["aspect"] for passage in passages} == {"result"}


_LONG = "土地" * 5_000


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"question": ""}, "问题不能为空"),
        ({"question": " \n\u3000"}, "问题不能为空"),
        ({"question": _LONG}, "问题太长，最多 1000 个字"),
        ({"question": 5}, "问题应为文字"),
        ({"question": None}, "缺少问题"),
        ({}, "缺少问题"),
        ({"question": "土地", "top_k": 0}, "top_k不能小于 1"),
        ({"question": "土地", "top_k": 1000}, "top_k不能大于 50"),
        ({"question": "土地", "top_k": "5"}, "top_k应为整数"),
        ({"question": "土地", "top_k": 2.5}, "top_k应为整数"),
        ({"question": "土地", "explain": "是"}, "explain应为 true 或 false"),
        ({"question": "土地", "filters": "扶沟"}, "filters应为 JSON 对象"),
        ({"question": "土地", "filters": {"town": "x"}}, "不认识的字段 filters.town"),
        ({"question": "土地", "topk": 3}, "不认识的字段 topk"),
        ({"question": "土地", "ignore": ["town"]}, "应为 place、case、year、aspect、figure 之一"),
        ({"question": "土地", "ignore": "place"}, "ignore应为列表"),
        ({"question": "土地", "ignore": ["place"] * 6}, "ignore太多，最多 5 个"),
        ([], "请求体应为 JSON 对象"),
    ],
)
@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_bad_input_is_told_in_chinese(client: TestClient, path: str, body: Any, told: str) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "invalid_request"
    assert told in error["message"]


@pytest.mark.parametrize("content", [b"", b"{", "{“question”：1}".encode(), b"\xff\xfe", b"null"])
def test_what_is_no_json_is_told_in_chinese(client: TestClient, content: bytes) -> None:
    response = client.post("/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_request"
    assert "请求体" in response.json()["error"]["message"]


def test_half_a_character_is_told_in_chinese(client: TestClient) -> None:
    response = client.post("/ask", content=b'{"question": "\\ud800"}', headers={"content-type": "application/json"})
    assert response.status_code == 422
    fields = [{"field": "question", "message": "问题的值不能用"}]
    assert response.json()["error"] == {"code": "invalid_request", "message": "问题的值不能用。", "fields": fields}


@pytest.mark.parametrize(
    "filters", [{"county": "兰考县"}, {"case_number": 999}, {"aspect": "好"}, {"headings": "无"}, {"document_id": "x"}]
)
def test_an_unknown_filter_value_is_told_with_the_known_ones(client: TestClient, filters: dict[str, Any]) -> None:
    response = client.post("/ask", json={"question": "土地", "filters": filters})
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "unknown_filter"
    assert "可选" in error["message"]


@pytest.mark.parametrize("question", ["？？？", "怎么", "你好", "开封市怎么保障土地", "第九百篇讲什么"])
def test_silence_is_an_answer_with_a_reason(client: TestClient, question: str) -> None:
    answer = asked(client, question)["answer"]
    assert answer["abstained"]
    assert answer["reason"] in {
        "nothing_asked",
        "off_topic",
        "not_covered",
        "place_unknown",
        "case_unknown",
        "year_unknown",
    }
    assert answer["cited_ranks"] == []
    assert answer["text"]


def test_a_huge_body_is_refused_declared_or_not(client: TestClient) -> None:
    huge = b'{"question": "' + b"x" * (2 << 20) + b'"}'
    for content in (huge, iter([huge])):
        response = client.post("/ask", content=content, headers={"content-type": "application/json"})
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize("question", ["<script>alert(1)</script>", "' OR 1=1 --", "\u202e倒着", "🙂土地", "a" * 1000])
def test_strange_questions_do_no_harm(client: TestClient, question: str) -> None:
    assert asked(client, question)["question"] == question


def test_the_cases_in_order(client: TestClient) -> None:
    cases = client.get("/cases").json()["cases"]
    assert [case["case_number"] for case in cases] == [153, 154, 155, 156, 157]
    assert cases[4]["label"] == "第一百五十七篇"
    assert (cases[4]["province"], cases[4]["city"], cases[4]["county"]) == ("河南省", "周口市", "扶沟县")
    assert {case["document_title"] for case in cases} == {"2021年河南省优化营商环境典型案例汇编"}
    for case in cases:
        sections = client.get(f"/cases/{case['case_number']}").json()["sections"]
        assert case["paragraph_count"] == sum(len(section["paragraphs"]) for section in sections) > 1


def test_a_case_whole(client: TestClient, compilation: Document) -> None:
    case = client.get("/cases/157").json()
    assert [section["part"] for section in case["sections"]] == ["lead", "body", "body", "body", "body", "closing"]
    for section in case["sections"]:
        for paragraph in section["paragraphs"]:
            assert compilation.text[paragraph["start"] : paragraph["end"]] == paragraph["text"]


def test_a_document_whole(client: TestClient, compilation: Document) -> None:
    assert client.get(f"/documents/{compilation.id}").json() == {
        "id": compilation.id,
        "title": compilation.title,
        "text": compilation.text,
    }


def test_a_link_stays_valid_when_the_text_is_cut_otherwise(client: TestClient, compilation: Document) -> None:
    start = compilation.text.index("供应土地2458.96亩")
    linked = client.get(f"/passages/{compilation.id}:{start}-{start + 13}").json()
    assert linked["text"] == compilation.text[start : start + 13]
    assert linked["headings"] == ["强化要素保障"]


@pytest.mark.parametrize(
    "path",
    [
        "/cases/999",
        "/documents/nothing",
        "/passages/nothing:0-5",
        "/passages/nothing",
        "/passages/henan-2021-cases-153-157:0-6150",
        "/passages/henan-2021-cases-153-157:9-5",
        "/passages/henan-2021-cases-153-157:0-99999",
        "/" + quote("没有的地址"),
    ],
)
def test_what_is_not_there_is_told_in_chinese(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("number", ["abc", "-1", "1.5"])
def test_a_case_number_that_is_none_is_told(client: TestClient, number: str) -> None:
    response = client.get(f"/cases/{number}")
    assert response.status_code == 422
    assert "篇号" in response.json()["error"]["message"]


def test_a_wrong_method_is_told_in_chinese(client: TestClient) -> None:
    response = client.get("/ask")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


def test_health_readiness_and_documentation(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["case_count"], ready["passage_count"]) == ("ready", 5, 32)
    documentation = client.get("/docs")
    assert documentation.status_code == 200
    assert "//" not in documentation.text.replace("<!DOCTYPE", "").replace("http://www.w3.org", "")
    assert client.get("/openapi.json").json()["info"]["title"] == "案问"


def test_many_at_once_get_what_one_gets(client: TestClient) -> None:
    questions = [topic.question for topic in topics()[::7]]
    alone = [asked(client, question)["passages"] for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: asked(client, question)["passages"], questions))
    assert together == alone
