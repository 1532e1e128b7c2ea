"""What cannot be read is moved out of the way, named in the log and kept for a month. Nothing is deleted.

Two things are set aside: an alert whose document makes no sense, and any key of ours that holds another type
than `keys.KEYS` says, because another program wrote it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec
import structlog
from msgspec import Struct

from chatbot.store.keys import SET_ASIDE, Key, Keys, Owner, kind_of, watch_of
from chatbot.store.wire import Wire

log = structlog.get_logger(__name__)

MOST = 200
"""Set-aside documents that are listed; older ones still wait under their keys until they expire."""
SECONDS = int(SET_ASIDE.total_seconds())

Rebuild = Callable[[str], Awaitable[None]]
"""Builds a watch's indexes from its alerts."""


class Aside(Struct, frozen=True):
    """A document that was set aside: the key where it is now, why, and when."""

    key: str
    reason: str
    at: datetime


class Shelf:
    """Sets keys aside."""

    def __init__(self, wire: Wire, keys: Keys, clock: Callable[[], datetime], rebuild: Rebuild) -> None:
        self._wire = wire
        self._keys = keys
        self._clock = clock
        self._rebuild = rebuild

    async def put(self, alert_id: str, document: bytes, reason: str) -> None:
        """Set the alert's *document* aside, unless it is another one by now."""
        tail = alert_id.rpartition(":")[2]
        await self._move(self._keys.alert(alert_id), watch_of(alert_id), tail, reason, "hash", document)

    async def heal(self, suspects: Sequence[str]) -> bool:
        """Set aside those of *suspects*, keys of ours, that hold another type than they should; whether any did."""
        types = await self._wire.pipeline([("TYPE", key) for key in suspects])
        foreign = [
            (key, kind, found.decode())
            for key, found in zip(suspects, types, strict=True)
            if (kind := kind_of(key, self._keys.prefix)) and found.decode() not in {"none", "any", kind.type}
        ]
        for key, kind, found in foreign:
            reason = f"another program's {found} in the place of {kind.name!r}"
            await self._move(key, _owner(key), "", reason, found)
        for _, kind, _ in foreign:
            await self._mend(kind, suspects)
        return bool(foreign)

    async def _mend(self, kind: Key, suspects: Sequence[str]) -> None:
        """Bring back what a foreign key was in the way of: the list of watches, or the indexes of one."""
        if kind.name == "watches":
            async for key in self._wire.scan(f"{self._keys.prefix}:{{*}}:alerts"):
                now = int(self._clock().timestamp() * 1000)
                await self._wire.call("ZADD", self._keys.bot("watches"), now, _owner(key.decode()))
        elif kind.owner is Owner.WATCH:
            for watch in {_owner(key) for key in suspects if "{" in key}:
                await self._rebuild(watch)

    async def all(self) -> list[Aside]:
        """What was set aside, newest first."""
        answers = await self._wire.call("ZREVRANGE", self._keys.bot("aside"), 0, MOST - 1)
        return [msgspec.json.decode(answer, type=Aside) for answer in answers]

    async def _move(self, key: str, owner: str, tail: str, reason: str, found: str, document: bytes = b"") -> None:
        now = self._clock().astimezone(UTC)
        name = f"{key.rpartition(':')[2]}-{now:%Y%m%dT%H%M%S%f}"
        # the braces keep the key of a bot's own in its slot, which is that of its whole name
        target = self._keys.of(owner, "aside", name) if owner else f"{{{key}}}:aside:{name}"
        indexes = [self._keys.of(owner, index) for index in ("open", "alerts", "undelivered")] if owner else [key] * 3
        if await self._wire.run("aside", [key, target, *indexes], (tail, SECONDS, found, document)):
            log.warning("document_set_aside", key=key, now_at=target, reason=reason)
            await self._list(Aside(target, reason[:300], now))

    async def _list(self, aside: Aside) -> None:
        stamp, listing = int(aside.at.timestamp()), self._keys.bot("aside")
        await self._wire.pipeline(
            [
                ("ZADD", listing, stamp, msgspec.json.encode(aside)),
                ("ZREMRANGEBYSCORE", listing, "-inf", stamp - SECONDS),
                ("ZREMRANGEBYRANK", listing, 0, -MOST - 1),
            ]
        )


def _owner(key: str) -> str:
    """The trunk or watch that *key* belongs to; empty for the bot's own."""
    return unquote(key.partition("{")[2].partition("}")[0])
