"""What a page begins with."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import api.compilation.examples
from api.settings import Settings
from qa.asking import Reader
from tests.api.sending import NEW, ended, from_here, send, serving_here, small_home
from tests.fakes import HashedEncoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("about"))


def about(client: TestClient, **headers: str) -> dict[str, Any]:
    response = client.get("/about", headers=headers)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_the_bundled_compilation_tells_its_size_and_what_to_ask(client: TestClient) -> None:
    found = about(client)
    assert (found["document_count"], found["case_count"], found["passage_count"]) == (1, 5, 32)
    assert found["generation"] == client.get("/readyz").json()["index"]["generation"]
    assert len(found["examples"]) == 6
    assert "扶沟供应了多少亩土地？" in found["examples"]
    assert (found["feedback"], found["composer"]) == (True, None)


def test_every_example_told_is_answered_by_ask(client: TestClient) -> None:
    for question in about(client)["examples"]:
        assert not client.post("/ask", json={"question": question}).json()["answer"]["abstained"]


def test_who_may_import_is_told_as_it_is_for_this_client(folder: Path) -> None:
    with serving_here(folder) as client:
        assert about(client)["imports"] == "here"
        assert about(client, origin="https://evil.example")["imports"] == "closed"
    with from_here(Settings(home=folder), HashedEncoder(), host="192.0.2.7") as client:
        assert about(client)["imports"] == "closed"
    keyed = Settings.model_validate({"home": folder, "admin_key": "口令"})
    with from_here(keyed, HashedEncoder(), host="192.0.2.7") as client:
        assert about(client)["imports"] == "key"


def test_whether_feedback_is_kept_and_which_model_writes_is_told(folder: Path) -> None:
    with serving_here(folder, feedback=False, llm_base_url="http://127.0.0.1:9/v1", llm_model="qwen") as client:
        found = about(client)
        assert (found["feedback"], found["composer"]) == (False, "qwen")


def test_the_examples_are_found_once_for_each_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[int] = []

    def counted(reader: Reader) -> tuple[str, ...]:
        cases.append(len(reader.generation.documents))
        return (f"第{len(cases)}次？",)

    monkeypatch.setattr(api.compilation.examples, "examples", counted)
    with serving_here(small_home(tmp_path)) as client:
        assert cases == []
        assert [about(client)["examples"] for _ in range(3)] == [["第1次？"]] * 3
        assert ended(client, send(client, ("乙县.txt", NEW)))["status"] == "done"
        assert about(client)["examples"] == ["第2次？"]
    assert cases == [1, 2]


def test_a_server_without_an_index_says_why(tmp_path: Path) -> None:
    with serving_here(tmp_path / "nothing") as client:
        response = client.get("/about")
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "index_missing"
