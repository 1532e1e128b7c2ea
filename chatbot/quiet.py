"""Quiet hours: whether somebody may be mentioned now. Pure; it holds nothing back itself."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from chatbot.config import Priority, Quiet


def is_quiet(quiet: Quiet | None, priority: Priority, *, now: datetime) -> bool:
    """Whether nobody is to be mentioned at *now* for something of *priority*.

    The hours are those that a clock on the wall shows, so they are the same all year; of the hour that comes twice in
    autumn both are meant.
    """
    if quiet is None or priority in quiet.exempt:
        return False
    shown = now.astimezone(ZoneInfo(quiet.timezone)).time()
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    return start <= shown < end if start < end else shown >= start or shown < end


def was_quiet_until(quiet: Quiet | None, priority: Priority, *, then: datetime, now: datetime) -> bool:
    """Whether *then* was in quiet hours and *now* is not: what was held back then is due."""
    return is_quiet(quiet, priority, now=then) and not is_quiet(quiet, priority, now=now)
