"""How long a picture of the trunk takes and how large it is. To reach: 300 ms and 200 kB for 60 commits by 60 jobs.

Names are as long as PyTorch's and no two are alike; outcomes are random, which compresses worse than a real trunk.
Run: `python -m tests.benchmarks.bench_pictures`.
"""

from __future__ import annotations

import random
import statistics
import time

from chatbot.pictures import chart, grid
from chatbot.pictures.chart import Chart, Series
from chatbot.pictures.grid import Grid, Row
from chatbot.pictures.palette import Mark

ROUNDS = 15


def made(jobs: int, commits: int) -> Grid:
    chance = random.Random(4)
    often = [Mark.GREEN] * 85 + [Mark.RED] * 5 + [Mark.UNKNOWN] * 8 + [Mark.FLAKED] * 2
    rows = [
        Row(
            f"linux-jammy-cuda12.{n % 9}-py3.{n % 7}-gcc{n} / test (inductor_{n % 11}, linux.g{n % 5}.nvidia.gpu)",
            tuple(chance.choices(often, k=commits)),
            (commits - 8, commits - 5) if n < jobs // 4 else None,
        )
        for n in range(jobs)
    ]
    shas = tuple(f"{chance.getrandbits(28):07x}" for _ in range(commits))
    return Grid("Inductor jobs broken for 3 commits in a row", shas, tuple(rows))


def main() -> None:
    print(f"{'picture':<24}{'median':>10}{'slowest':>10}{'processor':>12}{'size':>10}")
    for jobs, commits in ((5, 20), (20, 30), (60, 60)):
        some = made(jobs, commits)
        report(f"{commits} commits x {jobs} jobs", lambda some=some: grid.draw(some))
    weeks = Chart(
        "Red time per week",
        "hours",
        tuple(f"week {n}" for n in range(8)),
        tuple(Series(f"watch {n}", tuple(float(m) for m in range(8))) for n in range(6)),
    )
    report("chart", lambda: chart.draw(weeks))


def report(name: str, draw: object) -> None:
    assert callable(draw)
    png = draw()
    times, busy = [], []
    for _ in range(ROUNDS):
        began, worked = time.perf_counter(), time.process_time()
        draw()
        times.append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
    median, slowest, processor = (
        1000 * part for part in (statistics.median(times), max(times), statistics.median(busy))
    )
    print(f"{name:<24}{median:>7.0f} ms{slowest:>7.0f} ms{processor:>9.0f} ms{len(png) / 1000:>7.0f} kB")


if __name__ == "__main__":
    main()
