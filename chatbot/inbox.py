"""What a poller was hinted at while it polled or waited: gathered into one hint, handed out not too often.

However many hints come, at most one poll is under way and one waits. It decides when, and reads nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chatbot.hints import Hint
from chatbot.sources import Cursor, Looks, Poll, Source

URGENT = 0.25
"""Seconds from the beginning of one hinted poll to the next: a message is to be in Slack within one second."""
LATER = 5.0
"""The same where nothing has ended, or where the source cannot look at a part."""


class Inbox:
    """Gathers hints."""

    def __init__(
        self,
        *,
        partly: bool,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*partly*: the source can look at what a hint names alone. *clock* is in seconds."""
        self.partly = partly
        self._sleep = sleep
        self._clock = clock
        self._held: Hint | None = None
        self._news = asyncio.Event()
        self._last = float("-inf")

    def put(self, hint: Hint) -> None:
        """Somebody says that there is news."""
        self._held = self._held | hint if self._held else hint
        self._news.set()

    async def next(self, pause: asyncio.Future[None]) -> Hint | None:
        """What to look at, as soon as there is something and its time has come; `None` once *pause* is over."""
        while not pause.done():
            await self._first(pause, self._news.wait())
            while self._held is not None and not pause.done():
                wait = self._wait(self._held)
                if wait <= 0:
                    return self._taken()
                self._news.clear()  # something more urgent may come meanwhile
                await self._first(pause, self._sleep(wait), self._news.wait())
        self.clear()
        return None

    def clear(self) -> None:
        """Forget what was hinted at: everything is about to be read."""
        self._held = None
        self._news.clear()

    def _wait(self, hint: Hint) -> float:
        if hint.everything:
            return 0.0
        apart = URGENT if hint.urgent and self.partly else LATER
        return self._last + apart - self._clock()

    def _taken(self) -> Hint | None:
        hint = self._held
        self.clear()
        self._last = self._clock()
        return hint

    @staticmethod
    async def _first(pause: asyncio.Future[None], *others: Awaitable[object]) -> None:
        """Wait until *pause* is over or one of *others* is."""
        tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(other) for other in others]
        try:
            await asyncio.wait([pause, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


async def fetched(source: Source, packed: bytes | None, hint: Hint | None, *, window: int) -> Poll:
    """What *source* says since the cursor in *packed*: where *hint* says so, if it can, or everywhere."""
    cursor: Cursor | None = None if packed is None else msgspec.msgpack.decode(packed)
    if hint is not None and cursor is not None and isinstance(source, Looks):
        return await source.look(cursor, hint, window=window)
    return await source.poll(cursor, window=window)
