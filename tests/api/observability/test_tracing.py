"""Traces: spans of requests and stages, told to a collector on this machine, without what was asked."""

import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.app import create_app
from api.observability.logs import configure
from api.settings import Settings, SettingsError
from tests.api.observability.test_requests import KeptApart
from tests.api.sending import serving_here


class Collector(ThreadingHTTPServer):
    """What takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: list[str] = []
        self.received: list[ExportTraceServiceRequest] = []

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.received
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        import gzip

        sent = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            sent = gzip.decompress(sent)
        self.server.paths.append(self.path)
        self.server.received.append(ExportTraceServiceRequest.FromString(sent))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


@pytest.mark.parametrize("by", ["ANWEN_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_a_collector_hears_of_requests_and_their_stages_but_not_of_what_was_asked(
    by: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        address = f"http://127.0.0.1:{collector.server_port}"
        if by.startswith("OTEL"):
            monkeypatch.setenv(by, address)
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        with serving_here(home, otlp_endpoint="" if by.startswith("OTEL") else address) as client:
            client.post("/ask", json={"question": "甲县养老机密"}, headers={"traceparent": parent})
            with KeptApart():
                written = io.StringIO()
                configure(Settings(log="json"), written)
                client.get("/figures?q=养老机密")
            client.get("/healthz")
    assert set(collector.paths) == {"/v1/traces"}
    spans = collector.spans
    assert {span.name for span in spans} == {"POST /ask", "GET /figures", "understand", "search", "answer"}
    (looked,) = [span for span in spans if span.name == "GET /figures"]
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["trace_id"] == looked.trace_id.hex()
    (request,) = [span for span in spans if span.name == "POST /ask"]
    stages = [span for span in spans if span.name in ("understand", "search", "answer")]
    assert request.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert {span.parent_span_id for span in stages} == {request.span_id}
    everything = "".join(map(str, collector.received)) + "".join(
        attribute.value.string_value for span in spans for attribute in span.attributes
    )
    assert "anwen" in everything
    assert "机密" not in everything
    assert "%E6%9C%BA" not in everything


def test_without_the_packages_the_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"anwen\[otel\]"):
        create_app(Settings(otlp_endpoint="http://localhost:4318"))
    # Who names no collector needs none of them.
    create_app(Settings())


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="ANWEN_OTLP_ENDPOINT='localhost:4318'"):
        create_app(Settings(otlp_endpoint="localhost:4318"))
