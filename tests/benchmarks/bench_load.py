"""The whole bot at the size of PyTorch and beyond: many trunks, hundreds of jobs a commit, people who press and type.

usage: python -m tests.benchmarks.bench_load [--trunks 50] [--commits 100] [--jobs 300] [--rate 1] [--people 50]
           [--replicas 1] [--poll-every 30] [--warm 300] [--minutes 4] [--log FILE] [--series NAME]

GitHub is a process, the bot is one (or several), Slack with its real limits and the people are this one. After *warm*
seconds, in which the windows are read for the first time, jobs break at moments known beforehand; the clock runs from
then until Slack shows the alert. `--series trunks` (commits, jobs, people, rate, replicas) measures at several
sizes and fits a line: what one more costs. GitHub's rate limit is off, what would be charged is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from tests.benchmarks.load.story import Shape
from tests.benchmarks.load.world import World

SERIES: dict[str, list[float]] = {
    "trunks": [5, 20, 40],
    "commits": [25, 100, 200],
    "jobs": [60, 240, 600],
    "people": [0, 50, 100],
    "rate": [1, 4, 10],
    "replicas": [1, 2, 3],
}
_SMALL = Shape(trunks=10, commits=50, jobs=120, probes=4, people=10, poll_every=10, warm=45, minutes=1.25)


class Measured(msgspec.Struct):
    """One run. Times in seconds, `cpu` in cores, `resident` in MB at each look, `requests` and `charged` a second."""

    until_known: float
    latencies: list[float]
    missed: int
    took: dict[str, list[float]]
    failed: list[str]
    cpu: float
    source_cpu: float
    resident: list[float]
    requests: float
    charged: float
    polls: float
    poll_seconds: float
    lags: dict[str, float]


async def measured(shape: Shape, log: Path | None) -> Measured:
    """Warm up, measure, and look at what Slack shows."""
    async with World(shape, log=log) as world:
        known = asyncio.create_task(_until_known(world))
        await _sleep_until(world, shape.warm)
        await world.asked()
        world.people.begin()
        before, cpu, began = await world.metrics(), world.cpu(), time.monotonic()
        requests = charged = 0
        source_cpu, resident = 0.0, list[float]()
        while (left := _left(world, shape.until)) > 0:
            await asyncio.sleep(min(15.0, left))
            asked = await world.asked()
            resident.append(world.resident())
            requests, charged, source_cpu = requests + asked.requests, charged + asked.charged, source_cpu + asked.cpu
        took = time.monotonic() - began
        used, after = world.cpu() - cpu, await world.metrics()
        await world.people.end()
        latencies, missed = world.noticed()
        if not known.done():
            known.cancel()
        grown = {name: value - before.get(name, 0.0) for name, value in after.items()}
        polls = sum(value for name, value in grown.items() if name.startswith("trunkwatch_polls_total{"))
        return Measured(
            until_known=known.result() if known.done() and not known.cancelled() else float("nan"),
            latencies=latencies,
            missed=len(missed),
            took=world.people.took,
            failed=world.people.failed,
            cpu=used / took,
            source_cpu=source_cpu / took,
            resident=resident,
            requests=requests / took,
            charged=charged / took,
            polls=polls,
            poll_seconds=grown["trunkwatch_poll_seconds_sum{}"] / max(1.0, polls),
            lags={
                name: value for name, value in grown.items() if name.startswith("trunkwatch_loop_lag_seconds_bucket")
            },
        )


async def _until_known(world: World) -> float:
    """Seconds from the start of the bot until each trunk has had a whole poll."""
    began = time.monotonic()
    while True:
        metrics = await world.metrics()
        good = {name for name, value in metrics.items() if "polls_total{outcome=good" in name and value > 0}
        if len(good) == world.shape.trunks:
            return time.monotonic() - began
        await asyncio.sleep(1)


def _left(world: World, until: float) -> float:
    return until - (datetime.now(UTC) - world.start).total_seconds()


async def _sleep_until(world: World, until: float) -> None:
    await asyncio.sleep(max(0.0, _left(world, until)))


def quantiles(values: list[float], unit: float = 1.0) -> str:
    """The median, the 99th percentile and the largest of *values*."""
    if not values:
        return "none"
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{median(ordered) * unit:.1f} / {p99 * unit:.1f} / {ordered[-1] * unit:.1f}"


def lag(lags: dict[str, float], limit: str) -> float:
    """The share of the loop's wake-ups that were late by *limit* seconds or less."""
    named = {name.partition("le=")[2].rstrip("}"): value for name, value in lags.items()}
    return named[limit] / max(1.0, named["+Inf"])


