"""Has the alert of a watch follow its verdict: stored under the lease, told to delivery, counted. It judges nothing."""

from __future__ import annotations

import structlog

from chatbot import failpoints, marks, timeline
from chatbot.alert import Alert
from chatbot.delivery import Delivery
from chatbot.evidence import Evidence
from chatbot.settle import settle
from chatbot.sources import Source
from chatbot.store import Lease, Store
from chatbot.telemetry import Telemetry
from chatbot.trunk import Trunk
from chatbot.watch import Verdict, Watch

log = structlog.get_logger("poller")


class Settling:
    """For the watches of one trunk."""

    def __init__(
        self, store: Store, delivery: Delivery, evidence: Evidence, source: Source, telemetry: Telemetry
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._evidence = evidence
        self._source = source
        self._telemetry = telemetry

    async def follow(
        self, watch: Watch, verdict: Verdict, trunk: Trunk, lease: Lease, inhibited_by: tuple[str, ...] = ()
    ) -> Alert | None:
        """Let the watch's alert follow *verdict*, and have it shown where that changed it.

        Raises:
            LostLease: another follows the trunk by now.
            TransientError, PermanentError: nothing was changed, or it was and nobody knows: do it again.
        """
        outcome = ("inhibited" if inhibited_by else "breached") if verdict.breached else "quiet"
        self._telemetry.metrics.verdicts.labels(watch.id, outcome).inc()
        with self._telemetry.span("settle", watch=watch.id, outcome=outcome):
            return await self._follow(watch, verdict, trunk, lease, inhibited_by)

    async def _follow(
        self, watch: Watch, verdict: Verdict, trunk: Trunk, lease: Lease, inhibited_by: tuple[str, ...]
    ) -> Alert | None:
        newest = next(iter(await self._store.alerts.recent(watch.id, 1)), None)

        def follow(present: Alert | None) -> Alert | None:
            known = marks.completed(present, verdict, trunk) if present else None
            return settle(known, watch, verdict, trunk, inhibited_by=inhibited_by)

        after = follow(newest)
        if after is None:
            return None
        if newest is None or after.id != newest.id:
            await self._store.leases.renew(lease)  # whoever lost it, or whose Redis forgot everything, opens nothing
            if not await self._store.alerts.create(after, lease, timeline.opened(after)):
                return await self._store.alerts.current(watch.id)
            log.info("alert_opened", watch=watch.id, alert=after.id, reason=verdict.reason)
        else:
            before, after = await self._store.alerts.change(
                newest.id, lambda present: follow(present) or present, lease=lease, note=timeline.note
            )
            if before == after:
                self._inquire(after, watch, trunk, lease)
                return after
            self._telemetry.changed(before, after, watch.config.priority.value)
            log.info("alert_changed", watch=watch.id, alert=after.id, state=after.state.value)
        failpoints.reach("settled")
        self._delivery.nudge(after.id, after)
        self._inquire(after, watch, trunk, lease, news=True)
        return after

    def _inquire(self, alert: Alert, watch: Watch, trunk: Trunk, lease: Lease, *, news: bool = False) -> None:
        """Have found out what is open: why an alert that changed failed, and what a culprit teaches."""
        if (news and alert.open) or not all(culprit.taught for culprit in alert.culprits):
            self._evidence.wanted(alert, watch.config, trunk, self._source, lease)
