"""Measures a page of HUD from the request to strips, and how long the loop serves nobody else meanwhile.

usage: bench_hud.py
The page is 50 commits of 1,500 jobs, made as in `bench_page.py`; another process serves it on localhost, as it is
and gzipped. "Read" is the source's own reading: request, bytes, decoding in pieces. "At once" is the same with the body
decoded without a pause, "laid" is read and taken into a trunk that knows nothing yet. The longest stretch is what a
task that wants to run every half millisecond had to wait beyond that; the processor time in it leaves out what other
processes took.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from aiohttp import web

from chatbot.intake import take_in
from chatbot.shards import Shards
from chatbot.sources import hud_page
from chatbot.sources.hud import HudSource
from chatbot.trunk import Trunk
from tests.benchmarks import bench_page

JOBS, TURNS = 1_500, 15
BEAT = 0.0005


class Took(NamedTuple):
    """Milliseconds: in all, of the longest stretch in which nobody else got on, and of processor time in such a one."""

    total: float
    stretch: float
    busy: float


class Probe:
    """Wants to run every half millisecond, and notes how late it was at most."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._beat())
        await asyncio.sleep(5 * BEAT)
        self.worst = self.busy = 0.0
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.sleep(2 * BEAT)
        self._task.cancel()

    async def _beat(self) -> None:
        self.worst = self.busy = 0.0
        last, worked = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(BEAT)
            now, work = time.perf_counter(), time.thread_time()
            self.worst = max(self.worst, now - last - BEAT)
            self.busy = max(self.busy, work - worked)
            last, worked = now, work


async def timed(act: Callable[[], Awaitable[object]]) -> Took:
    """One turn of *act*."""
    async with Probe() as probe:
        began = time.perf_counter()
        await act()
        total = time.perf_counter() - began
    return Took(total * 1000, probe.worst * 1000, probe.busy * 1000)


async def measured(port: int) -> dict[str, list[Took]]:
    """Each way in turn, many times."""
    took: dict[str, list[Took]] = {}
    async with aiohttp.ClientSession() as http:

        async def read(path: str) -> None:
            source = HudSource("pytorch/pytorch", path, http=http, url=f"http://127.0.0.1:{port}")
            await source.poll(None, window=bench_page.COMMITS)

        async def at_once() -> None:
            async with http.get(f"http://127.0.0.1:{port}/api/hud/pytorch/pytorch/plain/1") as response:
                hud_page.page(await response.read())

        async def laid() -> None:
            source = HudSource("pytorch/pytorch", "plain", http=http, url=f"http://127.0.0.1:{port}")
            poll = await source.poll(None, window=bench_page.COMMITS)
            await take_in(Trunk("t", shards=Shards()), poll)

        ways = {
            "read": lambda: read("plain"),
            "read, gzipped": lambda: read("gzip"),
            "read and laid into a new trunk": laid,
            "at once, for comparison": at_once,
        }
        for _ in range(TURNS):
            for name, act in ways.items():
                took.setdefault(name, []).append(await timed(act))
    return took


async def serve() -> None:
    """The other process: prints its port, and answers until its standard input ends."""
    bench_page.JOBS = JOBS
    body = bench_page.page()
    packed = gzip.compress(body, 6)

    async def answer(request: web.Request) -> web.Response:
        zipped = "/gzip/" in request.path
        headers = {"Content-Encoding": "gzip"} if zipped else {}
        return web.Response(body=packed if zipped else body, content_type="application/json", headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], len(body), len(packed), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


async def main() -> None:
    """Print the table."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "serve", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdin is not None
    port, size, packed = map(int, (await server.stdout.readline()).split())
    gc.collect()
    gc.freeze()  # as `trunkwatch run` does
    try:
        took = await measured(port)
    finally:
        server.stdin.close()
        await server.wait()
    print(f"{bench_page.COMMITS} commits x {JOBS} jobs, {size / 1e6:.1f} MB, gzipped {packed / 1e6:.1f} MB\n")
    print("| ms | best | median | longest stretch, median | worst | processor in it, worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, turns in took.items():
        totals, stretches = [turn.total for turn in turns], [turn.stretch for turn in turns]
        figures = [min(totals), *map(statistics.median, (totals, stretches)), max(stretches)]
        figures.append(max(turn.busy for turn in turns))
        print(f"| {name} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1:] == ["serve"] else main())
