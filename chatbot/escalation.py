"""Who is due to be told what about an open alert: the next step, its assignee, whoever quiet hours spared.

Pure. What was told already is in the alert's entries, whose ids say what they told: after a restart, or on
another replica, the same question has the same answer, and nothing is due twice. It sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from chatbot.alert import Alert, Entry, Kind, State
from chatbot.config import Quiet, WatchConfig
from chatbot.durations import spelled
from chatbot.quiet import is_quiet, was_quiet_until


class Plan(Struct, frozen=True):
    """What the configuration says of an alert: its watch, its quiet hours, whom a breach mentions now."""

    watch: WatchConfig
    quiet: Quiet | None = None
    ping: tuple[str, ...] = ()

    def silent(self, *, now: datetime) -> bool:
        """Whether nobody is to be mentioned at *now*."""
        return is_quiet(self.quiet, self.watch.priority, now=now)


def due(alert: Alert, plan: Plan, *, now: datetime) -> tuple[Entry, ...]:
    """What has to be said now. Nothing in quiet hours, while it is snoozed, or while other watches keep it quiet.

    What quiet hours held back is said when they are over, if it is still so.
    """
    if not may_speak(alert) or plan.silent(now=now):
        return ()
    known = {entry.id for entry in alert.entries}
    said = _reminders if alert.state is State.ACKNOWLEDGED else _calls
    return tuple(entry for entry in said(alert, plan, now) if entry.id not in known)


def may_speak(alert: Alert) -> bool:
    """Whether it is open, and nobody and nothing keeps it quiet."""
    return alert.open and alert.snooze is None and not alert.inhibited_by


def waiting_since(alert: Alert) -> datetime:
    """Since when nobody has had it, so that somebody else has to be asked: whoever let it sleep had it."""
    return max([alert.began, *_times(alert, Kind.UNACKNOWLEDGED, Kind.RELEASED, Kind.SNOOZE_ENDED)])


def _times(alert: Alert, *kinds: Kind) -> list[datetime]:
    return [entry.at for entry in alert.entries if entry.kind in kinds]


def _calls(alert: Alert, plan: Plan, now: datetime) -> Iterator[Entry]:
    """For an alert that nobody acknowledged: those whom quiet hours spared, then every step whose time has come."""
    if plan.ping and was_quiet_until(plan.quiet, plan.watch.priority, then=alert.began, now=now):
        yield Entry(f"held:{alert.reopened}", Kind.HELD_BACK, now)
    known = {entry.id for entry in alert.entries}
    for step in plan.watch.escalate:
        if now - waiting_since(alert) < step.after:
            return
        name = f"escalated:{alert.reopened}:{spelled(step.after)}:{step.to}"
        if name in known:  # so is what went to another channel, though an alert found again in Slack lacks that
            continue
        yield Entry(name, Kind.ESCALATED, now, to=step.to)
        if is_channel(step.to):
            yield Entry(f"{name}:there", Kind.ESCALATED, now, to=step.to, channel=step.to)


def _reminders(alert: Alert, plan: Plan, now: datetime) -> Iterator[Entry]:
    """For whoever has it, `remind_every` after they took it or were reminded last."""
    every = plan.watch.remind_every
    if every is None or alert.owner is None:
        return
    before = _times(alert, Kind.REMINDED, Kind.ASSIGNED, Kind.RELEASED, Kind.SNOOZE_ENDED)
    if now - max([alert.began, alert.acknowledged_at or alert.began, *before]) >= every:
        number = sum(entry.kind is Kind.REMINDED for entry in alert.entries) + 1
        yield Entry(f"reminded:{number}", Kind.REMINDED, now, to=alert.owner)


def is_channel(target: str) -> bool:
    """Whether an escalation goes to a channel, and not to a person or a group."""
    return target.startswith(("C", "G"))