def show(shape: Shape, one: Measured) -> None:
    """Print the table."""
    size = f"{shape.trunks} trunks x {shape.commits} commits x {shape.jobs} jobs, rate {shape.rate:g}"
    print(f"| {size}, {shape.people} people, {shape.replicas} replicas, poll_every {shape.poll_every} s | |")
    print("| --- | --- |")
    rows = {
        "every window read after": f"{one.until_known:.0f} s",
        "visible at the source until in Slack, p50 / p99 / longest": f"{quantiles(one.latencies)} s",
        "alerts of them": f"{len(one.latencies)}, missing {one.missed}",
        **{f"{what}, p50 / p99 / longest": f"{quantiles(took, 1000)} ms, {len(took)} of them"
           for what, took in sorted(one.took.items())},
        "people without an answer": f"{len(one.failed)} {one.failed[:3] or ''}",
        "CPU of the bot": f"{one.cpu:.1%} of a core",
        "CPU of GitHub's sandbox": f"{one.source_cpu:.1%} of a core",
        "resident, every 15 s, median / greatest / last": f"{median(one.resident):.0f} / {max(one.resident):.0f} / "
                                                          f"{one.resident[-1]:.0f} MB",
        "requests to GitHub": f"{one.requests:.0f} a second, {one.charged:.1f} of them charged",
        "polls": f"{one.polls:.0f}, {1000 * one.poll_seconds:.0f} ms each",
        "loop late by at most 20 / 50 / 100 ms": " / ".join(
            f"{lag(one.lags, at):.2%}" for at in ("0.02", "0.05", "0.1")
        ),
    }  # fmt: skip
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    sys.stdout.flush()


async def series(name: str, log: Path | None) -> None:
    """Print a row a size, and the slope of what grows."""
    print(f"| {name} | CPU | MB | latency p50 / p99 / longest | requests a second | late over 20 ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    sizes, cpus, resident = [], [], []
    for size in SERIES[name]:
        value = size if name == "rate" else int(size)
        one = await measured(msgspec.structs.replace(_SMALL, **{name: value}), log)
        print(f"| {size:g} | {one.cpu:.1%} | {median(one.resident):.0f} | {quantiles(one.latencies)} s | "
              f"{one.requests:.0f} | {1 - lag(one.lags, '0.02'):.2%} |", flush=True)  # fmt: skip
        sizes.append(size)
        cpus.append(one.cpu * 100)
        resident.append(median(one.resident))
    cpu, memory = (np.polyfit(sizes, values, 1)[0] for values in (cpus, resident))
    print(f"one more of {name}: {cpu:.3f} % of a core, {memory:.3f} MB")


async def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("trunks", "commits", "jobs", "people", "replicas", "probes", "poll_every"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Shape(), name))
    for name in ("rate", "warm", "minutes"):
        parser.add_argument(f"--{name}", type=float, default=getattr(Shape(), name))
    parser.add_argument("--log", type=Path)
    parser.add_argument("--series", choices=list(SERIES))
    given = vars(parser.parse_args())
    log, wanted = given.pop("log"), given.pop("series")
    if wanted:
        await series(wanted, log)
        return
    shape = Shape(**given)
    show(shape, await measured(shape, log))


if __name__ == "__main__":
    asyncio.run(main())
