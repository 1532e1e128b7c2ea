"""Who is in Slack's user groups, remembered for some minutes: Slack answers that question 20 times a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from chatbot.errors import PermanentError, TransientError
from chatbot.slack.client import Slack

log = structlog.get_logger("groups")

REMEMBERED = timedelta(minutes=5)


class Groups:
    """The members of user groups, for what may be some minutes old. Permissions ask Slack itself."""

    def __init__(self, slack: Slack, *, now: Callable[[], datetime]) -> None:
        self._slack = slack
        self._now = now
        self._known: dict[str, tuple[datetime, frozenset[str]]] = {}

    async def of(self, user: str, groups: Iterable[str]) -> frozenset[str]:
        """Those of *groups* that *user* is in."""
        return frozenset([group for group in dict.fromkeys(groups) if user in await self._members(group)])

    async def _members(self, group: str) -> frozenset[str]:
        """As last seen where Slack does not answer, nobody where it never did."""
        now = self._now()
        seen, members = self._known.get(group, (None, frozenset[str]()))
        if seen is not None and now - seen < REMEMBERED:
            return members
        try:
            members = frozenset(await self._slack.usergroup_members(group))
        except (TransientError, PermanentError) as error:
            log.warning("group_not_read", group=group, reason=str(error))
        self._known[group] = (now, members)
        return members
