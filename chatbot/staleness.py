"""A source that does not answer is itself an alert, in the fallback channel: raised once, ended when data flow again.

It says nothing about jobs: data that are old neither fire nor resolve anything. Silence is measured by a clock that
nobody sets: where the time of day jumps, or a machine wakes after hours, the source was not silent meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from chatbot import presses, timeline
from chatbot.alert import SOURCE, Alert
from chatbot.delivery import Delivery
from chatbot.health import STALE_AFTER, SourceHealth
from chatbot.store import Lease, Store

log = structlog.get_logger("poller")

SHORTEST = timedelta(seconds=10)
"""Silence shorter than this is nobody's business, however short the interval."""
_SAME_THREAD = timedelta(hours=6)


class Staleness:
    """Raises and ends the alerts about sources."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        *,
        fallback: Callable[[], str | None],
        now: Callable[[], datetime],
        shortest: timedelta = SHORTEST,
    ) -> None:
        """*fallback* is asked each time; without such a channel `/trunk health` and the log have to do."""
        self._store = store
        self._delivery = delivery
        self._fallback = fallback
        self._now = now
        self._shortest = shortest

    async def look(self, source: SourceHealth, *, silent: timedelta, lease: Lease) -> None:
        """Let the alert about *source* follow how it is; *silent* since its last answer, or since it was asked."""
        now = self._now()
        present = next(iter(await self._store.alerts.recent(SOURCE + source.trunk, 1)), None)

        def change(before: Alert) -> Alert:
            return followed(before, source, silent=silent, now=now, shortest=self._shortest) or before

        after = followed(present, source, silent=silent, now=now, shortest=self._shortest)
        if after is None or after == present:
            return
        if self._fallback() is None and after.open:
            log.error("source_stale", trunk=source.trunk, reason=after.note)
            return
        if present is None or after.id != present.id:
            await self._store.leases.renew(lease)
            await self._store.alerts.create(after, lease, timeline.opened(after))
        else:
            _, after = await self._store.alerts.change(present.id, change, lease=lease, note=timeline.note)
        log.info("source_alert", trunk=source.trunk, alert=after.id, state=after.state.value)
        self._delivery.nudge(after.id)


def followed(
    present: Alert | None, source: SourceHealth, *, silent: timedelta, now: datetime, shortest: timedelta
) -> Alert | None:
    """The alert about *source* as it should be now: *present* itself where nothing changes."""
    stale = silent > max(STALE_AFTER * source.every, shortest)
    if present is not None and present.open:
        opened = min(present.opened_at, now - shortest)  # by a clock that was ahead: it must not stay open until then
        answers = not stale and source.polled_at is not None and source.polled_at > opened
        return presses.resolved(present, at=now) if answers else present
    if not stale or _dismissed(present, source):
        return present
    said = f"No answer since {source.polled_at or now - silent:%H:%M} UTC"
    note = f"{said}: {source.trouble[:300]}" if source.trouble else said
    if present is not None and presses.may_reopen(present, within=_SAME_THREAD, now=now):
        return presses.reopened(present, at=now, note=note)
    watch = SOURCE + source.trunk
    return Alert(
        id=f"{watch}:{now:%Y%m%dT%H%M%S}",
        watch=watch,
        trunk=source.trunk,
        opened_at=now,
        opened_on="",
        changed_at=now,
        jobs=(),
        failing=(),
        note=note,
        previous=present.delivery.link if present else None,
    )


def _dismissed(present: Alert | None, source: SourceHealth) -> bool:
    """Whether somebody resolved it by hand and it has not answered since: they know."""
    if present is None or present.resolved_by is None or present.resolved_at is None:
        return False
    return source.polled_at is None or source.polled_at < present.resolved_at
