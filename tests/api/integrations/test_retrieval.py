"""Dify's and RAGFlow's ways to retrieve: passages exact, filtered before they are ranked, errors in their own form."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.errors import Busy, Forbidden, RateLimited, Unauthorized
from corpus.document import Document
from index.change import change
from tests.api.sending import serving_here
from tests.fakes import HashedEncoder
from tests.index.small import FUGOU, XINZHENG, document

QUESTION = "怎么保障项目用地"

MANY = document(
    "fugou",
    "扶沟县保障项目用地",
    FUGOU,
    *[f"第{number}条，保障项目用地{number}00亩，优先供应土地。" for number in range(1, 13)],
)
FEW = replace(
    document(
        "xinzheng",
        "新郑市推进项目建设",
        XINZHENG,
        "项目用地保障<b>到位</b>，供应土地86亩。",
        "审批压缩到3天。",
        number=2,
    ),
    title="2020年项目建设",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("retrieval")
    change(home / "index", HashedEncoder(), [MANY, FEW])
    with serving_here(home) as client:
        yield client


def dify(client: TestClient, query: str = QUESTION, **more: Any) -> list[dict[str, Any]]:
    response = client.post("/retrieval", json={"knowledge_id": "anwen", "query": query, **more})
    assert response.status_code == 200, response.text
    records: list[dict[str, Any]] = response.json()["records"]
    return records


def ragflow(client: TestClient, question: str = QUESTION, **more: Any) -> dict[str, Any]:
    response = client.post("/api/v1/retrieval", json={"question": question, "dataset_ids": ["anwen"], **more})
    assert response.status_code == 200, response.text
    assert response.json()["code"] == 0, response.text
    data: dict[str, Any] = response.json()["data"]
    return data


def assert_exact(text: str, metadata: dict[str, Any]) -> None:
    """A text is the characters of the document where it says it stands."""
    documents: dict[str, Document] = {each.id: each for each in (MANY, FEW)}
    assert documents[metadata["document_id"]].text[metadata["start"] : metadata["end"]] == text


def only(name: str, operator: str, value: Any) -> dict[str, Any]:
    condition = {"name": name, "comparison_operator": operator, "value": value}
    return {"metadata_condition": {"logical_operator": "and", "conditions": [condition]}}


def test_dify_has_passages_with_where_they_stand(client: TestClient) -> None:
    records = dify(client, retrieval_setting={"top_k": 20, "score_threshold": 0})
    searched = client.post("/search", json={"question": QUESTION, "top_k": 20}).json()["passages"]
    assert [record["content"] for record in records] == [passage["text"] for passage in searched]
    assert len(records) == 14
    for record, passage in zip(records, searched, strict=True):
        assert record.keys() == {"content", "score", "title", "metadata"}
        assert 0 <= record["score"] <= 1
        assert record["title"] == passage["citation"]
        assert_exact(record["content"], record["metadata"])
        assert record["metadata"]["url"] == passage["url"]
        assert None not in record["metadata"].values()
    metadata = next(record["metadata"] for record in records if "<b>" in record["content"])
    expected = {
        "document_id": "xinzheng",
        "document_title": "2020年项目建设",
        "year": 2020,
        "case_number": 2,
        "case_title": "新郑市推进项目建设",
        "province": "河南省",
        "city": "郑州市",
        "county": "新郑市",
        "headings": ["主要做法"],
        "part": "body",
        "paragraph": 1,
    }
    assert expected.items() <= metadata.items()


def test_a_question_that_is_not_answered_has_passages_too(client: TestClient) -> None:
    assert client.post("/ask", json={"question": "孟津怎么保障项目用地"}).json()["answer"]["abstained"]
    assert dify(client, "孟津怎么保障项目用地")
    assert ragflow(client, "孟津怎么保障项目用地")["total"]


@pytest.mark.parametrize(
    ("setting", "count"), [(None, 5), ({"top_k": None}, 5), ({"top_k": 3}, 3), ({"top_k": 999}, 14)]
)
def test_dify_says_how_many(client: TestClient, setting: dict[str, Any] | None, count: int) -> None:
    assert len(dify(client, retrieval_setting=setting)) == count


def test_dify_says_how_good(client: TestClient) -> None:
    scores = [record["score"] for record in dify(client, retrieval_setting={"top_k": 20})]
    middle = scores[6]
    kept = dify(client, retrieval_setting={"top_k": 20, "score_threshold": middle})
    assert [record["score"] for record in kept] == [score for score in scores if score >= middle]
    assert 0 < len(kept) < 14
    off = {"top_k": 20, "score_threshold": 1, "score_threshold_enabled": False}
    assert len(dify(client, retrieval_setting=off)) == 14
    assert dify(client, retrieval_setting=off | {"score_threshold_enabled": True}) == []


def test_conditions_hold_before_passages_are_ranked(client: TestClient) -> None:
    """Passages of 新郑 come after twelve others, and fill what was asked for all the same."""
    first = dify(client, retrieval_setting={"top_k": 2})
    assert {record["metadata"]["county"] for record in first} == {"扶沟县"}
    found = dify(client, retrieval_setting={"top_k": 2}, **only("county", "is", "新郑市"))
    assert [record["metadata"]["document_id"] for record in found] == ["xinzheng"] * 2
    chunks = ragflow(client, page_size=2, **only("county", "is", "新郑市"))["chunks"]
    assert [chunk["document_id"] for chunk in chunks] == ["xinzheng"] * 2
    link = found[0]["metadata"]["url"]
    assert [record["metadata"]["url"] for record in dify(client, **only("url", "is", link))] == [link]
    assert dify(client, **only("county", "is", "兰考县")) == []
    assert ragflow(client, **only("county", "is", "兰考县")) == {"chunks": [], "doc_aggs": [], "total": 0}


def test_a_place_of_the_question_and_a_condition_hold_together(client: TestClient) -> None:
    found = dify(client, "扶沟怎么保障项目用地", retrieval_setting={"top_k": 20}, **only("paragraph", "≤", 3))
    assert sorted(record["metadata"]["paragraph"] for record in found) == [1, 2, 3]
    assert {record["metadata"]["county"] for record in found} == {"扶沟县"}


def test_the_id_of_a_document_is_a_knowledge_base_of_its_own(client: TestClient) -> None:
    found = dify(client, knowledge_id="xinzheng", retrieval_setting={"top_k": 20})
    assert [record["metadata"]["document_id"] for record in found] == ["xinzheng"] * 2
    chunks = ragflow(client, dataset_ids=None, document_ids=["xinzheng"])["chunks"]
    assert [chunk["document_id"] for chunk in chunks] == ["xinzheng"] * 2


@pytest.mark.parametrize(
    "request_",
    [{}, {"json": {}}, {"json": None}, {"json": {"query": ""}}, {"json": {"knowledge_id": "?", "query": " "}}],
)
def test_dify_tries_a_connection_without_a_question(client: TestClient, request_: dict[str, Any]) -> None:
    response = client.post("/retrieval", **request_)
    assert (response.status_code, response.json()) == (200, {"records": []})


@pytest.mark.parametrize(
    ("body", "status", "code", "told"),
    [
        ({"knowledge_id": "other"}, 404, 2001, "没有编号为“other”的知识库"),
        ({"knowledge_id": None}, 404, 2001, "knowledge_id"),
        (only("author", "is", "x"), 422, 422, "author"),
        (only("county", "like", "x"), 422, 422, "比较方式"),
        ({"query": "问" * 1001}, 422, 422, "最多 1000 个字"),
        ({"retrieval_setting": {"top_k": 0}}, 422, 422, "top_k"),
    ],
)
def test_dify_hears_of_errors_in_its_form(
    client: TestClient, body: dict[str, Any], status: int, code: int, told: str
) -> None:
    response = client.post("/retrieval", json={"knowledge_id": "anwen", "query": QUESTION} | body)
    answer = response.json()
    assert (response.status_code, answer["error_code"]) == (status, code)
    assert answer.keys() == {"error_code", "error_msg"}
    assert told in answer["error_msg"]


def test_ragflow_has_chunks_with_what_they_are_worth(client: TestClient) -> None:
    data = ragflow(client, similarity_threshold=0)
    searched = client.post("/search", json={"question": QUESTION, "top_k": 20, "explain": True}).json()
    assert [chunk["id"] for chunk in data["chunks"]] == [passage["id"] for passage in searched["passages"]]
    for chunk, passage, hit in zip(data["chunks"], searched["passages"], searched["trace"]["hits"], strict=True):
        assert (chunk["content"], chunk["url"]) == (passage["text"], passage["url"])
        assert_exact(chunk["content"], chunk["metadata"])
        assert (chunk["dataset_id"], chunk["highlight"], chunk["positions"]) == ("anwen", None, [])
        assert chunk["similarity"] == pytest.approx(passage["score"])
        assert chunk["vector_similarity"] == pytest.approx(hit["dense"], abs=1e-6)
        assert chunk["term_similarity"] == pytest.approx(hit["lexical"], abs=1e-6)
    assert data["doc_aggs"] == [
        {"doc_id": "fugou", "doc_name": "扶沟县保障项目用地", "count": 12},
        {"doc_id": "xinzheng", "doc_name": "2020年项目建设", "count": 2},
    ]
    assert data["total"] == 14


def test_ragflow_turns_pages(client: TestClient) -> None:
    whole = ragflow(client, similarity_threshold=0)
    pages = [ragflow(client, similarity_threshold=0, page=page, page_size=5) for page in (1, 2, 3, 4)]
    assert [len(page["chunks"]) for page in pages] == [5, 5, 4, 0]
    assert [chunk for page in pages for chunk in page["chunks"]] == whole["chunks"]
    for page in pages:
        assert (page["total"], page["doc_aggs"]) == (14, whole["doc_aggs"])
    assert ragflow(client, top_k=3, similarity_threshold=0)["total"] == 3


@pytest.mark.parametrize("weight", [0, 0.3, 1])
def test_ragflow_weighs_words_and_meaning_as_it_is_told(client: TestClient, weight: float) -> None:
    chunks = ragflow(client, vector_similarity_weight=weight, similarity_threshold=0)["chunks"]
    for chunk in chunks:
        mixed = weight * chunk["vector_similarity"] + (1 - weight) * chunk["term_similarity"]
        assert chunk["similarity"] == pytest.approx(mixed)
    similarities = [chunk["similarity"] for chunk in chunks]
    assert similarities == sorted(similarities, reverse=True)
    middle = similarities[5]
    kept = ragflow(client, vector_similarity_weight=weight, similarity_threshold=middle)
    assert kept["total"] == sum(similarity >= middle for similarity in similarities)


def test_ragflow_marks_the_sentences_that_answer(client: TestClient) -> None:
    chunks = ragflow(client, highlight=True, **only("county", "is", "新郑市"))["chunks"]
    chunk = next(chunk for chunk in chunks if "<b>" in chunk["content"])
    assert chunk["highlight"] == "<em>项目用地保障&lt;b&gt;到位&lt;/b&gt;，供应土地86亩。</em>"


@pytest.mark.parametrize("question", ["", "  "])
def test_ragflow_finds_nothing_for_no_question(client: TestClient, question: str) -> None:
    assert ragflow(client, question) == {"chunks": [], "doc_aggs": [], "total": 0}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"question": None}, "问题"),
        ({"dataset_ids": None}, "dataset_ids"),
        ({"dataset_ids": ["other"]}, "没有编号为“other”的数据集"),
        ({"document_ids": ["other"]}, "没有编号为“other”的文档"),
        ({"page": 0}, "页码"),
        (only("author", "is", "x"), "author"),
        (only("page", ">", "多"), "数字"),
    ],
)
def test_ragflow_hears_of_errors_in_its_form(client: TestClient, body: dict[str, Any], told: str) -> None:
    response = client.post("/api/v1/retrieval", json={"question": QUESTION, "dataset_ids": ["anwen"]} | body)
    answer = response.json()
    assert (response.status_code, answer["code"], answer["data"]) == (200, 102, None)
    assert told in answer["message"]


REFUSALS = [
    (Unauthorized("没有口令"), {}, (403, 1001), (200, 109), 401),
    (Unauthorized("口令不对"), {"authorization": "Basic abc"}, (403, 1001), (200, 109), 401),
    (Unauthorized("口令不对"), {"authorization": "Bearer "}, (403, 1001), (200, 109), 401),
    (Unauthorized("口令不对"), {"authorization": "Bearer wrong"}, (403, 1002), (200, 109), 401),
    (Forbidden("不能提问"), {"authorization": "Bearer other"}, (403, 1002), (200, 108), 403),
    (RateLimited("太快", 7), {"authorization": "Bearer good"}, (429, 429), (429, 102), 429),
    (Busy("太忙", 2), {}, (503, 503), (503, 100), 503),
    (RuntimeError("secret"), {}, (500, 500), (500, 100), 500),
]


@pytest.mark.parametrize(("error", "headers", "of_dify", "of_ragflow", "of_openai"), REFUSALS)
def test_who_may_not_ask_is_told_before_anything_is_read(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    headers: dict[str, str],
    of_dify: tuple[int, int],
    of_ragflow: tuple[int, int],
    of_openai: int,
) -> None:
    def refuse(_request: object) -> None:
        raise error

    monkeypatch.setattr("api.integrations.speaking.check_may_ask", refuse)
    paths = ("/retrieval", "/api/v1/retrieval", "/v1/chat/completions")
    by_dify, by_ragflow, by_openai = (client.post(path, content=b"{", headers=headers) for path in paths)
    assert (by_dify.status_code, by_dify.json()["error_code"]) == of_dify
    assert (by_ragflow.status_code, by_ragflow.json()["code"]) == of_ragflow
    assert by_openai.status_code == client.get("/v1/models", headers=headers).status_code == of_openai
    for response in (by_dify, by_ragflow, by_openai):
        assert "secret" not in response.text
        assert response.headers.get("retry-after") == {429: "7", 503: "2"}.get(of_openai)
    if of_openai == 401:
        assert by_openai.headers["www-authenticate"].startswith("Bearer")
        assert by_openai.json()["error"]["code"] == "invalid_api_key"


def test_what_is_sent_as_another_kind_of_content_is_told(client: TestClient) -> None:
    sent: dict[str, Any] = {"content": b"question=1", "headers": {"content-type": "text/plain"}}
    by_dify, by_ragflow = client.post("/retrieval", **sent), client.post("/api/v1/retrieval", **sent)
    by_openai = client.post("/v1/chat/completions", **sent)
    assert (by_dify.status_code, by_dify.json()["error_code"]) == (415, 415)
    assert (by_ragflow.status_code, by_ragflow.json()["code"]) == (200, 102)
    assert (by_openai.status_code, by_openai.json()["error"]["code"]) == (415, "unsupported_media_type")
    for response in (by_dify, by_ragflow, by_openai):
        assert "application/json" in response.text
