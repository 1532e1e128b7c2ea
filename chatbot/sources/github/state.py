"""What the GitHub source hands back in its cursor: small, plain JSON, and only what has been applied.

A settled run costs eight characters, a commit its ETag; only unfinished runs keep the ETags of their job pages.
A cursor for another repository, branch, wider window or version is not used.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import Struct

from chatbot.sources import Cursor
from chatbot.sources.github.pages import Pages
from chatbot.sources.github.wire import Run

VERSION = 1


class OpenRun(Struct, array_like=True):
    """A run that may still change without its entry in the list saying so."""

    mark: str
    workflow: str
    finished: bool
    pages: Pages


class CommitState(Struct, omit_defaults=True):
    """What has been read about a commit: its list of runs, and of each run a mark or more.

    `checks` and `statuses` are those of other systems, where they count; `waiting` and `pending`: one of those is
    unfinished.
    """

    sha: str
    polled: int = 0
    runs: Pages | None = None
    marks: dict[str, str | OpenRun] = {}
    checks: Pages | None = None
    statuses: Pages | None = None
    waiting: bool = False
    pending: bool = False

    @property
    def unsettled(self) -> bool:
        """Whether it is read at every poll."""
        open_runs = any(isinstance(mark, OpenRun) for mark in self.marks.values())
        return self.runs is None or self.waiting or self.pending or open_runs


class State(Struct, omit_defaults=True):
    """The cursor, typed. `commits` are oldest first; `polls` counts, so that old commits are read in turn."""

    version: int
    repo: str
    branch: str
    window: int
    head: str
    etag: str | None
    at: datetime
    polls: int = 0
    commits: list[CommitState] = []

    def cursor(self) -> Cursor:
        """As plain JSON."""
        return cast("dict[str, Any]", msgspec.to_builtins(self))


def restored(cursor: Cursor | None, *, repo: str, branch: str, window: int) -> State | None:
    """The state in *cursor*, `None` where it cannot be gone on from."""
    if cursor is None:
        return None
    try:
        state = msgspec.convert(cursor, State)
    except msgspec.ValidationError:
        return None
    same = (state.version, state.repo, state.branch) == (VERSION, repo, branch)
    return state if same and state.window >= window else None


def mark(run: Run) -> str:
    """Eight characters that change whenever the run's entry in the list does."""
    told = f"{run.run_attempt} {run.status} {run.conclusion} {run.updated_at}"
    return base64.b64encode(hashlib.blake2s(told.encode(), digest_size=6).digest()).decode()


NEWEST = 20
"""Commits read at every poll, settled or not: new runs mostly appear here."""

TURNS = 5
"""Polls within which every settled commit is read again: how late a re-run of an old commit can be noticed."""


def due(commits: Sequence[CommitState]) -> list[CommitState]:
    """Which commits a poll reads, newest first: the newest, the unsettled, and a fifth of the others in turn."""
    newest = set(range(max(0, len(commits) - NEWEST), len(commits)))
    always = {index for index, commit in enumerate(commits) if commit.unsettled} | newest
    others = sorted((commit.polled, index) for index, commit in enumerate(commits) if index not in always)
    turn = {index for _, index in others[: max(NEWEST, -(-len(others) // TURNS))]}
    return [commits[index] for index in sorted(always | turn, reverse=True)]
