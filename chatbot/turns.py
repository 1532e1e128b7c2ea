"""When polls may be made: few at a time, spread over their interval, and rarer where an API's budget runs low.

A poll that takes long gives its turn back while it goes on: a source that hangs keeps no other from being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime

from chatbot.budgets import Budget, Budgets

AT_ONCE = 8
"""Polls under way at once; each may have several requests under way."""

PATIENCE = 10.0
"""Seconds after which a poll that is under way no longer counts."""

WINDOWS_AT_ONCE = 2
"""Unknown windows read at once: what a poll reads of one is held in memory until it is applied, 5 MB of GitHub's."""


class Turns:
    """Shared by all polls of one process."""

    def __init__(
        self, budgets: Budgets, *, now: Callable[[], datetime], at_once: int = AT_ONCE, patience: float = PATIENCE
    ) -> None:
        """*patience* is in seconds, as `PATIENCE`."""
        self._budgets = budgets
        self._now = now
        self._patience = patience
        self._slots = asyncio.Semaphore(at_once)
        self._windows = asyncio.Semaphore(WINDOWS_AT_ONCE)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn; it ends with the block, or earlier where that takes long."""
        async with _turn(self._slots, self._patience):
            yield

    @asynccontextmanager
    async def window(self) -> AsyncIterator[None]:
        """The same for reading and applying a window that is not known yet, of which fewer go at once."""
        async with _turn(self._windows, 6 * self._patience):
            yield

    def interval(self, api: str, seconds: float) -> float:
        """Seconds between two polls of *api* whose configured interval is *seconds*."""
        return self._budgets.interval(api, seconds, now=self._now())

    def budget(self, api: str) -> Budget | None:
        """What is left for polls of *api*, where that is known."""
        return self._budgets.of(api, now=self._now())


@asynccontextmanager
async def _turn(slots: asyncio.Semaphore, patience: float) -> AsyncIterator[None]:
    await slots.acquire()
    with ExitStack() as turn:
        turn.callback(slots.release)
        over = asyncio.get_running_loop().call_later(patience, turn.close)
        try:
            yield
        finally:
            over.cancel()


def pause(seconds: float, chance: float, *, first: bool, partly: bool = False) -> float:
    """How long to wait for the next poll of an interval of *seconds*; *chance* is in [0, 1).

    What began together would stay together: after the *first* poll it is any time of an interval, later a little less
    than one, and never more, for people count on news by then. Where only a part has been read, *partly*, the next is
    due in a third of the time.
    """
    seconds = seconds / 3 if partly else seconds
    return seconds * (0.1 + 0.9 * chance) if first else seconds * (0.9 + 0.1 * chance)
