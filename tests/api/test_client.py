"""The client for Python, waiting and awaited, against the server itself and against one that misbehaves."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import ValidationError
from tenacity.wait import wait_none

from api.app import create_app
from api.client import (
    AsyncClient,
    Client,
    ClientError,
    Event,
    Failed,
    KeyRefused,
    NotThere,
    Overloaded,
    Rejected,
    TimedOut,
    Unreachable,
    Unreadable,
)
from api.questions.schemas import AskOut, DroppedOut, PieceOut, SearchOut
from api.settings import Settings
from api.state import opened
from corpus.document import Document
from tests.api.live import live
from tests.api.sending import NEW, small_home
from tests.fakes import HashedEncoder

QUESTION = "扶沟是怎么保障土地的"


class Awaited:
    """An AsyncClient that is awaited for who calls, so that both kinds pass the same tests."""

    def __init__(self, portal: BlockingPortal, *given: Any, **options: Any) -> None:
        self._portal = portal
        self._client = portal.call(partial(AsyncClient, *given, **options))

    def __enter__(self) -> "Awaited":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._portal.call(self._client.close)

    def stream(self, *given: Any, **options: Any) -> list[Event]:
        async def collected() -> list[Event]:
            return [each async for each in self._client.stream(*given, **options)]

        return self._portal.call(collected)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *given, **options: self._portal.call(partial(getattr(self._client, name), *given, **options))


Make = Callable[..., Any]


@pytest.fixture(params=["waiting", "awaited"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """What makes a client of either kind."""
    if request.param == "waiting":
        yield Client
        return
    with start_blocking_portal() as portal:
        yield partial(Awaited, portal)


@pytest.fixture
def client(make: Make, base_url: str) -> Iterator[Any]:
    with make(base_url) as made:
        yield made


def test_an_answer_has_its_types_and_its_words_stand_in_the_document(client: Any, compilation: Document) -> None:
    reply = client.ask(QUESTION, top_k=3)
    assert isinstance(reply, AskOut)
    assert len(reply.passages) == 3
    assert "2458.96亩" in reply.answer.text
    with pytest.raises(ValidationError, match="frozen"):
        reply.answer.text = "别的话"  # type: ignore[misc]
    document = client.document(reply.passages[0].document_id)
    assert document.text == compilation.text
    assert reply.answer.sentences
    for sentence in reply.answer.sentences:
        assert document.text[sentence.start : sentence.end] == sentence.text


def test_what_narrows_a_question_is_passed_on(client: Any) -> None:
    found = client.search("怎么保障土地", filters={"county": "舞钢市"}, top_k=2, explain=True)
    assert {each.case.county for each in found.passages} == {"舞钢市"}
    assert found.trace is not None
    followed = client.ask("那孟津呢", messages=[{"role": "user", "content": QUESTION}])
    assert followed.interpretation.rewritten
    assert "孟津" in followed.interpretation.question
    assert client.search(QUESTION, ignore=["place"]).interpretation.ignored == ["place"]


def test_the_compilation_can_be_read(client: Any, compilation: Document) -> None:
    cases = client.cases().cases
    assert len(client.cases(with_all=True).cases) > len(cases)
    case = client.case(cases[-1].case_number)
    assert case.title == cases[-1].title
    assert case.sections
    (document,) = client.documents().documents
    assert document.id == compilation.id
    passage = client.search(QUESTION).passages[0]
    assert client.passage(passage.id).text == passage.text
    figures = client.figures(unit="亩", case_number=157, limit=2)
    assert {each.unit for each in figures.figures} == {"亩"}
    assert len(client.compare("怎么保障土地", ["扶沟", "舞钢"]).rows) == 2
    assert client.about().document_count == client.ready().document_count == 1


def test_a_stream_gives_the_passages_each_sentence_and_last_what_ask_gives(client: Any) -> None:
    events = list(client.stream(QUESTION))
    names = [each.name for each in events]
    assert names[0] == "passages"
    assert set(names[1:-1]) == {"sentence"}
    assert names[-1] == "answer"
    kinds = {"passages": SearchOut, "sentence": PieceOut, "dropped": DroppedOut, "answer": AskOut}
    assert all(isinstance(each.content, kinds[each.name]) for each in events)
    assert events[-1].content.answer == client.ask(QUESTION).answer
    assert "".join(each.content.text for each in events[1:-1]) in events[-1].content.answer.text.replace("[1]", "")


@pytest.mark.parametrize(
    ("call", "kind", "code", "status"),
    [
        (lambda client: client.case(99999), NotThere, "not_found", 404),
        (lambda client: client.document("a/b?c#没有"), NotThere, "not_found", 404),
        (lambda client: client.passage("没有:0-9"), NotThere, "not_found", 404),
        (lambda client: client.ask("土" * 1001), Rejected, "invalid_request", 422),
        (lambda client: client.ask("土地", filters={"county": "兰考县"}), Rejected, "unknown_filter", 422),
        (lambda client: list(client.stream("土地", top_k=0)), Rejected, "invalid_request", 422),
    ],
)
def test_what_the_server_refuses_is_an_error_with_its_code_words_and_status(
    client: Any, call: Callable[[Any], object], kind: type[ClientError], code: str, status: int
) -> None:
    with pytest.raises(kind) as raised:
        call(client)
    assert (raised.value.code, raised.value.status) == (code, status)
    assert raised.value.message == str(raised.value)
    assert re.search("[一-龥]{3}", raised.value.message)


def test_files_are_imported_and_what_was_said_of_an_answer_is_kept(make: Make, tmp_path: Path) -> None:
    settings = Settings(home=small_home(tmp_path / "home"))
    path = tmp_path / "乙县.txt"
    path.write_text(NEW, "utf-8")
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address, make(address) as client:
        sent = client.import_files(path, ("丙县.txt", NEW.replace("乙", "丙").encode()))
        done = client.wait(sent.id)
        assert (done.status, len(done.report.documents)) == ("done", 2)
        assert client.imported(sent.id) == done
        assert client.document("丙县").text == NEW.replace("乙", "丙")
        reply = client.ask("乙县开通了几条航线")
        assert client.feedback(reply, helpful=False, note="不对").id
        assert settings.feedback_file.read_text("utf-8").count("不对") == 1
        with pytest.raises(TimedOut, match="还没有完成"):
            client.wait(client.import_files(("丁县.txt", NEW.encode())).id, patience=0)


class Handler(BaseHTTPRequestHandler):
    """Does what the script says, a step a request; the last step goes on."""

    protocol_version = "HTTP/1.1"
    server: "Misbehaving"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((dict(self.headers), body))
        script = self.server.script
        (script.pop(0) if len(script) > 1 else script[0])(self)

    def log_message(self, *_arguments: object) -> None:
        pass

    def respond(self, status: int, body: str, **headers: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


Step = Callable[[Handler], None]


class Misbehaving(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Step] = []
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.is_over = threading.Event()

    def handle_error(self, *_arguments: object) -> None:
        pass

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def other() -> Iterator[Misbehaving]:
    with Misbehaving() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client._BACKOFF", wait_none())


def refusing(status: int, code: str = "busy", **headers: str) -> Step:
    body = json.dumps({"error": {"code": code, "message": "请稍后再试。"}}, ensure_ascii=False)
    return lambda handler: handler.respond(status, body, **headers)


def good(handler: Handler) -> None:
    handler.respond(200, json.dumps({"documents": []}))


def broken(handler: Handler) -> None:
    handler.close_connection = True


def proxied(handler: Handler) -> None:
    handler.respond(503, "<html>Service Unavailable</html>")


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize(
    "first", [refusing(429), refusing(503, retry_after="0"), refusing(429, retry_after="0"), broken, proxied]
)
def test_what_is_put_off_or_breaks_is_sent_again(make: Make, other: Misbehaving, first: Step) -> None:
    other.script = [first, first, good]
    with make(other.url) as client:
        assert client.documents().documents == []
    assert len(other.asked) == 3


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize(
    ("step", "kind", "status"),
    [
        (refusing(503, "index_missing"), Overloaded, 503),
        (refusing(503, retry_after="3600"), Overloaded, 503),
        (refusing(401, "unauthorized"), KeyRefused, 401),
        (refusing(403, "forbidden"), KeyRefused, 403),
        (refusing(404, "not_found"), NotThere, 404),
        (refusing(413, "too_large"), Rejected, 413),
        (refusing(500, "internal"), Failed, 500),
        (refusing(409, "of_a_later_version"), Rejected, 409),
        (lambda handler: handler.respond(200, "<html>"), Unreadable, None),
        (lambda handler: handler.respond(200, '{"documents": 1}'), Unreadable, None),
    ],
)
def test_what_waiting_does_not_mend_is_not_sent_again(
    make: Make, other: Misbehaving, step: Step, kind: type[ClientError], status: int | None
) -> None:
    other.script = [step]
    with make(other.url) as client, pytest.raises(kind) as raised:
        client.documents()
    assert raised.value.status == status
    assert len(other.asked) == 1


@pytest.mark.usefixtures("_without_pauses")
def test_it_is_not_sent_for_ever(make: Make, other: Misbehaving) -> None:
    other.script = [refusing(503, retry_after="0")]
    with make(other.url) as client, pytest.raises(Overloaded) as raised:
        client.ask("土地")
    assert (raised.value.code, raised.value.retry_after, len(other.asked)) == ("busy", 0.0, 4)


def test_the_server_says_how_long_to_wait(other: Misbehaving) -> None:
    other.script = [refusing(503, retry_after="1"), good]
    began = time.monotonic()
    with Client(other.url) as client:
        client.documents()
    assert time.monotonic() - began >= 1


@pytest.mark.usefixtures("_without_pauses")
def test_files_are_sent_again_whole_where_the_server_has_not_taken_them_and_never_where_it_may_have(
    make: Make, other: Misbehaving, tmp_path: Path
) -> None:
    path = tmp_path / "乙县.txt"
    path.write_text(NEW, "utf-8")
    taken = {"id": "1", "kind": "add", "status": "queued", "created": "2026", "names": ["乙县.txt"]}
    other.script = [refusing(429), lambda handler: handler.respond(202, json.dumps(taken))]
    with make(other.url) as client:
        assert client.import_files(path).id == "1"
        assert [NEW.encode() in body for _, body in other.asked] == [True, True]
        other.script = [broken]
        with pytest.raises(Unreachable):
            client.import_files(path)
    assert len(other.asked) == 3


def test_a_server_that_says_nothing_is_given_up_in_time(make: Make, other: Misbehaving) -> None:
    other.script = [lambda handler: bool(handler.server.is_over.wait(20)) or None]  # type: ignore[list-item]
    with make(other.url, timeout=0.1) as client, pytest.raises(TimedOut):
        client.ask("土地")
    assert len(other.asked) == 1


def test_a_stream_that_breaks_off_is_an_error_and_not_an_answer(make: Make, other: Misbehaving) -> None:
    def half(handler: Handler) -> None:
        sentence = 'event: sentence\ndata: {"text": "土地", "cited_ranks": [1]}\n\n'
        handler.respond(200, f"event: later\ndata: {{}}\n\n{sentence}", content_type="text/event-stream")

    other.script = [half]
    with make(other.url) as client, pytest.raises(Unreachable, match="没有说完"):
        list(client.stream("土地"))
    assert json.loads(other.asked[0][1])["stream"] is True


def test_a_stream_that_is_left_early_lets_the_connection_go(other: Misbehaving) -> None:
    was_left = threading.Event()

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b'event: sentence\ndata: {"text": "a", "cited_ranks": [1]}\n\n')
        if handler.rfile.read(1) == b"":
            was_left.set()
        handler.close_connection = True

    other.script = [endless]
    with Client(other.url) as client, closing(client.stream("土地")) as stream:  # type: ignore[type-var]
        assert next(stream).name == "sentence"
    assert was_left.wait(10)


def test_the_key_goes_with_every_call_and_a_program_says_that_it_is_none(make: Make, other: Misbehaving) -> None:
    other.script = [good]
    with make(other.url + "/anwen/", key="sk-123") as client:
        client.documents()
    headers = {name.lower(): value for name, value in other.asked[0][0].items()}
    assert headers["authorization"] == "Bearer sk-123"
    assert headers["accept"] == "application/json"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "127.0.0.1:8000", "ftp://127.0.0.1", "http://[::1"])
def test_an_address_where_nobody_is_is_told(make: Make, address: str) -> None:
    with pytest.raises(Unreachable, match="连不上服务器"), make(address, attempts=1) as client:
        client.ready()


def test_many_calls_may_go_on_at_once(base_url: str) -> None:
    async def asked() -> set[str]:
        found: set[str] = set()

        async def one(client: AsyncClient, place: str) -> None:
            found.add((await client.search(f"{place}做了什么")).passages[0].case.county or "")

        async with AsyncClient(base_url) as client, anyio.create_task_group() as tasks:
            for place in ("扶沟", "舞钢", "孟津"):
                tasks.start_soon(one, client, place)
        return found

    assert anyio.run(asked) == {"扶沟县", "舞钢市", "孟津区"}
