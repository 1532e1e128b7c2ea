"""Goes round the open alerts again and again, and has said what is due: escalation, reminders, authors, alerts alike.

It acts for the trunks whose lease is ours, and every change carries that lease. What is due is decided by
`escalation`, `authors` and `inhibition`, once more at the moment of writing: whoever acknowledges in between wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from chatbot import authors, escalation, inhibition, routes
from chatbot.alert import Alert, Entry
from chatbot.authors import Telling
from chatbot.config import Config
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError
from chatbot.store import Lease, Store
from chatbot.whois import Whois

log = structlog.get_logger("escalating")


class Escalating:
    """Looks at every open alert of ours."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        whois: Whois,
        *,
        config: Callable[[], Config],
        lease: Callable[[str], Lease | None],
        now: Callable[[], datetime],
    ) -> None:
        """*config* is asked each time; *lease* is ours on a trunk, or `None`."""
        self._store = store
        self._delivery = delivery
        self._whois = whois
        self._config = config
        self._lease = lease
        self._now = now

    async def look(self) -> None:
        """Have said what is due now. What goes wrong with one alert holds up no other; it is due again next time.

        Raises:
            TransientError: the alerts cannot be read.
        """
        alerts = await self._store.alerts.all_open()
        titles = {watch.id: watch.title for watch in self._config().watches}
        for alert in alerts:
            lease = self._lease(alert.trunk)
            if lease is not None and not alert.of_source:
                try:
                    await self._look_at(alert, alerts, titles, lease)
                except (TransientError, PermanentError) as error:
                    log.warning("not_escalated", alert=alert.id, reason=str(error))

    async def _look_at(self, alert: Alert, others: Sequence[Alert], titles: Mapping[str, str], lease: Lease) -> None:
        now = self._now()

        def due(present: Alert) -> tuple[Entry, ...]:
            plan = routes.plan(present, self._config(), now=now)
            alike = inhibition.alike(present, others, titles, now=now)
            return (*escalation.due(present, plan, now=now), *alike)

        if due(alert):
            await self._say(alert, due, lease)
        await self._tell_authors(alert, lease, now)

    async def _say(self, alert: Alert, due: Callable[[Alert], tuple[Entry, ...]], lease: Lease) -> None:
        before, after = await self._store.alerts.change(alert.id, lambda a: a.said(*due(a)), lease=lease)
        for entry in after.entries[len(before.entries) :]:
            log.info("said", alert=alert.id, entry=entry.id, to=entry.to)
        if after != before:
            self._delivery.nudge(alert.id)

    # ---- authors

    async def _tell_authors(self, alert: Alert, lease: Lease, now: datetime) -> None:
        config = self._config()
        if routes.plan(alert, config, now=now).silent(now=now):
            return
        known = authors.mentioned_with_culprits(config.authors, config.people)
        for telling in authors.tellings(alert, config.authors, known):
            entry = await self._entry(telling, config, now)
            if entry is not None and all(entry.id != other.id for other in alert.entries):
                await self._say(alert, lambda a, entry=entry: (entry,) if escalation.may_speak(a) else (), lease)  # type: ignore[misc]  # the loop's variable is bound on purpose

    async def _entry(self, telling: Telling, config: Config, now: datetime) -> Entry | None:
        """What tells the author, `None` where nobody in Slack is known to be them."""
        user = authors.configured(telling.commit, config.people)
        if user is None:
            email = authors.address_of(telling.commit)
            user = await self._whois.by_email(email) if email else None
        if user is None:
            return None
        channel = await self._whois.direct(user) if config.authors.tell == "direct" else None
        return authors.entry(telling, user, now=now, channel=channel)
