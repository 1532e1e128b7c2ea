from __future__ import annotations

import pytest

from chatbot.store import Store
from chatbot.store.connect import connect
from chatbot.store.keys import KEYS, Keys, kind_of, spelled
from tests.conftest import StartServer
from tests.store.conftest import SHA, fill, resolved, shown


async def test_every_kind_of_key_is_listed_with_its_count_and_weight(store: Store) -> None:
    await fill(store)
    rows = await store.kept()
    assert [row.kind for row in rows] == list(KEYS)
    assert [row.kind.name for row in rows if not row.count or not row.bytes] == []


async def test_every_key_that_the_store_writes_is_in_the_table(store: Store) -> None:
    await fill(store)
    await store.alerts.change("inductor:1", lambda alert: shown(resolved(alert)))
    found = [key.decode() async for key in store.wire.scan(store.keys.bot("*"))]
    assert [key for key in found if kind_of(key, store.keys.prefix) is None] == []


async def test_every_key_has_the_type_that_the_table_says(store: Store) -> None:
    await fill(store)
    found = [key.decode() async for key in store.wire.scan(store.keys.bot("*"))]
    kinds = [kind_of(key, store.keys.prefix) for key in found]
    types = await store.wire.pipeline([("TYPE", key) for key in found])
    assert {
        (kind.name, kind.type, got.decode())
        for kind, got in zip(kinds, types, strict=True)
        if kind and kind.type not in {got.decode(), "any"}
    } == set()


async def test_a_user_who_may_not_weigh_still_counts(start_server: StartServer) -> None:
    server = start_server(tcp=True)
    server.say("ACL", "SETUSER", "bot", "on", ">pw", "~tw:*", "+@all", "-memory", "-info")
    async with await connect(server.url.replace("//", "//bot:pw@")) as limited:
        await limited.seen.first_time("x")
        assert {row.kind.name: (row.count, row.bytes) for row in await limited.kept() if row.count} == {
            "schema": (1, 0),
            "seen": (1, 0),
        }
        assert "lacks +info" in (await limited.health()).server


async def test_a_trunk_that_is_no_longer_configured_is_forgotten(store: Store) -> None:
    await fill(store)
    assert await store.forget("pytorch") > 8
    assert [key async for key in store.wire.scan(f"{store.keys.of('pytorch')}*")] == []
    assert await store.alerts.get("inductor:1") is not None


async def test_the_server_is_asked_how_it_is(start_server: StartServer) -> None:
    server = start_server("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    async with await connect(server.url) as store:
        told = await store.health()
    assert told.server.startswith("Valkey 9")
    assert told.memory > 0
    assert [problem.split(" is ")[0] for problem in told.problems] == ["maxmemory-policy", "appendonly"]


@pytest.mark.parametrize("kind", ["valkey", "redis"])
async def test_a_server_that_keeps_everything_has_no_problems(start_server: StartServer, kind: str) -> None:
    server = start_server("--appendonly", "yes", kind=kind)
    async with await connect(server.url) as store:
        assert (await store.health()).problems == []


def test_a_key_of_somebody_else_is_no_kind() -> None:
    assert kind_of("tw:what", "tw") is None
    assert kind_of("other:schema", "tw") is None
    assert kind_of(Keys().of("a trunk", "of", SHA), "tw") in KEYS


def test_names_that_are_spelled_once_are_not_remembered_for_ever() -> None:
    keys = Keys()
    names = [keys.of(f"grafana/inductor/{number}", "open") for number in range(10_000)]
    assert len(set(names)) == len(names)
    assert spelled.cache_info().currsize < len(names)
