"""Who does what: a lease for each trunk or loop, with a fencing number that every write of its holder carries.

A lease is a promise for a time, not a lock: a process that slept through it may still believe. What makes
this safe is the number. It grows with every new holder, and the store refuses writes with an older one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from msgspec import Struct

from chatbot.errors import TransientError
from chatbot.store.keys import Keys
from chatbot.store.refusals import LostLease
from chatbot.store.wire import Wire

TTL = 4.0
"""Seconds a lease lasts without being renewed; renewed after a third of it."""


class Lease(Struct, frozen=True):
    """The right to work on *name* until `ttl` seconds after the last renewal."""

    name: str
    holder: str
    fence: int
    ttl: float = TTL


class Leases:
    """Takes, renews and gives back leases."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._keys = keys

    async def acquire(self, name: str, holder: str, *, ttl: float = TTL) -> Lease | None:
        """The lease on *name*, or `None` while another holds it. *holder* is unique to a process and its start."""
        fence = int(await self._wire.run("acquire", self._of(name), (holder, _milliseconds(ttl))))
        return Lease(name, holder, fence, ttl) if fence else None

    async def renew(self, lease: Lease) -> None:
        """Prolong *lease* by its `ttl`.

        Raises:
            LostLease: another took it in the meantime.
        """
        answer = await self._wire.run(
            "renew", self._of(lease.name), (lease.holder, lease.fence, _milliseconds(lease.ttl))
        )
        if not answer:
            raise LostLease(f"the lease on {lease.name!r} went to another replica")

    async def release(self, lease: Lease) -> bool:
        """Give *lease* back; `False` where it was lost before."""
        return bool(await self._wire.run("release", self._of(lease.name), (lease.holder, lease.fence)))

    async def holder(self, name: str) -> str | None:
        """Who holds *name* now."""
        answer = await self._wire.call("GET", self._of(name)[0])
        return answer.decode() if answer else None

    async def keep(
        self,
        lease: Lease,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Renew *lease* again and again, until cancelled.

        Raises:
            LostLease: another took it, or Redis was out of reach for as long as it lasts.
        """
        renewed = clock()
        while True:
            await sleep(lease.ttl / 3)
            asked = clock()
            try:
                await self.renew(lease)
                renewed = asked
            except LostLease:
                raise
            except TransientError as error:
                if clock() - renewed > lease.ttl:
                    raise LostLease(f"the lease on {lease.name!r} ran out while Redis was out of reach") from error

    async def announce(self, holder: str, *, ttl: float = TTL) -> list[str]:
        """Say that *holder* lives, and hear who else does: replicas share work by their number."""
        seconds, microseconds = await self._wire.call("TIME")
        now = int(seconds) * 1000 + int(microseconds) // 1000
        key = self._keys.bot("replicas")
        answers = await self._wire.pipeline(
            [
                ("ZADD", key, now + _milliseconds(ttl), holder),
                ("ZREMRANGEBYSCORE", key, "-inf", now),
                ("ZRANGE", key, 0, -1),
            ]
        )
        return sorted(name.decode() for name in answers[2])

    async def retire(self, holder: str) -> None:
        """Say that *holder* stops."""
        await self._wire.call("ZREM", self._keys.bot("replicas"), holder)

    def _of(self, name: str) -> tuple[str, str]:
        return self._keys.of(name, "lease"), self._keys.of(name, "fence")


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
