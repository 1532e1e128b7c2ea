"""Measures a full page from JSON to verdicts, beside a plain classification with a dictionary for each job.

usage: bench_page.py
The page is 50 commits of 800 jobs as HUD gives it, made up: 15 % of the cells empty, 2 % flakes, 20 jobs broken
on the newest six commits. Ours judges five watches. The peer does what `check_alerts.py` of pytorch/test-infra does
(BSD-3-Clause, written anew here): `json.loads`, the cells of each job in a list of dictionaries, those that did not run
filtered out, the newest chain of failures, failures grouped by their text; one verdict for all jobs together. Its
comparison of similar failure texts with difflib is left out, which makes it faster.

"new" starts from nothing; "known" is the next poll of a process that has seen the jobs' names and the page before.
CPU time, the best and the median of many turns, ours and the peer's taken alternately.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from chatbot.ci import Job
from chatbot.config import WatchConfig
from chatbot.shards import Shards
from chatbot.sources import hud_page
from chatbot.strips import lay
from chatbot.trunk import Trunk
from chatbot.watch import Board, Verdict, Watch, evaluate

COMMITS, JOBS, TURNS = 50, 800, 40
CHAIN = 2  # failures in a row that are an alert
NOW = datetime(2026, 1, 6, tzinfo=UTC)
WORKFLOWS = (
    "pull",
    "trunk",
    "inductor",
    "periodic",
    "slow",
    "rocm",
    "linux-aarch64",
    "inductor-periodic",
    "unstable",
    "Lint",
)
UNSTABLE = ["*unstable*", "*rerun_disabled_tests*", "*mem_leak_check*"]
MATCHES: dict[str, dict[str, list[str]]] = {
    "inductor": {"workflows": ["inductor*"], "exclude": UNSTABLE},
    "pull": {"workflows": ["pull", "trunk"], "exclude": UNSTABLE},
    "rocm": {"workflows": ["rocm*"]},
    "periodic": {"workflows": ["periodic", "slow"], "exclude": UNSTABLE},
    "everything": {"exclude": UNSTABLE},
}


# ---- the page


def names() -> list[str]:
    """800 names: configurations of one to six shards in ten workflows."""
    made: list[str] = []
    number = 0
    while len(made) < JOBS:
        workflow, config = WORKFLOWS[number % len(WORKFLOWS)], number // len(WORKFLOWS)
        build = f"linux-jammy-cuda12.{config % 9}-py3.10-gcc11-sm{80 + config % 7}"
        shards = 1 + number % 6
        made += [
            f"{workflow} / {build} / test (config{config}, {shard}, {shards}, linux.g5.4xlarge.nvidia.gpu)"
            for shard in range(1, shards + 1)
        ]
        number += 1
    return made[:JOBS]


def cell(random: Random, commit: int, job: int, *, broken: bool) -> dict[str, Any]:
    """One job on one commit, counted from the newest."""
    drawn, job_id = random.random(), 40_000_000_000 + random.randrange(10**9)
    if drawn < 0.15:
        return {}
    red = drawn > 0.98 or (broken and commit < 6)
    idle = "pending" if commit < 3 and drawn < 0.3 else "skipped" if drawn < 0.2 else "success"
    test = f"inductor/test_torchinductor.py::CpuTests::test_{job % 40}"
    made = {
        "id": job_id,
        "conclusion": "failure" if red else idle,
        "htmlUrl": f"https://github.com/pytorch/pytorch/actions/runs/{15_000_000_000 + commit * 1000}/job/{job_id}",
        "logUrl": f"https://ossci-raw-job-status.s3.amazonaws.com/log/{job_id}",
        "durationS": random.randrange(60, 9000),
        "failureLines": [f"FAILED [1.2s] {test} - AssertionError: Tensor-likes are not close"] if red else [],
        "failureCaptures": [test] if red else [],
    }
    return made | ({"failedPreviousRun": True} if 0.96 < drawn < 0.97 else {})


def page() -> bytes:
    """The body of the answer."""
    random = Random(1)
    broken = set(random.sample(range(JOBS), 20))
    grid = [
        {
            "sha": f"{random.getrandbits(160):040x}",
            "commitTitle": f"[inductor] Fuse pointwise kernels, part {commit} (#{170_000 - commit})",
            "author": "octocat",
            "prNum": 170_000 - commit,
            "time": f"2026-01-05T{23 - commit // 6:02d}:{(5 - commit % 6) * 10:02d}:00Z",
            "jobs": [cell(random, commit, job, broken=job in broken) for job in range(JOBS)],
        }
        for commit in range(COMMITS)
    ]
    return json.dumps({"shaGrid": grid, "jobNames": names()}, separators=(",", ":")).encode()


# ---- the peer


class JobStatus:
    """One job's dictionaries, newest first, and what they come to."""

    def __init__(self, name: str, cells: list[dict[str, Any]]) -> None:
        self.name = name
        self.ran = [cell for cell in cells if cell.get("conclusion") not in {None, "skipped", "neutral"}]
        self.newest = next((cell for cell in self.ran if cell["conclusion"] != "pending"), None)
        self.chain: list[dict[str, Any]] = []
        for one in self.ran:
            failed = one["conclusion"] not in {"success", "pending"}
            if failed:
                self.chain.append(one)
            elif self.chain:
                break
        self.flaky = [c for c in grouped(self.ran).values() if len(c) == 1 and c[0] is not self.newest]

    @property
    def alerts(self) -> bool:
        """Whether the newest chain of one failure is long enough."""
        if self.newest is None or self.newest["conclusion"] == "success" or "unstable" in self.name:
            return False
        return any(len(chain) >= CHAIN for chain in grouped(self.chain).values())


