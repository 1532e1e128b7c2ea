"""All that looks at the running bot: numbers, budgets, traces, the watchdog, the supervisor. The bot works without it.

One of these an app: it is there before the parts are, hands them what they tell their work to, and looks at them once
they run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from yarl import URL

from chatbot.budgets import Budgets
from chatbot.config import Config
from chatbot.gauges import Gauges, Parts
from chatbot.health import Row
from chatbot.metrics import Metrics
from chatbot.settings import Settings
from chatbot.supervisor import ALIVE, READY, STOPPING, Supervisor
from chatbot.telemetry import Telemetry
from chatbot.traces import Spans, collector
from chatbot.traffic import Traffic, api_of, authority
from chatbot.turns import Turns
from chatbot.watchdog import Beats, Pulse, Watchdog

log = structlog.get_logger("watchdog")


class Observing:
    """Watches one app."""

    def __init__(
        self, settings: Settings, *, config: Callable[[], Config], now: Callable[[], datetime], patience: float
    ) -> None:
        """*patience* is how long the bot may do nothing, in seconds.

        Raises:
            ConfigError: traces are wanted and OpenTelemetry is not installed.
        """
        endpoint = settings.otel_exporter_otlp_endpoint
        self._spans: Spans | None = collector(endpoint) if endpoint else None
        self.metrics = Metrics()
        self.telemetry = Telemetry(self.metrics, self._spans)
        self._budgets = Budgets()
        self.turns = Turns(self._budgets, now=now)
        self._named: tuple[Config | None, set[str]] = None, set()
        self.traffic = Traffic(self.metrics, self._budgets, apis=self._apis, now=now)
        self.beats = Beats()
        self._settings = settings
        self._config = config
        self._now = now
        self._patience = patience
        self._pulse = Pulse(self.metrics, patience=patience)
        self._supervisor = Supervisor()

    def look_at(self, parts: Parts) -> None:
        """The parts are there: these are asked from now on."""
        self._parts = parts
        self._gauges = Gauges(self.metrics, self._budgets, parts, now=self._now)
        parts.store.wire.failed = lambda code: self.metrics.redis_errors.labels(code or "OTHER").inc()
        connected = parts.socket.connected if parts.socket else None
        self._watchdog = Watchdog(self.beats, connected=connected, patience=self._patience)

    async def run(self, leave: Callable[[str], object]) -> None:
        """Watch until cancelled; *leave* is told why the process should."""
        self._supervisor.tell(READY)

        async def tick() -> None:
            reason = await self._watchdog.trouble()
            if reason is None:
                self._supervisor.tell(ALIVE)
                return
            log.critical("watchdog_leaves", reason=reason)
            leave(reason)
            await asyncio.Event().wait()  # it is said once

        await self._pulse.run(tick)

    def stopping(self) -> None:
        """The bot is about to end."""
        self._supervisor.tell(STOPPING)

    async def close(self) -> None:
        """Send the spans that are left."""
        if self._spans is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._spans.close)

    async def exposition(self) -> bytes:
        """What `/metrics` answers."""
        await self._gauges.take()
        return self.metrics.exposition()

    def stuck(self) -> list[str]:
        """Loops that make no progress, for `/healthz`."""
        return self._watchdog.stuck()

    def rows(self) -> list[Row]:
        """What `/trunk health` tells besides: budgets, methods that Slack has stopped, loops that stand still."""
        now = self._now()
        rows = [
            Row(f"budget {api}", good=True, text=_left(budget.remaining, budget.limit, resource, budget.reset - now))
            for (api, resource), budget in self._budgets.all(now=now).items()
        ]
        stopped = self._parts.pacer.limited()
        rows += [Row(f"Slack's {method}", good=True, text=f"waits {left:.0f} s") for method, left in stopped.items()]
        return rows + [Row(f"loop {name}", good=False, text="makes no progress") for name in self.stuck()]

    def api(self, trunk: str) -> str:
        """What *trunk* is read from."""
        return api_of(self._config().trunk(trunk).source, self._settings)

    def _apis(self) -> set[str]:
        """Of the configuration as it is now; asked at every request, so it is not put together each time."""
        config = self._config()
        if self._named[0] is not config:
            ours = {authority(URL(self._settings.github_api_url))}
            self._named = config, ours | {api_of(trunk.source, self._settings) for trunk in config.trunks}
        return self._named[1]


def _left(remaining: int, limit: int, resource: str, until: timedelta) -> str:
    minutes = f"{until.total_seconds() / 60:.0f}"
    which = "" if resource == "core" else f" ({resource})"
    return f"{remaining} of {limit} requests left{which}, all again in {minutes} min"
