"""What a client is told of a request that cannot be answered: which field, which kind of content, which method."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.sending import serving_here, small_home


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with serving_here(small_home(tmp_path_factory.mktemp("home"))) as client:
        yield client


def error(response: Any) -> tuple[int, str, list[str]]:
    """Status, code and the fields that are named."""
    told = response.json()["error"]
    assert any("一" <= char <= "鿿" for char in told["message"]), told
    assert all(each["message"] in told["message"] for each in told["fields"])
    return response.status_code, told["code"], [each["field"] for each in told["fields"]]


@pytest.mark.parametrize(
    ("path", "sent", "fields"),
    [
        ("/ask", {"question": 1, "top_k": 0}, ["question", "top_k"]),
        ("/search", {"question": "养老", "filters": {"city": 1}}, ["filters.city"]),
        ("/search", {"question": "养老", "filters": {"case_number": True}}, ["filters.case_number"]),
        ("/search", {"question": "养老", "filters": {"headings": [1]}}, ["filters.headings.0"]),
        ("/search", {"question": "养老", "filters": {"section": "做法"}}, ["filters.section"]),
        ("/ask", {"messages": [{"role": "robot", "content": "养老"}]}, ["messages.0.role"]),
        ("/ask", {}, [""]),
        ("/compare", {}, [""]),
        ("/compare", {"question": "养老", "places": [""]}, ["places.0"]),
        ("/ask", {"question": "养老", "query": "物流"}, [""]),
        ("/feedback", {"question": "养老", "helpful": True}, ["abstained"]),
    ],
)
def test_a_body_that_cannot_be_used_is_told_by_its_fields(
    serving: TestClient, path: str, sent: dict[str, Any], fields: list[str]
) -> None:
    assert error(serving.post(path, json=sent)) == (422, "invalid_request", fields)


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/search", ["q"]),
        ("/search?q=养老&top_k=x", ["top_k"]),
        ("/search?q=%20", ["q"]),
        ("/search?q=养老&n=1", ["n"]),
        ("/cases/x", ["case_number"]),
        ("/figures?limit=0", ["limit"]),
    ],
)
def test_an_address_that_cannot_be_used_is_told_by_its_parts(
    serving: TestClient, address: str, fields: list[str]
) -> None:
    assert error(serving.get(address)) == (422, "invalid_request", fields)


def test_a_filter_that_nothing_has_is_named(serving: TestClient) -> None:
    posted = serving.post("/search", json={"question": "养老", "filters": {"headings": ["无"]}})
    assert error(posted) == (422, "unknown_filter", ["filters.headings"])
    assert error(serving.get("/search?q=养老&county=乙县")) == (422, "unknown_filter", ["county"])


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_another_kind_of_content_than_json_is_refused(serving: TestClient, kind: str) -> None:
    response = serving.post("/ask", content='{"question": "养老"}'.encode(), headers={"content-type": kind})
    assert error(response) == (415, "unsupported_media_type", [])
    assert "application/json" in response.json()["error"]["message"]


def test_json_by_a_longer_name_is_read(serving: TestClient) -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.api+json"):
        asked = serving.post("/search", content='{"question": "养老"}'.encode(), headers={"content-type": kind})
        assert asked.json()["passages"] != []


def test_another_kind_of_content_than_a_form_is_refused_where_files_are_sent(serving: TestClient) -> None:
    assert error(serving.post("/documents", json={"files": ["乙县.txt"]})) == (415, "unsupported_media_type", [])
    assert error(serving.post("/documents", files=[("file", ("乙县.txt", "乙县"))])) == (
        422,
        "invalid_request",
        ["files"],
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/ask", "POST"),
        ("DELETE", "/search", "GET, POST"),
        ("PUT", "/documents", "GET, POST"),
        ("POST", "/documents/甲县", "DELETE, GET"),
        ("PATCH", "/feedback", "GET, POST"),
        ("OPTIONS", "/cases", "GET"),
    ],
)
def test_another_method_is_told_which_there_are(serving: TestClient, method: str, path: str, allowed: str) -> None:
    response = serving.request(method, path)
    assert error(response) == (405, "method_not_allowed", [])
    assert response.headers["allow"] == allowed


def test_a_question_may_be_called_query(serving: TestClient) -> None:
    for path in ("/ask", "/search", "/compare"):
        plain = serving.post(path, json={"question": "养老服务中心有几个"}).json()
        other = serving.post(path, json={"query": "养老服务中心有几个"}).json()
        both = serving.post(path, json={"query": "养老服务中心有几个", "question": "养老服务中心有几个"}).json()
        for each in (plain, other, both):
            del each["took_ms"]
        assert plain == other == both
        assert plain["question"] == "养老服务中心有几个"


def test_a_question_in_the_address_finds_what_a_posted_one_does(serving: TestClient) -> None:
    found = serving.get(
        "/search", params={"q": "养老服务", "top_k": 1, "document_id": "甲县", "ignore": ["place"]}
    ).json()
    asked = {"question": "养老服务", "top_k": 1, "filters": {"document_id": "甲县"}, "ignore": ["place"]}
    posted = serving.post("/search", json=asked).json()
    assert found["passages"] == posted["passages"] != []
    assert found["interpretation"]["ignored"] == ["place"]
