"""Several requests of one poll: counted, bounded in number, lists page by page. What is in them is not looked at."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from chatbot.errors import TransientError, TrunkwatchError
from chatbot.sources.rest import CONCURRENT, Answer, Rest

T = TypeVar("T")


class Reader:
    """A sequence of requests that counts what it sent."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.requests = 0
        self.charged = 0
        self.began: datetime | None = None

    async def get(self, url: str, *, etag: str | None = None) -> Answer:
        """As `Rest.get`, counted, at most `CONCURRENT` at a time."""
        async with self.rest.slots:
            self.requests += 1
            self.charged += 1
            answer = await self.rest.get(url, etag=etag)
        if self.began is None:
            self.began = self.rest.now()
        return answer

    async def pages(self, url: str, kind: type[T], what: str, *, most: int) -> AsyncIterator[T]:
        """The bodies of the list at *url* page by page, at most *most* of them.

        Raises:
            TransientError, PermanentError: as `Rest.get`, and where a page cannot be read.
        """
        following: str | None = url
        for _ in range(most):
            if following is None:
                return
            answer = await self.get(following)
            yield self.decode(answer, kind, what)
            following = answer.following

    def decode(self, answer: Answer, kind: type[T], what: str) -> T:
        """The body of *answer* as *kind*.

        Raises:
            TransientError: it is cut off, is not JSON, or lacks what it must have; *what* says which answer it was.
        """
        return decode(answer.body or b"", kind, f"{self.rest.words.name}'s answer for {what}")


def decode(body: bytes | bytearray, kind: type[T], what: str) -> T:
    """*body* as *kind*.

    Raises:
        TransientError: it cannot be read; *what* names it.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TransientError(f"{what} cannot be read: {error}") from error


async def each(wanted: Iterable[T], read: Callable[[T], Awaitable[None]], *, at_once: int = CONCURRENT) -> None:
    """Let *read* have all that is *wanted*, begun in that order, *at_once* at a time.

    Raises:
        Exception: the gravest of what *read* raised; the others are given up.
    """
    waiting = deque(wanted)

    async def work() -> None:
        while waiting:
            await read(waiting.popleft())

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as several:
        raise gravest(several) from several


def gravest(several: ExceptionGroup) -> Exception:
    """Of errors that came together a foreign one, else a refusal that stays, else the one with the longest wait."""
    return max(several.exceptions, key=_wait)


def _wait(error: Exception) -> tuple[bool, float]:
    if isinstance(error, TransientError):
        return (False, error.retry_after or 0.0)
    return (not isinstance(error, TrunkwatchError), float("inf"))
