"""What each button does to an alert, and what resolution does: a new alert, or the reason why not.

Pure. Two people pressing at once is settled by whoever stores the outcome: it runs these again on the
newer alert, and the second person is told who was first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from chatbot.alert import Alert, Culprit, Entry, Kind, State
from chatbot.snooze import Snooze


class Why(StrEnum):
    """Why a press had no effect."""

    TAKEN = "taken"
    ALREADY_YOURS = "already yours"
    RESOLVED = "resolved"
    STALE = "stale"
    NOT_ACKNOWLEDGED = "not acknowledged"
    NOT_SNOOZED = "not snoozed"
    KNOWN = "known"
    ACQUITTED = "acquitted"


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """A press that had no effect, with the reason and the present state to answer with."""

    def __init__(self, why: Why, present: Alert) -> None:
        super().__init__(why.value)
        self.why = why
        self.present = present


def acknowledged(alert: Alert, *, by: str, at: datetime, name: str | None = None) -> Alert:
    """Take it, unless somebody already has.

    Raises:
        Refused: it is resolved, or acknowledged already.
    """
    if not alert.open:
        raise Refused(Why.RESOLVED, alert)
    if alert.state is State.ACKNOWLEDGED:
        raise Refused(Why.ALREADY_YOURS if alert.acknowledged_by == by else Why.TAKEN, alert)
    turn = alert.turn + 1
    return alert.changed(
        at=at,
        state=State.ACKNOWLEDGED,
        acknowledged_by=by,
        acknowledged_at=at,
        assignee=alert.assignee or by,
        turn=turn,
    ).said(Entry(f"acknowledged:{turn}", Kind.ACKNOWLEDGED, at, by=by, name=name))


def unacknowledged(alert: Alert, *, by: str, at: datetime, name: str | None = None, turn: int | None = None) -> Alert:
    """Give it back: open again, with nobody on it.

    Raises:
        Refused: it is resolved, was not acknowledged, or changed since *turn*.
    """
    _present(alert, turn, by)
    if alert.state is not State.ACKNOWLEDGED:
        raise Refused(Why.NOT_ACKNOWLEDGED, alert)
    after = alert.turn + 1
    return alert.changed(
        at=at, state=State.OPEN, acknowledged_by=None, acknowledged_at=None, assignee=None, assigned_by=None, turn=after
    ).said(Entry(f"unacknowledged:{after}", Kind.UNACKNOWLEDGED, at, by=by, name=name))


def assigned(
    alert: Alert, *, to: str, by: str, at: datetime, name: str | None = None, turn: int | None = None
) -> Alert:
    """Hand it to *to*. Taking it oneself acknowledges it as well.

    Raises:
        Refused: it is resolved, already theirs, or changed since *turn*.
    """
    _present(alert, turn, by)
    if alert.assignee == to:
        raise Refused(Why.ALREADY_YOURS if to == by else Why.TAKEN, alert)
    after = alert.turn + 1
    taken = alert.state is State.OPEN and to == by
    return alert.changed(
        at=at,
        assignee=to,
        assigned_by=by,
        state=State.ACKNOWLEDGED if taken else alert.state,
        acknowledged_by=by if taken else alert.acknowledged_by,
        acknowledged_at=at if taken else alert.acknowledged_at,
        turn=after,
    ).said(Entry(f"assigned:{after}", Kind.ASSIGNED, at, by=by, name=name, to=to))


def resolved(
    alert: Alert,
    *,
    at: datetime,
    by: str | None = None,
    name: str | None = None,
    note: str | None = None,
    turn: int | None = None,
) -> Alert:
    """Over: by itself when *by* is `None`, else by a person, who thereby dismisses what is still red.

    Raises:
        Refused: it is resolved already, or changed since *turn*.
    """
    _present(alert, turn, by)
    after = alert.turn + 1
    dismissed = tuple((job.job, job.first_failing) for job in alert.broken)
    return alert.changed(
        at=at,
        state=State.RESOLVED,
        resolved_at=at,
        resolved_by=by,
        snooze=None,
        dismissed=dismissed if by else (),
        turn=after,
    ).said(Entry(f"resolved:{after}", Kind.RESOLVED, at, by=by, name=name, note=note))


def snoozed(alert: Alert, snooze: Snooze, *, turn: int | None = None) -> Alert:
    """Quiet from now on, or differently than so far: what came meanwhile counts from when it first became quiet.

    Raises:
        Refused: it is resolved, or changed since *turn*.
    """
    _present(alert, turn, snooze.by)
    before, after = alert.snooze, alert.turn + 1
    begun = msgspec.structs.replace(
        snooze,
        told_jobs=before.told_jobs if before else len(alert.jobs),
        told_commit=before.told_commit if before else (alert.failing[-1].sha if alert.failing else None),
    )
    entry = Entry(f"snoozed:{after}", Kind.SNOOZED, snooze.at, by=snooze.by, name=snooze.name, snooze=begun)
    return alert.changed(at=snooze.at, snooze=begun, turn=after).said(entry)


def woken(
    alert: Alert,
    *,
    at: datetime,
    by: str | None = None,
    name: str | None = None,
    why: str | None = None,
    turn: int | None = None,
) -> Alert:
    """No longer quiet: by itself when *by* is `None`, for the reason *why*. Its thread says what came meanwhile.

    Raises:
        Refused: it is resolved, not snoozed, or changed since *turn*.
    """
    _present(alert, turn, by)
    over = alert.snooze
    if over is None:
        raise Refused(Why.NOT_SNOOZED, alert)
    after = alert.turn + (by is not None)  # nobody pressed: what was drawn before is not outdated
    told = next((at for at, seen in enumerate(alert.failing, 1) if seen.sha == over.told_commit), 0)
    return alert.changed(at=at, snooze=None, turn=after).said(
        Entry(
            f"snooze ended:{after}",
            Kind.SNOOZE_ENDED,
            at,
            by=by,
            name=name,
            note=why,
            snooze=over,
            commits=len(alert.failing) - told,
            jobs=tuple(job.job for job in alert.jobs[over.told_jobs :]),
        )
    )


def confirmed(alert: Alert, *culprits: Culprit, name: str | None = None) -> Alert:
    """With *culprits* named: they did it. Whoever says so is `by` of each, `None` where trunk says it itself.

    Raises:
        Refused: a person names one that is known already.
    """
    known = {one.commit.sha for one in alert.culprits}
    new = tuple(one for one in culprits if one.commit.sha not in known)
    if not new:
        if any(one.by for one in culprits):
            raise Refused(Why.KNOWN, alert)
        return alert
    said = (
        Entry(f"culprit:{c.commit.sha}", Kind.CULPRIT, c.at, by=c.by, name=name, commit=c.commit, revert=c.revert,
              jobs=c.jobs) for c in new
    )  # fmt: skip
    return alert.changed(at=new[-1].at, culprits=alert.culprits + new).said(*said)


def acquitted(alert: Alert, *, by: str, at: datetime, name: str | None = None) -> Alert:
    """No commit did it, says *by*: a flake, or the runners. The thread says so once.

    Raises:
        Refused: that was said already.
    """
    after = alert.said(Entry(f"no culprit:{alert.reopened}", Kind.NO_CULPRIT, at, by=by, name=name))
    if after is alert:
        raise Refused(Why.ACQUITTED, alert)
    return after


def still_open(alert: Alert) -> Alert:
    """*alert*, about which something can still be done.

    Raises:
        Refused: it is resolved.
    """
    if not alert.open:
        raise Refused(Why.RESOLVED, alert)
    return alert


def may_reopen(alert: Alert, *, within: timedelta, now: datetime) -> bool:
    """Whether a recurrence at *now* belongs to this alert's thread."""
    return alert.resolved_at is not None and now - alert.resolved_at <= within


def reopened(alert: Alert, *, at: datetime, note: str) -> Alert:
    """It is so again, as *note* says, and nobody has it."""
    turn = alert.turn + 1
    return alert.changed(
        at=at,
        state=State.OPEN,
        turn=turn,
        note=alert.note if alert.firings else note,
        reopened=alert.reopened + 1,
        reopened_at=at,
        resolved_at=None,
        resolved_by=None,
        acknowledged_by=None,
        acknowledged_at=None,
        dismissed=(),
    ).said(Entry(f"reopened:{turn}", Kind.REOPENED, at, note=note))


def _present(alert: Alert, turn: int | None, by: str | None) -> None:
    """Refuse a press on what is no longer so. One's own last change is no surprise to oneself."""
    if not alert.open:
        raise Refused(Why.RESOLVED, alert)
    if turn is not None and turn != alert.turn and alert.owner not in {None, by}:
        raise Refused(Why.STALE, alert)
