"""Takes the readings that are asked for and not counted: ages, depths, open alerts, budgets. It mends nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatbot import routes
from chatbot.alert import Alert
from chatbot.budgets import Budgets
from chatbot.config import Config
from chatbot.errors import PermanentError, TransientError
from chatbot.health import SourceHealth
from chatbot.metrics import Metrics, seconds, shown
from chatbot.slack.pacing import Pacer
from chatbot.store import Store


class Followed(Protocol):
    """Whoever follows a trunk."""

    @property
    def health(self) -> SourceHealth:
        """How reading it goes."""
        ...


class Connection(Protocol):
    """The socket to Slack."""

    async def connected(self) -> bool:
        """Whether deliveries can arrive now."""
        ...

    def age(self) -> float:
        """Seconds since it was opened; 0 while there is none."""
        ...


@dataclass(frozen=True)
class Parts:
    """What is asked. `pollers` are ours by trunk, `held` the leases we hold; without `socket` Slack comes by HTTP."""

    store: Store
    pacer: Pacer
    pollers: Mapping[str, Followed]
    held: Callable[[], Sequence[str]]
    socket: Connection | None
    config: Callable[[], Config]
    good_configuration: Callable[[], bool]


class Gauges:
    """The readings of one app."""

    def __init__(self, metrics: Metrics, budgets: Budgets, parts: Parts, *, now: Callable[[], datetime]) -> None:
        self._metrics = metrics
        self._budgets = budgets
        self._parts = parts
        self._now = now
        self._began = now()

    async def take(self) -> None:
        """Take all of them. Where Redis does not answer, what it would tell is left out."""
        self._sources()
        self._spent()
        metrics, parts = self._metrics, self._parts
        waiting = {(priority.name.lower(),): float(count) for priority, count in parts.pacer.waiting.items()}
        shown(metrics.queue, waiting)
        trunks = {trunk.id for trunk in parts.config().trunks}
        metrics.leases.set(len(trunks.intersection(parts.held())))
        metrics.trunks.set(len(trunks))
        metrics.configuration.set(parts.good_configuration())
        metrics.connected.set(parts.socket is None or await parts.socket.connected())
        metrics.connection_age.set(parts.socket.age() if parts.socket else 0.0)
        await self._alerts()

    def _sources(self) -> None:
        now, health = self._now(), {trunk: one.health for trunk, one in self._parts.pollers.items()}
        ages = {(trunk,): seconds(now - (seen.polled_at or self._began)) for trunk, seen in health.items()}
        shown(self._metrics.data_age, ages)
        shown(self._metrics.poll_every, {(trunk,): seen.every.total_seconds() for trunk, seen in health.items()})

    def _spent(self) -> None:
        now, metrics = self._now(), self._metrics
        budgets = self._budgets.all(now=now)
        shown(metrics.budget_remaining, {key: budget.remaining for key, budget in budgets.items()})
        shown(metrics.budget_limit, {key: budget.limit for key, budget in budgets.items()})
        shown(metrics.budget_reset, {key: seconds(budget.reset - now) for key, budget in budgets.items()})
        shown(metrics.poll_stretch, {(api,): self._budgets.stretch(api, now=now) for api, _ in budgets})

    async def _alerts(self) -> None:
        alerts, metrics = self._parts.store.alerts, self._metrics
        try:
            opened, unfinished = await _both(alerts.all_open(), alerts.unfinished())
        except (TransientError, PermanentError):
            metrics.redis.set(0)
            metrics.open_alerts.clear()
            metrics.undelivered.set(float("nan"))
            return
        config = self._parts.config()
        found = Counter((alert.state.value, routes.watch_of(alert, config).priority.value) for alert in opened)
        shown(metrics.open_alerts, {labels: float(count) for labels, count in found.items()})
        metrics.undelivered.set(len(unfinished))
        metrics.redis.set(1)


async def _both(one: Awaitable[list[Alert]], other: Awaitable[list[Alert]]) -> tuple[list[Alert], list[Alert]]:
    """Both at once: where Redis does not answer, each waits as long as is allowed; the first error is raised."""
    found = await asyncio.gather(one, other, return_exceptions=True)
    for answer in found:
        if isinstance(answer, BaseException):
            raise answer
    return found[0], found[1]  # type: ignore[return-value]  # exceptions were raised above
