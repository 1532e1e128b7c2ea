"""Redis loses everything: the bot finds its alerts again in Slack, and goes on in the same threads."""

from __future__ import annotations

import signal

import pytest

from chatbot.ci import Conclusion
from tests.chaos.rounds import check
from tests.chaos.world import World

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]


def entries(world: World) -> list[str]:
    return [entry.partition(":")[0] for _, entry, _ in world.shown(world.place)]


async def alert_with_a_thread(world: World) -> None:
    world.land(world.build)
    await world.until(lambda: entries(world) == ["root"], 15)
    world.land(world.build)
    await world.until(lambda: entries(world) == ["root", "failing"], 10)


@pytest.mark.parametrize("running", [True, False])
async def test_an_open_alert_goes_on_in_its_thread(world: World, running: bool) -> None:
    bot = await world.start()
    await alert_with_a_thread(world)
    await world.press("Acknowledge")
    await world.until(lambda: entries(world)[-1] == "acknowledged", 10)
    bot.send(signal.SIGCONT if running else signal.SIGKILL)
    world.redis.say("FLUSHALL")
    await world.ensure()
    world.land(world.build)
    await world.until(lambda: entries(world).count("failing") == 2, 15)
    assert "<@U01ALICE> has it" in world.slack.messages(world.place)[0].shown
    world.land(world.build, Conclusion.SUCCESS)
    await world.until(lambda: entries(world)[-1] == "resolved", 15)
    check(world, world.place, 0.0)
    assert entries(world) == ["root", "failing", "acknowledged", "failing", "resolved"]


async def test_an_alert_that_healed_while_redis_was_empty_is_resolved(world: World) -> None:
    bot = await world.start()
    await alert_with_a_thread(world)
    await bot.kill()
    world.redis.say("FLUSHALL")
    world.land(world.build, Conclusion.SUCCESS)
    await world.until(lambda: entries(world)[-1] == "resolved", 15)
    check(world, world.place, 0.0)


async def test_nothing_is_opened_while_slack_cannot_be_asked(world: World) -> None:
    bot = await world.start()
    await alert_with_a_thread(world)
    await bot.kill()
    world.redis.say("FLUSHALL")
    world.slack.faults.add("conversations.history", "server_error", 3)
    world.land(world.build)
    await world.until(lambda: entries(world).count("failing") == 2, 20)
    check(world, world.place, 0.0)
