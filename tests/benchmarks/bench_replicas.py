"""What three replicas carry, beside one: 60 trunks that want more polls than one process makes.

usage: bench_replicas.py [--trunks 60] [--seconds 20] [--delay 0.5]
The source takes *delay* seconds for an answer, and a process has eight polls under way at once, so that the network
and not the processor is the limit. Capacity is how many polls are made a second.
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
    lines += [
        f"  - {{source: {{kind: github, repo: many/t{n}}}, poll_every: 200ms, window: 20}}" for n in range(trunks)
    ]
    lines += ["teams:", "  all: {channel: C0FALLBACK}", "watches:"]
    lines += [f"  - {{id: w{n}, trunk: t{n}, team: all}}" for n in range(trunks)]
    return "\n".join(lines) + "\n"


async def polled(trunks: int, replicas: int, seconds: float, delay: float) -> tuple[float, float, list[int]]:
    """Polls a second, CPU seconds of the busiest replica per second, and how many trunks each polls."""
    world = World(watches=0, config=configuration(trunks))
    at = datetime.now(UTC)
    commits = [RecordedCommit(sha=f"{n:040x}", committed_at=at, title="A", at=at, trunk=f"t{n}") for n in range(trunks)]
    world.github = GitHubSandbox(commits, repos={f"t{n}": f"many/t{n}" for n in range(trunks)}, start=at)
    async with world:
        bots = [await world.start(TRUNKWATCH_LEASE_SECONDS="5") for _ in range(replicas)]
        await world.slack.until(lambda: world.slack.connections == replicas, timeout=30)
        await asyncio.sleep(12)
        world.github.faults.add("*", "slow", None, seconds=delay)
        await asyncio.sleep(3 * delay)
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
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--delay", type=float, default=0.5)
    given = parser.parse_args()
    rates = {}
    for replicas in (1, 3):
        rate, busy, shares = await polled(given.trunks, replicas, given.seconds, given.delay)
        rates[replicas] = rate
        print(
            f"{replicas} replicas: {rate:.1f} polls a second, the busiest {busy:.1%} of a core; leases taken {shares}"
        )
    print(f"capacity of 3 beside 1: {rates[3] / rates[1]:.2f}x")


if __name__ == "__main__":
    asyncio.run(main())
