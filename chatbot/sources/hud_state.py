"""What the HUD source hands back in its cursor: the newest commit, and of each page its ETag and how deep it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from msgspec import Struct

from chatbot.columns import RUNNING
from chatbot.sources import Cursor
from chatbot.strips import Page

VERSION = 1
PER_PAGE = 50
"""Commits on a page; hud.pytorch.org itself asks for as many."""
TURN = 5
"""Polls after which one more page of the window is read, in turn: so late is a re-run of an old commit noticed."""
GIVEN_UP = timedelta(hours=24)
"""The age of a commit from which its unfinished jobs are not waited for at every poll."""


class Shown(Struct, array_like=True):
    """A page as it was read last. `waits` is the number of its oldest row, from 1, that has unfinished jobs."""

    etag: str | None = None
    waits: int = 0


class State(Struct, omit_defaults=True):
    """The cursor, typed. `polls` counts, so that old pages are read in turn."""

    version: int
    place: str
    window: int
    head: str
    polls: int = 0
    pages: list[Shown] = []

    def cursor(self) -> Cursor:
        """As plain JSON."""
        return cast("dict[str, Any]", msgspec.to_builtins(self))

    def etag(self, number: int) -> str | None:
        """That of page *number*, counted from 1."""
        return self.pages[number - 1].etag if number <= len(self.pages) else None

    def due(self, new: int) -> list[int]:
        """The pages to be read behind the first, when *new* commits have come: those with unfinished jobs, one in turn.

        What was unfinished has moved down by as many rows.
        """
        last = -(-self.window // PER_PAGE)
        waits = max((at * PER_PAGE + page.waits for at, page in enumerate(self.pages) if page.waits), default=0)
        deepest = min(last, -(-(waits + new) // PER_PAGE)) if waits else 1
        due = list(range(2, deepest + 1))
        behind = last - max(1, deepest)
        if behind > 0 and self.polls % TURN == 0:
            due.append(max(1, deepest) + 1 + self.polls // TURN % behind)
        return due


def restored(cursor: Cursor | None, *, place: str, window: int) -> State | None:
    """The state in *cursor*, `None` where it cannot be gone on from."""
    if cursor is None:
        return None
    try:
        state = msgspec.convert(cursor, State)
    except msgspec.ValidationError:
        return None
    return state if (state.version, state.place) == (VERSION, place) and state.window >= window else None


def waits(page: Page, *, now: datetime) -> int:
    """The number of the oldest row of *page*, from 1 for the newest, with jobs that have not ended and may still."""
    rows = len(page.commits)
    first = next((at for at, commit in enumerate(page.commits) if now - commit.committed_at < GIVEN_UP), rows)
    oldest = min((_unfinished(strip.states, first) for strip in page.strips), default=rows)
    return rows - oldest


def _unfinished(states: bytes, first: int) -> int:
    """The first place from *first* on where a job waits or runs."""
    found = (states.find(state, first) for state in range(1, RUNNING + 1))
    return min((at for at in found if at >= 0), default=len(states))


def together(states: Sequence[Shown], read: dict[int, Shown]) -> list[Shown]:
    """The pages after a poll that read those of *read*, by their number from 1."""
    count = max([len(states), *read])
    return [read.get(at + 1) or (states[at] if at < len(states) else Shown()) for at in range(count)]
