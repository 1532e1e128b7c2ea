"""Finds alerts again in Slack after Redis lost everything, so that the bot goes on in the same threads.

It looks once for each watch that the store knows nothing of, before anything is evaluated, in the channels
where the watch's alerts go. Where it cannot look now, nothing may be evaluated: a second root would be the price.
Trunks that begin together share what is read of a channel. Slack answers about 50 such questions a minute; up to that
many are asked at once, as nothing else may go on without them, and the rest when it says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TypeVar

import msgspec
import structlog
from msgspec import Struct

from chatbot import failpoints, marks
from chatbot.detours import NO_TOKEN
from chatbot.errors import PermanentError, TransientError
from chatbot.marks import Mark
from chatbot.slack.answers import Posted
from chatbot.slack.client import Slack
from chatbot.store import Lease, Store

log = structlog.get_logger("recovery")

T = TypeVar("T")
_TRIES = 5  # times that we wait when Slack says so, at most a minute each
_KEPT = 60.0  # seconds that a reading is held for those who come a little later
BACK = timedelta(days=14)
"""How far back the channels are read: an alert that nobody touched for longer begins anew."""


class _Root(Struct, frozen=True):
    """A root that was found."""

    channel: str
    posted: Posted
    mark: Mark


class _Reading:
    """A channel that is read; `began` is when, by the clock, or infinite before that; `waiting` is how many for it."""

    began: float
    waiting: int
    roots: asyncio.Task[list[_Root]]


class Recovery:
    """Looks through channels for what the store should know."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        *,
        channels: Callable[[str], Sequence[str]],
        now: Callable[[], datetime],
        gather: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*channels* are those where the alerts of a watch go; asked each time. *clock* is in seconds.

        *gather* is for how many seconds to wait before a channel is read, for those who will want the same.
        """
        self._store = store
        self._slack = slack
        self._channels = channels
        self._now = now
        self._gather = gather
        self._clock = clock
        self._sleep = sleep
        self._readings: dict[str, _Reading] = {}

    async def run(self, watches: Sequence[str], lease: Lease, *, since: float) -> int:
        """Store the newest alert of each of *watches* of which nothing is stored; how many those were.

        *since* is when *lease* was ours already, by the clock: nobody else has posted after that.

        Raises:
            TransientError: Slack or Redis cannot be asked now; try again before evaluating anything.
        """
        lost = await self._unknown(watches)
        if not lost:
            return 0
        places = {channel for watch in lost for channel in self._channels(watch) if channel}
        roots: dict[str, _Root] = {}
        for channel in sorted(places):
            for found in await self._read(channel, since):
                watch = found.mark.watch
                if watch in lost and (watch not in roots or _newer(found, roots[watch])):
                    roots[watch] = found
        for found in roots.values():
            await self._restore(found, lease)
        failpoints.reach("recovered")
        return len(roots)

    async def find(self, beginning: str, channels: Sequence[str], lease: Lease) -> int:
        """Store the newest alert of each watch whose name has that *beginning* and that *channels* show.

        Raises:
            TransientError: Slack or Redis cannot be asked now.
        """
        roots: dict[str, _Root] = {}
        for channel in channels:
            for found in await self._read(channel, self._clock()):
                watch = found.mark.watch
                if watch.startswith(beginning) and (watch not in roots or _newer(found, roots[watch])):
                    roots[watch] = found
        for found in roots.values():
            await self._restore(found, lease)
        return len(roots)

    async def _unknown(self, watches: Sequence[str]) -> set[str]:
        """Those of *watches* that were never evaluated on this store and have no alerts in it."""
        evaluated = await self._store.watches.get_many(watches)
        return {w for w in watches if w not in evaluated and not await self._store.alerts.recent(w, 1)}

    async def _read(self, channel: str, since: float) -> list[_Root]:
        """The roots in *channel*, read after *since*, perhaps for somebody else."""
        reading = self._readings.get(channel)
        if reading is None or reading.began < since:
            self._readings[channel] = reading = self._begun(channel)
        reading.waiting += 1
        try:
            return await asyncio.shield(reading.roots)
        finally:
            reading.waiting -= 1
            if not reading.waiting and not reading.roots.done():  # nobody is left to hear of it: the bot ends
                self._forget(channel, reading)
                reading.roots.cancel()

    def _begun(self, channel: str) -> _Reading:
        reading = _Reading()

        async def read() -> list[_Root]:
            reading.began = self._clock()
            return await self._roots(channel)

        async def gathered() -> list[_Root]:
            await self._sleep(self._gather())
            return await self._answered(read)

        def over(task: asyncio.Task[list[_Root]]) -> None:
            failed = task.cancelled() or task.exception() is not None  # it is told to whoever still waits for it
            if self._readings.get(channel) is reading:
                if failed:
                    del self._readings[channel]
                else:
                    asyncio.get_running_loop().call_later(_KEPT, self._forget, channel, reading)

        reading.began, reading.waiting = inf, 0
        reading.roots = asyncio.create_task(gathered(), name=f"read {channel}")
        reading.roots.add_done_callback(over)
        return reading

    def _forget(self, channel: str, reading: _Reading) -> None:
        if self._readings.get(channel) is reading:
            del self._readings[channel]

    async def _answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What *ask* answers once Slack does not say any more that it has to wait."""
        for _ in range(_TRIES):
            try:
                return await ask()
            except TransientError as error:
                if error.retry_after is None:
                    raise
                log.info("recovery_waits", reason=str(error), seconds=error.retry_after)
                await self._sleep(error.retry_after)
        return await ask()

    async def _roots(self, channel: str) -> list[_Root]:
        found = []
        try:
            async for posted in self._slack.posted(channel, oldest=self._now() - BACK):
                mark = marks.root_mark(posted.metadata)
                if mark is not None:
                    found.append(_Root(channel, posted, mark))
        except PermanentError as error:
            if error.code in NO_TOKEN:
                raise TransientError(str(error)) from error
            log.error("channel_not_searched", channel=channel, reason=str(error))
        return found

    async def _restore(self, root: _Root, lease: Lease) -> None:
        ts = root.posted.ts
        begun = datetime.fromtimestamp(float(ts), UTC)

        async def read() -> list[Posted]:
            return [r async for r in self._slack.posted(root.channel, oldest=begun, thread_ts=ts) if r.ts != ts]

        replies = await self._answered(read)
        alert = marks.restored(root.mark, root.posted, replies, channel=root.channel)
        shown = msgspec.structs.replace(alert.delivery, link=await self._link(root.channel, ts))
        if await self._store.alerts.create(alert.shown(shown), lease):
            log.warning("alert_found_again", alert=alert.id, channel=root.channel, state=alert.state.value)

    async def _link(self, channel: str, ts: str) -> str | None:
        try:
            return await self._slack.permalink(channel, ts)
        except PermanentError:
            return None


def _newer(one: _Root, other: _Root) -> bool:
    """The newer alert; of one alert the newer root, which took the place of the other."""
    return (one.mark.opened_at, float(one.posted.ts)) > (other.mark.opened_at, float(other.posted.ts))
