"""What Prometheus reads: parsed with its own parser."""

import re
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.codes import Failure
from api.questions.gate import Gate
from api.questions.llm import LlmUnavailable, Outcome
from api.server import Server
from api.settings import Settings
from api.state import State
from index.errors import IndexMissing
from qa.verification import Support, Verified
from tests.api.sending import NEW, ended, from_here, send, serving_here
from tests.fakes import HashedEncoder

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(client: TestClient) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def server_of_client(client: TestClient) -> Server:
    server: Server = client.app.state.server  # type: ignore[attr-defined]
    return server


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0)


def test_requests_are_counted_by_route_and_status_whatever_stands_in_the_path(watched: TestClient) -> None:
    before = read(watched)
    assert watched.get("/documents/甲县").status_code == 200
    assert watched.get("/documents/乙县").status_code == 404
    assert watched.post("/ask", json={}).status_code == 422
    for number in range(3):
        assert watched.request(f"MADE{number}", f"/up/{number}").status_code in (404, 405)
    after = read(watched)

    def added(**labels: str) -> float:
        name = "anwen_http_requests_total"
        return value(after, name, **labels) - value(before, name, **labels)

    document = {"route": "/documents/{document_id}", "method": "GET"}
    assert added(**document, status="200") == 1
    assert added(**document, status="404") == 1
    assert added(route="/ask", method="POST", status="422") == 1
    assert not any("MADE" in label or "/up" in label for _, labels in after for _, label in labels)
    seconds = {"route": "/documents/{document_id}", "method": "GET"}
    assert (
        value(after, "anwen_http_request_seconds_count", **seconds)
        - value(before, "anwen_http_request_seconds_count", **seconds)
        == 2
    )
    # This very request is under way while it is counted.
    assert value(after, "anwen_http_requests_in_flight") == 1


