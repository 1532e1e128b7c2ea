"""Measures what following a trunk on GitHub costs: requests, charged requests, CPU and cursor size a poll.

usage: bench_github.py
The sandbox serves the recording from a process of its own, so that the CPU is the bot's alone. The recording is the
shared trunk where TRUNKWATCH_DATA_SHARED or ../shared/data has it, and the demo's story otherwise.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import aiohttp
import msgspec

from chatbot import recording
from chatbot.recording import Recorded
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.story import story
from chatbot.sources import Cursor, Poll
from chatbot.sources.github import GitHubSource, Token

WINDOW = 100
ROOT = Path(__file__).resolve().parents[2]


def lines() -> tuple[str, list[Recorded]]:
    """The recording's name and its lines."""
    shared = Path(os.environ.get("TRUNKWATCH_DATA_SHARED", ROOT.parent / "shared" / "data"))
    path = shared / "trunk.jsonl.gz"
    if path.exists():
        return path.name, list(recording.read(path))
    return "the demo's story (the shared trunk is not there)", list(story().lines)


async def serve() -> None:
    """Serve half of the recording; each line on standard input shows one line more."""
    _, held = lines()
    async with GitHubSandbox(held, repos={"pytorch": "pytorch/pytorch"}, rate_limit=1_000_000) as github:
        count = len(held) // 2
        github.advance(to=count)
        print(github.url, github.token, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            count += 1
            github.advance(to=count)
            print("shown", flush=True)


class Measured:
    """Polls with their wall time and CPU time, in milliseconds."""

    def __init__(self, source: GitHubSource) -> None:
        self._source = source

    async def poll(self, title: str, cursor: Cursor | None, *, quiet: bool = False) -> Poll:
        wall, cpu = time.perf_counter(), time.process_time()
        poll = await self._source.poll(cursor, window=WINDOW)
        cpu, wall = (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000
        size = len(msgspec.json.encode(poll.cursor)) / 1000
        counts = f"{poll.requests:>9}{poll.charged:>9}{len(poll.attempts):>10}"
        if not quiet:
            print(f"{title:<34}{counts}{cpu:>9.1f}{wall:>9.1f}{size:>11.1f}")
        return poll


async def main() -> None:
    """Print the table."""
    command = [sys.executable, __file__, "serve"]
    server = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    url, token = (await server.stdout.readline()).decode().split()
    print(f"{lines()[0]}, window of {WINDOW} commits")
    print(f"{'poll':<34}{'requests':>9}{'charged':>9}{'attempts':>10}{'CPU ms':>9}{'wall ms':>9}{'cursor kB':>11}")
    async with aiohttp.ClientSession() as http:
        measured = Measured(GitHubSource("pytorch/pytorch", http=http, api_url=url, auth=Token(token)))
        poll = await measured.poll("first", None)
        while not poll.complete:
            poll = await measured.poll("first, continued", poll.cursor)
        poll = await measured.poll("idle, all commits in turn", poll.cursor, quiet=True)
        poll = await measured.poll("idle", poll.cursor)
        fresh = Measured(GitHubSource("pytorch/pytorch", http=http, api_url=url, auth=Token(token)))
        poll = await fresh.poll("idle, after a restart", poll.cursor)
        for _ in range(3):
            server.stdin.write(b"\n")
            await server.stdin.drain()
            await server.stdout.readline()
            poll = await measured.poll("one line more", poll.cursor)
    server.stdin.close()
    await server.wait()


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1:] == ["serve"] else main())
