"""What `/trunk` answers from: a watch, a commit, a trunk in figures and names, written down at each evaluation.

Pure values and the functions that make them; any replica can answer any person with one read of these.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chatbot import signals
from chatbot.alert import AlertJob, Group, Seen
from chatbot.ci import Job
from chatbot.settle import described, groups
from chatbot.trunk import Cell, Outcome, Trunk
from chatbot.watch import Verdict, Watch, look_at_all

_JOBS, _COMMITS = 60, 12


class FailingCommit(Struct, frozen=True):
    """A commit on which jobs of the watch failed; `jobs` holds the first few, `failed` counts them all."""

    commit: Seen
    jobs: tuple[Job, ...]
    failed: int


class WatchSummary(Struct, frozen=True):
    """A watch as of one evaluation.

    `red` are the jobs that are failing now, broken or not, worst first (the first 60; `failing` counts all).
    `recent` are the newest commits with a failure, newest first. `unknown` counts jobs that never ran.
    """

    watch: str
    trunk: str
    at: datetime
    head: Seen | None
    breached: bool
    reason: str
    jobs: int
    broken: int
    failing: int
    commits: int
    red: tuple[AlertJob, ...] = ()
    recent: tuple[FailingCommit, ...] = ()
    groups: tuple[Group, ...] = ()


def summarise(watch: Watch, verdict: Verdict, trunk: Trunk, *, ranked: tuple[Group, ...] = ()) -> WatchSummary:
    """*watch* in figures and names. *ranked* are the groups of its alert: their suspects are worth more than ours."""
    jobs = watch.jobs(trunk)
    red = look_at_all(jobs, trunk)
    worst = sorted(red, key=lambda one: (-one.streak, one.job))
    broken = {one.job: one for one in verdict.broken}
    return WatchSummary(
        watch=watch.id,
        trunk=trunk.id,
        at=verdict.at,
        head=Seen.of(trunk.head) if trunk.head else None,
        breached=verdict.breached,
        reason=verdict.reason,
        jobs=len(jobs),
        broken=len(verdict.broken),
        failing=len(red),
        commits=len(trunk),
        red=tuple(described(broken.get(one.job, one), trunk) for one in worst[:_JOBS]),
        recent=_recent(jobs, trunk),
        groups=ranked or groups(worst[:_JOBS], trunk),
    )


def _recent(jobs: list[Job], trunk: Trunk) -> tuple[FailingCommit, ...]:
    """The newest commits with a failure of one of *jobs*."""
    columns = [column for job in jobs if (column := trunk.jobs.get(job)) is not None]
    found: list[FailingCommit] = []
    for index in range(len(trunk.commits) - 1, trunk.start - 1, -1):
        red = [column.job for column in columns if column.outcomes[index] == Outcome.RED]
        if red:
            found.append(FailingCommit(Seen.of(trunk.commits[index]), tuple(sorted(red)[:5]), len(red)))
        if len(found) == _COMMITS:
            break
    return tuple(found)


class CommitSummary(Struct, frozen=True):
    """One commit: its jobs by outcome, with the cells of those that failed or are still awaited."""

    commit: Seen
    trunk: str
    green: int
    red: tuple[tuple[Job, tuple[Cell, ...]], ...]
    waiting: tuple[Job, ...]
    before: tuple[tuple[Job, bool], ...] = ()  # of the red ones: was it red already on an older commit


def summarise_commit(trunk: Trunk, sha: str) -> CommitSummary | None:
    """What *trunk* knows of the commit *sha*; `None` where it is not in the window."""
    commit, index = trunk.commit(sha), trunk.index(sha)
    if commit is None or index is None:
        return None
    outcomes = trunk.outcomes(sha)
    red = sorted(job for job, outcome in outcomes.items() if outcome is Outcome.RED)
    cells = {job: trunk.cells(job, sha) for job in trunk.jobs}
    return CommitSummary(
        commit=Seen.of(commit),
        trunk=trunk.id,
        green=sum(outcome is Outcome.GREEN for outcome in outcomes.values()),
        red=tuple((job, cells[job]) for job in red),
        waiting=tuple(sorted(job for job, seen in cells.items() if seen and job not in outcomes)),
        before=tuple((job, signals.red_before(trunk, job, index)) for job in red),
    )
