"""A chat platform on loopback: it takes what is sent to it, and answers as it is told."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api.sending import PATIENCE

ELSEWHERE = "/elsewhere"
"""Where the platform points with a status of 3xx."""


@dataclass(frozen=True)
class Received:
    """A request that the platform got; `body` is its JSON, None without any."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class StandIn:
    """What came, in order; what is answered by path: first what is in `next`, then always what is in `usual`."""

    url: str
    received: Queue[Received] = field(default_factory=Queue)
    next: defaultdict[str, deque[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(deque))
    usual: dict[str, Any] = field(default_factory=dict)

    def arrived(self) -> Received:
        """Wait for the next request."""
        try:
            return self.received.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError("nothing was sent to the platform") from None

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.received = Queue()
        self.next.clear()
        self.usual.clear()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Run a platform."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.platform = StandIn(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.platform
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    platform: StandIn


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, body: Any) -> None:
        platform, parts = self.server.platform, urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        waiting = platform.next[parts.path]
        status, answer = waiting.popleft() if waiting else (200, platform.usual.get(parts.path, {"errcode": 0}))
        content = json.dumps(answer).encode()
        # Before the answer: what the server sends next must not overtake it.
        platform.received.put(Received(self.command, parts.path, query, headers, body))
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("location", f"{platform.url}{ELSEWHERE}")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass
