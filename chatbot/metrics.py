"""What is counted and measured, for Prometheus: every instrument by name. It measures nothing by itself.

One registry an app, none for the process. Labels are names from the configuration and from our own lists, hosts and
methods: never something that a person, a commit or a log can make up. `deploy/docs/metrics.md` lists the same.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from chatbot import __version__

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

_PEOPLE = tuple(60.0 * minutes for minutes in (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440, 4320))  # until they act
_ANSWERS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)  # 3 s is as long as Slack waits
_POLLS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LAGS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # 20 ms is what we allow ourselves

# When a series began is of use to nobody here, and would double the number of lines.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped


Labels = TypeVar("Labels", bound=tuple[str, ...])


class Metrics:
    """The instruments of one app. What is counted where it happens is here; `Readings` are taken when asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._trunks()
        self._alerts()
        self._slack()
        self._process()

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return prometheus_client.generate_latest(self.registry)

    def _trunks(self) -> None:
        self.polls = self._counter("polls", "Polls of a source.", "trunk", "outcome")
        self.poll_seconds = self._histogram("poll_seconds", "From asking a source to the verdict.", _POLLS)
        self.data_age = self._gauge("data_age_seconds", "Time since the last good poll of a trunk of ours.", "trunk")
        self.poll_every = self._gauge(
            "poll_every_seconds", "The interval between polls, stretched where budget runs low.", "trunk"
        )
        self.poll_stretch = self._gauge("poll_stretch_ratio", "How much longer the interval is to save budget.", "api")
        self.verdicts = self._counter("verdicts", "Evaluations of a watch.", "watch", "outcome")
        self.leases = self._gauge("leases_held", "Trunks that this replica follows.")
        self.trunks = self._gauge("trunks_configured", "Trunks in the configuration.")
        self.requests = self._counter("api_requests", "Requests sent to an API, by its answer.", "api", "answer")
        self.rate_limited = self._counter("rate_limited", "Answers that told us to wait (429).", "api", "method")
        self.budget_remaining = self._gauge("api_budget_remaining", "Requests left.", "api", "resource")
        self.budget_limit = self._gauge("api_budget_limit", "Requests allowed in a window.", "api", "resource")
        self.budget_reset = self._gauge("api_budget_reset_seconds", "Time until all are back.", "api", "resource")

    def _alerts(self) -> None:
        self.open_alerts = self._gauge("alerts_open", "Alerts that are not resolved.", "state", "priority")
        self.undelivered = self._gauge("alerts_undelivered", "Alerts that Slack does not show in full yet.")
        self.acknowledge = self._histogram(
            "acknowledge_seconds", "From an alert's opening to its first acknowledgement.", _PEOPLE, "priority"
        )
        self.resolve = self._histogram(
            "resolve_seconds", "From an alert's (last) opening to its resolution.", _PEOPLE, "priority"
        )

    def _slack(self) -> None:
        self.deliveries = self._counter("deliveries", "Messages brought to Slack, or not.", "kind", "outcome")
        self.ambiguous = self._counter(
            "ambiguous_posts", "Posts whose answer was lost, by what became of them.", "outcome"
        )
        self.queue = self._gauge("queue_depth", "Calls to Slack that wait for their turn.", "priority")
        self.connected = self._gauge("slack_connected", "1 while Slack's deliveries can arrive, else 0.")
        self.connection_age = self._gauge("slack_connection_age_seconds", "How long the socket has been open.")
        self.answers = self._histogram(
            "request_seconds", "From a command, a press and so on to its answer.", _ANSWERS, "kind", "name"
        )
        self.failed = self._counter("requests_failed", "Commands, presses and so on that ended in an error id.")

    def _process(self) -> None:
        self.loop_lag = self._histogram("loop_lag_seconds", "How late the event loop wakes up.", _LAGS)
        self.redis = self._gauge("redis_reachable", "1 while Redis answers, else 0.")
        self.redis_errors = self._counter("redis_errors", "Calls that Redis refused or did not answer.", "code")
        self.configuration = self._gauge("configuration_good", "0 while a changed file is refused, else 1.")
        built = self._gauge("build_info", "Always 1; the labels say what runs.", "version", "python")
        built.labels(__version__, platform.python_version()).set(1)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"trunkwatch_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"trunkwatch_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"trunkwatch_{name}", meaning, labels, buckets=buckets, registry=self.registry)


def shown(gauge: Gauge, values: Mapping[Labels, float]) -> None:
    """Have *gauge* show *values* by its labels, and nothing of what it showed before."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)


def seconds(span: timedelta) -> float:
    """*span* for a histogram; clocks that disagree make no negative time."""
    return max(0.0, span.total_seconds())
