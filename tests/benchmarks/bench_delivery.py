"""How soon alerts are in Slack after a kill, and how long 200 at once take under Slack's own limit.

usage: bench_delivery.py [--kills 8] [--alerts 200]
The bots are killed with SIGKILL and started as anybody would start them, imports included; lease and looks have
their default times. The limit is one message a second in a channel, kept by the sandbox as Slack keeps it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from secrets import token_hex

import msgspec

from chatbot.config import WatchConfig
from chatbot.delivery import Delivery
from chatbot.messages.alert import About
from chatbot.sandbox.slack import SlackSandbox
from chatbot.settings import read_settings
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.store.connect import connect

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.chaos.world import World, channel
from tests.conftest import Server
from tests.delivering import HERE, an_alert


async def started(world: World, failpoint: str = "") -> asyncio.subprocess.Process:
    """`trunkwatch run`, as a new process."""
    found = world.environment(TRUNKWATCH_FAILPOINT=failpoint)
    environment = {k: v for k, v in found.items() if k not in {"TRUNKWATCH_LEASE_SECONDS", "TRUNKWATCH_LOOK_AGAIN"}}
    log = (world.directory / "bench.log").open("ab")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatbot", "run", "--config", str(world.config),
        env={**os.environ, **environment}, stdout=log, stderr=log, cwd=Path(__file__).parents[2],
    )  # fmt: skip


async def recoveries(kills: int) -> dict[str, list[float]]:
    """Seconds from a kill to the next message in Slack, by where the bot was killed."""
    seconds: dict[str, list[float]] = {}
    random = Random(1)
    async with World() as world:
        for number in range(kills):
            where = ["begun", "posted", "settled", "anywhere"][number % 4]
            bot = await started(world, "" if where == "anywhere" else f"{where}:1")
            world.land(f"job{number} build")
            if where == "anywhere":
                await asyncio.sleep(4 + random.random())
                bot.kill()
                world.land(f"job{number} build")
            await bot.wait()
            killed, seen = time.monotonic(), len(world.shown(channel(number)))
            bot = await started(world)
            while len(world.shown(channel(number))) <= seen and where != "posted":
                await asyncio.sleep(0.01)
            while where == "posted" and "link" not in str(world.slack.requests[-1].method).lower():
                await asyncio.sleep(0.01)
            seconds.setdefault(where, []).append(time.monotonic() - killed)
            bot.terminate()
            await bot.wait()
    return seconds


async def taken_over(kills: int) -> list[float]:
    """Seconds from the kill of one replica to the next message in Slack, which another posts."""
    seconds = []
    default = str(read_settings(None).lease_seconds)
    async with World() as world:
        await world.start(TRUNKWATCH_LEASE_SECONDS=default)
        for number in range(kills):
            await world.start(TRUNKWATCH_LEASE_SECONDS=default)
            await world.slack.until(lambda: world.slack.connections >= 2, timeout=30)
            world.land(f"job{number} build")
            while not world.shown(channel(number)):
                await asyncio.sleep(0.01)
            await world.bots[0].kill()
            world.bots = world.bots[1:]
            killed = time.monotonic()
            world.land(f"job{number} build")
            while len(world.shown(channel(number))) < 2:
                await asyncio.sleep(0.01)
            seconds.append(time.monotonic() - killed)
    return seconds


async def at_once(count: int) -> tuple[float, int, bool]:
    """Seconds until *count* alerts are in one channel, how many 429s that took, and whether they are in order."""
    watch = WatchConfig(id="inductor", title="Inductor is broken", trunk="pytorch", team="inductor")
    with tempfile.TemporaryDirectory(prefix="tw") as directory:
        server = Server(Path(directory)).start()
        async with (
            SlackSandbox(real_limits=True) as slack,
            await connect(server.url) as store,
            Slack(slack.bot_token, base_url=slack.api_url) as client,
            Pacer() as pacer,
        ):
            slack.add_channel(HERE, "here")
            lease = await store.leases.acquire("pytorch", "bench", ttl=3600)
            delivery = Delivery(
                store, client, pacer, about=lambda _: About(watch), channel=lambda _: HERE, fallback=lambda: None,
                now=lambda: datetime.now(UTC), nonce=lambda: token_hex(8), lease=lambda _: lease,
            )  # fmt: skip
            for number in range(count):
                alert = an_alert(f"w{number}")
                opened = alert.opened_at + timedelta(milliseconds=number)
                await store.alerts.create(msgspec.structs.replace(alert, opened_at=opened), lease)
            began = time.monotonic()
            while len(slack.messages(HERE)) < count:
                await delivery.sweep()
                await asyncio.sleep(1.0)
            seconds = time.monotonic() - began
            order = [int(m.metadata["event_payload"]["watch"][1:]) for m in slack.messages(HERE) if m.metadata]
            await delivery.drain(within=5)
        server.kill()
    return seconds, pacer.limits, order == sorted(order)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--alerts", type=int, default=200)
    given = parser.parse_args()
    for where, took in (await recoveries(given.kills)).items():
        shown = ", ".join(f"{one:.1f}" for one in sorted(took))
        print(f"killed ({where}): first delivery after {shown} s")
    shown = ", ".join(f"{one:.1f}" for one in sorted(await taken_over(given.kills)))
    print(f"killed, another replica takes over: first delivery after {shown} s")
    seconds, limits, in_order = await at_once(given.alerts)
    limit = float(given.alerts)
    order = "in order" if in_order else "OUT OF ORDER"
    print(f"{given.alerts} alerts at once: {seconds:.1f} s, {seconds / limit:.2f}x the limit, {limits} 429s, {order}")


if __name__ == "__main__":
    asyncio.run(main())
