"""What a person asks for themselves: a direct message when something is assigned to them, quiet hours.

Pure. Quiet hours are those of the clock on their own wall. It stores nothing and tells nobody.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from chatbot.alert import Alert, Entry, Kind
from chatbot.config import Priority, Quiet
from chatbot.quiet import is_quiet

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class Preferences(Struct, frozen=True, omit_defaults=True):
    """One person's. `quiet_from` and `quiet_to` are times of day (`22:00`) in `timezone`, empty where there are none.

    `timezone` and `name` are Slack's, as last seen.
    """

    direct: bool = False
    quiet_from: str = ""
    quiet_to: str = ""
    timezone: str = "UTC"
    name: str = ""

    @property
    def has_quiet_hours(self) -> bool:
        """Whether there are hours in which they do not want to be mentioned."""
        return bool(_TIME.fullmatch(self.quiet_from) and _TIME.fullmatch(self.quiet_to)) and (
            self.quiet_from != self.quiet_to
        )

    def hushed(self, priority: Priority, *, now: datetime) -> bool:
        """Whether they are not to be mentioned at *now* for something of *priority*; P0 is always said."""
        if not self.has_quiet_hours:
            return False
        return is_quiet(
            Quiet.model_validate({"from": self.quiet_from, "to": self.quiet_to, "timezone": self.timezone}),
            priority,
            now=now,
        )

    def of(self, name: str, timezone: str | None) -> Preferences:
        """With the name and the time zone that Slack gives them now; a zone that nobody knows changes nothing."""
        return replace(self, name=name[:80], timezone=_known(timezone) or self.timezone)


def wrong_times(start: str, end: str) -> tuple[str, str]:
    """What is wrong with quiet hours from *start* to *end*, beside each; empty where nothing is."""
    if bool(start) != bool(end):
        missing = "Say when they end too, or clear both." if start else "Say when they begin too, or clear both."
        return ("", missing) if start else (missing, "")
    if not start:
        return "", ""
    bad = ["" if _TIME.fullmatch(one) else "Write a time of day such as 22:00." for one in (start, end)]
    if not any(bad) and start == end:
        return "", "That is when they begin; pick another time, or clear both."
    return bad[0], bad[1]


def handed_over(before: Alert, after: Alert) -> Entry | None:
    """The entry by which somebody else's act gave the alert to its assignee, where that is new."""
    known = {entry.id for entry in before.entries}
    new = (e for e in reversed(after.entries) if e.kind is Kind.ASSIGNED and e.id not in known)
    return next((entry for entry in new if entry.to and entry.to != entry.by), None)


def _known(timezone: str | None) -> str | None:
    try:
        return ZoneInfo(timezone).key if timezone else None
    except (KeyError, ValueError, OSError):  # unknown, oddly spelled, a directory of the data base
        return None
