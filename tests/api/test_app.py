import logging
import os
import threading
import time
from pathlib import Path
from shutil import copytree

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings, SettingsError, from_environment
from api.state import State, opened
from index.encoder import SentenceEncoder
from index.errors import ModelError
from tests.fakes import HashedEncoder


@pytest.fixture
def without_index(tmp_path: Path, encoder: SentenceEncoder) -> TestClient:
    settings = Settings(home=tmp_path)
    return TestClient(create_app(settings, lambda: opened(settings, encoder)))


def test_without_an_index_the_server_lives_and_says_why_it_cannot_answer(without_index: TestClient) -> None:
    with without_index as client:
        assert client.get("/healthz").status_code == 200
        for response in (client.get("/readyz"), client.post("/ask", json={"question": "土地"}), client.get("/cases")):
            assert response.status_code == 503
            assert response.json()["error"]["code"] == "index_missing"
            assert "anwen index" in response.json()["error"]["message"]


def test_a_corrupt_index_is_said(home: Path, tmp_path: Path, encoder: SentenceEncoder) -> None:
    copytree(home, tmp_path / "home")
    (found,) = (tmp_path / "home").rglob("dense.faiss")
    found.write_bytes(b"")
    settings = Settings(home=tmp_path / "home")
    with TestClient(create_app(settings, lambda: opened(settings, encoder))) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.json()["error"]["code"]) == (503, "index_corrupt")


def test_a_model_that_cannot_be_loaded_is_said() -> None:
    def fail() -> State:
        raise ModelError("无法载入嵌入模型。")

    with TestClient(create_app(Settings(), fail)) as client:
        response = client.post("/ask", json={"question": "土地"})
        assert (response.status_code, response.json()["error"]["code"]) == (503, "model_unavailable")


def test_an_unexpected_fault_shows_no_traceback(
    home: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.questions.answering.retrieve", fail)
    settings = Settings(home=home)
    application = create_app(settings, lambda: opened(settings, encoder))
    with TestClient(application, raise_server_exceptions=False) as client, caplog.at_level(logging.CRITICAL):
        response = client.post("/ask", json={"question": "土地"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal"
    assert "secret" not in response.text


def test_links_begin_with_the_address_in_the_settings(home: Path, encoder: SentenceEncoder) -> None:
    settings = Settings(home=home, base_url="https://anwen.example.gov.cn/")
    with TestClient(create_app(settings, lambda: opened(settings, encoder))) as client:
        url = client.post("/search", json={"question": "土地"}).json()["passages"][0]["url"]
    assert url.startswith("https://anwen.example.gov.cn/passages/henan-2021")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ANWEN_")]:
        monkeypatch.delenv(name)
    assert from_environment() == Settings(host="127.0.0.1", port=8000, home=Path("var"))
    monkeypatch.setenv("ANWEN_PORT", "9000")
    monkeypatch.setenv("ANWEN_HOME", "/data")
    assert (from_environment().port, from_environment().index_root) == (9000, Path("/data/index"))


@pytest.mark.parametrize("port", ["abc", "-1", "70000"])
def test_a_setting_that_cannot_be_used_is_named(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANWEN_PORT", port)
    with pytest.raises(SettingsError, match=f"ANWEN_PORT='{port}'"):
        from_environment()


def test_while_the_model_is_being_loaded_the_server_lives_and_says_that_it_is_not_ready(folder: Path) -> None:
    settings = Settings(home=folder)
    may_load = threading.Event()

    def load() -> State:
        assert may_load.wait(10)
        return opened(settings, HashedEncoder())

    with TestClient(create_app(settings, load, at_once=True)) as client:
        assert client.get("/healthz").status_code == 200
        for response in (client.get("/readyz"), client.post("/ask", json={"question": "甲县建成多少个养老服务中心"})):
            assert (response.status_code, response.json()["error"]["code"]) == (503, "index_loading")
        may_load.set()
        until = time.monotonic() + 10
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < until
        found = client.post("/search", json={"question": "甲县建成多少个养老服务中心"}).json()["passages"]
        assert "12个" in found[0]["text"]
