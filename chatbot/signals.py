"""A signal: one job followed along trunk. Since when is it red, was it green before, how often does it flake.

Pure reading of a `Trunk`. What counts as broken is decided in `watch`; this only says what is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from chatbot.ci import Job
from chatbot.columns import ASIDE_STATES, WAITING, Column, Outcome
from chatbot.history import Past
from chatbot.trunk import Trunk


class Signal(Struct, frozen=True):
    """One job at one moment.

    `streak` counts failing commits back from the newest outcome, over commits without one. `first_failing`
    and `last_green` are shas (`None`: no streak; the window ends before a success). `healthy` counts the
    successes since the last failure. `ran`, `failed`, `flaked` are commits of the window.
    """

    job: Job
    streak: int
    first_failing: str | None
    last_green: str | None
    healthy: int
    ran: int
    failed: int
    flaked: int


def signal(trunk: Trunk, job: Job) -> Signal:
    """*job* along *trunk*. A job that trunk does not know has never run."""
    column = trunk.jobs.get(job)
    if column is None:
        return Signal(job, 0, None, None, 0, 0, 0, 0)
    outcomes, start = column.outcomes, trunk.start
    green = outcomes.rfind(Outcome.GREEN, start)
    red = outcomes.rfind(Outcome.RED, start)
    failed = outcomes.count(Outcome.RED, start)
    passed = outcomes.count(Outcome.GREEN, start)
    streak = outcomes.count(Outcome.RED, max(green + 1, start))
    first = outcomes.find(Outcome.RED, max(green + 1, start)) if streak else -1
    return Signal(
        job=job,
        streak=streak,
        first_failing=trunk.commits[first].sha if streak else None,
        last_green=trunk.commits[green].sha if streak and green >= 0 else None,
        healthy=outcomes.count(Outcome.GREEN, max(red + 1, start)),
        ran=failed + passed,
        failed=failed,
        flaked=column.flakes.count(1, start),
    )


def streak(trunk: Trunk, column: Column) -> int:
    """The failing commits since *column*'s last success: the one figure that is wanted often."""
    outcomes = column.outcomes
    return outcomes.count(Outcome.RED, max(outcomes.rfind(Outcome.GREEN, trunk.start) + 1, trunk.start))


def red_now(trunk: Trunk, jobs: Iterable[Job]) -> list[Job]:
    """Those of *jobs* whose newest outcome is a failure, found without working out the rest of their signals."""
    columns, start, red, green = trunk.jobs, trunk.start, int(Outcome.RED), int(Outcome.GREEN)
    found = []
    for job in jobs:
        column = columns.get(job)
        if column is not None and column.outcomes.rfind(red, start) > column.outcomes.rfind(green, start):
            found.append(job)
    return found


def failing(trunk: Trunk, job: Job) -> tuple[str, ...]:
    """The commits of *job*'s streak, oldest first."""
    column = trunk.jobs.get(job)
    if column is None:
        return ()
    outcomes, red, found = column.outcomes, int(Outcome.RED), []
    index = outcomes.find(red, max(outcomes.rfind(Outcome.GREEN, trunk.start) + 1, trunk.start))
    while index >= 0:
        found.append(trunk.commits[index].sha)
        index = outcomes.find(red, index + 1)
    return tuple(found)


def red_before(trunk: Trunk, job: Job, index: int) -> bool:
    """Whether the last outcome of *job* before the commit at *index* was a failure."""
    column = trunk.jobs.get(job)
    if column is None:
        return False
    red = column.outcomes.rfind(Outcome.RED, trunk.start, index)
    return red > column.outcomes.rfind(Outcome.GREEN, trunk.start, index)


def known(trunk: Trunk, job: Job) -> bytes:
    """The outcomes of *job* that are known, a byte a commit, oldest first; commits without one are left out."""
    column = trunk.jobs.get(job)
    return bytes(column.outcomes[trunk.start :].translate(None, b"\0")) if column else b""


def share_failing(trunk: Trunk, job: Job, *, over: int) -> float | None:
    """Share of failures among the newest *over* commits with an outcome; `None` while there are fewer."""
    newest = known(trunk, job)[-over:]
    return newest.count(Outcome.RED) / over if len(newest) == over else None


