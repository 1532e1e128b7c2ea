"""A Redis Cluster that loses a primary while alerts are on their way: its replica goes on, and so do they."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from chatbot.ci import Conclusion
from tests.chaos.rounds import check
from tests.chaos.world import World, channel, configuration
from tests.clusters import joined, until_agreed, with_replica
from tests.conftest import Server

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]

JOBS = 6
"""Enough for every primary to hold some of their alerts."""


@pytest_asyncio.fixture(loop_scope="session")
async def nodes() -> AsyncIterator[list[Server]]:
    """Three primaries, each with a replica."""
    with tempfile.TemporaryDirectory(prefix="twc") as directory:
        started = joined(Path(directory), replicas=3)
        await until_agreed(started, b"cluster_state:ok")
        for number in range(3):
            await with_replica(started, number)
        yield started
        for server in started:
            server.kill()


async def test_no_alert_is_lost_or_doubled_where_a_primary_dies_with_its_keys(nodes: list[Server]) -> None:
    async with World(watches=JOBS, config=configuration(JOBS).replace("window: 12", "window: 100")) as world:
        world.redis_url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        await world.start()
        await world.start()
        for number in range(2):
            before = world.newest()
            shas = [world.land(f"job{job} build") for job in range(JOBS)]
            # in the middle of the posts, none of which is waited for
            await world.until(partial(newer, world, before), 20)
            nodes[number].kill()
            await told(world, [f"failing:{sha}" for sha in shas] if number else ["root"] * JOBS)
        for job in range(JOBS):
            world.land(f"job{job} build", Conclusion.SUCCESS)
        await told(world, ["resolved:"] * JOBS)
        for job in range(JOBS):
            check(world, channel(job), 0.0)
            entries = [entry.partition(":")[0] for _, entry, _ in world.shown(channel(job))]
            assert entries == ["root", "failing", "resolved"]


def newer(world: World, before: float) -> bool:
    return world.newest() > before


async def told(world: World, entries: Sequence[str]) -> None:
    """Wait until each channel has been told of its entry last."""

    def everywhere() -> bool:
        shown = [world.shown(channel(job)) for job in range(JOBS)]
        return all(found and found[-1][1].startswith(wanted) for found, wanted in zip(shown, entries, strict=True))

    await world.until(everywhere, 60)
