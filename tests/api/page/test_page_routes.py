"""The page's addresses: who gets the page, who gets what lies behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.sending import OLD, serving_here, small_home

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"accept": "application/json"}
PASSAGE = f"/passages/甲县:{OLD.index('甲县建成')}-{len(OLD) - 1}"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[TestClient]:
    with serving_here(small_home(tmp_path / "home")) as client:
        yield client


def test_at_the_address_of_a_passage_a_browser_gets_the_page_and_a_program_the_passage(serving: TestClient) -> None:
    page, found = (serving.get(PASSAGE, headers=headers) for headers in (BROWSER, PROGRAM))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (found.status_code, found.json()["text"]) == (200, OLD.splitlines()[1])


def test_a_store_between_never_gives_one_for_the_other(serving: TestClient) -> None:
    for headers in (BROWSER, PROGRAM):
        assert "accept" in serving.get(PASSAGE, headers=headers).headers["vary"].lower()


def test_the_page_itself_tells_that_a_passage_is_unknown(serving: TestClient) -> None:
    assert serving.get("/passages/丙县:0-5", headers=BROWSER).status_code == 200
    response = serving.get("/passages/丙县:0-5", headers=PROGRAM)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/", "/compare", "/browse", "/read", "/import", PASSAGE])
def test_without_an_index_the_page_is_there_to_say_so(path: str, tmp_path: Path) -> None:
    with serving_here(tmp_path / "nothing") as client:
        assert client.get(path, headers=BROWSER).status_code == 200
        assert client.head(path, headers=BROWSER).status_code == 200
        assert client.get("/about").json()["error"]["code"] == "index_missing"


def test_the_page_names_no_file_that_is_not_served(serving: TestClient) -> None:
    assert serving.get("/static/../app.py").status_code == 404
    assert serving.get("/static/%2e%2e/app.py").status_code == 404


def test_an_address_that_is_none_is_told_to_people_by_the_page_and_to_programs_by_a_code(serving: TestClient) -> None:
    page, told = (serving.get("/nothing-here", headers=headers) for headers in (BROWSER, PROGRAM))
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (told.status_code, told.json()["error"]["code"]) == (404, "not_found")
