"""Measures backtests: lines a second, memory on a million lines, and what a recorded trunk's alerts are worth.

usage: python -m tests.benchmarks.bench_backtest [LINES]
Two tables. The first takes in the shared recording with a watch for each family of jobs, as often as makes a million
lines (each round later and with shas of its own), and beside it the simplest peer there is: a dictionary of outcomes
for each job, walked anew whenever something of the job is heard. CPU seconds, each in a process of its own.
The second says what the alerts are worth: of the recorded breakages how many were caught (an alert opened over a job
of the breakage, with the culprit in its range), how many alerts were over none, how long they took to open.
Exits with a reason where the shared data is missing.
"""

from __future__ import annotations

import gzip
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from chatbot import recording
from chatbot.backtest import Backtest
from chatbot.config import Config
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.shards import Shards
from chatbot.trial import Fired
from tests.benchmarks.fit_suspects import shared_data

MILLION = 1_000_000
THRESHOLD = 2
WINDOW = 200


class Jobs(Struct):
    workflow: str
    job_like: str


class Breakage(Struct):
    """A line of `trunk.truth.jsonl`."""

    culprit: str
    revert: str
    jobs: list[Jobs]


def family(job: str) -> str:
    return job.partition(" / ")[0]


def config(families: Iterable[str]) -> Config:
    """A watch for each family of jobs."""
    watches = [
        {
            "id": f"w{number}",
            "team": "t",
            "match": {"jobs": [name, f"{name} / *"], "exclude": ["*unstable*"]},
            "when": {"consecutive_commits": THRESHOLD},
        }
        for number, name in enumerate(sorted(families))
    ]
    return Config.model_validate({
        "version": 1,
        "trunks": [{"id": "pytorch", "source": {"kind": "replay", "recording": "none.jsonl"}}],
        "teams": {"t": {"channel": "C0DEVINFRA"}},
        "watches": [{**watch, "trunk": "pytorch"} for watch in watches],
    })  # fmt: skip


