"""The nouns of continuous integration, in GitHub's words: commits, attempts, conclusions, jobs.

Frozen values, nothing else: no I/O, no clock, no judgement beyond what a single conclusion means.
All times are timezone-aware UTC. Nothing here can be part of a cycle, so the collector is spared looking (`gc=False`):
a recording of half a million attempts is read in half the time.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""An id or a count, as columns and Redis keep them; a larger one is refused where it is read."""
Try = Annotated[int, Meta(ge=0, le=65_535)]
"""The how manieth attempt it is."""


class Status(StrEnum):
    """How far an attempt has come."""

    REQUESTED = "requested"
    WAITING = "waiting"
    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Conclusion(StrEnum):
    """How an attempt ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    TIMED_OUT = "timed_out"
    STARTUP_FAILURE = "startup_failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NEUTRAL = "neutral"
    STALE = "stale"
    ACTION_REQUIRED = "action_required"

    @property
    def failed(self) -> bool:
        """Whether it speaks against the code (or at least makes the job red)."""
        return self in _FAILED

    @property
    def stands_aside(self) -> bool:
        """Whether it says nothing and is not waited for: `skipped` and `neutral`."""
        return self in _ASIDE


_FAILED = frozenset({Conclusion.FAILURE, Conclusion.TIMED_OUT, Conclusion.STARTUP_FAILURE})
_ASIDE = frozenset({Conclusion.SKIPPED, Conclusion.NEUTRAL})


class Author(Struct, frozen=True, gc=False):
    """Who wrote a commit, as far as the source knows."""

    name: str | None = None
    login: str | None = None
    email: str | None = None


class ChangedFile(Struct, frozen=True, gc=False):
    """One file of a commit; the counts are lines, `None` for a binary file."""

    path: str
    added: int | None = 0
    deleted: int | None = 0


class Commit(Struct, frozen=True, gc=False):
    """One landed change on trunk. `files` is `None` while nobody has asked for them.

    `reverts` holds the lines of its message that say what it takes back, `None` where there are none: a title
    alone (`Revert "..."`) says it too.
    """

    sha: str
    committed_at: datetime
    title: str
    author: Author = Author()
    pr: int | None = None
    files: tuple[ChangedFile, ...] | None = None
    reverts: str | None = None


class Failure(Struct, frozen=True, gc=False):
    """Why an attempt failed: the explaining line of its log (counted from 1) and the failing tests."""

    line: str | None = None
    line_number: int | None = None
    tests: tuple[str, ...] = ()


class Attempt(Struct, frozen=True, gc=False):
    """One execution of one shard of a job on one commit. `job` is the name as the source spells it, shard and all."""

    sha: str
    workflow: str
    job: str
    run_id: Number
    job_id: Number
    attempt: Try = 1
    status: Status = Status.COMPLETED
    conclusion: Conclusion | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    url: str | None = None
    failure: Failure | None = None


class Job(NamedTuple):
    """A job with its shards merged: what signals, watches and people talk about."""

    workflow: str
    name: str

    def __str__(self) -> str:
        return f"{self.workflow} / {self.name}"
