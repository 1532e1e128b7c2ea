"""From a job's conclusion being visible at GitHub to the message in Slack, with webhooks and a poll only every hour.

usage: bench_webhooks.py [--alerts 60] [--storm 200]
The sandbox posts signed deliveries as GitHub does; the bot is `trunkwatch run` in a process of its own, and asks the
sandbox's API for what is true. With two replicas, deliveries go to the one that does not follow the trunk.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[2]))

from chatbot.sandbox.github.hooks import signed
from tests.chaos.world import TRUNK, World, channel, configuration

SECRET = "benchmark"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def storm(url: str, rate: int, answered: list[float]) -> None:
    """*rate* deliveries a second about jobs that have begun somewhere; how long each took is added to *answered*."""
    async with aiohttp.ClientSession() as http:

        async def post(number: int) -> None:
            job = {"run_id": number, "head_sha": f"{number:040x}", "head_branch": f"change-{number}"}
            body = json.dumps(
                {"action": "in_progress", "workflow_job": job, "repository": {"full_name": f"ember/{TRUNK}"}}
            ).encode()
            began = time.monotonic()
            async with http.post(url, data=body, headers=signed(SECRET, "workflow_job", body)) as answer:
                await answer.read()
            answered.append(time.monotonic() - began)

        async with asyncio.TaskGroup() as posts:
            for number in itertools.count():
                posts.create_task(post(number))
                await asyncio.sleep(1 / rate)


async def aside(url: str, rate: int) -> asyncio.subprocess.Process:
    """The storm in a process of its own, until it is told that it is enough."""
    pipe = asyncio.subprocess.PIPE
    arguments = (__file__, "--url", url, "--storm", str(rate))
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)


async def only_storm(url: str, rate: int) -> None:
    answered: list[float] = []
    noise = asyncio.create_task(storm(url, rate, answered))
    await asyncio.to_thread(sys.stdin.read)
    noise.cancel()
    await asyncio.gather(noise, return_exceptions=True)
    print(json.dumps(answered))


async def measured(alerts: int, *, replicas: int, rate: int) -> tuple[list[float], list[float]]:
    """Seconds to each of so many alerts, and of each answer to a delivery of the storm."""
    config = configuration(alerts).replace("poll_every: 50ms, window: 12", "poll_every: 1h, window: 100")
    async with World(watches=alerts, config=config) as world:
        port = 0
        for _ in range(replicas):
            port = free_port()
            await world.start(
                GITHUB_WEBHOOK_SECRET=SECRET, TRUNKWATCH_HTTP_PORT=str(port), TRUNKWATCH_LEASE_SECONDS="4"
            )
            await world.slack.until(lambda: world.slack.connections == len(world.bots), timeout=30)
            await asyncio.sleep(2)
        url = f"http://127.0.0.1:{port}/webhooks/github"
        world.github.hooks.to(url, SECRET)
        took: list[float] = []
        answered: list[float] = []
        noise = await aside(url, rate) if rate else None
        spaces = Random(1)
        for number in range(alerts):
            await asyncio.sleep(spaces.uniform(0.0, 1.5))
            world.github.advance(to=datetime.now(UTC))
            began = time.monotonic()
            world.land(f"job{number} build")
            while not world.shown(channel(number)):
                await asyncio.sleep(0.002)
            took.append(time.monotonic() - began)
        if noise is not None and noise.stdin is not None:
            said, _ = await noise.communicate(b"enough")
            answered = json.loads(said)
        return took, answered


def said(took: list[float]) -> str:
    ordered = sorted(took)
    ms = [f"{1000 * value:.0f}" for value in (median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])]
    return f"p50 {ms[0]} ms, p99 {ms[1]} ms, longest {ms[2]} ms, {len(took)} of them"


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=60)
    parser.add_argument("--storm", type=int, default=200)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.url:
        await only_storm(given.url, given.storm)
        return
    for what, replicas, rate in (
        ("one replica", 1, 0),
        (f"one replica, {given.storm} other deliveries a second", 1, given.storm),
        ("two replicas, told at the one without the lease", 2, 0),
    ):
        took, answered = await measured(given.alerts, replicas=replicas, rate=rate)
        print(f"{what}: {said(took)}")
        if answered:
            print(f"  answers to deliveries: {said(answered)}")


if __name__ == "__main__":
    asyncio.run(main())
