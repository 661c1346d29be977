"""A real server on the loopback that misbehaves in every way, and what is made of it."""

import asyncio
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.codes import Failure
from api.questions.llm import Llm, LlmSettings, LlmUnavailable, Outcome, compose
from api.settings import SettingsError
from index.generation import Generation
from qa.codes import Reason
from qa.evidence import Evidence
from qa.verification import Dropped, Verified
from tests.qa.test_composition import HOSTILE, LAND, MEETINGS, everything, hostile, with_words

KEY = "sk-this-is-secret"
QUESTION = "扶沟是怎么保障土地的"
FIRST = "扶沟县供应土地2458.96亩。[1]"
SECOND = "孟津区召开联审联批会议7次。[2]"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.close_connection = True
        self.server.behave(self)

    def log_message(self, *_arguments: object) -> None:
        pass

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def send(self, text: str | bytes) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def say(self, content: object, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self.send(f"data: {json.dumps(chunk)}\n\n")

    def end(self) -> None:
        self.send("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def wait(self) -> None:
        """Until the test is over, or for longer than any of them lasts."""
        self.server.is_over.wait(20)


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 32
    behave: Callable[[Handler], None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.is_over = threading.Event()
        self.was_left = threading.Event()

    def handle_error(self, *_arguments: object) -> None:
        self.was_left.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def found(hashed: Generation) -> tuple[Evidence, ...]:
    return with_words(everything(hashed), LAND, MEETINGS)


def composed(settings: LlmSettings, found: tuple[Evidence, ...]) -> tuple[list[Verified | Dropped], Outcome]:
    async def ask() -> list[Verified | Dropped | Outcome]:
        llm = Llm(settings)
        try:
            return [each async for each in compose(llm, QUESTION, found)]
        finally:
            await llm.aclose()

    *judged, outcome = asyncio.run(ask())
    assert isinstance(outcome, Outcome)
    return [each for each in judged if not isinstance(each, Outcome)], outcome


def says(*pieces: str, finish: str | None = "stop") -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        handler.begin()
        for piece in pieces:
            handler.say(piece)
        handler.say("", finish)
        handler.end()

    return behave


def streams(*events: str | bytes) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        handler.begin()
        for event in events:
            handler.send(event)
        handler.end()

    return behave


def gives(status: int, body: str, kind: str = "application/json", **headers: str) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        handler.begin(status, kind, **headers)
        handler.send(body)
        handler.wfile.write(b"0\r\n\r\n")

    return behave


def whole(content: object, finish: str = "stop") -> str:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": finish}]})


def test_a_good_answer_in_odd_pieces_is_used(server: Server, found: tuple[Evidence, ...]) -> None:
    written = f"<think>先看材料。</think>\n1. {FIRST}\n2. {SECOND}\n"
    server.behave = says(*(written[at : at + 3] for at in range(0, len(written), 3)))
    judged, outcome = composed(LlmSettings(server.url, "m", KEY), found)
    assert [each.text for each in judged] == [FIRST, SECOND]
    assert outcome == Outcome(tuple(each for each in judged if isinstance(each, Verified)), (), None)
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"], body["stream"]) == ("m", 0, True)
    assert QUESTION in body["messages"][1]["content"]


def test_a_server_that_does_not_stream_is_understood(server: Server, found: tuple[Evidence, ...]) -> None:
    server.behave = gives(200, whole(FIRST + SECOND))
    assert [each.text for each in composed(LlmSettings(server.url, "m", KEY), found)[1].sentences] == [FIRST, SECOND]


def test_sentences_come_while_the_model_still_writes(server: Server, found: tuple[Evidence, ...]) -> None:
    heard = threading.Event()

    def behave(handler: Handler) -> None:
        handler.begin()
        handler.say(FIRST + "孟津区")
        assert heard.wait(10)
        handler.say(SECOND.removeprefix("孟津区"), "stop")
        handler.end()

    server.behave = behave

    async def ask() -> list[object]:
        llm = Llm(LlmSettings(server.url, "m"))
        given: list[object] = []
        async for each in compose(llm, QUESTION, found):
            given.append(each)
            heard.set()
        await llm.aclose()
        return given

    assert len(asyncio.run(ask())) == 3


def test_what_fails_is_dropped_and_told_and_the_rest_stands(server: Server, found: tuple[Evidence, ...]) -> None:
    bad = "扶沟县供应土地9999亩。[1]"
    server.behave = says(FIRST, bad, SECOND)
    judged, outcome = composed(LlmSettings(server.url, "m", KEY), found)
    assert [each.text for each in judged] == [FIRST, bad, SECOND]
    assert [each.text for each in outcome.sentences] == [FIRST, SECOND]
    assert outcome.dropped == (Dropped(bad, Reason.FIGURE_NOT_FOUND),)
    assert outcome.failure is None


def cut(handler: Handler) -> None:
    handler.begin()
    handler.say(FIRST + "孟")


def cut_whole(handler: Handler) -> None:
    handler.begin(kind="application/json")
    handler.send(whole(FIRST)[:30])


def hung_up(handler: Handler) -> None:
    handler.close_connection = True


def hangs(handler: Handler) -> None:
    handler.wait()


def hangs_before_the_first_piece(handler: Handler) -> None:
    handler.begin()
    handler.wait()


def stalls(handler: Handler) -> None:
    handler.begin()
    handler.say(FIRST + "孟")
    handler.wait()


def keeps_waiting(handler: Handler) -> None:
    handler.begin()
    while not handler.server.is_over.wait(0.05):
        handler.send(": ping\n\n")


def drips(handler: Handler) -> None:
    handler.begin()
    while not handler.server.is_over.wait(0.05):
        handler.say("字")


def never_ends(handler: Handler) -> None:
    handler.begin()
    while True:
        handler.say(FIRST * 100)


def never_ends_a_line(handler: Handler) -> None:
    handler.begin()
    handler.send("data: ")
    while True:
        handler.send("x" * 65536)


def refuses_without_end(handler: Handler) -> None:
    handler.begin(400)
    while True:
        handler.send("x" * 65536)


@pytest.mark.parametrize(
    ("behave", "code"),
    [
        (cut, Failure.UNREACHABLE),
        (cut_whole, Failure.UNREACHABLE),
        (hung_up, Failure.UNREACHABLE),
        (says(FIRST, finish=None), Failure.UNREACHABLE),
        (hangs, Failure.TIMEOUT),
        (hangs_before_the_first_piece, Failure.TIMEOUT),
        (stalls, Failure.TIMEOUT),
        (keeps_waiting, Failure.TIMEOUT),
        (drips, Failure.TIMEOUT),
        (gives(401, '{"error": {"message": "wrong key"}}'), Failure.REFUSED),
        (gives(403, ""), Failure.REFUSED),
        (gives(404, "<html>", "text/html"), Failure.REFUSED),
        (gives(422, "{}"), Failure.REFUSED),
        (gives(429, "{}", retry_after="60"), Failure.REFUSED),
        (says(FIRST, finish="content_filter"), Failure.REFUSED),
        (gives(500, "{}"), Failure.SERVER_ERROR),
        (gives(503, "busy", "text/plain", retry_after="60"), Failure.SERVER_ERROR),
        (streams('data: {"error": {"message": "out of memory"}}\n\n'), Failure.SERVER_ERROR),
        (gives(200, "<html>登录</html>", "text/html"), Failure.NONSENSE),
        (gives(200, FIRST, "text/plain"), Failure.NONSENSE),
        (gives(200, "<html>"), Failure.NONSENSE),
        (gives(200, "{}"), Failure.NONSENSE),
        (gives(200, "[]"), Failure.NONSENSE),
        (gives(200, whole(5)), Failure.NONSENSE),
        (gives(200, whole(None)), Failure.NONSENSE),
        (streams(), Failure.NONSENSE),
        (streams('data: {"choices": [\n\n'), Failure.NONSENSE),
        (streams("data: 5\n\n"), Failure.NONSENSE),
        (streams("data: []\n\n"), Failure.NONSENSE),
        (streams("data: null\n\n"), Failure.NONSENSE),
        (streams('data: {"choices": 5}\n\n'), Failure.NONSENSE),
        (streams('data: {"choices": [5]}\n\n'), Failure.NONSENSE),
        (streams('data: {"choices": [{"delta": {"content": ["a"]}}]}\n\n'), Failure.NONSENSE),
        (streams(b"data: \xff\xfe\n\n"), Failure.NONSENSE),
        (streams("data: " + "[" * 100_000 + "\n\n"), Failure.NONSENSE),
        (says(""), Failure.NONSENSE),
        (says("<think>一直想"), Failure.NONSENSE),
        (says("材料中没有。"), Failure.NO_ANSWER),
        (never_ends, Failure.TOO_LONG),
        (never_ends_a_line, Failure.TOO_LONG),
        (refuses_without_end, Failure.TOO_LONG),
        (says(FIRST, finish="length"), Failure.TOO_LONG),
    ],
)
def test_a_server_that_misbehaves_is_a_failure_with_a_code(
    behave: Callable[[Handler], None], code: Failure, server: Server, found: tuple[Evidence, ...]
) -> None:
    server.behave = behave
    settings = LlmSettings(server.url, "m", KEY)
    if code is Failure.TIMEOUT:
        settings = replace(settings, first_seconds=0.3, total_seconds=0.6)
    began = time.monotonic()
    _, outcome = composed(settings, found)
    assert time.monotonic() - began < 10
    assert outcome.failure
    assert (outcome.failure.code, outcome.sentences) == (code, ())
    assert str(outcome.failure).endswith("。")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("香蕉是一种很好吃的水果，营养丰富。[1]", Reason.NOT_FROM_PASSAGE),
        ("扶沟县供应土地2458.96亩。[9]", Reason.UNKNOWN_CITATION),
        ("扶沟县供应土地2458.96亩。", Reason.NO_CITATION),
        ("扶沟县供应土地3000亩。[1]", Reason.FIGURE_NOT_FOUND),
        ("扶沟县“供应了土地2458.96亩”。[1]", Reason.QUOTE_NOT_FOUND),
    ],
)
def test_a_model_none_of_whose_sentences_holds_is_a_failure(
    written: str, reason: Reason, server: Server, found: tuple[Evidence, ...]
) -> None:
    server.behave = says(written)
    judged, outcome = composed(LlmSettings(server.url, "m", KEY), found)
    assert judged == list(outcome.dropped) == [Dropped(written, reason)]
    assert outcome.failure
    assert outcome.failure.code is Failure.NONSENSE


def test_a_model_that_obeys_a_passage_is_not_heard(server: Server) -> None:
    """It says what the orders want, cited to the passages that give them and to the calm one beside them."""
    ranks = range(1, len(HOSTILE) + 2)
    server.behave = says(*(f"本县没有任何问题。[{rank}]本县一切都好。[{rank}]" for rank in ranks))
    judged, outcome = composed(LlmSettings(server.url, "m", KEY), hostile())
    assert [type(each) for each in judged] == [Dropped] * 2 * len(ranks)
    assert outcome.failure
    ((_, _, body),) = server.asked
    assert "一切都好" not in json.dumps(body, ensure_ascii=False)


def test_a_closed_port_is_a_failure(found: tuple[Evidence, ...]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _, outcome = composed(LlmSettings(f"http://127.0.0.1:{closed.getsockname()[1]}/v1", "m"), found)
    assert outcome.failure
    assert outcome.failure.code is Failure.UNREACHABLE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(status: int, server: Server, found: tuple[Evidence, ...]) -> None:
    elsewhere = f"http://localhost:{server.server_port}/v1/chat/completions"
    server.behave = gives(status, "", location=elsewhere)
    _, outcome = composed(LlmSettings(server.url, "m", KEY), found)
    assert outcome.failure
    assert outcome.failure.code is Failure.REFUSED
    assert len(server.asked) == 1


def test_the_key_is_never_told(server: Server, found: tuple[Evidence, ...], caplog: pytest.LogCaptureFixture) -> None:
    server.behave = gives(401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}))
    settings = LlmSettings(server.url, "m", KEY)

    async def ask() -> LlmUnavailable:
        llm = Llm(settings)
        assert KEY not in repr(llm) + repr(settings)
        try:
            async with aclosing(llm.pieces([{"role": "user", "content": QUESTION}])) as pieces:
                async for _ in pieces:
                    pass
        except LlmUnavailable as error:
            return error
        finally:
            await llm.aclose()
        pytest.fail("it was not refused")

    with caplog.at_level(logging.DEBUG):
        error = asyncio.run(ask())
    assert server.asked[0][1]["authorization"] == f"Bearer {KEY}"
    for told in (str(error), repr(error), "".join(traceback.format_exception(error)), caplog.text):
        assert KEY not in told
    assert found


