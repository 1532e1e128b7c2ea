"""Measures a poll with one changed run, from the source's `Poll` to verdicts, summaries and bytes to store.

usage: bench_poll.py [COMMITS]
A window of COMMITS (default 200) x 800 jobs in 40 workflows, ten of them broken, five watches. Each poll reads one run
again, 20 jobs, of which one has ended. Nothing waits for a network or for Redis. The peer is the same without memory:
the whole window read again and every watch evaluated from the beginning.
CPU time; every poll is another run, red and green in turn.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import msgspec

from chatbot import window
from chatbot.alert import Alert
from chatbot.ci import Attempt, Author, Commit, Conclusion, Status
from chatbot.config import TrunkConfig, WatchConfig
from chatbot.settle import settle
from chatbot.sources import Poll
from chatbot.summary import Tally, summarise
from chatbot.trunk import Change
from chatbot.watch import Board, Verdict, Watch, evaluate

Answer = TypeVar("Answer")

WORKFLOWS, SHARDS, BROKEN = 40, 20, 10
POLLS = 400
START = datetime(2026, 1, 5, tzinfo=UTC)
CONFIG = TrunkConfig.model_validate({"id": "t", "source": {"kind": "github", "repo": "o/r"}})
UNSTABLE = ["*unstable*", "*rerun_disabled_tests*", "*mem_leak_check*"]
MATCHES = {
    "ten": {"workflows": ["inductor-1*"], "exclude": UNSTABLE},
    "one": {"workflows": ["inductor-3"]},
    "another": {"workflows": ["inductor-4"]},
    "gpu": {"jobs": ["*gpu*"], "exclude": UNSTABLE},
    "everything": {"exclude": UNSTABLE},
}


def sha(number: int) -> str:
    """A sha that tells its place."""
    return f"{number:040x}"


def commits(count: int) -> list[Commit]:
    """Trunk."""
    return [
        Commit(sha(n), START + timedelta(minutes=10 * n), f"Change {n}", Author(f"A{n}", f"a{n}"), n)
        for n in range(count)
    ]


def attempt(commit: int, workflow: int, shard: int, conclusion: Conclusion | None, number: int = 1) -> Attempt:
    """One result; a job in two has four shards."""
    name = (
        f"linux-{shard // 4} / test (default, {shard % 4 + 1}, 4, gpu)" if shard % 8 < 4 else f"linux-{shard} / build"
    )
    at = START + timedelta(minutes=10 * commit)
    run = 1_000_000 + commit * 100 + workflow
    return Attempt(
        sha=sha(commit),
        workflow=f"inductor-{workflow}",
        job=name,
        run_id=run,
        job_id=run * 100 + shard,
        attempt=number,
        status=Status.COMPLETED if conclusion else Status.IN_PROGRESS,
        conclusion=conclusion,
        started_at=at,
        completed_at=at + timedelta(hours=1) if conclusion else None,
    )


def results(count: int, random: Random) -> Iterator[Attempt]:
    """The whole window; nothing has ended on the newest commit."""
    broken = {(n * 4, n % SHARDS) for n in range(BROKEN)}
    for commit in range(count):
        for workflow in range(WORKFLOWS):
            for shard in range(SHARDS):
                red = random.random() < 0.01 or ((workflow, shard) in broken and commit > count - 8)
                ended = Conclusion.FAILURE if red else Conclusion.SUCCESS
                yield attempt(commit, workflow, shard, None if commit == count - 1 else ended)


def changed(count: int, number: int) -> Poll:
    """The run of one workflow on the newest commit, one job further than the time before."""
    workflow, ended = number % WORKFLOWS, number // WORKFLOWS
    said = [Conclusion.SUCCESS if shard % 5 else Conclusion.FAILURE for shard in range(SHARDS)]
    run = [attempt(count - 1, workflow, shard, said[shard] if shard <= ended else None) for shard in range(SHARDS)]
    return Poll((), tuple(run), {"etags": {}}, START)


def watches() -> list[Watch]:
    """Five watches."""
    when = {"consecutive_commits": 3}
    fields = [{"id": i, "trunk": "t", "team": "t", "match": match, "when": when} for i, match in MATCHES.items()]
    return [Watch(WatchConfig.model_validate(one)) for one in fields]


def at_once(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What *work* comes to that has nobody to give way to."""
    try:
        work.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("one changed cell is one piece")


