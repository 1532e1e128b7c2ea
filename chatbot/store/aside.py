"""What cannot be read is moved out of the way, named in the log and kept for a month. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
import structlog
from msgspec import Struct

from chatbot.store.keys import SET_ASIDE, Keys, watch_of
from chatbot.store.wire import Wire

log = structlog.get_logger(__name__)

MOST = 200
"""Set-aside documents that are listed; older ones still wait under their keys until they expire."""
INDEXES = {"open": b"string", "alerts": b"zset", "undelivered": b"set", "fenced": b"string"}


class Aside(Struct, frozen=True):
    """A document that was set aside: the key where it is now, why, and when."""

    key: str
    reason: str
    at: datetime


class Shelf:
    """Sets keys aside. *reindex* puts one alert into its watch's indexes again."""

    def __init__(
        self, wire: Wire, keys: Keys, clock: Callable[[], datetime], reindex: Callable[[str], Awaitable[None]]
    ) -> None:
        self._wire = wire
        self._keys = keys
        self._clock = clock
        self._reindex = reindex

    async def put(self, alert_id: str, reason: str) -> None:
        """Set the alert's document aside."""
        tail = alert_id.rpartition(":")[2]
        await self._move(watch_of(alert_id), self._keys.alert(alert_id), tail, reason)

    async def heal(self, watch: str) -> None:
        """Set aside foreign keys in the place of the watch's indexes and build those from its alerts."""
        types = await self._wire.pipeline([("TYPE", self._keys.of(watch, index)) for index in INDEXES])
        for index, found in zip(INDEXES, types, strict=True):
            if found not in {b"none", INDEXES[index]}:
                reason = f"a {found.decode()} in the place of the index {index!r}"
                await self._move(watch, self._keys.of(watch, index), index, reason)
        base = self._keys.of(watch, "alert", "")
        async for key in self._wire.scan(f"{base}*"):
            await self._reindex(f"{watch}:{key.decode(errors='replace').removeprefix(base)}")

    async def all(self) -> list[Aside]:
        """What was set aside, newest first."""
        answers = await self._wire.call("ZREVRANGE", self._keys.bot("aside"), 0, MOST - 1)
        return [msgspec.json.decode(answer, type=Aside) for answer in answers]

    async def _move(self, watch: str, key: str, tail: str, reason: str) -> None:
        now = self._clock().astimezone(UTC)
        target = self._keys.of(watch, "aside", f"{tail}-{now:%Y%m%dT%H%M%S%f}")
        keys = [key, target, *(self._keys.of(watch, index) for index in ("open", "alerts", "undelivered"))]
        seconds = int(SET_ASIDE.total_seconds())
        if not await self._wire.run("aside", keys, (tail, seconds)):
            return
        log.warning("unreadable document set aside", key=key, now_at=target, reason=reason)
        stamp = int(now.timestamp())
        listing = self._keys.bot("aside")
        await self._wire.pipeline(
            [
                ("ZADD", listing, stamp, msgspec.json.encode(Aside(target, reason[:300], now))),
                ("ZREMRANGEBYSCORE", listing, "-inf", stamp - seconds),
                ("ZREMRANGEBYRANK", listing, 0, -MOST - 1),
            ]
        )
