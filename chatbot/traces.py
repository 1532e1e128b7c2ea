"""Spans for OpenTelemetry, for those who installed `trunkwatch[otel]` and named a collector. It decides nothing.

Nothing of OpenTelemetry is imported before `collector` or `Spans` is asked for. A span holds names and ids, and of an
error its class, never its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatbot.errors import ConfigError

if TYPE_CHECKING:  # the extra need not be installed
    from opentelemetry.sdk.trace import TracerProvider

_NAME = "trunkwatch"


class Spans:
    """A tracer whose spans nest: tasks begun inside one carry on under it."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(_NAME)

    @contextmanager
    def span(self, name: str, attributes: dict[str, str]) -> Iterator[None]:
        """A span as long as the block."""
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415  the extra need not be installed

        named = {f"{_NAME}.{key}": value for key, value in attributes.items()}
        with self._tracer.start_as_current_span(
            name, attributes=named, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._provider.force_flush(timeout_millis=2000)
        self._provider.shutdown()


def collector(endpoint: str) -> Spans:
    """Spans sent to the OpenTelemetry collector at *endpoint*, by OTLP over HTTP, from a thread.

    Raises:
        ConfigError: the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  as above
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  as above
    except ImportError as error:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: "
            "install trunkwatch[otel], or unset the variable"
        ) from error
    resource = Resource.create({"service.name": _NAME})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)))
    return Spans(provider)