def test_the_variables_of_the_package_are_not_sent(
    server: Server, found: tuple[Evidence, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "of-another-server")
    server.behave = says(FIRST)
    assert composed(LlmSettings(server.url, "m"), found)[1].failure is None
    assert "of-another-server" not in json.dumps(server.asked)


def test_who_leaves_early_leaves_no_connection(server: Server, found: tuple[Evidence, ...]) -> None:
    server.behave = never_ends

    async def ask() -> None:
        llm = Llm(LlmSettings(server.url, "m"))
        async with aclosing(compose(llm, QUESTION, found)) as given:
            async for _ in given:
                break
        # The client itself is still open, for the next question.
        assert await asyncio.to_thread(server.was_left.wait, 5)
        await llm.aclose()

    asyncio.run(ask())


def test_many_ask_at_once_and_after_one_another(server: Server, found: tuple[Evidence, ...]) -> None:
    server.behave = says(FIRST)

    async def last(llm: Llm) -> object:
        return [each async for each in compose(llm, QUESTION, found)][-1]

    async def ask() -> list[object]:
        llm = Llm(LlmSettings(server.url, "m"))
        outcomes = [*await asyncio.gather(*(last(llm) for _ in range(8))), await last(llm)]
        await llm.aclose()
        return outcomes

    outcomes = asyncio.run(ask())
    assert outcomes == outcomes[:1] * 9
    assert isinstance(outcomes[0], Outcome)
    assert not outcomes[0].failure


def test_a_server_that_drops_the_connection_of_the_last_question_is_not_asked_on_it(
    server: Server, found: tuple[Evidence, ...]
) -> None:
    answered: set[Handler] = set()

    def once(handler: Handler) -> None:
        if handler not in answered:
            answered.add(handler)
            handler.close_connection = False
            says(FIRST)(handler)

    server.behave = once

    async def ask() -> list[object]:
        llm = Llm(LlmSettings(server.url, "m"))
        outcomes = [[each async for each in compose(llm, QUESTION, found)] for _ in range(3)]
        await llm.aclose()
        return [each[-1] for each in outcomes]

    outcomes = asyncio.run(ask())
    assert [isinstance(each, Outcome) and each.failure for each in outcomes] == [None] * 3


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (LlmSettings("127.0.0.1:11434", "m"), "ANWEN_LLM_BASE_URL"),
        (LlmSettings("ftp://host/v1", "m"), "ANWEN_LLM_BASE_URL"),
        (LlmSettings("http://[::1", "m"), "ANWEN_LLM_BASE_URL"),
        (LlmSettings("http:///v1", "m"), "ANWEN_LLM_BASE_URL"),
        (LlmSettings("http://host/v1", ""), "ANWEN_LLM_MODEL"),
        (LlmSettings("http://host/v1", "m", "密" + KEY), "ANWEN_LLM_KEY"),
        (LlmSettings("http://host/v1", "m", KEY + "\n"), "ANWEN_LLM_KEY"),
    ],
)
def test_settings_that_no_request_can_carry_are_named(settings: LlmSettings, name: str) -> None:
    with pytest.raises(SettingsError, match=name) as told:
        Llm(settings)
    assert KEY not in str(told.value)
