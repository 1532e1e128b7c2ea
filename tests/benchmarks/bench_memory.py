"""Measures the bot's memory with one trunk, and how soon it is ready.

usage: bench_memory.py
The bot is `trunkwatch run`, a process of its own, between the sandbox's Slack and GitHub.
"resident" is what the system counts for it (RSS, shared libraries in full), "of its own" what would be free again
without it (USS): ready to work, then after the whole story has been told, alerts and commands included. The embedded
server is another process and counted apart.
"ready" is from starting the process until it is connected to Slack, with a Redis elsewhere and with the embedded one.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import psutil

from chatbot.sandbox.demo import furnish
from chatbot.sandbox.stage import Stage
from chatbot.sandbox.story import CONFIG, REPO, TRUNK, Story, story

STARTS = 5
_STEP = timedelta(minutes=20)
_QUIET = 6.0  # seconds after the last news for everything to be posted


def stage(told: Story, environment: dict[str, str] | None = None, *, poll_every: str = "1s") -> Stage:
    """The story on a stage, standing still at its beginning."""
    config = CONFIG.read_text(encoding="utf-8").replace("poll_every: 5s", f"poll_every: {poll_every}")
    after = timedelta(hours=7)
    return Stage(told.lines, config, repos={TRUNK: REPO}, logs=told.logs, begin_after=after, environment=environment)


def megabytes(process: psutil.Process) -> str:
    """Resident, and of its own."""
    seen = process.memory_full_info()
    return f"{seen.rss / 1e6:.0f} | {seen.uss / 1e6:.0f}"


async def memory() -> None:
    """Print what the bot takes, and the server beside it."""
    told = story()
    async with stage(told, poll_every="200ms") as some:
        furnish(some.slack)
        await some.start_bot()
        assert some.bot is not None
        bot = psutil.Process(some.bot.pid)
        await asyncio.sleep(3)
        print("| MB | resident | of its own |\n| --- | --- | --- |")
        print(f"| ready | {megabytes(bot)} |")
        while some.github.now < told.lines[-1].at:
            some.github.advance(to=min(some.github.now + _STEP, told.lines[-1].at))
            await asyncio.sleep(0.5)
        for text in ("", "inductor", "alerts", "explain inductor", "health"):
            await some.slack.command("/trunk", text, user="U01ALICE", channel="C0INDUCTOR")
        await asyncio.sleep(_QUIET)
        posted = sum(len(some.slack.messages(channel)) for channel in ("C0INDUCTOR", "C0LINUXCPU", "C0DEVINFRA"))
        print(f"| after the story, {posted} messages | {megabytes(bot)} |")
        for server in bot.children():
            print(f"| its embedded server | {megabytes(server)} |")


async def started(told: Story, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the bot is connected to Slack, and of CPU until then."""
    async with stage(told, environment) as some:
        furnish(some.slack)
        began = time.perf_counter()
        await some.start_bot()
        assert some.bot is not None
        used = psutil.Process(some.bot.pid).cpu_times()
        return time.perf_counter() - began, used.user + used.system


async def starts() -> None:
    """Print how soon it is ready."""
    told = story()
    async with AsyncExitStack() as stack:
        kinds: dict[str, dict[str, str]] = {"embedded server": {}}
        binary = shutil.which("redis-server")
        if binary:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="tw"))
            path = Path(place) / "r.sock"
            command: list[str | Path] = [
                binary,
                "--port",
                "0",
                "--unixsocket",
                path,
                "--dir",
                place,
                "--logfile",
                "log",
                "--save",
                "",
            ]
            server = subprocess.Popen(command)  # noqa: ASYNC220  nothing else runs yet
            stack.callback(server.wait)
            stack.callback(server.terminate)
            kinds = {"Redis elsewhere": {"REDIS_URL": f"unix://{path}"}, **kinds}
        print("\n| ready after | median s | slowest s | CPU s |\n| --- | --- | --- | --- |")
        for name, environment in kinds.items():
            took = [await started(told, environment) for _ in range(STARTS)]
            walls, cpu = [wall for wall, _ in took], min(cpu for _, cpu in took)
            print(f"| {name} | {statistics.median(walls):.2f} | {max(walls):.2f} | {cpu:.2f} |")


if __name__ == "__main__":
    asyncio.run(memory() if sys.argv[1:] != ["starts"] else asyncio.sleep(0))
    asyncio.run(starts())
