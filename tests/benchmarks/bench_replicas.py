"""What three replicas carry, beside one: 60 trunks, polled every second from a source that takes its time.

usage: bench_replicas.py [--trunks 60] [--seconds 15]
A replica is one process on one core at most, so its capacity for the same polls is the inverse of the CPU time
that they cost it; of several replicas, the busiest one counts.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from chatbot.recording import RecordedCommit
from chatbot.sandbox.github import GitHubSandbox
from tests.chaos.bots import Bot
from tests.chaos.world import World


def configuration(trunks: int) -> str:
    """That many trunks, and a watch on each."""
    lines = ["version: 1", "slack: {fallback_channel: C0FALLBACK}", "trunks:"]
    lines += [f"  - {{source: {{kind: github, repo: many/t{n}}}, poll_every: 1s, window: 20}}" for n in range(trunks)]
    lines += ["teams:", "  all: {channel: C0FALLBACK}", "watches:"]
    lines += [f"  - {{id: w{n}, trunk: t{n}, team: all}}" for n in range(trunks)]
    return "\n".join(lines) + "\n"


async def polled(trunks: int, replicas: int, seconds: float) -> tuple[float, float, list[int]]:
    """Polls a second, CPU seconds of the busiest replica per second, and how many trunks each polls."""
    world = World(watches=0, config=configuration(trunks))
    at = datetime.now(UTC)
    commits = [RecordedCommit(sha=f"{n:040x}", committed_at=at, title="A", at=at, trunk=f"t{n}") for n in range(trunks)]
    world.github = GitHubSandbox(commits, repos={f"t{n}": f"many/t{n}" for n in range(trunks)}, start=at)
    async with world:
        bots = [await world.start(TRUNKWATCH_LEASE_SECONDS="5") for _ in range(replicas)]
        await world.slack.until(lambda: world.slack.connections == replicas, timeout=30)
        await asyncio.sleep(12)
        world.github.clear()
        began, before = time.monotonic(), [_cpu(bot) for bot in bots]
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        busy = max(_cpu(bot) - cpu for bot, cpu in zip(bots, before, strict=True)) / took
        asked = sum("/commits?" in one.path for one in world.github.requests) / took
        shares = [bot.log.read_text().count("lease_taken") for bot in bots]
    return asked, busy, shares


def _cpu(bot: Bot) -> float:
    used = psutil.Process(bot.pid).cpu_times()
    return float(used.user + used.system)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trunks", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    cost = {}
    for replicas in (1, 3):
        rate, busy, shares = await polled(given.trunks, replicas, given.seconds)
        cost[replicas] = busy / rate
        print(
            f"{replicas} replicas: {rate:.1f} polls a second, the busiest {busy:.1%} of a core; leases taken {shares}"
        )
    print(f"capacity of 3 beside 1: {cost[1] / cost[3]:.2f}x")


if __name__ == "__main__":
    asyncio.run(main())