def test_the_stages_of_an_answer_are_timed_and_the_answer_is_counted(
    watched: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hashed vectors are no ground for confidence.
    monkeypatch.setattr("qa.asking.confidence", lambda *_: 1.0)
    before = read(watched)
    answer = watched.post("/ask", json={"question": "甲县建成养老服务中心多少个"}).json()["answer"]
    assert "12个" in answer["text"]
    after = read(watched)
    name = "anwen_stage_seconds_count"
    for stage, times in {"understand": 1, "search": 1, "answer": 1, "compose": 0}.items():
        assert value(after, name, stage=stage) - value(before, name, stage=stage) == times, stage
    assert 0 < value(after, "anwen_stage_seconds_sum", stage="search") < 60
    name = "anwen_answers_total"
    assert value(after, name, composer="extracts") - value(before, name, composer="extracts") == 1


def test_the_queue_of_questions_is_told_while_one_is_worked_on(home: Path) -> None:
    """One question is held, and another waits behind it, while the metrics are read from a thread of theirs."""
    with serving_here(home) as client:
        server = server_of_client(client)
        state = server.served.current
        assert isinstance(state, State)
        server.served.current = replace(state, gate=Gate(at_once=1))
        assert client.portal
        began, go = threading.Event(), threading.Event()

        def held() -> None:
            began.set()
            go.wait(60)

        gate = server.served.current.gate
        first = client.portal.start_task_soon(gate.run, held)
        began.wait(60)
        second = client.portal.start_task_soon(gate.run, held)
        try:
            while not gate.waiting:
                time.sleep(0.001)
            samples = read(client)
        finally:
            go.set()
        first.result(60)
        second.result(60)
        assert value(samples, "anwen_questions_running") == 1
        assert value(samples, "anwen_questions_waiting") == 1
        samples = read(client)
        assert value(samples, "anwen_questions_running") == value(samples, "anwen_questions_waiting") == 0


@pytest.mark.parametrize("failure", [None, Failure.TIMEOUT])
def test_what_a_language_model_writes_is_timed_and_its_failures_are_counted(
    home: Path, failure: Failure | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.asking.confidence", lambda *_: 1.0)

    async def compose(*_: object) -> AsyncIterator[Outcome]:
        support = Support(1, 7, 20, "甲县建成养老服务中心12个")
        written = Verified("甲县建成养老服务中心12个。[1]", (1,), (support,))
        yield Outcome(() if failure else (written,), (), LlmUnavailable(failure, "太慢。") if failure else None)

    monkeypatch.setattr("api.questions.answering.compose", compose)
    with serving_here(home, llm_base_url="http://127.0.0.1:9/v1", llm_model="m") as client:
        answer = client.post("/ask", json={"question": "甲县建成养老服务中心多少个"}).json()["answer"]
        assert answer["composer"]["used"] is (failure is None)
        samples = read(client)
    assert value(samples, "anwen_stage_seconds_count", stage="compose") == 1
    assert value(samples, "anwen_answers_total", composer="extracts") == (failure is not None)
    assert value(samples, "anwen_answers_total", composer="model") == (failure is None)
    assert value(samples, "anwen_composer_failures_total", reason="timeout") == (failure is not None)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("question", "reason"), [("。。。", "nothing_asked"), ("今天天气怎么样", "off_topic")])
def test_silence_is_counted_by_its_reason(watched: TestClient, question: str, reason: str, stream: bool) -> None:
    before = read(watched)
    said = watched.post("/ask", json={"question": question, "stream": stream}).text
    assert f'"reason":"{reason}"' in said
    after = read(watched)
    name = "anwen_abstentions_total"
    assert value(after, name, reason=reason) - value(before, name, reason=reason) == 1
    name = "anwen_answers_total"
    assert value(after, name, composer="extracts") == value(before, name, composer="extracts")


def test_the_index_that_answers_is_told_and_imports_are_counted(home: Path) -> None:
    with serving_here(home) as client:
        before = read(client)
        assert value(before, "anwen_ready") == 1
        assert value(before, "anwen_index_documents") == 1
        (index,) = [dict(labels) for name, labels in before if name == "anwen_index_info"]
        ready = client.get("/readyz").json()
        assert index == {**ready["index"], "model": ready["model"]}

        assert ended(client, send(client, ("乙县.txt", NEW)))["status"] == "done"
        assert ended(client, send(client, ("丙县.docx", b"PK\x03\x04")))["status"] == "failed"
        after = read(client)
        assert value(after, "anwen_imports_total", kind="add", status="done") == 1
        assert value(after, "anwen_imports_total", kind="add", status="failed") == 1
        assert value(after, "anwen_imports_waiting") == 0
        assert value(after, "anwen_index_documents") == 2
        (renewed,) = [dict(labels) for name, labels in after if name == "anwen_index_info"]
        assert renewed["generation"] != index["generation"]
        # A new generation is another state; what is counted goes on.
        client.post("/ask", json={"question": "。。。"})
        assert value(read(client), "anwen_abstentions_total", reason="nothing_asked") == 1


def test_without_an_index_the_metrics_and_readiness_say_so() -> None:
    def fail() -> State:
        raise IndexMissing("还没有索引。")

    with TestClient(create_app(Settings(), fail), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        samples = read(client)
        assert ("anwen_ready", frozenset()) in samples
        assert value(samples, "anwen_ready") == 0
        assert not any(name.startswith("anwen_index") for name, _ in samples)
        response = client.get("/readyz")
        assert (response.status_code, response.json()["error"]["code"]) == (503, "index_missing")


def test_two_applications_in_one_process_count_apart(watched: TestClient, home: Path) -> None:
    watched.get("/healthz")
    with serving_here(home) as other:
        assert value(read(other), "anwen_http_requests_total", route="/healthz", method="GET", status="200") == 0


def test_metrics_are_not_for_everybody(home: Path) -> None:
    with from_here(Settings(home=home), HashedEncoder(), host="203.0.113.9") as client:
        assert client.get("/metrics").status_code in (401, 403)
        assert "anwen_" not in client.get("/metrics").text


def test_the_page_that_explains_them_names_metrics_that_there_are(watched: TestClient) -> None:
    watched.post("/ask", json={"question": "。。。"})
    page = (Path(__file__).parents[3] / "docs" / "observability.md").read_text("utf-8")
    there = watched.get("/metrics").text
    named = set(re.findall(r"anwen_[a-z_]+[a-z]", page))
    assert len(named) > 12
    # The first sample of a counter with labels comes with the first event; its name is told before.
    missing = {name for name in named if name not in there and name.removesuffix("_total") not in there}
    assert missing == set()
