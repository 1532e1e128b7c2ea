"""A few rounds of chaos, always the same ones; `make chaos` plays as many as one likes."""

from __future__ import annotations

import pytest

from chatbot.ci import Conclusion
from tests.chaos.rounds import check, play
from tests.chaos.world import World

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]


async def test_alerts_live_through_two_rounds_of_chaos(world: World) -> None:
    for number in range(world.job, world.job + 2):
        await play(world, number, seed=1)
    world.job += 1


@pytest.mark.parametrize("point", ["begun", "posted", "edited"])
async def test_a_bot_killed_on_the_way_of_a_post_leaves_it_there_once(world: World, point: str) -> None:
    bot = await world.start(f"{point}:1")
    world.land(world.build)
    await world.until(lambda: not bot.alive, within=15)
    await world.until(lambda: world.shown(world.place), within=20)
    world.land(world.build, Conclusion.SUCCESS)
    await world.until(lambda: any("resolved" in entry for _, entry, _ in world.shown(world.place)), within=20)
    check(world, world.place, 0.0)
