"""What the parts of the bot tell of their work: numbers, and spans where somebody traces.

Handed to whoever has something to tell; who was handed none counts for itself alone. Without a tracer a span costs a
call and nothing is imported for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import Protocol

from prometheus_client import Histogram

from chatbot.alert import Alert, Kind
from chatbot.metrics import Metrics, seconds

_NO_SPAN: AbstractContextManager[object] = nullcontext()


class Tracer(Protocol):
    """What opens spans: `chatbot.traces` has OpenTelemetry's."""

    def span(self, name: str, attributes: dict[str, str]) -> AbstractContextManager[object]:
        """A span as long as the block."""
        ...


class Telemetry:
    """The instruments and the tracer of one app."""

    def __init__(self, metrics: Metrics | None = None, tracer: Tracer | None = None) -> None:
        self.metrics = metrics or Metrics()
        self._tracer = tracer

    def span(self, name: str, /, **attributes: str) -> AbstractContextManager[object]:
        """A step of the work, as long as the block; *attributes* are names and ids, never anybody's words."""
        return self._tracer.span(name, attributes) if self._tracer is not None else _NO_SPAN

    def changed(self, before: Alert, after: Alert, priority: str) -> None:
        """An alert was changed: how long people took, where that is what changed."""
        acknowledged, resolved = after.acknowledged_at, after.resolved_at
        if acknowledged is not None and not _acknowledged_once(before):
            self.metrics.acknowledge.labels(priority).observe(seconds(acknowledged - after.opened_at))
        if resolved is not None and before.open and not after.open:
            began = after.began
            self.metrics.resolve.labels(priority).observe(seconds(resolved - began))


def _acknowledged_once(alert: Alert) -> bool:
    return alert.acknowledged_at is not None or any(entry.kind is Kind.ACKNOWLEDGED for entry in alert.entries)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Have *histogram* observe how long the block takes."""
    began = monotonic()
    try:
        yield
    finally:
        histogram.observe(monotonic() - began)
