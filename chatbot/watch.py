"""A watch: which jobs, which threshold, whose. `evaluate` says whether it is breached, and why or why not.

Pure: a verdict depends on the watch, on trunk and on `now`, and says what it saw. It changes nothing and
knows nothing of alerts or people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec import Struct

from chatbot import conditions, signals
from chatbot.ci import Job
from chatbot.config import WatchConfig
from chatbot.globs import Globs
from chatbot.trunk import Change, Trunk

_SPARE = 1_000  # jobs remembered although trunk has forgotten them


class Broken(Struct, frozen=True):
    """A job that meets its watch's condition. `failing` are the commits of its streak, oldest first."""

    job: Job
    streak: int
    first_failing: str | None
    last_green: str | None
    failing: tuple[str, ...]
    reason: str


class Verdict(Struct, frozen=True):
    """Whether a watch is breached, with the jobs that meet its condition and the reason in words."""

    watch: str
    breached: bool
    reason: str
    broken: tuple[Broken, ...]
    head: str | None
    at: datetime


class Range(Struct, frozen=True):
    """Jobs whose (last_green, first_failing] overlap: probably one cause."""

    last_green: str | None
    first_failing: str
    jobs: tuple[Job, ...]


class Watch:
    """A watch of the configuration with its patterns compiled."""

    def __init__(self, config: WatchConfig) -> None:
        self.config = config
        self.id = config.id
        self._workflows = Globs(config.match.workflows)
        self._jobs = Globs(config.match.jobs)
        self._exclude = Globs(config.match.exclude)
        self._selected: dict[Job, bool] = {}
        self._followed: dict[str, bool] = {}  # workflows
        given = tuple(conditions.given(config.when))
        self.timed = any(condition.timed for condition, _ in given)
        """Whether the passing of time alone can alter a verdict."""
        self._reasons = tuple(partial(condition.met, threshold) for condition, threshold in given)

    def selects(self, job: Job) -> bool:
        """Whether *job* is one of this watch's. `jobs` and `exclude` see the job alone and `workflow / job`."""
        known = self._selected.get(job)
        if known is None:
            known = self._selected[job] = self._decide(job)
        return known

    def tidy(self, trunk: Trunk) -> None:
        """Forget what left *trunk* once that is most of what is known: jobs may be called anew every day."""
        if len(self._selected) > _SPARE + 2 * len(trunk.jobs):
            self._selected = {job: selected for job, selected in self._selected.items() if job in trunk.jobs}
            present = {job.workflow for job in trunk.jobs}
            self._followed = {name: followed for name, followed in self._followed.items() if name in present}

    def _decide(self, job: Job) -> bool:
        followed = self._followed.get(job.workflow)
        if followed is None:
            followed = self._workflows.matches(job.workflow) and not self._exclude.matches(job.workflow)
            self._followed[job.workflow] = followed
        if not followed:
            return False
        names = (job.name, str(job))
        return any(map(self._jobs.matches, names)) and not any(map(self._exclude.matches, names))

    def meets(self, trunk: Trunk, job: Job, *, now: datetime) -> str | None:
        """Why *job* is broken by the first condition that it meets, or `None`."""
        for reason in self._reasons:
            why = reason(trunk, job, now)
            if why is not None:
                return why
        return None

    def jobs(self, trunk: Trunk) -> list[Job]:
        """The jobs of *trunk* that are this watch's."""
        known, decide = self._selected.get, self.selects  # most are known, and a call costs more than the answer
        return [job for job in trunk.jobs if known(job) or (known(job) is None and decide(job))]


def evaluate(watch: Watch, trunk: Trunk, *, now: datetime) -> Verdict:
    """Whether *watch* is breached on *trunk*, and why or why not."""
    broken = (look(watch, trunk, job, now=now) for job in watch.jobs(trunk))
    return conclude(watch, trunk, [b for b in broken if b], now=now)


