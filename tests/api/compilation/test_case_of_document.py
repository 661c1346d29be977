"""From a position of a document to the case it lies in, and the list of all there is to read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from corpus.document import Aside, Document, Origin, Place
from index.change import change
from tests.api.sending import serving_here
from tests.fakes import HashedEncoder
from tests.index.small import FUGOU, XINZHENG, document

BETWEEN = "\n——第二部分——\n"
FIRST = document("x", "扶沟县保障用地", FUGOU, "供应土地2458亩。", "盘活土地23宗。")
SECOND = document("x", "新郑市推进项目", XINZHENG, "签约项目86个。", number=2)
LETTER = document("letter", "编后记", Place(), "各地的做法值得学习。")


def compilation() -> Document:
    """Return two cases with an aside before each, on two pages."""
    head = "目录\n"
    first_at, second_at = len(head), len(head) + len(FIRST.text) + len(BETWEEN)
    return Document(
        "volume",
        "典型案例汇编",
        head + FIRST.text + BETWEEN + SECOND.text,
        (moved(FIRST, first_at), moved(SECOND, second_at)),
        (Aside(0, first_at, "目录"), Aside(second_at - len(BETWEEN), second_at, "分隔")),
        (Origin(first_at, page=3, paragraph=7), Origin(second_at, page=4)),
    )


def moved(each: Document, by: int) -> Any:
    """Return the case of a document as it stands further on in another, its title the heading of its section."""
    (case,) = each.cases
    sections = tuple(
        replace(
            section,
            heading=(by + len(case.title) + 1, by + len(case.title) + 7),
            paragraphs=tuple(replace(own, start=own.start + by, end=own.end + by) for own in section.paragraphs),
        )
        for section in case.sections
    )
    return replace(case, start=by, end=by + case.end, sections=sections)


VOLUME = compilation()


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a server over a compilation of two cases, and a letter that is no case."""
    home: Path = tmp_path_factory.mktemp("volume")
    letter = replace(LETTER, cases=(replace(LETTER.cases[0], number=None, label=""),))
    change(home / "index", HashedEncoder(), [VOLUME, letter])
    with serving_here(home) as client:
        yield client


def case_at(client: TestClient, at: int, document_id: str = "volume") -> dict[str, Any]:
    response = client.get(f"/documents/{document_id}/case", params={"at": at})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_every_position_of_a_case_leads_to_it_and_one_of_none_to_the_case_before_else_the_first(
    volume: TestClient,
) -> None:
    first, second = VOLUME.cases
    for at in range(len(VOLUME.text)):
        assert case_at(volume, at)["case_number"] == (2 if at >= second.start else 1), at
    assert case_at(volume, first.end + 2)["title"] == first.title


def test_a_case_is_told_with_its_document_and_where_it_stands_in_the_original(volume: TestClient) -> None:
    body = case_at(volume, VOLUME.text.index("盘活"))
    assert (body["document_id"], body["document_title"], body["paragraph_count"]) == ("volume", "典型案例汇编", 2)
    (section,) = body["sections"]
    assert VOLUME.text[section["heading"]["start"] : section["heading"]["end"]] == "一、主要做法"
    for paragraph in section["paragraphs"]:
        assert VOLUME.text[paragraph["start"] : paragraph["end"]] == paragraph["text"] != ""
        assert (paragraph["page"], paragraph["original_paragraph"]) == (3, 7)
    (section,) = case_at(volume, len(VOLUME.text) - 1)["sections"]
    assert [(each["page"], each["original_paragraph"]) for each in section["paragraphs"]] == [(4, None)]


def test_a_document_without_cases_is_read_whole_and_has_no_original_pages(volume: TestClient) -> None:
    body = case_at(volume, 0, "letter")
    assert (body["case_number"], body["label"], body["title"]) == (None, "", "编后记")
    (paragraph,) = body["sections"][0]["paragraphs"]
    assert (paragraph["page"], paragraph["original_paragraph"]) == (None, None)
    assert body["sections"][0]["heading"] is None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/documents/nothing/case?at=0", "没有编号为“nothing”的文档"),
        (f"/documents/volume/case?at={len(VOLUME.text)}", f"只有 {len(VOLUME.text)} 个字"),
        (f"/documents/volume/case?at={10**30}", "没有第"),
    ],
)
def test_what_is_not_there_is_told_in_chinese(volume: TestClient, path: str, told: str) -> None:
    response = volume.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert told in response.json()["error"]["message"]


@pytest.mark.parametrize(("query", "told"), [("", "缺少at"), ("?at=-1", "at不能小于 0"), ("?at=x", "at应为整数")])
def test_a_position_that_is_none_is_told_in_chinese(volume: TestClient, query: str, told: str) -> None:
    response = volume.get(f"/documents/volume/case{query}")
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    assert told in response.json()["error"]["message"]


def test_parts_without_a_number_are_in_the_list_where_all_are_asked_for(volume: TestClient) -> None:
    numbered = volume.get("/cases").json()["cases"]
    assert [case["case_number"] for case in numbered] == [1, 2]
    whole = volume.get("/cases", params={"all": True}).json()["cases"]
    assert [case for case in whole if case["case_number"] is not None] == numbered
    (letter,) = (case for case in whole if case["case_number"] is None)
    assert (letter["document_id"], letter["document_title"], letter["paragraph_count"]) == ("letter", "编后记", 1)
