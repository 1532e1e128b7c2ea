"""Which form the stored data have: older ones are brought forward, newer ones are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from secrets import token_hex

import structlog
from msgspec import Struct

from chatbot.errors import PermanentError, TransientError
from chatbot.store.keys import Keys
from chatbot.store.leases import Leases
from chatbot.store.wire import Wire

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds one step may take, and a replica waits for another one's migration."""


class Migration(Struct, frozen=True):
    """A step from version `to - 1` to `to`. `run` may be interrupted and run again: it must not mind."""

    to: int
    does: str
    run: Callable[[Wire, Keys], Awaitable[None]]


FIRST = 1
MIGRATIONS: tuple[Migration, ...] = ()
"""In order, without gaps, from version 2 on. The last one's version is this program's."""


async def settle(wire: Wire, keys: Keys, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring the stored data to this program's version, which is returned.

    Raises:
        PermanentError: they were written by a newer version (code `schema`), or the version is not a number.
        TransientError: another replica is at it for more than a minute.
    """
    ours = migrations[-1].to if migrations else FIRST
    stored = await _stored(wire, keys, ours)
    if stored < ours:
        await _migrate(wire, keys, migrations, ours)
    return ours


async def holds(wire: Wire, keys: Keys, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Return if the data still have this program's version: a newer replica may have brought them forward.

    Raises:
        PermanentError: they have not (code `schema`), and must not be written to by this program any more.
    """
    await _stored(wire, keys, migrations[-1].to if migrations else FIRST)


async def _stored(wire: Wire, keys: Keys, ours: int) -> int:
    await wire.call("SETNX", keys.bot("schema"), ours)
    answer = await wire.call("GET", keys.bot("schema"))
    if answer is None or not answer.isdigit():
        raise PermanentError(
            f"{keys.bot('schema')} in Redis at {wire.address} is not a version of our data: another program uses the "
            "same names; choose another database",
            code="schema",
        )
    stored = int(answer)
    if stored > ours:
        raise PermanentError(
            f"the data in Redis at {wire.address} have version {stored}, this trunkwatch knows up to version {ours}: "
            f"use a trunkwatch that knows version {stored}, or an empty database",
            code="schema",
        )
    return stored


async def _migrate(wire: Wire, keys: Keys, migrations: Sequence[Migration], ours: int) -> None:
    """One replica migrates, the others wait."""
    leases, holder = Leases(wire, keys), token_hex(8)
    for _ in range(int(PATIENCE * 4)):
        lease = await leases.acquire(":schema", holder, ttl=PATIENCE)
        if lease is None:
            await asyncio.sleep(0.25)
            continue
        try:
            stored = await _stored(wire, keys, ours)
            for step in (step for step in migrations if step.to > stored):
                log.info("migrating_stored_data", to=step.to, does=step.does)
                await leases.renew(lease)
                await step.run(wire, keys)
                await wire.call("SET", keys.bot("schema"), step.to)
        finally:
            await leases.release(lease)
        return
    raise TransientError("another replica is migrating the stored data for more than a minute", retry_after=10.0)
