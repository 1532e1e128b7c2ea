"""GitHub's side of the load, in a process of its own: `python -m tests.benchmarks.load.source SHAPE START`.

Prints its address and token when it is ready; for each line on standard input, what has been asked since the last.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from datetime import datetime

import msgspec
import psutil

from chatbot.sandbox.github import GitHubSandbox
from tests.benchmarks.load.story import Shape, lines, trunk


class Asked(msgspec.Struct, frozen=True):
    """What was asked of GitHub: requests, those charged to the rate limit, by status; and CPU seconds it took."""

    requests: int
    charged: int
    statuses: dict[str, int]
    cpu: float


async def serve(shape: Shape, start: datetime) -> None:
    """Until standard input ends."""
    repos = {trunk(number): f"load/{trunk(number)}" for number in range(shape.trunks)}
    held = list(lines(shape, start))
    now = datetime.now(start.tzinfo)  # the story's moments are the clock's: it may not run ahead where this was quick
    async with GitHubSandbox(held, repos=repos, start=now, speed=1.0, rate_limit=10**9) as github:
        github.advance(to=datetime.now(start.tzinfo))
        del held
        gc.freeze()  # millions of lines that stay: a full collection over them would stall every answer
        print(github.url, github.token, flush=True)
        process, used = psutil.Process(), 0.0
        while await asyncio.to_thread(sys.stdin.readline):
            times, asked = process.cpu_times(), github.requests
            github.clear()
            cpu = times.user + times.system
            told = Asked(
                len(asked),
                sum(one.charged for one in asked),
                dict(Counter(str(one.status) for one in asked)),
                cpu - used,
            )
            used = cpu
            print(msgspec.json.encode(told).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(msgspec.json.decode(sys.argv[1], type=Shape), datetime.fromisoformat(sys.argv[2])))
