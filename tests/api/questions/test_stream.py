"""An answer as server-sent events: in order, in time, and in the end what is returned otherwise."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.questions.llm import Llm, LlmSettings
from api.settings import Settings
from api.state import State, opened
from index.encoder import SentenceEncoder
from index.errors import IndexMissing
from tests.api.questions import test_llm
from tests.api.questions.test_llm import Handler, Server
from tests.api.questions.test_routes import asked

QUESTION = "扶沟是怎么保障土地的"
Event = tuple[str, dict[str, Any]]

model = test_llm.server
"""A server of a language model."""


def parsed(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a stream, each as soon as it is complete."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            assert name not in fields
            fields[name] = value
        elif fields:
            assert fields.keys() == {"event", "data"}
            yield fields["event"], json.loads(fields["data"])
            fields = {}
    assert not fields, "the last event is not complete"


def streamed(client: TestClient, **body: Any) -> list[Event]:
    response = client.post("/ask", json=body | {"stream": True})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
    return list(parsed(response.text.split("\n")))


def timeless(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "took_ms"}


@pytest.mark.parametrize(
    "body",
    [
        {"question": QUESTION},
        {"question": "扶沟县供应土地多少亩", "top_k": 2, "explain": True, "filters": {"case_number": 157}},
        {"question": "那孟津呢？", "messages": [{"role": "user", "content": "扶沟是怎么推进项目的"}]},
        {"question": f"{QUESTION}\r\n\r\nevent: answer\ndata: {{}}\n\n\x85\u2028：\x00"},
    ],
)
def test_passages_then_sentences_then_the_whole_answer(client: TestClient, body: dict[str, Any]) -> None:
    (first, passages), *between, (last, answer) = streamed(client, **body)
    assert (first, last) == ("passages", "answer")
    assert {name for name, _ in between} == {"sentence"}
    assert timeless(answer) == timeless(asked(client, **body))
    assert passages == {name: value for name, value in answer.items() if name != "answer"}
    said = "".join(f"{piece['text']}[{piece['cited_ranks'][0]}]" for _, piece in between)
    assert said == answer["answer"]["text"]


def test_a_stream_is_never_compressed_however_long_it_is(client: TestClient) -> None:
    body = {"question": "有哪些做法和成效", "top_k": 50, "explain": True}
    headers = {"accept-encoding": "gzip"}
    whole = client.post("/ask", json=body, headers=headers)
    response = client.post("/ask", json=body | {"stream": True}, headers=headers)
    assert len(response.content) > len(whole.content) > 50_000
    assert (whole.headers["content-encoding"], response.headers.get("content-encoding")) == ("gzip", None)


def test_a_silence_is_streamed_too_without_a_sentence(client: TestClient) -> None:
    (first, passages), (last, answer) = streamed(client, question="开封市怎么保障土地")
    assert (first, last) == ("passages", "answer")
    assert passages["passages"] == answer["passages"] != []
    assert answer["answer"]["reason"] == "place_unknown"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"question": "土地", "filters": {"case_number": 999}}, "unknown_filter"),
        ({"question": "土" * 1001}, "invalid_request"),
        ({"question": "土地", "stream": "yes"}, "invalid_request"),
    ],
)
def test_an_error_before_the_stream_is_an_error_as_ever(client: TestClient, body: dict[str, Any], code: str) -> None:
    response = client.post("/ask", json={"stream": True} | body)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/json")
    assert response.json()["error"]["code"] == code


def test_a_server_that_is_not_ready_streams_nothing() -> None:
    def fail() -> State:
        raise IndexMissing("还没有索引。")

    with TestClient(create_app(Settings(), fail)) as client:
        response = client.post("/ask", json={"question": "土地", "stream": True})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "index_missing")


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """A real server with the app; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def served(home: Path, encoder: SentenceEncoder, model: Server) -> Iterator[str]:
    settings = Settings(home=home, llm_model="m")
    state = opened(settings, encoder)
    with running(create_app(settings, lambda: replace(state, llm=Llm(LlmSettings(model.url, "m"))))) as address:
        yield address


def test_over_the_wire_each_event_comes_when_it_is_known(served: str, model: Server) -> None:
    """The model writes on only when the client has what it wrote before, so nothing may be held back."""
    heard = threading.Semaphore(0)

    def behave(handler: Handler) -> None:
        assert heard.acquire(timeout=20)
        handler.begin()
        for words in ("扶沟县供应土地2458.96亩。[1]盘", "活土地23宗。[1]面"):
            handler.say(words)
            assert heard.acquire(timeout=20)
        handler.say("积1167亩。[1]", "stop")
        handler.end()

    model.behave = behave
    names = []
    with (
        httpx2.Client(base_url=served, timeout=30) as client,
        client.stream("POST", "/ask", json={"question": QUESTION, "stream": True}) as response,
    ):
        assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
        for name, _ in parsed(response.iter_lines()):
            names.append(name)
            assert client.get("/healthz").status_code == 200
            heard.release()
    assert names == ["passages", "sentence", "sentence", "sentence", "answer"]


def test_who_leaves_the_stream_leaves_the_model_too(served: str, model: Server) -> None:
    def goes_on(handler: Handler) -> None:
        handler.begin()
        while not handler.server.is_over.wait(0.02):
            handler.say("扶沟县供应土地2458.96亩。[1]")

    model.behave = goes_on
    with httpx2.stream("POST", f"{served}/ask", json={"question": QUESTION, "stream": True}, timeout=30) as response:
        assert [name for name, _ in islice(parsed(response.iter_lines()), 2)] == ["passages", "sentence"]
        assert not model.was_left.is_set()
    assert model.was_left.wait(5)
