"""Each request has an id and one line in the log, which does not tell what was asked."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.observability.logs import configure
from api.settings import Settings
from tests.api.sending import from_here
from tests.fakes import HashedEncoder


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, as JSON; afterwards logging is as it was."""
    stream = io.StringIO()
    with KeptApart():
        configure(Settings(log="json", log_level="debug"), stream)
        yield stream


class KeptApart:
    """Puts back the handlers and levels that `configure` changes."""

    names = ("", "api", "corpus", "index", "qa")

    def __enter__(self) -> None:
        self.handlers = logging.getLogger().handlers[:]
        self.levels = {name: logging.getLogger(name).level for name in self.names}

    def __exit__(self, *_: object) -> None:
        logging.getLogger().handlers[:] = self.handlers
        for name, level in self.levels.items():
            logging.getLogger(name).setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_leaves_one_line_under_the_id_in_its_response(watched: TestClient, written: io.StringIO) -> None:
    response = watched.post("/search", json={"question": "甲县养老"})
    (line,) = lines(written)
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["method"], line["path"], line["route"], line["status"]) == ("POST", "/search", "/search", 200)
    assert line["ms"] > 0
    assert (line["level"], line["logger"]) == ("info", "api.observability.requests")


@pytest.mark.parametrize(
    "path",
    ["/figures?q=养老机密", "/?q=养老机密", "/ask", "/compare", "/search"],
    ids=lambda path: path.partition("?")[0],
)
def test_no_line_tells_what_was_asked(path: str, watched: TestClient, written: io.StringIO) -> None:
    if "?" in path:
        watched.get(path, headers={"accept": "text/html"})
    else:
        watched.post(path, json={"question": "养老机密"})
        watched.post(path, json={"question": "养老机密", "wrong": "养老机密"})
    assert lines(written)
    assert "机密" not in written.getvalue()
    assert "%E6%9C%BA" not in written.getvalue()


def test_an_id_that_a_proxy_gave_is_kept(watched: TestClient) -> None:
    response = watched.get("/healthz", headers={"x-request-id": "01J-proxy_7.a"})
    assert response.headers["x-request-id"] == "01J-proxy_7.a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"}{', "a\\nb", "养"])
def test_an_id_that_could_forge_a_line_is_replaced(given: str, watched: TestClient) -> None:
    response = watched.get("/healthz", headers={b"x-request-id": given.encode()})
    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["x-request-id"].isalnum()


def test_each_request_has_an_id_of_its_own_also_where_it_is_refused(watched: TestClient) -> None:
    ids = {watched.get(path).headers["x-request-id"] for path in ("/healthz", "/healthz", "/nowhere", "/cases/99")}
    assert len(ids) == 4


@pytest.mark.parametrize(("path", "level"), [("/healthz", "debug"), ("/readyz", "debug"), ("/about", "info")])
def test_what_probes_ask_all_the_time_is_told_only_where_details_are_wanted(
    path: str, level: str, watched: TestClient, written: io.StringIO
) -> None:
    watched.get(path)
    assert [line["level"] for line in lines(written)] == [level]


def test_a_fault_is_logged_once_with_its_traceback_under_the_id_in_the_response(
    home: Path, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    with from_here(Settings(home=home), HashedEncoder()) as client:
        monkeypatch.setattr("api.questions.answering.retrieve", _fail)
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        response = client.post("/ask", json={"question": "甲县"}, headers={"x-request-id": "seen-by-proxy"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal"
    assert response.headers["x-request-id"] == "seen-by-proxy"
    fault, request = lines(written)
    assert "RuntimeError: broken inside" in fault["exception"]
    assert (fault["level"], fault["request_id"]) == ("error", "seen-by-proxy")
    assert (request["level"], request["status"], request["request_id"]) == ("warning", 500, "seen-by-proxy")


def _fail(*_: object) -> None:
    raise RuntimeError("broken inside")


def test_what_is_logged_while_a_request_is_answered_in_a_thread_has_its_id(
    watched: TestClient, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    from qa.asking import reply_of

    def telling(*arguments: Any) -> Any:
        logging.getLogger("qa").warning("特别的事")
        return reply_of(*arguments)

    monkeypatch.setattr("api.questions.answering.reply_of", telling)
    response = watched.post("/ask", json={"question": "甲县养老"})
    said = [line for line in lines(written) if line["message"] == "特别的事"]
    assert [line["request_id"] for line in said] == [response.headers["x-request-id"]]


def test_lines_for_people_cannot_be_forged_by_a_path(watched: TestClient) -> None:
    stream = io.StringIO()
    with KeptApart():
        configure(Settings(), stream)
        watched.get("/nowhere%0A2026-01-01 [error] forged")
    (line,) = stream.getvalue().splitlines()
    assert "forged" in line
    assert "status=404" in line


@pytest.mark.parametrize(("level", "told"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_in_the_settings_is_where_our_lines_begin_and_packages_only_warn(level: Any, told: int) -> None:
    stream = io.StringIO()
    with KeptApart():
        configure(Settings(log="json", log_level=level), stream)
        ours, theirs = logging.getLogger("api.questions"), logging.getLogger("some.package")
        for log in (ours, theirs):
            log.debug("细节")
            log.info("一件事")
            log.warning("小心")
    found = lines(stream)
    assert sum(line["logger"] == "api.questions" for line in found) == told
    assert [line["level"] for line in found if line["logger"] == "some.package"] == ["warning"] * (told > 0)
