"""What jobs did on commits that have left the window: enough to say how often a job fails for no reason. Pure.

Counted once, when a commit leaves, and kept beside the window. `counted` is the newest commit taken in, so that
a poll that is repeated after a crash counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from chatbot.ci import Job
from chatbot.columns import Column, Outcome

FULL = 600
"""Commits after which a job's counts are halved: what it did last month says more than what it did last year."""
MOST_JOBS = 5_000
"""Jobs kept of a trunk; above it those that the window does not have are forgotten."""

_MARK = ""


class Past(Struct):
    """A job's commits that left: `ran` with an outcome, `failed` red, `flaked` red for no reason; the last outcome."""

    ran: int = 0
    failed: int = 0
    flaked: int = 0
    last: int = Outcome.UNKNOWN

    def halve(self) -> None:
        """Let the older half of the counts go."""
        self.ran, self.failed, self.flaked = self.ran // 2, self.failed // 2, self.flaked // 2


class History:
    """The past of every job of one trunk. It changes in place, like the trunk that it belongs to."""

    def __init__(self, jobs: dict[Job, Past] | None = None, counted: str | None = None) -> None:
        self.jobs = jobs or {}
        self.counted = counted
        self._skip: str | None = None
        self._touched: set[Job] = set()

    def take(self, columns: Iterable[Column], index: int, sha: str) -> None:
        """Count the commit *sha*, which leaves the window and stands at *index* of *columns*."""
        if self._skip is not None:
            self._skip = None if sha == self._skip else self._skip
            return
        self.counted = sha
        for column in columns:
            if column.outcomes[index]:
                self._count(column, index)

    def _count(self, column: Column, index: int) -> None:
        past = self.jobs.get(column.job)
        if past is None:
            past = self.jobs[column.job] = Past()
        red = column.outcomes[index] == Outcome.RED
        alone = red and past.last == Outcome.GREEN and _next(column.outcomes, index) == Outcome.GREEN
        past.ran += 1
        past.failed += red
        past.flaked += alone or column.flakes[index]
        past.last = column.outcomes[index]
        if past.ran >= FULL:
            past.halve()
        self._touched.add(column.job)

    def to_store(self) -> dict[str, bytes]:
        """What differs from what was stored last, as fields of a hash; empty where nothing does."""
        fields = {f"{job.workflow}\0{job.name}": _packed(self.jobs[job]) for job in self._touched}
        return fields | {_MARK: (self.counted or "").encode()} if fields else {}

    def stored(self) -> None:
        """What `to_store` gave has been stored."""
        self._touched.clear()

    def superfluous(self, present: Collection[Job]) -> list[str]:
        """Fields to be forgotten: jobs that are not among the *present* ones, where there are too many."""
        if len(self.jobs) <= MOST_JOBS:
            return []
        gone = [job for job in self.jobs if job not in present]
        for job in gone:
            del self.jobs[job]
        return [f"{job.workflow}\0{job.name}" for job in gone]


def restored(fields: Mapping[str, bytes], window: Collection[str]) -> History:
    """The history as it was stored. *window* are the shas still in the window: those counted already are not again."""
    jobs = {}
    for name, packed in fields.items():
        workflow, apart, job = name.partition("\0")
        past = _unpacked(packed) if apart else None
        if past is not None:
            jobs[Job(workflow, job)] = past
    counted = fields.get(_MARK, b"").decode(errors="replace") or None
    history = History(jobs, counted)
    history._skip = counted if counted in window else None  # noqa: SLF001  a constructor of its own class
    return history


def _packed(past: Past) -> bytes:
    return b"%d %d %d %d" % (past.ran, past.failed, past.flaked, past.last)


def _unpacked(packed: bytes) -> Past | None:
    """`None` for what is none: it can be counted anew."""
    try:
        ran, failed, flaked, last = (int(part) for part in packed.split())
    except ValueError:
        return None
    return Past(ran, failed, flaked, last)


def _next(outcomes: bytearray, index: int) -> int:
    """The first outcome that is known after *index*."""
    green, red = outcomes.find(Outcome.GREEN, index + 1), outcomes.find(Outcome.RED, index + 1)
    if green < 0 or red < 0:
        return Outcome.GREEN if green >= 0 else Outcome.RED if red >= 0 else Outcome.UNKNOWN
    return Outcome.GREEN if green < red else Outcome.RED
