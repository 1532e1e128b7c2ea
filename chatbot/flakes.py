"""Which jobs fail for no reason, how often, and how that is known. Pure reading of a `Trunk` and its history.

A flake is a commit on which the job failed and then passed, or a single failure between two successes: a break that
heals within one commit is rarer than that (see `signals`). A job that is red now is not called flaky for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chatbot.alert import Seen
from chatbot.ci import Job
from chatbot.columns import Column, Outcome
from chatbot.history import Past
from chatbot.trunk import Trunk

ENOUGH = 5
"""Commits a job must have run on before it is called anything."""


class Flake(Struct, frozen=True):
    """A job's flakes: of `ran` commits `rerun` were red and then green, `alone` red between two green ones.

    `older` of the flakes were on commits that have left the window, where the two kinds are counted together; `ran`
    has those commits too. `last` is the newest commit it flaked on, where that is still in the window.
    """

    trunk: str
    job: Job
    ran: int
    rerun: int
    alone: int
    older: int = 0
    last: Seen | None = None

    @property
    def flaked(self) -> int:
        """Commits it flaked on."""
        return self.rerun + self.alone + self.older

    @property
    def rate(self) -> float:
        """Share of the commits it ran on."""
        return min(1.0, self.flaked / self.ran) if self.ran else 0.0


def flakes(trunk: Trunk, jobs: Iterable[Job]) -> tuple[Flake, ...]:
    """Those of *jobs* that flaked, the flakiest first: of two alike the one with more to go by."""
    found = [flake for job in jobs if (flake := _flake(trunk, job)) is not None]
    return tuple(sorted(found, key=ranking))


def ranking(flake: Flake) -> tuple[float, int, str, Job]:
    """Sorts the flakiest to the front."""
    return (-flake.rate, -flake.flaked, flake.trunk, flake.job)


def _flake(trunk: Trunk, job: Job) -> Flake | None:
    column, past = trunk.jobs.get(job), trunk.history.jobs.get(job) or Past()
    if column is None:
        return None
    outcomes, start = column.outcomes, trunk.start
    ran = outcomes.count(Outcome.GREEN, start) + outcomes.count(Outcome.RED, start) + past.ran
    rerun = column.flakes.count(1, start)
    alone = _alone(column, start)
    if ran < ENOUGH or not rerun + len(alone) + past.flaked:
        return None
    newest = max([column.flakes.rfind(1, start), *alone])
    last = Seen.of(trunk.commits[newest]) if newest >= 0 else None
    return Flake(trunk.id, job, ran, rerun, len(alone), past.flaked, last)


def _alone(column: Column, start: int) -> list[int]:
    """Where single failures stand between two successes, commits without an outcome left out."""
    known = [index for index in range(start, len(column.outcomes)) if column.outcomes[index]]
    drawn = bytes(column.outcomes[index] for index in known)
    pattern = bytes((Outcome.GREEN, Outcome.RED, Outcome.GREEN))
    found, at = [], -1
    while (at := drawn.find(pattern, at + 1)) >= 0:
        found.append(known[at + 1])
    return found
