from __future__ import annotations

import asyncio

import pytest

from chatbot.errors import PermanentError, TransientError
from chatbot.store import Store, schema
from chatbot.store.connect import connect
from chatbot.store.keys import Keys
from chatbot.store.schema import Migration, settle
from chatbot.store.wire import Wire


async def append(wire: Wire, keys: Keys, what: str) -> None:
    await wire.call("RPUSH", keys.bot("steps"), what)


MIGRATIONS = (
    Migration(2, "adds a", lambda wire, keys: append(wire, keys, "a")),
    Migration(3, "adds b", lambda wire, keys: append(wire, keys, "b")),
)


async def steps(store: Store) -> list[bytes]:
    found: list[bytes] = await store.wire.call("LRANGE", store.keys.bot("steps"), 0, -1)
    return found


async def version(store: Store) -> bytes:
    found: bytes = await store.wire.call("GET", store.keys.bot("schema"))
    return found


async def test_an_empty_database_gets_this_programs_version(store: Store) -> None:
    assert await version(store) == b"1"


async def test_an_empty_database_needs_no_migration(store: Store) -> None:
    await store.wire.call("DEL", store.keys.bot("schema"))
    assert await settle(store.wire, store.keys, MIGRATIONS) == 3
    assert (await version(store), await steps(store)) == (b"3", [])


async def test_older_data_are_brought_forward_step_by_step(store: Store) -> None:
    assert await settle(store.wire, store.keys, MIGRATIONS) == 3
    assert (await version(store), await steps(store)) == (b"3", [b"a", b"b"])
    await settle(store.wire, store.keys, MIGRATIONS)
    assert await steps(store) == [b"a", b"b"]


async def test_replicas_that_start_together_migrate_once(store: Store, other: Store) -> None:
    await asyncio.gather(*(settle(one.wire, one.keys, MIGRATIONS) for one in (store, other, store)))
    assert await steps(store) == [b"a", b"b"]


async def test_an_interrupted_migration_goes_on_where_it_stopped(store: Store) -> None:
    async def fail(*_: object) -> None:
        raise TransientError("cut off")

    with pytest.raises(TransientError, match="cut off"):
        await settle(store.wire, store.keys, (MIGRATIONS[0], Migration(3, "fails", fail)))
    assert await version(store) == b"2"
    await settle(store.wire, store.keys, MIGRATIONS)
    assert await steps(store) == [b"a", b"b"]


async def test_newer_data_are_refused_with_the_version_they_need(store: Store, valkey_url: str) -> None:
    await store.wire.call("SET", store.keys.bot("schema"), 7)
    with pytest.raises(PermanentError, match="use a trunkwatch that knows version 7") as refused:
        await connect(valkey_url, prefix=store.keys.prefix)
    assert refused.value.code == "schema"


@pytest.mark.parametrize("command", [("SET", "hello"), ("RPUSH", "x")])
async def test_another_programs_data_are_refused(store: Store, valkey_url: str, command: tuple[str, str]) -> None:
    key = store.keys.bot("schema")
    await store.wire.pipeline([("DEL", key), (command[0], key, command[1])])
    with pytest.raises(PermanentError, match="another program uses the same names"):
        await connect(valkey_url, prefix=store.keys.prefix)


def test_migrations_are_in_order_without_gaps() -> None:
    assert [step.to for step in schema.MIGRATIONS] == list(range(2, 2 + len(schema.MIGRATIONS)))
