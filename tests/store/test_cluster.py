"""Redis Cluster: what belongs together is in one slot, and a lost node is survived."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from chatbot.errors import TransientError
from chatbot.store import LostLease, Store
from chatbot.store.connect import connect
from tests.clusters import joined, until_agreed, with_replica
from tests.conftest import Server
from tests.store.conftest import a_change, an_alert, held, resolved, shown, taken_over

WATCHES = [f"watch {number}" for number in range(12)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Server]]:
    with tempfile.TemporaryDirectory(prefix="tw") as directory:
        started = joined(Path(directory))
        yield started
        for server in started:
            server.kill()


@pytest.fixture
async def cluster(nodes: list[Server]) -> AsyncIterator[Store]:
    await until_agreed(nodes, b"cluster_state:ok")
    url = f"redis+cluster://127.0.0.1:{nodes[1].port},127.0.0.1:{nodes[2].port}"
    async with await connect(url, prefix=f"t{token_hex(6)}") as store:
        yield store


async def test_everything_works_across_slots(cluster: Store) -> None:
    lease = await held(cluster)
    change = a_change(commits=[(1, "a", b"{}"), (2, "b", b"{}")], cells={("a", "w"): b"1"}, names={"w": b"n"})
    await cluster.trunks.apply("pytorch", change, lease)
    assert (await cluster.trunks.load("pytorch")).cells == {("a", "w"): b"1"}
    assert await cluster.trunks.polled_at(["pytorch", "x", "y", "z"]) == {"pytorch": change.polled_at}
    for watch in WATCHES:
        await cluster.watches.put(watch, watch.encode(), lease)
        assert await cluster.alerts.create(an_alert(f"{watch}:1"), lease, b"opened")
    assert await cluster.watches.get_many(WATCHES) == {watch: watch.encode() for watch in WATCHES}
    assert {alert.watch for alert in await cluster.alerts.all_open()} == set(WATCHES)
    await cluster.alerts.change("watch 3:1", lambda alert: shown(resolved(alert)), note=lambda *_: b"resolved")
    assert len(await cluster.alerts.all_open()) == len(await cluster.alerts.unfinished()) == 11
    assert await cluster.audit.read("watch 3:1") == [b"opened", b"resolved"]
    assert await cluster.seen.first_time("x")
    assert not await cluster.seen.first_time("x")
    assert await cluster.leases.announce("me") == ["me"]
    await cluster.hints.send("pytorch", b"look")
    assert (await cluster.hints.after("0-0"))[1] == [("pytorch", b"look")]


async def test_what_is_kept_is_counted_over_all_nodes(cluster: Store) -> None:
    for number in range(50):
        await cluster.seen.first_time(str(number))
    assert {row.kind.name: row.count for row in await cluster.kept() if row.count} == {"schema": 1, "seen": 50}
    assert (await cluster.health()).server.startswith("Valkey")


async def test_unreadable_documents_are_set_aside_in_a_cluster_too(cluster: Store) -> None:
    await cluster.alerts.create(an_alert("one:1"))
    await cluster.alerts.create(an_alert("two:1"))
    await cluster.wire.call("HSET", cluster.keys.alert("one:1"), "d", "{")
    index = cluster.keys.of("two", "open")
    await cluster.wire.call("DEL", index)
    await cluster.wire.call("RPUSH", index, "mine")
    assert [alert.id for alert in await cluster.alerts.all_open()] == ["two:1"]
    assert len(await cluster.alerts.set_aside()) == 2


async def test_fences_hold_in_a_cluster(cluster: Store) -> None:
    stale = await held(cluster)
    fresh = await taken_over(cluster, stale)
    with pytest.raises(LostLease):
        await cluster.trunks.apply("pytorch", a_change(), stale)
    await cluster.alerts.create(an_alert(), fresh)
    with pytest.raises(LostLease):
        await cluster.alerts.change(an_alert().id, resolved, lease=stale)


async def test_a_forgotten_trunk_leaves_nothing(cluster: Store) -> None:
    await cluster.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")]), await held(cluster))
    assert await cluster.forget("pytorch") == 5


async def answered(store: Store) -> set[str]:
    """Read and write every watch, as a loop would: again after every `TransientError`."""
    async with asyncio.timeout(15):
        while True:
            try:
                for watch in WATCHES:
                    await store.watches.put(watch, b"again")
                return {alert.watch for alert in await store.alerts.all_open()}
            except TransientError:
                await asyncio.sleep(0.05)


async def test_a_killed_primary_is_replaced_by_its_replica(cluster: Store, nodes: list[Server]) -> None:
    await with_replica(nodes)
    for watch in WATCHES:
        await cluster.alerts.create(an_alert(f"{watch}:1"))
    async with asyncio.timeout(10):
        while b"offset=0" in nodes[0].say("INFO", "replication"):
            await asyncio.sleep(0.02)
        await cluster.wire.call("SET", "{06S}", "x")  # a key of the first node's slots, written after all others
        while int(nodes[0].say("DBSIZE")[1:]) != int(nodes[3].say("DBSIZE")[1:]):
            await asyncio.sleep(0.02)
    nodes[0].kill()
    assert await answered(cluster) == set(WATCHES)
    nodes[0].start()
