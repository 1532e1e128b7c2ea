"""What the bot knows of its own well-being: sources, Redis, Slack, what could not be delivered. Pure values."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from chatbot.budgets import Budget

STALE_AFTER = 3
"""Intervals without an answer after which a source counts as stale."""


class Row(Struct, frozen=True):
    """One thing looked at: whether it is well, and a sentence that says what is or what to do."""

    name: str
    good: bool
    text: str


class SourceHealth(Struct, frozen=True):
    """How reading one trunk goes. `polled_at` is the last poll that succeeded; `trouble` why the newest did not.

    `saving`: the interval is longer than configured, because little is left of the API's budget.
    """

    trunk: str
    every: timedelta
    polled_at: datetime | None = None
    trouble: str | None = None
    ours: bool = True
    saving: bool = False
    budget: Budget | None = None

    def answered(self, at: datetime, *, every: timedelta, saving: bool, budget: Budget | None) -> SourceHealth:
        """The same after a poll that succeeded at *at*."""
        return replace(self, polled_at=at, trouble=None, every=every, saving=saving, budget=budget)

    def stale(self, *, now: datetime, started: datetime) -> bool:
        """Whether it has not answered for three of its intervals (counted from the start where it never did)."""
        return now - (self.polled_at or started) > STALE_AFTER * self.every


def source_row(source: SourceHealth, *, now: datetime, started: datetime) -> Row:
    """A source in words."""
    name = f"source {source.trunk}"
    left = source.budget
    budget = f", {left.remaining} of {left.limit} requests left" if left else ""
    if source.saving:
        budget += f"; read every {source.every.total_seconds():.0f} s to save them"
    if source.stale(now=now, started=started):
        since = f"since {source.polled_at:%Y-%m-%d %H:%M} UTC" if source.polled_at else "since the start"
        return Row(name, good=False, text=f"no answer {since}: {source.trouble or 'the first poll is still under way'}")
    if source.trouble:
        return Row(name, good=True, text=f"last poll failed, trying again: {source.trouble}{budget}")
    if source.polled_at is None:
        return Row(name, good=True, text="the first poll is under way")
    age = int((now - source.polled_at).total_seconds())
    return Row(name, good=True, text=f"read {age} s ago{budget}")