def conclude(watch: Watch, trunk: Trunk, broken: Iterable[Broken], *, now: datetime) -> Verdict:
    """The verdict on the jobs that meet the condition."""
    found = tuple(sorted(broken, key=lambda b: b.job))
    needed = watch.config.when.failing_jobs
    return Verdict(
        watch=watch.id,
        breached=len(found) >= needed,
        reason=f"{_jobs(len(found))} broken, the threshold is {needed}" if found else "no job is broken",
        broken=found,
        head=trunk.head.sha if trunk.head else None,
        at=now,
    )


def look(watch: Watch, trunk: Trunk, job: Job, *, now: datetime) -> Broken | None:
    """*job* as a broken one, with the condition that it meets, or `None`."""
    reason = watch.meets(trunk, job, now=now)
    if reason is None:
        return None
    seen = signals.signal(trunk, job)
    return Broken(job, seen.streak, seen.first_failing, seen.last_green, signals.failing(trunk, job), reason)


def look_at_all(jobs: Iterable[Job], trunk: Trunk) -> list[Broken]:
    """Those of *jobs* that are red now, whether or not they meet any condition."""
    red = []
    for job in signals.red_now(trunk, jobs):
        seen = signals.signal(trunk, job)
        reason = conditions.in_a_row(seen.streak)
        red.append(Broken(job, seen.streak, seen.first_failing, seen.last_green, signals.failing(trunk, job), reason))
    return red


class Board:
    """`evaluate`, remembering which jobs are broken so that a poll costs what it changed.

    Conditions on time have to look at every job every time; those on commits only at what changed.
    """

    def __init__(self, watch: Watch, trunk: Trunk) -> None:
        self.watch = watch
        self.trunk = trunk
        self._broken: dict[Job, Broken] = {}
        self._fresh = True

    def update(self, change: Change, *, now: datetime) -> Verdict:
        """The verdict after *change* was applied to trunk."""
        self.take_in(change, now=now)
        return self.verdict(now=now)

    def holds(self, job: Job) -> bool:
        """Whether *job* is broken as of what was taken in."""
        return job in self._broken

    def verdict(self, *, now: datetime) -> Verdict:
        """The verdict on what was taken in."""
        return conclude(self.watch, self.trunk, self._broken.values(), now=now)

    def take_in(self, change: Change, *, now: datetime) -> bool:
        """Look at what *change* touched; whether any job is broken now."""
        jobs: Iterable[Job]
        if self._fresh or self.watch.timed or change.rewritten:
            self._broken.clear()
            jobs = self.watch.jobs(self.trunk)
        elif change.removed:
            jobs = {*self._broken, *change.jobs}
        else:
            jobs = change.jobs
        if change.removed or change.rewritten:
            self.watch.tidy(self.trunk)
        self._fresh = False
        for job in jobs:
            if self.watch.selects(job):
                self._look(job, now)
        return bool(self._broken)

    def _look(self, job: Job, now: datetime) -> None:
        broken = look(self.watch, self.trunk, job, now=now)
        if broken is not None:
            self._broken[job] = broken
        else:
            self._broken.pop(job, None)


def ranges(broken: Iterable[Broken], trunk: Trunk) -> tuple[Range, ...]:
    """*broken* grouped by overlapping (last_green, first_failing], the range with the most jobs first."""
    spans = sorted(
        (
            (-1 if b.last_green is None else trunk.position(b.last_green) or 0, trunk.position(b.first_failing) or 0, b)
            for b in broken
            if b.first_failing is not None
        ),
        key=lambda span: (span[0], span[1], span[2].job),
    )
    groups: list[list[tuple[int, int, Broken]]] = []
    reach = -1
    for span in spans:
        if groups and span[0] < reach:
            groups[-1].append(span)
            reach = min(reach, span[1])
        else:
            groups.append([span])
            reach = span[1]
    return tuple(sorted(map(_range, groups), key=lambda r: -len(r.jobs)))


def _range(spans: list[tuple[int, int, Broken]]) -> Range:
    """What all of them have in common: from the latest last green to the earliest first failing."""
    latest, earliest = max(spans, key=lambda s: s[0])[2], min(spans, key=lambda s: s[1])[2]
    return Range(latest.last_green, earliest.first_failing or "", tuple(sorted(s[2].job for s in spans)))


def _jobs(count: int) -> str:
    return f"{count} job" if count == 1 else f"{count} jobs"
