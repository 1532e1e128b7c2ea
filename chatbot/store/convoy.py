"""Small questions that are asked in the same moment travel together: one round trip, and one answer for the same ones.

Ten people who ask at once cost little more than one. What is asked while a convoy is away goes with the next, which
leaves when that one is back, or stays away for long; so each question travels after it was put. It knows no Redis and
no meaning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from chatbot.errors import TrunkwatchError

LONG = 0.02
"""Seconds after which nobody waits for a convoy that is away: as a rule it is back in less than one thousandth."""

Call = tuple[str, tuple[str, ...], tuple[str | bytes | int | float, ...]]
"""A script's name, its keys, its arguments."""


class Convoy:
    """Collects questions. *together* answers several, with an exception for what failed alone; *alone* answers one."""

    def __init__(
        self, *, together: Callable[[Sequence[Call]], Awaitable[list[Any]]], alone: Callable[[Call], Awaitable[Any]]
    ) -> None:
        self._together = together
        self._alone = alone
        self._waiting: dict[Call, asyncio.Future[Any]] = {}
        self._away: set[asyncio.Task[None]] = set()
        self._departure: asyncio.Handle | None = None

    def ask(self, call: Call) -> asyncio.Future[Any]:
        """The answer to *call*, shared with whoever asks the same in this moment.

        Raises:
            TrunkwatchError: whatever `together` or `alone` raise.
        """
        answer = self._waiting.get(call)
        if answer is None:
            loop = asyncio.get_running_loop()
            if self._departure is None:
                self._departure = loop.call_later(LONG, self._leave) if self._away else loop.call_soon(self._leave)
            answer = self._waiting[call] = loop.create_future()
            answer.add_done_callback(_seen)
        told = asyncio.shield(answer)  # who goes away takes the answer from nobody
        told.add_done_callback(_seen)
        return told

    def _leave(self) -> None:
        waiting, self._waiting, self._departure = self._waiting, {}, None
        task = asyncio.get_running_loop().create_task(self._travel(waiting))
        self._away.add(task)
        task.add_done_callback(self._back)

    def _back(self, task: asyncio.Task[None]) -> None:
        self._away.discard(task)
        if self._departure is not None and not task.cancelled():  # cancelled: the program ends
            self._departure.cancel()
            self._leave()

    async def _travel(self, waiting: dict[Call, asyncio.Future[Any]]) -> None:
        try:
            left = waiting if len(waiting) == 1 else _told(waiting, await self._together(list(waiting)))
            alone = [self._answer(answer, call) for call, answer in left.items()]
            await (alone[0] if len(alone) == 1 else asyncio.gather(*alone))
        except TrunkwatchError as error:
            for answer in waiting.values():
                if not answer.done():
                    answer.set_exception(error)
        finally:
            for answer in waiting.values():
                answer.cancel()  # nothing happens to those that are answered

    async def _answer(self, answer: asyncio.Future[Any], call: Call) -> None:
        """Ask by itself; what failed among others is healed so, or refused in words."""
        try:
            answer.set_result(await self._alone(call))
        except TrunkwatchError as error:
            answer.set_exception(error)


def _told(waiting: dict[Call, asyncio.Future[Any]], found: Sequence[Any]) -> dict[Call, asyncio.Future[Any]]:
    """Tell everybody what was *found*; those for whom that is an exception are left."""
    left = {}
    for (call, answer), one in zip(waiting.items(), found, strict=True):
        if isinstance(one, Exception):
            left[call] = answer
        else:
            answer.set_result(one)
    return left


def _seen(answer: asyncio.Future[Any]) -> None:
    """Nobody is told of an error that came when nobody waited for it any more."""
    if not answer.cancelled():
        answer.exception()
