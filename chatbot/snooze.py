"""An alert's being quiet: how it begins, what ends it, and why.

Pure. Trunk and the time are handed in; what an alert does while it is quiet is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

import msgspec
from msgspec import Struct

from chatbot import signals
from chatbot.ci import Job
from chatbot.errors import UserError
from chatbot.trunk import Outcome, Trunk
from chatbot.wishes import Until, Wish, moment

FREE = timedelta(hours=24)
"""How long everybody may snooze; more is what `permissions.snooze_over_24h` is about."""
WAITS = timedelta(days=7)
"""How long a snooze until something happens waits for it, for those who may snooze for more than a day."""
_JOBS = 50  # jobs looked at: more of the same alert say nothing new


class Snooze(Struct, frozen=True):
    """An alert's being quiet. `ends` is when at the latest; the rest is what ends it before.

    `jobs` were red when it began, `newest` is the newest commit that one of them had run on. `sha` and `pr` name the
    commit awaited; the sha is whole, and `None` while that is only known as a pull request. `told_jobs` counts the jobs
    and `told_commit` is the newest failing commit that the alert knew, so that the end can say what came since.
    """

    until: Until
    by: str
    at: datetime
    ends: datetime
    name: str | None = None
    jobs: tuple[Job, ...] = ()
    newest: str | None = None
    sha: str | None = None
    pr: int | None = None
    told_jobs: int = 0
    told_commit: str | None = None


def begun(
    wish: Wish,
    jobs: Iterable[Job],
    trunk: Trunk,
    *,
    by: str,
    name: str | None = None,
    now: datetime,
    zone: tzinfo,
    free: bool = True,
) -> Snooze:
    """The snooze that *wish* asks for, of an alert whose jobs are *jobs*; *free*: *by* may snooze for more than a day.

    Raises:
        UserError: it cannot be: the moment is over, the commit is unknown or tested already.
    """
    looked_at = tuple(jobs)
    red = tuple(job for job in looked_at if signals.signal(trunk, job).streak)[:_JOBS]
    if wish.until is Until.GREEN and not red:
        raise UserError("None of its jobs is red now: there is no green to wait for.")
    red = red or looked_at[:_JOBS]
    ends = moment(wish, now=now, zone=zone) if wish.until is Until.TIME else now + (WAITS if free else FREE)
    newest = max((at for job in red if (at := _newest(trunk, job)) is not None), default=None)
    snooze = Snooze(
        until=wish.until,
        by=by,
        name=name,
        at=now,
        ends=ends,
        jobs=red,
        newest=trunk.commits[newest].sha if newest is not None else None,
        sha=_whole(wish.sha, trunk) if wish.sha else None,
        pr=wish.pr,
    )
    if wish.until is Until.COMMIT and (index := _landed(snooze, trunk)) is not None:
        if _tested(snooze, trunk, index):
            raise UserError(f"{named(snooze)} has landed and been tested already: its jobs are still red.")
        snooze = msgspec.structs.replace(snooze, sha=trunk.commits[index].sha)
    return snooze


def _whole(prefix: str, trunk: Trunk) -> str:
    found = trunk.find(prefix)
    if not found:
        raise UserError(
            f"No commit of trunk begins with {prefix}. A change that has not landed yet is named by its pull request:"
            " until #123."
        )
    if len(found) > 1:
        raise UserError(f"{len(found)} commits begin with {prefix}: write more of the sha.")
    return found[0].sha


def over(snooze: Snooze, trunk: Trunk, *, now: datetime) -> str | None:
    """Why *snooze* is over, in words; `None` while it lasts."""
    return _happened(snooze, trunk) or ended(snooze, now=now)


def ended(snooze: Snooze, *, now: datetime) -> str | None:
    """Why *snooze* is over by the clock alone, in words; `None` while it is not."""
    if now < snooze.ends:
        return None
    if snooze.until is Until.TIME:
        return "The time is up"
    return f"Waited long enough for {awaited(snooze)}"


def awaited(snooze: Snooze) -> str:
    """What a snooze that is not for a time waits for."""
    if snooze.until is Until.COMMIT:
        return f"{named(snooze)} to be tested"
    return f"the {snooze.until.value}"


def named(snooze: Snooze) -> str:
    """The commit waited for, as the person named it."""
    return f"#{snooze.pr}" if snooze.pr else (snooze.sha or "")[:7]


def _happened(snooze: Snooze, trunk: Trunk) -> str | None:
    if snooze.until is Until.RUN and any(_has_run(job, snooze, trunk) for job in snooze.jobs):
        return "The jobs have run again"
    if snooze.until is Until.GREEN and any(_is_green(job, trunk) for job in snooze.jobs):
        return "A job is green again"
    if snooze.until is not Until.COMMIT:
        return None
    if snooze.sha is not None and snooze.sha not in trunk:
        return f"{named(snooze)} has left trunk's window"
    index = _landed(snooze, trunk)
    return (
        f"{named(snooze)} has landed and been tested" if index is not None and _tested(snooze, trunk, index) else None
    )


def _has_run(job: Job, snooze: Snooze, trunk: Trunk) -> bool:
    """Whether *job* has an outcome on a commit newer than any had when the snooze began."""
    at, before = _newest(trunk, job), trunk.index(snooze.newest or "")
    return at is not None and (before is None or at > before)


def _is_green(job: Job, trunk: Trunk) -> bool:
    seen = signals.signal(trunk, job)
    return seen.ran > 0 and seen.streak == 0


def _landed(snooze: Snooze, trunk: Trunk) -> int | None:
    """Where the commit waited for stands on trunk."""
    if snooze.sha is not None:
        return trunk.index(snooze.sha)
    indices = range(len(trunk.commits) - 1, trunk.start - 1, -1)
    return next((index for index in indices if trunk.commits[index].pr == snooze.pr), None)


def _tested(snooze: Snooze, trunk: Trunk, index: int) -> bool:
    """Whether the jobs have said what they think of the commit at *index*, on it or after it: one red, or all green."""
    said = list(_since(snooze.jobs, trunk, index))
    return Outcome.RED in said or (bool(said) and Outcome.UNKNOWN not in said)


def _since(jobs: Sequence[Job], trunk: Trunk, index: int) -> Iterator[Outcome]:
    """The newest outcome of each of *jobs* on the commit at *index* or after it."""
    for job in jobs:
        at, column = _newest(trunk, job), trunk.jobs.get(job)
        known = column is not None and at is not None and at >= index
        yield Outcome(column.outcomes[at]) if known and column and at is not None else Outcome.UNKNOWN


def _newest(trunk: Trunk, job: Job) -> int | None:
    """The index of the newest commit on which *job* has an outcome."""
    column = trunk.jobs.get(job)
    if column is None:
        return None
    at = max(column.outcomes.rfind(outcome, trunk.start) for outcome in (Outcome.GREEN, Outcome.RED))
    return at if at >= 0 else None
