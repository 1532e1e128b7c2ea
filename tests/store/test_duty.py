"""Who follows what: each name has one holder, who gives it up when told, when late, when another needs a share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from chatbot.duty import Duty, Work
from chatbot.errors import TransientError
from chatbot.store import Lease, Store

TTL = 0.3
NAMES = ("a", "b", "c", "d")


class Worker:
    """A replica that notes under which leases it works, and since when it does not."""

    def __init__(self, store: Store, holder: str, names: tuple[str, ...] = NAMES) -> None:
        self.under: dict[str, Lease] = {}
        self.broke: list[str] = []
        self.now = 0.0
        work: dict[str, Work] = dict.fromkeys(names, self._work)
        self.duty = Duty(store, holder, work, ttl=TTL, rest=lambda _: asyncio.sleep(0.02), clock=self._clock)

    def _clock(self) -> float:
        return asyncio.get_running_loop().time() + self.now

    async def _work(self, lease: Lease) -> None:
        self.under[lease.name] = lease
        try:
            if lease.name in self.broke:
                self.broke.remove(lease.name)
                raise ValueError("a mistake of ours")
            await asyncio.Event().wait()
        finally:
            del self.under[lease.name]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Worker]:
        """On duty for as long as the block lasts."""
        task = asyncio.create_task(self.duty.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


async def test_one_alone_does_everything(store: Store) -> None:
    async with Worker(store, "one").running() as one:
        await until(lambda: sorted(one.under) == [*NAMES])
        assert one.duty.held == [*NAMES]
        assert one.duty.lease("a") == one.under["a"]
    assert one.under == {}


async def test_two_share_and_never_work_on_the_same(store: Store, other: Store) -> None:
    async with Worker(store, "one").running() as one:
        await until(lambda: len(one.under) == 4)
        async with Worker(other, "two").running() as two:
            await until(lambda: len(two.under) == 2)
            assert set(one.under).isdisjoint(two.under)
            assert sorted([*one.under, *two.under]) == [*NAMES]
        await until(lambda: len(one.under) == 4)


async def test_what_is_handed_over_has_a_higher_fence(store: Store, other: Store) -> None:
    async with Worker(store, "one", ("a",)).running() as one:
        await until(lambda: one.under)
        before = one.under["a"].fence
    async with Worker(other, "two", ("a",)).running() as two:
        await until(lambda: two.under, within=TTL * 3)
        assert two.under["a"].fence > before


async def test_work_that_breaks_begins_again_and_ends_no_other(store: Store) -> None:
    worker = Worker(store, "one")
    worker.broke.append("b")
    async with worker.running() as one:
        await until(lambda: sorted(one.under) == [*NAMES] and not one.broke)


async def test_a_lease_counts_for_as_long_as_it_was_asked_for_and_no_longer(store: Store) -> None:
    async with Worker(store, "one", ("a",)).running() as one:
        await until(lambda: one.under)
        assert one.duty.lease("a") is not None
        one.now += TTL  # the machine slept
        assert one.duty.lease("a") is None


async def test_where_a_newer_version_brought_the_data_forward_nothing_is_held_any_more(
    store: Store, other: Store
) -> None:
    async with Worker(store, "old").running() as old:
        await until(lambda: len(old.under) == 4)
        await other.wire.call("SET", other.keys.bot("schema"), 99)
        await until(lambda: not old.under)
        await until(lambda: old.duty.held == [])
        async with asyncio.timeout(5):  # it is given back once the work under it has ended
            while await other.leases.holder("a") is not None:
                await asyncio.sleep(0.005)
        await other.wire.call("SET", other.keys.bot("schema"), 1)
        await until(lambda: len(old.under) == 4)


async def test_a_lease_that_redis_forgot_ends_the_work_under_it(store: Store, other: Store) -> None:
    async with Worker(store, "one", ("a",)).running() as one:
        await until(lambda: one.under)
        before = one.under["a"]
        await other.wire.call("DEL", other.keys.of("a", "lease"))
        taken = await other.leases.acquire("a", "two", ttl=60)
        assert taken is not None
        await until(lambda: not one.under)
        with pytest.raises(TransientError):
            await store.leases.renew(before)
