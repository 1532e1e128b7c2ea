"""Alerts as documents: created once, changed by pure functions under an optimistic lock, found again by index.

At most one alert of a watch is open. A lost race runs the function again on what the winner left. What
cannot be read is set aside and never stops the others.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any

import msgspec
from msgspec import Struct

from chatbot.alert import Alert
from chatbot.errors import PermanentError, TransientError
from chatbot.store.aside import Aside, Shelf
from chatbot.store.keys import AUDIT, AUDIT_ENTRIES, CLOSED_ALERTS, Keys, watch_of
from chatbot.store.leases import Lease
from chatbot.store.refusals import LostLease
from chatbot.store.wire import Argument, Wire

Changer = Callable[[Alert], Alert]
Note = Callable[[Alert, Alert], bytes | None]

ATTEMPTS = 25
"""Races lost in a row before giving up: with a dozen people pressing at once, five is the most seen."""
WAIT = 0.004
"""Seconds of the first wait after a lost race; it doubles up to 16 times that, with full jitter."""


class AlreadyOpenError(PermanentError):
    """The watch has another open alert; its id is in `other`."""

    def __init__(self, other: str) -> None:
        super().__init__(f"alert {other!r} of the same watch is open", code="already_open")
        self.other = other


class _Held(Struct, frozen=True):
    """An alert and the revision it was read at."""

    revision: int
    alert: Alert


class Alerts:
    """Reads and changes alerts."""

    def __init__(
        self, wire: Wire, keys: Keys, *, clock: Callable[[], datetime] | None = None, rng: random.Random | None = None
    ) -> None:
        self._wire = wire
        self._keys = keys
        self._clock = clock or (lambda: datetime.now(UTC))
        self._random = rng or random.Random()  # noqa: S311  spreads waits, guards nothing
        # Open alerts are looked through every second, and seldom differ from what they were a second before.
        self._decode = lru_cache(maxsize=256)(msgspec.json.Decoder(Alert).decode)
        self._shelf = Shelf(wire, keys, self._clock, self._rebuild)
        wire.heal = self._shelf.heal

    async def create(self, alert: Alert, lease: Lease | None = None, note: bytes | None = None) -> bool:
        """Store a new alert; `False`, and nothing stored, where its watch has an open one or its id is taken.

        *lease* is the one on the alert's trunk, *note* the first entry of its audit.

        Raises:
            LostLease: a later holder of the lease has written to this watch.
        """
        await self._wire.call("ZADD", self._keys.bot("watches"), self._now(), watch_of(alert.id))
        try:
            return await self._write(alert, 0, lease, note)
        except AlreadyOpenError:
            return False

    async def get(self, alert_id: str) -> Alert | None:
        """The alert, or `None` where there is none (any more)."""
        held = await self._held(alert_id)
        return held.alert if held else None

    async def get_many(self, ids: Sequence[str]) -> list[Alert]:
        """Those of *ids* that there are, in their order."""
        answers = await self._wire.pipeline([("HMGET", self._keys.alert(name), "r", "d") for name in ids])
        found = [await self._parsed(name, answer) for name, answer in zip(ids, answers, strict=True)]
        return [held.alert for held in found if held]

    async def current(self, watch: str) -> Alert | None:
        """The open alert of *watch*."""
        return next(iter(await self._open_of((watch,))), None)

    async def glance(self, watch: str) -> tuple[bytes | None, Alert | None]:
        """The newest summary of *watch* and its open alert, for which somebody waits: one round trip, not three."""
        keys = [self._keys.of(watch, kind) for kind in ("summary", "open")]
        answer = await self._wire.quick("glance", keys, (self._keys.of(watch, "alert", ""),))
        summary, tail, *document = answer
        if tail is None:
            return summary, None
        held = await self._parsed(f"{watch}:{tail.decode()}", document)
        return summary, held.alert if held and held.alert.open else None

    async def open_of(self, watches: Sequence[str]) -> dict[str, Alert]:
        """The open alerts of *watches*, by watch; those without one are missing."""
        return {alert.watch: alert for alert in await self._open_of(watches)} if watches else {}

    async def change(
        self, alert_id: str, function: Changer, *, lease: Lease | None = None, note: Note | None = None
    ) -> tuple[Alert, Alert]:
        """Replace the alert by *function* of it; what was before and what is now.

        *function* must be pure: it runs again when somebody else changed the alert in between. If it gives back
        what it got, nothing is written. *note* of before and after is an audit entry, written in the same step.
        What *function* raises goes through.

        Raises:
            PermanentError: there is no such alert (code `gone`), or reopening it would make a second open one
                (`AlreadyOpenError`).
            LostLease: a later holder of *lease* has written to this watch.
            TransientError: too many others kept changing it.
        """
        for attempt in range(ATTEMPTS):
            held = await self._held(alert_id)
            if held is None:
                raise _gone(alert_id)
            after = function(held.alert)
            if after == held.alert:
                return held.alert, held.alert
            entry = note(held.alert, after) if note else None
            if await self._write(after, held.revision, lease, entry):
                return held.alert, after
            await asyncio.sleep(self._random.uniform(0, WAIT * 2 ** min(attempt, 4)))
        raise TransientError(f"alert {alert_id!r} is being changed by too many at once; try again", retry_after=1.0)

    async def all_open(self) -> list[Alert]:
        """The open alerts of all watches, oldest first."""
        return sorted(await self._open_of(await self._watches()), key=lambda alert: alert.opened_at)

    async def unfinished(self) -> list[Alert]:
        """Alerts of which Slack does not show everything yet, oldest first."""
        watches = await self._watches()
        answers = await self._indexes(watches, "undelivered", "SMEMBERS")
        ids = [f"{watch}:{tail.decode()}" for watch, tails in zip(watches, answers, strict=True) for tail in tails]
        return sorted(await self.get_many(ids), key=lambda alert: alert.opened_at)

    async def recent(self, watch: str, limit: int = 10) -> list[Alert]:
        """The newest alerts of *watch*, open or closed, newest first."""
        (tails,) = await self._indexes((watch,), "alerts", "ZREVRANGE", 0, limit - 1)
        return await self.get_many([f"{watch}:{tail.decode()}" for tail in tails])

    async def set_aside(self) -> list[Aside]:
        """Documents that could not be read in the last 30 days, newest first."""
        return await self._shelf.all()

    async def _watches(self) -> list[str]:
        """Every watch that has alerts, also those that left the configuration."""
        key = self._keys.bot("watches")
        long_ago = self._now() - int(CLOSED_ALERTS.total_seconds() * 1000)
        quiet = [name.decode() for name in await self._wire.call("ZRANGEBYSCORE", key, "-inf", long_ago)]
        answers = await self._wire.pipeline([("GET", self._keys.of(watch, "open")) for watch in quiet])
        over = [watch for watch, answer in zip(quiet, answers, strict=True) if answer is None]
        await self._wire.pipeline([("ZREM", key, watch) for watch in over])
        return [name.decode(errors="replace") for name in await self._wire.call("ZRANGE", key, 0, -1)]

    async def _open_of(self, watches: Sequence[str]) -> list[Alert]:
        tails = await self._indexes(watches, "open", "GET")
        ids = [f"{watch}:{tail.decode()}" for watch, tail in zip(watches, tails, strict=True) if tail]
        return [alert for alert in await self.get_many(ids) if alert.open]

    async def watches(self, beginning: str) -> list[str]:
        """The watches with alerts whose names have that *beginning*."""
        return [name for name in await self._watches() if name.startswith(beginning)]

    async def let_go(self, beginning: str, *, before: datetime) -> int:
        """Look no more at watches with that *beginning* whose last alert was opened *before*; how many those were.

        Their alerts are kept, and found by name. One that is open, or not shown in full, is still looked at.
        """
        key = self._keys.bot("watches")
        old = await self._wire.call("ZRANGEBYSCORE", key, "-inf", int(before.timestamp() * 1000))
        watches = [name.decode() for name in old if name.decode(errors="replace").startswith(beginning)]
        answers = [await self._indexes(watches, *asked) for asked in (("open", "GET"), ("undelivered", "SMEMBERS"))]
        over = [name for name, *held in zip(watches, *answers, strict=True) if not any(held)]
        await self._wire.pipeline([("ZREM", key, watch) for watch in over])
        return len(over)

    async def _indexes(self, watches: Sequence[str], index: str, command: str, *rest: Argument) -> list[Any]:
        """The answer of each watch's *index*."""
        return await self._wire.pipeline([(command, self._keys.of(watch, index), *rest) for watch in watches])

    async def _held(self, alert_id: str) -> _Held | None:
        return await self._parsed(alert_id, await self._wire.call("HMGET", self._keys.alert(alert_id), "r", "d"))

    async def _parsed(self, alert_id: str, answer: list[bytes | None]) -> _Held | None:
        """The alert in *answer*; where there is something else, that is set aside."""
        revision, document = answer
        try:
            alert = self._decode(document or b"")
            held = _Held(int(revision or b""), alert)
            reason = "" if alert.id == alert_id else f"it says that it is alert {alert.id!r}"
        except (msgspec.MsgspecError, ValueError) as error:
            reason = str(error) if document else "a hash without an alert"
        if not reason:
            return held
        await self._shelf.put(alert_id, document or b"", reason)  # nothing happens where there is nothing
        return None

    async def _write(self, alert: Alert, revision: int, lease: Lease | None, note: bytes | None) -> bool:
        """Run the script; `False` for a lost race or a taken id."""
        answer = await self._script(alert, revision, lease, note, token_hex(8))
        outcome, *other = answer
        if outcome == -1:
            raise LostLease(f"another replica looks after watch {watch_of(alert.id)!r} by now")
        if outcome == -2:  # noqa: PLR2004  the numbers are explained at the head of alert.lua
            raise _gone(alert.id)
        if outcome == -3:  # noqa: PLR2004  as above
            raise AlreadyOpenError(f"{watch_of(alert.id)}:{other[0].decode()}")
        return bool(outcome)

    async def _script(
        self, alert: Alert, revision: int, lease: Lease | None, note: bytes | None, token: str
    ) -> list[Any]:
        watch, kept = watch_of(alert.id), int(CLOSED_ALERTS.total_seconds())
        keys = [self._keys.alert(alert.id)]
        keys += [self._keys.of(watch, index) for index in ("open", "alerts", "undelivered", "fenced")]
        keys += [self._keys.alert(alert.id, "audit")]
        arguments: list[Argument] = [
            alert.id.rpartition(":")[2],
            revision,
            msgspec.json.encode(alert),
            token,
            int(alert.open),
            int(not alert.settled),
            int(alert.opened_at.timestamp() * 1000),
            kept,
            lease.name if lease else "",
            lease.fence if lease else "",
            self._keys.of(watch, "alert", ""),
            note or b"",
            AUDIT_ENTRIES,
            int(AUDIT.total_seconds()),
            self._now() - kept * 1000,
        ]
        answer: list[Any] = await self._wire.run("alert", keys, arguments)
        return answer

    async def _rebuild(self, watch: str) -> None:
        """Build the indexes of *watch* from its alerts."""
        base = self._keys.of(watch, "alert", "")
        async for key in self._wire.scan(f"{base}*"):
            held = await self._held(f"{watch}:{key.decode(errors='replace').removeprefix(base)}")
            if held:
                await self._script(held.alert, held.revision, None, None, token_hex(8))

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _gone(alert_id: str) -> PermanentError:
    return PermanentError(f"there is no alert {alert_id!r} (any more)", code="gone")
