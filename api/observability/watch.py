"""What is counted, timed and traced while a server runs. Each application has its own, so that two never mix."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Literal

from opentelemetry.trace import NoOpTracer, Tracer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from api.imports.schemas import ImportOut

_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STAGE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds: upper bounds of the histograms' buckets. A question takes some 25 ms, a language model some seconds."""

Composer = Literal["extracts", "model"]
"""Who words an answer: the compilation itself, or a language model."""


class Stage(StrEnum):
    """The stages of an answer: a question made whole, passages found, an answer chosen, one written by a model."""

    UNDERSTAND = "understand"
    SEARCH = "search"
    ANSWER = "answer"
    COMPOSE = "compose"


class Watch:
    """The metrics of one application, under `registry`, and the tracer to which its stages are told."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or NoOpTracer()
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "anwen_http_requests", "HTTP requests.", ("route", "method", "status"), registry=registry
        )
        self.in_flight = Gauge("anwen_http_requests_in_flight", "HTTP requests under way.", registry=registry)
        self.request_seconds = Histogram(
            "anwen_http_request_seconds",
            "From a request to the last byte of its response.",
            ("route", "method"),
            buckets=_REQUEST,
            registry=registry,
        )
        seconds = Histogram(
            "anwen_stage_seconds", "Stages of an answer.", ("stage",), buckets=_STAGE, registry=registry
        )
        self._seconds = {stage: seconds.labels(stage) for stage in Stage}
        self._answers = Counter("anwen_answers", "Answers, by who worded them.", ("composer",), registry=registry)
        self._abstentions = Counter("anwen_abstentions", "Questions not answered.", ("reason",), registry=registry)
        self._failures = Counter(
            "anwen_composer_failures", "Answers of the language model not used.", ("reason",), registry=registry
        )
        self._imports = Counter("anwen_imports", "Imports at their end.", ("kind", "status"), registry=registry)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time what is done in the context, also where it fails."""
        began = time.perf_counter()
        # Never made the current one: a generator may be left in another context than it was entered in.
        span = self._tracer.start_span(stage)
        try:
            yield
        finally:
            span.end()
            self._seconds[stage].observe(time.perf_counter() - began)

    def answered(self, composer: Composer = "extracts") -> None:
        """Count an answer."""
        self._answers.labels(composer).inc()

    def silent(self, reason: str) -> None:
        """Count a question that was not answered, by the stable code of why."""
        self._abstentions.labels(reason).inc()

    def not_composed(self, reason: str) -> None:
        """Count that what a language model wrote was not used, by the stable code of why."""
        self._failures.labels(reason).inc()

    def imported(self, ended: ImportOut) -> None:
        """Count an import that is done or has failed."""
        self._imports.labels(ended.kind, ended.status).inc()