class Follower:
    """What the poller does between the source and the store."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._trunk = window.empty(CONFIG)
        self._trunk.apply(commits(count), results(count, Random(1)))
        self._boards = [Board(watch, self._trunk) for watch in watches()]
        self._tallies = [Tally(board.watch, self._trunk) for board in self._boards]
        self._alerts: dict[str, Alert | None] = dict.fromkeys(MATCHES)
        self._polls = 0
        self.steps: dict[str, list[float]] = {}
        self.stored = 0
        for _ in range(2):
            self.poll()
        self.steps.clear()

    def poll(self) -> None:
        """One poll, each step's time noted."""
        poll = changed(self._count, self._polls)
        self._polls += 1
        began = time.process_time()
        change = self._timed("apply", lambda: self._trunk.apply(poll.commits, poll.attempts))
        stored = self._timed(
            "to bytes", lambda: at_once(window.to_store(self._trunk, change, cursor=poll.cursor, polled_at=START))
        )
        verdicts = self._timed("judge", lambda: [board.update(change, now=START) for board in self._boards])
        self._timed("settle", lambda: self._settle(verdicts))
        self._timed("summarise", lambda: self._summarise(verdicts, change))
        self.stored = sum(map(len, stored.cells.values()))
        self.steps.setdefault("in all", []).append((time.process_time() - began) * 1000)

    def _timed(self, name: str, act: Callable[[], Answer]) -> Answer:
        began = time.process_time()
        answer = act()
        self.steps.setdefault(name, []).append((time.process_time() - began) * 1000)
        return answer

    def _settle(self, verdicts: list[Verdict]) -> None:
        for watch, verdict in zip(watches_of(self._boards), verdicts, strict=True):
            self._alerts[watch.id] = settle(self._alerts[watch.id], watch, verdict, self._trunk)

    def _summarise(self, verdicts: list[Verdict], change: Change) -> None:
        for tally, verdict in zip(self._tallies, verdicts, strict=True):
            alert = self._alerts[verdict.watch]
            tally.take_in(change)
            ranked = alert.groups if alert is not None and alert.open else ()
            msgspec.json.encode(tally.summary(verdict, ranked=ranked))


def watches_of(boards: list[Board]) -> list[Watch]:
    """The boards' watches."""
    return [board.watch for board in boards]


def peer(count: int, held: list[Attempt]) -> float:
    """Milliseconds without memory."""
    began = time.process_time()
    trunk = window.empty(CONFIG)
    trunk.apply(commits(count), held)
    for watch in watches():
        verdict = evaluate(watch, trunk, now=START)
        msgspec.json.encode(summarise(watch, verdict, trunk))
    return (time.process_time() - began) * 1000


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    follower = Follower(count)
    held = list(results(count, Random(1)))
    without = min(peer(count, held) for _ in range(2))
    for _ in range(POLLS):
        follower.poll()
    print(
        f"{count} commits x {WORKFLOWS * SHARDS} jobs, {len(MATCHES)} watches; {follower.stored} bytes of rows a poll"
    )
    print(f"{len(held)} results\n\n| CPU ms a poll | median | p99 |\n| --- | --- | --- |")
    for name, took in follower.steps.items():
        print(f"| {name} | {statistics.median(took):.2f} | {sorted(took)[int(len(took) * 0.99) - 1]:.2f} |")
    print(f"| everything anew (peer) | {without:.0f} | |")


if __name__ == "__main__":
    main()
