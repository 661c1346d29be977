"""Traces over OpenTelemetry, where a collector is named; its packages are an extra that others need not install."""

import os
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig

from api.settings import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

_ELSEWHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Where OpenTelemetry's own packages look for the address of a collector."""
_UNTRACED = ("/healthz", "/readyz", "/metrics")


def provider(settings: Settings) -> "TracerProvider | None":
    """Return what traces are told to; None where no collector is named. Raises SettingsError without the packages."""
    endpoint = settings.otlp_endpoint.rstrip("/")
    if not endpoint and not any(os.environ.get(name) for name in _ELSEWHERE):
        return None
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise SettingsError(f"ANWEN_OTLP_ENDPOINT={endpoint!r} 不能用：要写明协议，如 http://localhost:4318。")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise SettingsError(
            "设了链路追踪的地址（ANWEN_OTLP_ENDPOINT），但没有装 OpenTelemetry 的包。"
            "请运行 pip install 'anwen[otel]'，或去掉这个设置。"
        ) from error
    # Without an address of ours the exporter reads the environment itself.
    return told_to(OTLPSpanExporter(f"{endpoint}/v1/traces" if endpoint else None))


def told_to(exporter: "SpanExporter") -> "TracerProvider":
    """Return a provider whose spans go to an exporter, without what was asked."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class WithoutQuery(SpanProcessor):
        def on_start(self, span: Span, parent_context: object = None) -> None:  # noqa: ARG002
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "REDACTED")

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "anwen"}
    found = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    found.add_span_processor(WithoutQuery())
    found.add_span_processor(BatchSpanProcessor(exporter))
    return found


def telemetry(found: "TracerProvider | None") -> TelemetryConfig:
    """Return what the web framework is told of tracing: every request but those that only look after the server."""
    return TelemetryConfig(
        tracer_provider=found,
        tracing=found is not None,
        metrics=False,
        logs=False,
        operation_spans=False,
        auto_configure=False,
        exclude=lambda scope: scope.get("path") in _UNTRACED,
    )