def grouped(cells: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Failures by their text."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in cells:
        if one["conclusion"] == "failure":
            found[" ".join(one["failureCaptures"])].append(one)
    return found


def peer(body: bytes) -> list[str]:
    """The jobs that are alerted."""
    read = json.loads(body)
    by_job: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read["shaGrid"]:
        for at, one in enumerate(row["jobs"]):
            by_job[read["jobNames"][at]].append(one)
    statuses = [JobStatus(name, cells) for name, cells in by_job.items()]
    return [status.name for status in statuses if status.alerts]


# ---- ours


def watches() -> list[Watch]:
    """Five of them, the last sees nearly everything."""
    when = {"consecutive_commits": CHAIN}
    fields = [{"id": i, "trunk": "t", "team": "t", "match": match, "when": when} for i, match in MATCHES.items()]
    return [Watch(WatchConfig.model_validate(one)) for one in fields]


def ours(body: bytes) -> list[Verdict]:
    """The verdicts of all watches, nothing known before."""
    trunk = Trunk("t", shards=Shards())
    lay(trunk, hud_page.page(body))
    return [evaluate(watch, trunk, now=NOW) for watch in watches()]


class Known:
    """The next poll of a process that goes on."""

    def __init__(self, body: bytes) -> None:
        self.trunk = Trunk("t", shards=Shards())
        self.boards = [Board(watch, self.trunk) for watch in watches()]
        self.again(body)

    def again(self, body: bytes) -> list[Verdict]:
        """The verdicts of all watches."""
        change = lay(self.trunk, hud_page.page(body))
        return [board.update(change, now=NOW) for board in self.boards]


class Took(NamedTuple):
    """Milliseconds of CPU."""

    best: float
    median: float


def measured(acts: dict[str, Callable[[], object]]) -> dict[str, Took]:
    """Each of *acts* in turn, many times."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(TURNS):
        for name, act in acts.items():
            began = time.process_time()
            act()
            times[name].append((time.process_time() - began) * 1000)
    return {name: Took(min(took), statistics.median(took)) for name, took in times.items()}


def main() -> None:
    """Print the table."""
    body = page()
    known = Known(body)
    broken: set[Job] = {one.job for verdict in ours(body) for one in verdict.broken}
    print(f"{COMMITS} commits x {JOBS} jobs, {len(body) / 1e6:.1f} MB; {len(known.trunk.jobs)} jobs without shards;")
    print(f"the peer alerts on {len(peer(body))} shards, ours finds {len(broken)} broken jobs\n")
    took = measured(
        {
            "dictionary a job (peer)": lambda: peer(body),
            "json.loads alone": lambda: json.loads(body),
            "ours, new": lambda: ours(body),
            "ours, known": lambda: known.again(body),
            "  of it decoding to strips": lambda: hud_page.page(body),
        }
    )
    against = took["dictionary a job (peer)"]
    print("| CPU ms | best | median | share of the peer |\n| --- | --- | --- | --- |")
    for name, one in took.items():
        print(f"| {name} | {one.best:.1f} | {one.median:.1f} | {one.median / against.median:.2f} |")


if __name__ == "__main__":
    main()
