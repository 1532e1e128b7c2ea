"""When a team's digest is due: a time of day on some days of the week, in the team's own time zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chatbot.config.teams import Digest

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def newest(digest: Digest, *, now: datetime) -> datetime:
    """The last time at or before *now* that *digest* was due, in UTC.

    A time of day that a change of the clocks leaves out comes as much later; one that comes twice counts once.
    """
    zone = ZoneInfo(digest.timezone)
    at = time.fromisoformat(digest.at)
    today = now.astimezone(zone).date()
    for back in range(-1, 9):
        day = today - timedelta(days=back)
        due = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        if _DAYS[day.weekday()] in digest.days and due <= now:
            return due
    raise ValueError(f"no day of the week in {digest.days!r}")
