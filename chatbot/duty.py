"""Who does what: each trunk is followed by the replica that holds its lease, and by no other.

Every replica asks for every trunk that nobody holds, up to its fair share. Losing a lease ends the work
under it at once; what was being written is refused by its fence. Nothing here knows what the work is.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Final

import structlog

from chatbot import failpoints
from chatbot.errors import PermanentError, TransientError
from chatbot.store import Lease, LostLease, Store
from chatbot.store.leases import TTL

log = structlog.get_logger("duty")

Work = Callable[[Lease], Awaitable[None]]

_ASK = 0.5  # seconds: what another replica hands over is taken up at once
_HAND_OVER = 2.0  # seconds for giving everything back; what is not given back runs out
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def awake() -> float:
    """Seconds since the machine started, those asleep included where the system counts them."""
    return time.clock_gettime(_BOOT_CLOCK)


class Duty:
    """Holds leases on *names* and runs the work of each while it is held."""

    def __init__(
        self,
        store: Store,
        holder: str,
        work: dict[str, Work],
        *,
        ttl: float = TTL,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rest: Callable[[float], Awaitable[None]] | None = None,
        clock: Callable[[], float] = awake,
    ) -> None:
        """*holder* is unique to this process and its start; *ttl* and *clock* are in seconds.

        *rest* is the sleep between two rounds of asking, where it is not *sleep*.
        """
        self._store = store
        self._holder = holder
        self._work = work
        self._ttl = ttl
        self._sleep = sleep
        self._rest = rest or sleep
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self._good_until: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def lease(self, name: str) -> Lease | None:
        """Ours on *name*; `None` where another holds it, nobody does, or another may because we were not looking."""
        if self._clock() >= self._good_until.get(name, 0.0):
            return None
        return self._held.get(name)

    @property
    def held(self) -> Sequence[str]:
        """What we look after."""
        return sorted(self._held)

    async def run(self) -> None:
        """Ask for leases until cancelled, then give them back."""
        try:
            while True:
                try:
                    await self._store.current()
                    await self._ask()
                except TransientError as error:
                    log.warning("leases_not_asked", reason=str(error))
                except PermanentError as error:
                    log.warning("leases_not_asked", reason=str(error))
                    await self._stand_down(error)
                await self._rest(min(_ASK, self._ttl / 3))
        finally:
            await asyncio.shield(self._hand_over())

    async def _ask(self) -> None:
        alive = await self._store.leases.announce(self._holder, ttl=self._ttl)
        share = ceil(len(self._work) / max(1, len(alive)))
        for name in sorted(self._held)[share:]:
            await self._give_back(name)
        for name in self._work:
            if len(self._held) >= share:
                return
            if name not in self._held:
                asked = self._clock()
                lease = await self._store.leases.acquire(name, self._holder, ttl=self._ttl)
                if lease is not None:
                    self._begin(lease, asked)

    def _begin(self, lease: Lease, asked: float) -> None:
        log.info("lease_taken", name=lease.name, fence=lease.fence)
        failpoints.reach("leased")
        self._held[lease.name] = lease
        self._good_until[lease.name] = asked + self._ttl
        task = asyncio.get_running_loop().create_task(self._under(lease), name=f"under {lease.name}")
        self._tasks[lease.name] = task

    async def _under(self, lease: Lease) -> None:
        """Work while the lease is renewed; whichever ends first ends the other."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(lease))
                group.create_task(self._do(lease))
        except* (LostLease, TransientError, PermanentError) as errors:
            log.warning("lease_lost", name=lease.name, reason=str(errors.exceptions[0]))
        except* Exception as errors:  # the outermost loop: one broken trunk must not end the others
            log.error("work_broke", name=lease.name, exc_info=errors.exceptions[0])
            await self._sleep(self._ttl / 3)
        finally:
            if self._held.get(lease.name) is lease:
                del self._held[lease.name]
                self._tasks.pop(lease.name, None)

    async def _keep(self, lease: Lease) -> None:
        """Renew *lease* again and again; what counts is when we asked, not when the answer came.

        Raises:
            LostLease: another took it, or Redis was out of reach for as long as it lasts.
        """
        while True:
            await self._sleep(lease.ttl / 3)
            asked = self._clock()
            try:
                await self._store.leases.renew(lease)
                self._good_until[lease.name] = asked + lease.ttl
            except LostLease:
                raise
            except TransientError as error:
                if self._clock() >= self._good_until[lease.name]:
                    raise LostLease(f"the lease on {lease.name!r} ran out while Redis was out of reach") from error

    async def _do(self, lease: Lease) -> None:
        await self._work[lease.name](lease)

    async def _give_back(self, name: str) -> None:
        lease, task = self._held.pop(name), self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(TransientError, PermanentError):  # it runs out by itself
            await self._store.leases.release(lease)
        log.info("lease_given_back", name=name)

    async def _stand_down(self, error: PermanentError) -> None:
        """Write no more where a newer program has brought the data forward: that one takes over."""
        if error.code == "schema":
            await asyncio.gather(*map(self._give_back, list(self._held)))

    async def _hand_over(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HAND_OVER):
                await asyncio.gather(*map(self._give_back, list(self._held)))
                with contextlib.suppress(TransientError, PermanentError):
                    await self._store.leases.retire(self._holder)
