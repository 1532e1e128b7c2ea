"""What people asked for themselves, kept: their settings, and sparing them mentions in their own quiet hours.

What the settings mean is in `preferences`. It posts nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
import structlog

from chatbot.alert import Alert, Kind
from chatbot.config import Priority
from chatbot.errors import PermanentError, TransientError
from chatbot.messages import hush
from chatbot.messages.blocks import Payload
from chatbot.preferences import Preferences, handed_over
from chatbot.slack.client import Slack
from chatbot.store import Store

log = structlog.get_logger("courtesy")

_OWN = "own"


class Courtesy:
    """The settings of everybody who has some."""

    def __init__(self, store: Store, slack: Slack, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._slack = slack
        self._now = now

    async def of(self, user: str) -> Preferences:
        """What *user* asked for; nothing where they never did, or where it cannot be read."""
        stored = await self._store.settings.get(_owner(user), _OWN)
        try:
            return msgspec.json.decode(stored, type=Preferences) if stored else Preferences()
        except msgspec.MsgspecError as error:
            log.warning("settings_not_read", user=user, reason=str(error))
            return Preferences()

    async def keep(self, user: str, preferences: Preferences) -> None:
        """Remember them."""
        await self._store.settings.put(_owner(user), _OWN, msgspec.json.encode(preferences))

    async def still_here(self, user: str) -> None:
        """They looked at their Home: what they asked for is kept on."""
        await self._store.settings.touch(_owner(user), _OWN)

    async def present(self, user: str) -> Preferences:
        """The same with the name and the time zone that Slack gives them now, where it does."""
        kept = await self.of(user)
        try:
            person = await self._slack.person(user)
        except (TransientError, PermanentError) as error:
            log.info("person_not_seen", user=user, reason=str(error))
            return kept
        return kept.of(person.name, person.timezone)

    async def spared(self, payload: Payload, priority: Priority) -> Payload:
        """*payload* with those named instead of mentioned whose own quiet hours it is. A user group stays mentioned."""
        mentioned = hush.mentioned(payload)
        quiet: dict[str, str] = {}
        for user in mentioned:
            if not (await self.of(user)).has_quiet_hours:
                continue
            wanted = await self.present(user)
            if wanted.hushed(priority, now=self._now()):
                quiet[user] = wanted.name or user
        return hush.hushed(payload, quiet) if quiet else payload

    async def tell_assignee(self, before: Alert, after: Alert, priority: Priority) -> bool:
        """Where somebody else just gave the alert to a person who wants to hear of that directly: have them told.

        From here on it is an entry of the alert and posted exactly once. Only a crash between the assignment and this
        loses it; the mention in the thread comes all the same. Whether there is something to be posted.
        """
        given = handed_over(before, after)
        if given is None or given.to is None:
            return False
        try:
            channel = await self._address(given.to, priority)
            if channel is None:
                return False
            told = msgspec.structs.replace(given, id=f"direct:{given.id}", kind=Kind.TOLD_DIRECTLY, channel=channel)
            await self._store.alerts.change(after.id, lambda alert: alert.said(told))
        except (TransientError, PermanentError) as error:
            log.warning("not_told_directly", alert=after.id, user=given.to, reason=str(error))
            return False
        return True

    async def _address(self, user: str, priority: Priority) -> str | None:
        """The channel of direct messages with *user*, who wants them and has no quiet hours now; `None` otherwise."""
        if not (await self.of(user)).direct:
            return None
        if (await self.present(user)).hushed(priority, now=self._now()):
            return None
        return await self._slack.direct(user)


def _owner(user: str) -> str:
    """Whose keys they are; no trunk or watch has a slash in its name."""
    return f"person/{user}"
