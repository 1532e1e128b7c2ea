from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from chatbot.errors import TransientError
from chatbot.store import Lease, LostLease, Store
from chatbot.store.connect import connect
from tests.conftest import StartServer
from tests.store.conftest import held


async def test_a_lease_has_one_holder(store: Store, other: Store) -> None:
    await held(store)
    assert await other.leases.acquire("pytorch", "you") is None
    assert await other.leases.holder("pytorch") == "me"


async def test_asking_again_gives_the_same_lease(store: Store) -> None:
    assert await held(store) == await held(store)


async def test_of_many_who_ask_at_once_one_gets_it(store: Store) -> None:
    answers = await asyncio.gather(*(store.leases.acquire("pytorch", f"replica {n}") for n in range(20)))
    assert len([answer for answer in answers if answer]) == 1


async def test_a_released_lease_is_free_and_its_successor_has_a_higher_fence(store: Store) -> None:
    mine = await held(store)
    assert await store.leases.release(mine)
    yours = await held(store, holder="you")
    assert yours.fence > mine.fence
    assert not await store.leases.release(mine)
    assert await store.leases.holder("pytorch") == "you"


async def test_a_lease_that_ran_out_is_taken_over(store: Store) -> None:
    mine = await held(store, ttl=0.05)
    while (yours := await store.leases.acquire("pytorch", "you")) is None:
        await asyncio.sleep(0.01)
    assert yours.fence > mine.fence
    with pytest.raises(LostLease, match="'pytorch' went to another replica"):
        await store.leases.renew(mine)


async def test_a_lease_that_ran_out_unnoticed_by_others_is_renewed(store: Store) -> None:
    mine = await held(store, ttl=0.02)
    while await store.leases.holder("pytorch"):
        await asyncio.sleep(0.01)
    await store.leases.renew(mine)
    assert await store.leases.holder("pytorch") == "me"


async def test_a_fence_is_never_below_the_time_so_it_grows_even_after_a_total_loss(store: Store) -> None:
    before = int(datetime.now(UTC).timestamp() * 1000) - 1000
    first = await held(store)
    await store.forget("pytorch")
    assert before < first.fence <= (await held(store, holder="you")).fence


async def test_keeping_a_lease_renews_it_every_third_of_its_time(store: Store) -> None:
    lease, naps = await held(store, ttl=30), list[float]()

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await store.leases.keep(lease, sleep=sleep)
    assert naps == [10, 10, 10]


async def test_keeping_a_lease_ends_when_another_has_it(store: Store) -> None:
    lease = await held(store)
    await store.leases.release(lease)
    await held(store, holder="you")
    with pytest.raises(LostLease):
        await store.leases.keep(lease, sleep=lambda _: asyncio.sleep(0))


async def test_keeping_a_lease_gives_up_when_redis_was_away_for_its_whole_time(
    start_server: StartServer,
) -> None:
    server = start_server()
    moments = iter(range(0, 1000, 4))
    async with await connect(server.url, patience=0.3) as own:
        lease = await held(own, ttl=15)
        server.kill()
        with pytest.raises(LostLease, match="out of reach"):
            await own.leases.keep(lease, sleep=lambda _: asyncio.sleep(0), clock=lambda: next(moments))


async def test_replicas_hear_of_each_other_until_they_stop(store: Store, other: Store) -> None:
    assert await store.leases.announce("a") == ["a"]
    assert await other.leases.announce("b") == ["a", "b"]
    await store.leases.retire("a")
    assert await other.leases.announce("b") == ["b"]


async def test_a_replica_that_missed_its_heartbeats_is_forgotten(store: Store) -> None:
    await store.leases.announce("gone", ttl=0.01)
    while "gone" in (alive := await store.leases.announce("here")):
        await asyncio.sleep(0.01)
    assert alive == ["here"]


def test_a_lost_lease_may_work_later() -> None:
    assert issubclass(LostLease, TransientError)
    assert Lease("t", "me", 1).ttl == 4
