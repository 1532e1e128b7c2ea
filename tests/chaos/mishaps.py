"""What goes wrong in a round: drawn from a seeded generator, so that a round can be had again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from chatbot import failpoints
from chatbot.ci import Conclusion
from tests.chaos.world import LEASE, World

Mishap = Callable[[World, Random], Awaitable[None]]
OF_DELIVERY = sorted(set(failpoints.POINTS) - {"recovered"})


async def nothing(_world: World, _random: Random) -> None:
    """For once."""


async def killed_at_a_failpoint(world: World, random: Random) -> None:
    """A new bot takes over and dies at one of the awaits of the delivery path."""
    await world.kill_all()
    await world.start(f"{random.choice(OF_DELIVERY)}:{random.randint(1, 2)}")


async def killed_at_random(world: World, random: Random) -> None:
    await asyncio.sleep(random.uniform(0.0, 0.6))
    await world.kill_all()


async def frozen_past_the_lease(world: World, random: Random) -> None:
    """SIGSTOP at an await, a successor, and SIGCONT: the old one must neither post twice nor write over it."""
    await world.kill_all()
    bot = await world.start(f"{random.choice(OF_DELIVERY)}:1:stop")
    for _ in range(100):
        if bot.frozen() or not bot.alive:
            break
        await asyncio.sleep(0.02)
    await world.start()
    await asyncio.sleep(LEASE * random.uniform(0.5, 3.0))
    bot.send(signal.SIGCONT)


async def frozen_at_random(world: World, random: Random) -> None:
    await world.ensure()
    await asyncio.sleep(random.uniform(0.0, 0.4))
    bot = world.bots[-1]
    bot.send(signal.SIGSTOP)
    await world.start()
    await asyncio.sleep(LEASE * random.uniform(0.5, 3.0))
    bot.send(signal.SIGCONT)


async def terminated(world: World, random: Random) -> None:
    """SIGTERM, obeyed with exit code 0, while another replica waits for the leases."""
    await world.ensure()
    bot = world.bots[-1]
    await world.start()
    await asyncio.sleep(random.uniform(0.0, 0.5))
    code = await bot.terminate()
    assert bot.armed or code in {0, -signal.SIGTERM}, f"SIGTERM ended in {code}: {bot.tail()}"


async def cut_off_redis(world: World, random: Random) -> None:
    await world.to_redis.cut()
    await asyncio.sleep(random.uniform(0.05, 1.0))
    world.to_redis.heal()


async def redis_answers_get_lost(world: World, random: Random) -> None:
    await world.to_redis.lose_answers()
    await asyncio.sleep(random.uniform(0.02, 0.2))
    world.to_redis.heal()


async def redis_killed(world: World, random: Random) -> None:
    """With everything acknowledged on disk."""
    await asyncio.sleep(random.uniform(0.0, 0.3))
    world.redis.kill()
    await asyncio.sleep(random.uniform(0.0, 0.3))
    world.redis.start()


async def cut_off_slack(world: World, random: Random) -> None:
    await world.to_slack.cut()
    await asyncio.sleep(random.uniform(0.05, 0.6))
    world.to_slack.heal()


async def slack_answers_get_lost(world: World, random: Random) -> None:
    await world.to_slack.lose_answers()
    await asyncio.sleep(random.uniform(0.05, 0.5))
    world.to_slack.heal()


async def cut_off_github(world: World, random: Random) -> None:
    await world.to_github.cut()
    await asyncio.sleep(random.uniform(0.05, 0.5))
    world.to_github.heal()


async def slack_fails(world: World, random: Random) -> None:
    """A few calls: executed and not, throttled, dropped, answered with nonsense."""
    for _ in range(random.randint(1, 3)):
        method = random.choice(["chat.postMessage", "chat.postMessage", "chat.update", "conversations.*", "chat.*"])
        kind = random.choice(["lost_answer", "server_error", "garbage", "refused", "rate_limited", "slow", "error"])
        details: dict[str, Any] = {}
        if kind in {"server_error", "garbage", "slow"}:
            details["executed"] = random.random() < 0.5
        if kind == "slow":
            details["seconds"] = random.uniform(0.1, 0.5)
        if kind == "error":
            details["code"] = random.choice(["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
        world.slack.faults.add(method, kind, 1, **details)


async def slack_delivers_twice(world: World, random: Random) -> None:
    """What people do comes twice, with envelopes of their own or with the same one."""
    world.slack.duplicate_envelopes(random.randint(1, 3), same_id=random.random() < 0.5)


async def github_lies(world: World, random: Random) -> None:
    fault = random.choice(["back_to_in_progress", "reversed", "stale", "server_error", "truncated", "refused", "html"])
    world.github.faults.add("*", fault, random.randint(1, 3))


async def rerun_in_progress(world: World, _random: Random) -> None:
    """A commit that lands in between, with nothing known of it yet."""
    world.land("bystander build", Conclusion.CANCELLED)


WEIGHTS: dict[Mishap, int] = {
    killed_at_a_failpoint: 30,
    killed_at_random: 20,
    frozen_past_the_lease: 6,
    frozen_at_random: 3,
    terminated: 4,
    cut_off_redis: 4,
    redis_answers_get_lost: 4,
    redis_killed: 2,
    cut_off_slack: 3,
    slack_answers_get_lost: 5,
    cut_off_github: 2,
    slack_fails: 10,
    slack_delivers_twice: 3,
    github_lies: 3,
    rerun_in_progress: 1,
    nothing: 3,
}
KILLS = frozenset({killed_at_a_failpoint, killed_at_random, frozen_past_the_lease, frozen_at_random, redis_killed})


def drawn(random: Random) -> Mishap:
    return random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
