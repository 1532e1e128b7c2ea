"""Has each team's hand-over said when its shift changes: once a shift, and not at all where nothing is handed over.

A team whose shifts were never looked at begins with the one that is: nobody wants to hear of one that began
days ago. What is handed over is decided by `handover`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from chatbot import handover
from chatbot.alert import Alert
from chatbot.config import Config, Priority, Team
from chatbot.errors import PermanentError, TransientError
from chatbot.handover import Change, Handover
from chatbot.messages import handover as words
from chatbot.messages.blocks import Payload
from chatbot.notices import Notices
from chatbot.quiet import is_quiet
from chatbot.store import Lease, LostLease, Store
from chatbot.whois import Whois

log = structlog.get_logger("shifts")

_RECENT = 5  # alerts of a watch that are looked at
_SOON = timedelta(seconds=30)


class Shifts:
    """Looks after the teams that take turns."""

    def __init__(
        self,
        store: Store,
        notices: Notices,
        whois: Whois,
        *,
        config: Callable[[], Config],
        lease: Callable[[str], Lease | None],
        now: Callable[[], datetime],
    ) -> None:
        """*config* is asked each time; *lease* is ours on a trunk, or `None`."""
        self._store = store
        self._notices = notices
        self._whois = whois
        self._config = config
        self._lease = lease
        self._now = now
        self._done: dict[str, str] = {}
        self._not_before: dict[str, datetime] = {}

    async def look(self) -> None:
        """Hand over for each team of ours whose shift has changed."""
        config, now = self._config(), self._now()
        for name, team in config.teams.items():
            trunk = handover.responsible(name, config)
            change = handover.change(team, now=now)
            ours = trunk is not None and self._lease(trunk) is not None
            if change is None or not ours or self._done.get(name) == change.key:
                continue
            if now < self._not_before.get(name, now):
                continue
            try:
                await self._hand_over(name, team, change, trunk or "")
                self._done[name] = change.key
            except (TransientError, PermanentError) as error:
                self._not_before[name] = now + _SOON
                log.warning("not_handed_over", team=name, reason=str(error))

    async def _hand_over(self, name: str, team: Team, change: Change, trunk: str) -> None:
        owner, now = f"team/{name}", self._now()
        last = await self._notices.last(owner)
        if last is not None and last.key == change.key and last.over:
            return
        found = None
        if last is not None and not handover.too_late(change, now=now):
            found = handover.handover(name, change, await self._alerts(name))
        if found is None:
            await self._notices.skip(owner, change.key)
            return

        def held() -> None:
            if self._lease(trunk) is None:
                raise LostLease(f"another replica may look after trunk {trunk!r} by now")

        channels = [team.channel, *([fallback] if (fallback := self._config().slack.fallback_channel) else [])]
        payload = await self._payload(found, team)
        if await self._notices.once(owner, change.key, payload, channels=channels, held=held):
            log.info("handed_over", team=name, shift=change.key)

    async def _alerts(self, team: str) -> list[Alert]:
        watches = [watch.id for watch in self._config().watches if watch.team == team]
        return [alert for watch in watches for alert in await self._store.alerts.recent(watch, _RECENT)]

    async def _payload(self, found: Handover, team: Team) -> Payload:
        titles = {watch.id: watch.title for watch in self._config().watches}
        owners = {alert.owner for alert in found.open}
        people = {found.change.now.on_call, found.change.before.on_call, *owners} - {None}
        names = {who: await self._name(who) for who in people if who is not None and not who.startswith("S")}
        quiet = is_quiet(team.quiet, Priority.P3, now=self._now())
        return words.handover(found, titles, names, now=self._now(), quiet=quiet)

    async def _name(self, user: str) -> str:
        return await self._whois.name(user) or ""
