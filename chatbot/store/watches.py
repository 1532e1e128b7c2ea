"""A summary for each watch, written at every evaluation, so that any replica answers a question with one read."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.store.keys import SUMMARY, Keys
from chatbot.store.leases import Lease
from chatbot.store.refusals import LostLease
from chatbot.store.wire import Wire


class Watches:
    """Reads and writes summaries; the bytes are the caller's."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._keys = keys

    async def put(self, watch: str, summary: bytes, lease: Lease | None = None) -> None:
        """Store *summary*, in the name of *lease* (the one on the watch's trunk) where it is given.

        Raises:
            LostLease: a later holder of the lease wrote one already.
        """
        trunk, fence = (lease.name, str(lease.fence)) if lease else ("", "")
        arguments = (trunk, fence, summary, int(SUMMARY.total_seconds()))
        if not await self._wire.run("summary", (self._keys.of(watch, "summary"),), arguments):
            raise LostLease(f"another replica evaluates watch {watch!r} by now")

    async def get(self, watch: str) -> bytes | None:
        """The newest summary of *watch*."""
        return (await self.get_many((watch,))).get(watch)

    async def get_many(self, watches: Sequence[str]) -> dict[str, bytes]:
        """The newest summaries of *watches*; those without one are missing."""
        answers = await self._wire.pipeline([("HGET", self._keys.of(name, "summary"), "d") for name in watches])
        return {name: answer for name, answer in zip(watches, answers, strict=True) if isinstance(answer, bytes)}

    async def delete(self, watch: str) -> None:
        """Forget the summary of a watch that is no more."""
        await self._wire.call("DEL", self._keys.of(watch, "summary"))
