"""What one shift leaves to the next: what is open, what sleeps until when, what came and went. Pure.

It is about alerts of one team. Whether it was said already is not its matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from chatbot.alert import Alert
from chatbot.config import Config, Team
from chatbot.people import Shift, shift

LATE = timedelta(hours=12)
"""A hand-over that could not be said for so long, or for half a shift, is left out: it tells nobody anything."""
_INSTANT = timedelta(microseconds=1)


class Change(Struct, frozen=True):
    """A shift that has begun, and the one before it."""

    before: Shift
    now: Shift

    @property
    def key(self) -> str:
        """The same for every look at the same change of shifts."""
        return self.now.began.isoformat()


class Handover(Struct, frozen=True):
    """What is handed over. `open` without those that sleep; `flapped` came back in the last shift. Oldest first."""

    team: str
    change: Change
    open: tuple[Alert, ...]
    asleep: tuple[Alert, ...]
    flapped: tuple[Alert, ...]


def change(team: Team, *, now: datetime) -> Change | None:
    """The newest change of *team*'s shifts; `None` where nobody takes turns, or the same one goes on."""
    present = shift(team, now=now)
    before = shift(team, now=present.began - _INSTANT) if present else None
    if present is None or before is None or before.on_call == present.on_call:
        return None
    return Change(before, present)


def too_late(one: Change, *, now: datetime) -> bool:
    """Whether the shift has gone on for so long that nobody needs to be told any more."""
    return now - one.now.began > min(LATE, (one.now.ends - one.now.began) / 2)


def handover(team: str, one: Change, alerts: Iterable[Alert]) -> Handover | None:
    """What is handed over out of *alerts*, the newest of the team's watches; `None` where that is nothing."""
    known = sorted(alerts, key=lambda alert: alert.opened_at)
    live = [alert for alert in known if alert.open]
    found = Handover(
        team,
        one,
        open=tuple(alert for alert in live if alert.snooze is None),
        asleep=tuple(alert for alert in live if alert.snooze is not None),
        flapped=tuple(a for a in known if a.reopened_at is not None and a.reopened_at >= one.before.began),
    )
    return found if found.open or found.asleep or found.flapped else None


def responsible(team: str, config: Config) -> str | None:
    """The trunk whose holder speaks for *team*: that of its first watch. `None` where it has none."""
    return next((watch.trunk for watch in config.watches if watch.team == team), None)
