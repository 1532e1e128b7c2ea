"""What `/trunk` answers from: a watch, a commit, a trunk in figures and names, written down at each evaluation.

Values, what makes them, and a `Tally` that makes them again at the price of what changed; no I/O. Any replica can
answer any person with one read of these.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from chatbot import signals
from chatbot.alert import AlertJob, Group, Seen
from chatbot.ci import Job
from chatbot.settle import described, groups
from chatbot.trunk import Cell, Change, Outcome, Trunk
from chatbot.watch import Broken, Verdict, Watch, look_at_all

_JOBS, _COMMITS = 60, 12
_NAMED = 5  # jobs of a failing commit
_RED = int(Outcome.RED)


class FailingCommit(Struct, frozen=True):
    """A commit on which jobs of the watch failed; `jobs` holds the first few, `failed` counts them all."""

    commit: Seen
    jobs: tuple[Job, ...]
    failed: int


class WatchSummary(Struct, frozen=True):
    """A watch as of one evaluation.

    `red` are the jobs that are failing now, broken or not, worst first (the first 60; `failing` counts all).
    `jobs` counts all that it matches, `broken` those that meet its conditions, `commits` those of the window.
    `recent` are the newest commits with a failure, newest first; `inhibited_by` the watches whose open alerts keep it
    quiet.
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
    inhibited_by: tuple[str, ...] = ()


class Tally:
    """The red jobs of one watch and the commits they failed on. `take_in` every change, in order."""

    def __init__(self, watch: Watch, trunk: Trunk) -> None:
        self._watch = watch
        self._trunk = trunk
        self._last: WatchSummary | None = None
        self._seen: tuple[object, ...] = ()  # what the last summary was made of, besides the trunk
        self._count()
        self._fill(watch.jobs(trunk))

    def _count(self) -> None:
        self._of = len(self._trunk.jobs)
        self._jobs = len(self._watch.jobs(self._trunk))

    def _fill(self, jobs: list[Job]) -> None:
        self._red: dict[Job, Broken] = {one.job: one for one in look_at_all(jobs, self._trunk)}
        self._described: dict[Job, tuple[Broken, AlertJob]] = {}
        self._failed: dict[Job, list[int]] = {}  # positions
        self._failing: dict[int, set[Job]] = {}
        for job in jobs:
            self._place(job)

    def take_in(self, change: Change) -> None:
        """Look at what *change* touched."""
        if change.removed or change.rewritten:
            self._last = None
            self._count()
            self._fill(self._watch.jobs(self._trunk))
            return
        jobs = [job for job in change.jobs if self._watch.selects(job)]
        if jobs or change.added or self._of != len(self._trunk.jobs):
            self._last = None
            self._count()
        for job in jobs:
            self._red.pop(job, None)
            self._described.pop(job, None)
            self._place(job)
        self._red.update((one.job, one) for one in look_at_all(jobs, self._trunk))

    def _place(self, job: Job) -> None:
        """Note the commits that *job* failed on."""
        for position in self._failed.pop(job, ()):
            self._failing[position].discard(job)
        column, start = self._trunk.jobs.get(job), self._trunk.start
        if column is None:
            return
        index, failed = column.outcomes.find(_RED, start), []
        offset = self._offset()
        while index >= 0:
            failed.append(index + offset)
            self._failing.setdefault(index + offset, set()).add(job)
            index = column.outcomes.find(_RED, index + 1)
        if failed:
            self._failed[job] = failed

    def _offset(self) -> int:
        """Position less index, the same for every commit."""
        head = self._trunk.head
        return (self._trunk.position(head.sha) or 0) - len(self._trunk.commits) + 1 if head else 0

    def summary(
        self, verdict: Verdict, *, ranked: tuple[Group, ...] = (), inhibited_by: tuple[str, ...] = ()
    ) -> WatchSummary:
        """The watch as of *verdict*. *ranked* are the groups of its alert: their suspects are worth more than ours.

        *inhibited_by* are the watches that keep it quiet.
        """
        seen = (verdict.breached, verdict.reason, verdict.broken, ranked, inhibited_by)
        if self._last is None or self._seen != seen:
            self._last, self._seen = self._made(verdict, ranked, inhibited_by), seen
        return msgspec.structs.replace(self._last, at=verdict.at)

    def _made(self, verdict: Verdict, ranked: tuple[Group, ...], inhibited_by: tuple[str, ...]) -> WatchSummary:
        trunk = self._trunk
        worst = sorted(self._red.values(), key=lambda one: (-one.streak, one.job))[:_JOBS]
        broken = {one.job: one for one in verdict.broken}
        return WatchSummary(
            watch=self._watch.id,
            trunk=trunk.id,
            at=verdict.at,
            head=Seen.of(trunk.head) if trunk.head else None,
            breached=verdict.breached,
            reason=verdict.reason,
            jobs=self._jobs,
            broken=len(verdict.broken),
            failing=len(self._red),
            commits=len(trunk),
            red=tuple(self._described_as(broken.get(one.job, one)) for one in worst),
            recent=self._recent(),
            groups=ranked or groups(worst, trunk),
            inhibited_by=inhibited_by,
        )

    def _described_as(self, broken: Broken) -> AlertJob:
        known = self._described.get(broken.job)
        if known is None or known[0] != broken:
            known = self._described[broken.job] = (broken, described(broken, self._trunk))
        return known[1]

    def _recent(self) -> tuple[FailingCommit, ...]:
        """The newest commits with a failure, newest first."""
        found = sorted((position for position, jobs in self._failing.items() if jobs), reverse=True)[:_COMMITS]
        commits, offset = self._trunk.commits, self._offset()
        return tuple(
            FailingCommit(
                Seen.of(commits[position - offset]),
                tuple(sorted(self._failing[position])[:_NAMED]),
                len(self._failing[position]),
            )
            for position in found
        )


def summarise(
    watch: Watch, verdict: Verdict, trunk: Trunk, *, ranked: tuple[Group, ...] = (), inhibited_by: tuple[str, ...] = ()
) -> WatchSummary:
    """*watch* in figures and names, from nothing."""
    return Tally(watch, trunk).summary(verdict, ranked=ranked, inhibited_by=inhibited_by)


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
