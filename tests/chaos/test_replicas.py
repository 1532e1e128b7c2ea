"""Several bots on one Redis: trunks move, nobody posts twice, SIGTERM is obeyed, presses show wherever they arrive."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from chatbot.ci import Conclusion
from tests.chaos.rounds import check
from tests.chaos.world import LEASE, World

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]


async def rooted(world: World, within: float = 15.0) -> None:
    await world.until(lambda: world.shown(world.place), within)


async def test_a_trunk_moves_within_three_lease_times_when_its_holder_is_killed(world: World) -> None:
    first = await world.start()
    world.land(world.build)
    await rooted(world)
    await world.start()
    await world.slack.until(lambda: world.slack.connections == 2)
    await first.kill()
    killed = time.monotonic()
    world.land(world.build)
    await world.until(lambda: len(world.shown(world.place)) == 2, 10)
    assert time.monotonic() - killed < 3 * LEASE + 3  # three leases, and a poll and a post on a busy machine


async def test_a_bot_frozen_past_its_lease_neither_posts_nor_edits_when_it_wakes(world: World) -> None:
    frozen = await world.start("begun:1:stop")
    world.land(world.build)
    await world.until(frozen.frozen, 10)
    await world.start()
    await rooted(world)
    frozen.send(signal.SIGCONT)
    world.land(world.build, Conclusion.SUCCESS)
    await world.until(lambda: any("resolved" in entry for _, entry, _ in world.shown(world.place)), 15)
    await world.until(lambda: "Resolved" in world.slack.messages(world.place)[0].shown, 10)
    check(world, world.place, 0.0)


async def test_a_press_that_another_replica_gets_shows_within_seconds(world: World) -> None:
    await world.start()
    world.land(world.build)
    await rooted(world)
    await world.start()
    await world.slack.until(lambda: world.slack.connections == 2)
    root = world.slack.messages(world.place)[0]
    for label, sign in (
        ("Acknowledge", "<@U01ALICE> has it"),
        ("Un-acknowledge", "nobody has it"),
    ):  # one for each replica
        await world.slack.click(world.slack.current(root), label, user="U01ALICE")
        await world.slack.until(lambda sign=sign: sign in world.slack.current(root).shown, timeout=6)  # type: ignore[misc]  # mypy cannot infer a lambda with a default


@pytest.mark.parametrize("hanging", ["redis", "slack", "github"])
async def test_sigterm_ends_with_0_within_ten_seconds_whoever_hangs(world: World, hanging: str) -> None:
    bot = await world.start()
    world.land(world.build)
    await rooted(world)
    {"redis": world.to_redis, "slack": world.to_slack, "github": world.to_github}[hanging].stall()
    world.land(world.build)
    await asyncio.sleep(0.3)
    assert await bot.terminate(within=10.0) == 0


async def test_a_graceful_end_hands_the_trunk_over_at_once(world: World) -> None:
    long = {"TRUNKWATCH_LEASE_SECONDS": "30"}
    first = await world.start(None, **long)
    world.land(world.build)
    await rooted(world)
    second = await world.start(None, **long)
    await world.slack.until(lambda: world.slack.connections == 2)
    assert await first.terminate() == 0
    world.land(world.build)
    await world.until(lambda: len(world.shown(world.place)) == 2, 6)
    assert await second.terminate() == 0
