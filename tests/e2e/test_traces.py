"""Spans of the running bot, as OpenTelemetry's own exporter in memory sees them, and the bot without the extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from chatbot.telemetry import Telemetry
from chatbot.traces import Spans
from tests.e2e.scene import ALICE, Scene

ROOT = Path(__file__).parents[2]


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Spans:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Spans(provider)


def above(spans: tuple[ReadableSpan, ...], name: str, /, **attributes: str) -> list[str]:
    """The names of a span with these attributes and of all above it, innermost first."""
    by_id = {span.context.span_id: span for span in spans if span.context is not None}
    wanted = {f"trunkwatch.{key}": value for key, value in attributes.items()}.items()
    found = next(s for s in spans if s.name == name and s.attributes is not None and wanted <= s.attributes.items())
    names = [found.name]
    while found.parent is not None:
        found = by_id[found.parent.span_id]
        names.append(found.name)
    return names


async def test_an_alert_can_be_followed_from_the_poll_to_the_post(
    world: Scene, exporter: InMemorySpanExporter, spans: Spans
) -> None:
    world.app._observing.telemetry._tracer = spans
    root = await world.broken()
    await world.settled()
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.reply(root, "cknowledged")
    await world.trunk("alerts")
    await world.polled()
    seen = exporter.get_finished_spans()
    assert above(seen, "settle", outcome="breached") == ["settle", "evaluate", "poll"]
    assert above(seen, "deliver", step="post root") == ["deliver", "settle", "evaluate", "poll"]
    assert above(seen, "apply") == ["apply", "poll"]
    assert above(seen, "fetch") == ["fetch", "poll"]
    assert above(seen, "press", name="acknowledge")[-1] == "press"
    assert above(seen, "command", name="alerts") == ["command"]
    assert "Inductor jobs broken" not in str([span.attributes for span in seen])


def test_an_error_leaves_its_class_and_none_of_its_words(exporter: InMemorySpanExporter, spans: Spans) -> None:
    telemetry = Telemetry(tracer=spans)
    with pytest.raises(ValueError, match="hunter2"), telemetry.span("poll", trunk="pytorch"):
        raise ValueError("hunter2")
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert "ValueError" in span.to_json()
    assert "hunter2" not in span.to_json()


WITHOUT = """
import sys
{block}
import chatbot.app
from chatbot.telemetry import Telemetry
from chatbot.errors import ConfigError
from chatbot.traces import collector
with Telemetry().span("poll", trunk="a"):
    pass
print("imported")
{then}
"""


GONE = 'sys.modules["opentelemetry"] = None'  # importing any of it raises


def said(block: str, then: str) -> list[str]:
    program = WITHOUT.format(block=block, then=then)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_bot_is_whole_where_it_is_not_installed() -> None:
    assert said(GONE, "") == ["imported"]


def test_who_wants_traces_without_the_extra_is_told_what_to_install() -> None:
    then = "try: collector('http://127.0.0.1:4318')\nexcept ConfigError as error: print(error)"
    assert "install trunkwatch[otel]" in said(GONE, then)[-1]


def test_spans_are_offered_to_the_collector_that_is_named() -> None:
    then = "spans = collector('http://127.0.0.1:9')\nwith spans.span('poll', {}): pass\nprint('traced')"
    assert said("", then)[-1] == "traced"
