"""Has the alerts that are stored follow what Grafana tells, at any replica, and looks after them under one lease.

Whoever is told writes it down, under an optimistic lock; whoever holds the lease shows it. After the store lost its
memory nothing is taken before the threads in Slack have been found again: a second root would be the price.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from chatbot import grafana, presses, routes, snooze, timeline
from chatbot.alert import GRAFANA, Alert
from chatbot.config import Config
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError
from chatbot.firing import Firing
from chatbot.grafana import Home
from chatbot.recovery import Recovery
from chatbot.store import Lease, LostLease, Store

log = structlog.get_logger("grafana")

LOOKED_AT = timedelta(days=15)
"""How long what is over is still looked at: two weeks of digests. There may be thousands a month."""
_TRIES = 5
_LOOK = 1.0  # seconds between two looks for snoozes that are over
_REMEMBER = 3600.0  # seconds until it is written down anew that the store has its memory
_AT_ONCE = 8


class Told(Struct, frozen=True):
    """Something fires, or does no more, and where that belongs. *lost*: nobody is known whose it is."""

    firing: Firing
    home: Home
    lost: bool = False


class LeftOut(Struct, frozen=True):
    """How many alerts of a group were left out of a delivery; `key` is the group's."""

    number: int
    key: str


class Firings:
    """Alerts of Grafana's."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        recovery: Recovery,
        *,
        config: Callable[[], Config],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*config* is asked each time."""
        self._store = store
        self._delivery = delivery
        self._recovery = recovery
        self._config = config
        self._now = now
        self._sleep = sleep

    async def take(self, told: Sequence[Told], left_out: LeftOut | None = None) -> None:
        """Store what was *told*; twice changes nothing.

        Raises:
            TransientError: it cannot be stored now, or alerts of before are still looked for in Slack.
        """
        if GRAFANA not in await self._store.watches.get_many([GRAFANA]):
            raise TransientError("what was told before is still being looked for in Slack")
        turns = asyncio.Semaphore(_AT_ONCE)

        async def follow(one: Told) -> Alert | None:
            async with turns:
                return await self._follow(one)

        alerts = await asyncio.gather(*map(follow, told))
        first = next((alert for alert in alerts if alert is not None and alert.open), None)
        if left_out is not None and first is not None:
            await self._change(first, lambda a: grafana.left_out(a, left_out.number, key=left_out.key, now=self._now()))

    async def _follow(self, told: Told) -> Alert | None:
        """Have the alert at the home of *told* follow it."""
        if told.lost and self._config().slack.fallback_channel is None:
            log.error("nobody_to_tell", rule=told.firing.rule, lacks=told.firing.lacks)
            return None
        for _ in range(_TRIES):
            present = next(iter(await self._store.alerts.recent(told.home.watch, 1)), None)
            after = grafana.followed(present, told.firing, told.home, now=self._now())
            if after is None or after == present:
                return after
            if present is None or after.id != present.id:
                if await self._store.alerts.create(after, None, timeline.opened(after)):
                    log.info("alert_opened", watch=after.watch, alert=after.id, rule=told.firing.rule)
                    self._delivery.nudge(after.id, after)
                    return after
            elif await self._joined(present, told):
                return present
        raise TransientError(f"the alert of {told.home.watch!r} is being changed by too many at once")

    async def _joined(self, present: Alert, told: Told) -> bool:
        """Whether *present* could follow; not where another one has been opened meanwhile."""

        def follow(newest: Alert) -> Alert:
            after = grafana.followed(newest, told.firing, told.home, now=self._now())
            return after if after is not None and after.id == newest.id else newest

        try:
            await self._change(present, follow)
        except PermanentError as error:
            if error.code in {"already_open", "gone"}:
                return False
            raise
        return True

    async def _change(self, alert: Alert, function: Callable[[Alert], Alert]) -> None:
        before, after = await self._store.alerts.change(alert.id, function, note=timeline.note)
        if before != after:
            log.info("alert_changed", watch=after.watch, alert=after.id, state=after.state.value)
            self._delivery.nudge(after.id)

    # ---- under the lease

    async def look_after(self, lease: Lease) -> None:
        """Find again what was told before, if the store does not know; then end snoozes whose time is over.

        Raises:
            LostLease: another replica does it.
        """
        left = 0.0
        while True:
            try:
                if left <= 0:
                    await self._remember(lease)
                    left = _REMEMBER
                await self._wake()
            except LostLease:
                raise
            except (TransientError, PermanentError) as error:
                log.warning("grafana_not_looked_after", reason=str(error))
            await self._sleep(_LOOK)
            left -= _LOOK

    async def _remember(self, lease: Lease) -> None:
        if GRAFANA not in await self._store.watches.get_many([GRAFANA]):
            await self._recovery.find(GRAFANA, routes.channels(GRAFANA, self._config()), lease)
        await self._store.watches.put(GRAFANA, b"{}", lease)
        await self._store.alerts.let_go(GRAFANA, before=self._now() - LOOKED_AT - self._config().grafana.reopen_within)

    async def _wake(self) -> None:
        now = self._now()
        for alert in await self._store.alerts.all_open():
            if alert.of_grafana and _over(alert, now=now):
                await self._change(alert, lambda a: _woken(a, now=now))


def _over(alert: Alert, *, now: datetime) -> str | None:
    return snooze.ended(alert.snooze, now=now) if alert.snooze is not None and alert.open else None


def _woken(alert: Alert, *, now: datetime) -> Alert:
    why = _over(alert, now=now)
    return presses.woken(alert, at=now, why=why) if why else alert