def last_success(trunk: Trunk, job: Job) -> datetime | None:
    """When *job* was last seen green: the end of the newest attempt on its newest green commit."""
    column = trunk.jobs.get(job)
    index = column.outcomes.rfind(Outcome.GREEN, trunk.start) if column else -1
    if column is None or index < 0:
        return None
    seconds = max(shard.completed[index] for shard in column.shards)
    return datetime.fromtimestamp(seconds, UTC) if seconds else trunk.commits[index].committed_at


def tried_since_success(trunk: Trunk, job: Job) -> datetime | None:
    """When the oldest commit after *job*'s last success on which the job was tried landed."""
    column = trunk.jobs.get(job)
    if column is None:
        return None
    after = max(column.outcomes.rfind(Outcome.GREEN, trunk.start) + 1, trunk.start)
    for index in range(after, len(trunk.commits)):
        if any(shard.states[index] not in ASIDE_STATES for shard in column.shards):
            return trunk.commits[index].committed_at
    return None


def queued_since(trunk: Trunk, job: Job) -> datetime | None:
    """Since when the longest waiting shard of *job* has been in the queue, `None` where none waits."""
    column = trunk.jobs.get(job)
    waiting = [
        shard.began[i]
        for shard in (column.shards if column else ())
        for i in range(trunk.start, len(trunk.commits))
        if shard.states[i] == WAITING and shard.began[i]
    ]
    return datetime.fromtimestamp(min(waiting), UTC) if waiting else None


# Fitted on the breakages of the sample trunk: a break once in 400 commits, healed after 12.
_BREAK, _HEAL, _CAUGHT = 1 / 400, 1 / 12, 0.97


class Earlier(Struct, frozen=True):
    """A job before its present streak, on the commits of the window and those that left it: how many it `ran` on.

    `failed` counts the red ones, `flaked` those that were red for no reason: a re-run of the same commit passed,
    or the job was green on the commits before and after.
    """

    ran: int
    failed: int
    flaked: int

    @property
    def flake_rate(self) -> float:
        """`(F + 0.3) / (F + S + 0.8)` of F flakes and S successes, held within [0.005, 0.6]."""
        passed = self.ran - self.failed
        return min(0.6, max(0.005, (self.flaked + 0.3) / (self.flaked + passed + 0.8)))


def earlier(trunk: Trunk, job: Job) -> Earlier:
    """What *job* did before its present streak."""
    column, past = trunk.jobs.get(job), trunk.history.jobs.get(job) or Past()
    outcomes = known(trunk, job)
    before = outcomes[: outcomes.rfind(Outcome.GREEN) + 1]
    flaked = _isolated(before) + (column.flakes.count(1, trunk.start) if column else 0)
    return Earlier(len(before) + past.ran, before.count(Outcome.RED) + past.failed, flaked + past.flaked)


@lru_cache(maxsize=4096)
def _filtered(outcomes: bytes, flake_rate: float) -> float:
    broken = 0.0
    for outcome in outcomes:
        broken = broken * (1 - _HEAL) + (1 - broken) * _BREAK
        red = outcome == Outcome.RED
        if_broken = _CAUGHT if red else 1 - _CAUGHT
        if_sound = flake_rate if red else 1 - flake_rate
        broken = broken * if_broken / (broken * if_broken + (1 - broken) * if_sound)
    return broken


def broken_probability(trunk: Trunk, job: Job, *, flake_rate: float | None = None) -> float:
    """Probability that *job* is broken now rather than flaking: a two-state filter over its outcomes.

    State "broken" begins with 1/400 and ends with 1/12 a commit; while broken a run fails with 0.97, while
    sound with the job's flake rate: that of `Earlier`, unless given.
    """
    if job not in trunk.jobs:
        return 0.0
    if flake_rate is None:
        flake_rate = earlier(trunk, job).flake_rate
    return _filtered(known(trunk, job), round(flake_rate, 3))


def _isolated(outcomes: bytes) -> int:
    """Single failures between two successes: more likely flakes than breaks that healed within a commit."""
    pattern = bytes((Outcome.GREEN, Outcome.RED, Outcome.GREEN))
    count = at = 0
    while (at := outcomes.find(pattern, at)) >= 0:
        count, at = count + 1, at + 2
    return count
