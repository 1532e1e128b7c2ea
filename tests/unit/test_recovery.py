"""Alerts are found again in Slack, by many trunks at once, without asking it more than it answers."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from secrets import token_hex

import pytest

from chatbot.errors import TransientError
from chatbot.recovery import Recovery
from chatbot.store import Lease, Store
from chatbot.store.connect import connect
from tests.delivering import FALLBACK, HERE, Stage, an_alert, stage


def recovery(scene: Stage, store: Store) -> Recovery:
    return Recovery(
        store, scene.client, channels=lambda _: (HERE, FALLBACK), now=lambda: datetime.now(UTC),
        clock=lambda: scene.ahead, sleep=scene.sleep,
    )  # fmt: skip


def patient(scene: Stage, store: Store) -> Recovery:
    """One that waits a moment for those who will want the same."""
    return Recovery(store, scene.client, channels=lambda _: (HERE,), now=lambda: datetime.now(UTC), gather=lambda: 0.1)


async def leases(store: Store, count: int) -> list[Lease]:
    taken = [await store.leases.acquire(f"trunk{number}", "me", ttl=600) for number in range(count)]
    return [lease for lease in taken if lease is not None]


async def test_trunks_that_begin_together_read_a_channel_once(store: Store) -> None:
    async with stage(store) as scene:
        found = recovery(scene, store)
        await asyncio.gather(
            *(found.run([f"watch{n}"], lease, since=0.0) for n, lease in enumerate(await leases(store, 40)))
        )
        assert scene.asked("conversations.history") == 2


async def test_trunks_that_begin_a_little_later_share_what_is_read_too(store: Store) -> None:
    async with stage(store) as scene:
        found = patient(scene, store)
        first, second = await leases(store, 2)
        early = asyncio.create_task(found.run(["watch0"], first, since=time.monotonic()))
        await asyncio.sleep(0)
        await found.run(["watch1"], second, since=time.monotonic())
        await early
        assert scene.asked("conversations.history") == 1


async def test_what_was_read_before_a_lease_was_taken_is_read_again(store: Store) -> None:
    async with stage(store) as scene:
        found, (first, second) = recovery(scene, store), await leases(store, 2)
        await found.run(["watch0"], first, since=0.0)
        scene.ahead = 5.0
        await found.run(["watch1"], second, since=4.0)
        assert scene.asked("conversations.history") == 4


async def test_an_alert_that_the_store_forgot_is_found_by_the_trunk_it_belongs_to(
    store: Store, valkey_url: str
) -> None:
    async with stage(store) as scene, await connect(valkey_url, prefix=f"t{token_hex(6)}") as empty:
        alert = await scene.create(an_alert("lost"))
        await scene.settle(alert)
        found, (first, second) = recovery(scene, empty), await leases(empty, 2)
        numbers = await asyncio.gather(found.run(["other"], first, since=0.0), found.run(["lost"], second, since=0.0))
        assert list(numbers) == [0, 1]
        again = await empty.alerts.get(alert.id)
        assert again is not None
        assert again.delivery.root == scene.roots(alert)[0].ts


async def test_a_channel_that_cannot_be_read_now_is_read_again_at_the_next_try(store: Store) -> None:
    async with stage(store) as scene:
        found, (lease,) = recovery(scene, store), await leases(store, 1)
        scene.slack.faults.add("conversations.history", "server_error", 1)
        with pytest.raises(TransientError):
            await found.run(["watch"], lease, since=0.0)
        assert await found.run(["watch"], lease, since=0.0) == 0


async def test_a_limit_is_waited_out_instead_of_failing_every_trunk(store: Store) -> None:
    async with stage(store) as scene:
        found, (lease,) = recovery(scene, store), await leases(store, 1)
        scene.slack.faults.add("conversations.history", "rate_limited", 1, retry_after=30)
        assert await found.run(["watch"], lease, since=0.0) == 0
        assert scene.asked("conversations.history") == 3


async def begun(found: Recovery, store: Store, count: int) -> list[asyncio.Task[int]]:
    """*count* trunks that all wait for the same channel."""
    taken = await leases(store, count)
    running = [asyncio.create_task(found.run([f"watch{n}"], lease, since=0.0)) for n, lease in enumerate(taken)]
    await asyncio.sleep(0.03)
    return running


async def test_a_trunk_that_gives_up_leaves_the_others_what_they_wait_for(store: Store) -> None:
    async with stage(store) as scene:
        leaving, *others = await begun(patient(scene, store), store, 3)
        leaving.cancel()
        assert await asyncio.gather(*others) == [0, 0]
        assert leaving.cancelled()
        assert scene.asked("conversations.history") == 1


async def test_a_channel_for_which_nobody_waits_any_more_is_not_read(store: Store) -> None:
    async with stage(store) as scene:
        found = patient(scene, store)
        for running in await begun(found, store, 2):
            running.cancel()
        await asyncio.sleep(0.2)
        assert scene.asked("conversations.history") == 0
        (again,) = await begun(found, store, 1)
        assert await again == 0
        assert scene.asked("conversations.history") == 1
