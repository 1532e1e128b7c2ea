"""Runs calls to Slack as `schedule` says. Knows no message and no method by its meaning; drops nothing.

    async with Pacer() as pacer:
        ts = await pacer.run(Call(POST, channel, Priority.ALERT, thread=alert.id), post)

`post` runs when its turn has come. A 429 (a `TransientError` with `retry_after`, not ambiguous) makes it wait and run
again, so it must be safe to repeat after a clear refusal; every other error goes to whoever awaits `run`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Self, TypeVar

from chatbot.errors import AmbiguousError, TransientError
from chatbot.slack.schedule import Call, Priority, Schedule

T = TypeVar("T")
Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
_TIDY_EVERY: Final = 1000  # calls


class _Ticket:
    """What runs when the turn comes, and who waits for it."""

    do: Callable[[], Awaitable[Any]]

    def __init__(self) -> None:
        self.outcomes: list[asyncio.Future[Any]] = []
        self.task: asyncio.Task[None] | None = None


class Pacer:
    """Paces calls by channel and method. `limits` counts the 429s so far. *clock* and *sleep* are in seconds."""

    def __init__(self, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self.schedule = Schedule()
        self.limits = 0
        self._clock = clock
        self._sleep = sleep
        self._tickets: dict[int, _Ticket] = {}
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: float | None = None
        self._ran = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        """Do it when its turn has come; the answer is what *do* answers, or raises.

        An edit replaced by a newer one answers what the newer one does. Whoever stops waiting takes the call back:
        out of the queue, or interrupted where it runs and nobody else waits for it.
        """
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        added = self.schedule.add(call)
        if not added.replaced:
            self._tickets[added.ticket] = _Ticket()
        ticket = self._tickets[added.ticket]
        ticket.do = do
        ticket.outcomes.append(outcome)
        self._pump()
        try:
            return await outcome
        except asyncio.CancelledError:
            self._taken_back(outcome)
            raise

    @property
    def waiting(self) -> dict[Priority, int]:
        """How many calls wait, by priority."""
        return self.schedule.waiting()

    def limited(self) -> dict[str, float]:
        """Which methods Slack has stopped, and for how many more seconds."""
        now = self._clock()
        return {method: until - now for method, until in self.schedule.limited.items() if until > now}

    async def close(self) -> None:
        """Stop. What waits is cancelled; what runs is interrupted."""
        tasks = [ticket.task for ticket in self._tickets.values() if ticket.task is not None]
        for number, ticket in list(self._tickets.items()):
            self.schedule.drop(number)
            for outcome in ticket.outcomes:
                outcome.cancel()
        self._tickets.clear()
        if self._alarm is not None:
            tasks.append(self._alarm)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pump(self) -> None:
        """Start whatever may go now, and set the alarm for what may go later."""
        while True:
            turn = self.schedule.next(self._clock())
            if turn.ticket is None:
                break
            ticket = self._tickets[turn.ticket]
            ticket.task = asyncio.create_task(self._carry_out(turn.ticket, ticket))
            ticket.task.add_done_callback(partial(self._ended, turn.ticket))
        self._set_alarm(turn.at)

    async def _carry_out(self, number: int, ticket: _Ticket) -> None:
        try:
            answer = await ticket.do()
        except AmbiguousError as error:
            self._settle(number, error=error)
        except TransientError as error:
            if error.retry_after is None:
                self._settle(number, error=error)
            else:
                self._postpone(number, error.retry_after)
        except Exception as error:  # noqa: BLE001  it belongs to whoever awaits `run`, whatever it is
            self._settle(number, error=error)
        else:
            self._settle(number, answer=answer)

    def _ended(self, number: int, task: asyncio.Task[None]) -> None:
        """A call that was taken back makes room too, also one that was taken back before its first step."""
        if task.cancelled():
            self._settle(number, cancelled=True)

    def _settle(
        self, number: int, *, answer: Any = None, error: Exception | None = None, cancelled: bool = False
    ) -> None:
        ticket = self._tickets.pop(number, None)
        if ticket is None:
            return
        self.schedule.done(number, now=self._clock())
        for outcome in ticket.outcomes:
            if outcome.done():
                continue
            if cancelled:
                outcome.cancel()
            elif error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(answer)
        self._tidied()
        self._pump()

    def _postpone(self, number: int, seconds: float) -> None:
        ticket = self._tickets.get(number)
        if ticket is None:
            return
        self.limits += 1
        ticket.task = None
        newer = self.schedule.done(number, now=self._clock(), retry_after=seconds)
        if newer is not None:
            self._tickets[newer].outcomes += self._tickets.pop(number).outcomes
        self._pump()

    def _taken_back(self, outcome: asyncio.Future[Any]) -> None:
        found = next((pair for pair in self._tickets.items() if outcome in pair[1].outcomes), None)
        if found is None:
            return
        number, ticket = found
        ticket.outcomes.remove(outcome)
        if ticket.outcomes:
            return
        if ticket.task is not None:
            ticket.task.cancel()
        else:
            del self._tickets[number]
            self.schedule.drop(number)
            self._pump()

    def _set_alarm(self, at: float | None) -> None:
        if self._alarm is not None and not self._alarm.done():
            if at == self._alarm_at:
                return
            if self._alarm is not asyncio.current_task():
                self._alarm.cancel()
        self._alarm_at = at
        self._alarm = None if at is None else asyncio.create_task(self._ring(max(0.0, at - self._clock())))

    async def _ring(self, seconds: float) -> None:
        await self._sleep(seconds)
        self._alarm_at = None
        self._pump()

    def _tidied(self) -> None:
        self._ran += 1
        if self._ran % _TIDY_EVERY == 0:
            self.schedule.tidy(self._clock())