def written(source: Path, target: Path, lines: int) -> set[str]:
    """*source* again and again until *lines* are written to *target*; the families of its jobs."""
    once = list(recording.read(source))
    length = once[-1].at - once[0].at + timedelta(hours=1)
    families = {family(line.job) for line in once if isinstance(line, RecordedJob)}
    with gzip.open(target, "wb", compresslevel=1) as file:
        left = lines
        for number in range(-(-lines // len(once))):
            block = list(islice(moved(once, number, number * length), left))
            file.write(recording.encoded(block))
            left -= len(block)
    return families


def moved(lines: Iterable[Recorded], number: int, by: timedelta) -> Iterator[Recorded]:
    """*lines* of a later round: everything later, every sha, run and job another."""
    for line in lines:
        sha = f"{number:04x}{line.sha[4:]}"
        if isinstance(line, RecordedCommit):
            yield msgspec.structs.replace(line, sha=sha, at=line.at + by, committed_at=line.committed_at + by)
        else:
            yield msgspec.structs.replace(
                line,
                sha=sha,
                at=line.at + by,
                run_id=line.run_id + number * 10_000_000,
                job_id=line.job_id + number * 10_000_000,
                queued_at=later(line.queued_at, by),
                started_at=later(line.started_at, by),
                completed_at=later(line.completed_at, by),
            )


def later(at: datetime | None, by: timedelta) -> datetime | None:
    return at + by if at else None


def ours(file: Path, families: set[str]) -> int:
    backtest = Backtest(config(families))
    for _ in backtest.replay(recording.read(file)):
        pass
    return len(backtest.fired)


def peer(file: Path, _families: set[str]) -> int:
    """A dictionary for each job, walked from its newest commit back whenever something of the job is heard."""
    shards, places, alerts = Shards(), dict[str, int](), set[tuple[str, str, int]]()
    seen: dict[tuple[str, str], dict[int, dict[str, str | None]]] = {}
    for line in recording.read(file):
        if isinstance(line, RecordedCommit):
            places[line.sha] = len(places)
            continue
        job = (line.workflow, shards.merge(line.job))
        outcomes = seen.setdefault(job, {})
        outcomes.setdefault(places[line.sha], {})[line.job] = line.conclusion
        while len(outcomes) > WINDOW:
            del outcomes[min(outcomes)]
        streak, first = 0, 0
        for place in sorted(outcomes, reverse=True):
            ends = outcomes[place].values()
            if "failure" in ends or "timed_out" in ends:
                streak, first = streak + 1, place
            elif "success" in ends and None not in ends:
                break
        if streak >= THRESHOLD:
            alerts.add((*job, first))
    return len(alerts)


def read_only(file: Path, _families: set[str]) -> int:
    return sum(1 for _ in recording.read(file))


def measured(work: Callable[[Path, set[str]], int], file: Path, families: set[str]) -> tuple[int, float, float]:
    """What *work* gives, its CPU seconds and its peak memory in MB, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (work, file, families))


def _timed(work: Callable[[Path, set[str]], int], file: Path, families: set[str]) -> tuple[int, float, float]:
    begun = time.process_time()
    found = work(file, families)
    return found, time.process_time() - begun, peak_memory()


def peak_memory() -> float:
    """MB. On Linux `ru_maxrss` begins with what the process had that started this one, so that is asked for itself."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def worth(fired: list[Fired], truth: list[Breakage], order: dict[str, int]) -> dict[str, float | None]:
    """How many of *truth* the alerts caught, and how many alerts were over none of it."""
    caught, over = set[str](), [breakage_of(one, truth, order) for one in fired]
    caught |= {breakage.culprit for breakage in over if breakage}
    first = [min(order[job.first_failing] for job in one.jobs if job.first_failing) for one in fired]
    waited = [order[one.opened_on] - begin + 1 for one, begin in zip(fired, first, strict=True)]
    pairs = [(one, breakage) for one, breakage in zip(fired, over, strict=True) if breakage]
    suspected = [breakage.culprit in [suspect.sha for suspect in one.suspects[:1]] for one, breakage in pairs]
    return {
        "alerts": len(fired),
        "breakages caught": len(caught),
        "of": len(truth),
        "alerts over no breakage": over.count(None),
        "commits to alert, median": median(waited) if waited else None,
        "culprit first among suspects": sum(suspected) / len(suspected) if suspected else None,
    }


def breakage_of(fired: Fired, truth: list[Breakage], order: dict[str, int]) -> Breakage | None:
    """The breakage that an alert is over: one of its jobs, with the culprit after the last green at the latest."""
    for breakage in truth:
        for job in fired.jobs:
            named = [of.job_like.rstrip(" (") for of in breakage.jobs if of.workflow == job.workflow]
            like = any(map(job.job.startswith, named))
            begun, ended = order[breakage.culprit], order[breakage.revert]
            green = order.get(job.last_green or "", -1)
            if like and green < begun <= order[job.first_failing or ""] <= ended:
                return breakage
    return None


def main() -> None:
    data, lines = shared_data(), int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    if data is None:
        sys.exit("skipped: the shared data is missing; TRUNKWATCH_DATA_SHARED names its folder")
    source = data / "trunk.jsonl.gz"
    with tempfile.TemporaryDirectory() as directory:
        big = Path(directory) / "trunk.jsonl.gz"
        families = written(source, big, lines)
        print(f"| {lines:,} lines | CPU s | lines a second | peak MB |\n| --- | --- | --- | --- |")
        for name, work in (("reading alone", read_only), ("backtest", ours), ("a dictionary a job", peer)):
            _, seconds, memory = measured(work, big, families)
            print(f"| {name} | {seconds:.1f} | {lines / seconds:,.0f} | {memory:.0f} |", flush=True)
    once = list(recording.read(source))
    landed = [line.sha for line in once if isinstance(line, RecordedCommit)]
    order = {sha: place for place, sha in enumerate(landed)}
    truth = msgspec.json.Decoder(Breakage).decode_lines((data / "trunk.truth.jsonl").read_bytes())
    backtest = Backtest(config(families))
    for _ in backtest.replay(once):
        pass
    print(f"\n{len(once):,} lines, {len(families)} watches, failed on {THRESHOLD} commits in a row")
    for name, figure in worth(backtest.fired, truth, order).items():
        print(f"- {name}: {figure if figure is None or isinstance(figure, int) else round(figure, 2)}")


if __name__ == "__main__":
    main()
