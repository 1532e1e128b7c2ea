"""Measures an idle bot's requests and CPU, and how soon an ended job is told in Slack, with `poll_every: 1s`.

usage: bench_idle.py
The bot is `trunkwatch run`, a process of its own, between the sandbox's Slack and GitHub. Idle is half a minute in
which nothing happens: every request has to be answered 304. Then twenty jobs fail for the third time, each a watch of
its own, one after the other at random moments; the clock runs from the moment the API shows it until Slack shows the
alert. The promise is `poll_every` and a second.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import psutil

from chatbot.ci import Attempt, Author, Commit, Conclusion
from chatbot.recording import Recorded, recorded
from chatbot.sandbox.slack.values import Message
from chatbot.sandbox.stage import Stage

WATCHES, COMMITS, CHANNELS, IDLE = 20, 4, 5, 30
START = datetime(2026, 1, 5, tzinfo=UTC)
HEAD = """\
version: 1
slack: {fallback_channel: C0CHANNEL0}
trunks:
  - {id: pytorch, source: {kind: github, repo: pytorch/pytorch, branch: main}, poll_every: 1s, window: 50}
teams:
"""


def config() -> str:
    """Twenty watches in five channels."""
    teams = [f"  team{n}: {{channel: C0CHANNEL{n}}}" for n in range(CHANNELS)]
    watches = [
        f"  - {{id: w{n}, trunk: pytorch, match: {{workflows: [workflow-{n}]}}, when: {{consecutive_commits: 3}}, "
        f"team: team{n % CHANNELS}}}"
        for n in range(WATCHES)
    ]
    return "\n".join((HEAD.rstrip(), *teams, "watches:", *watches, ""))


def line(commit: int, workflow: int, at: datetime) -> Recorded:
    """A job has ended: green on the first commit, red on the others."""
    run = 1000 + commit * 100 + workflow
    ended = Conclusion.FAILURE if commit else Conclusion.SUCCESS
    attempt = Attempt(f"{commit:040x}", f"workflow-{workflow}", "build", run, run * 10, conclusion=ended)
    return recorded(attempt, at=at, trunk="pytorch")


def lines() -> tuple[list[Recorded], int]:
    """Everything, and how many lines are there from the beginning: the last ones end on the newest commit."""
    told: list[Recorded] = []
    at = START
    for commit in range(COMMITS):
        at += timedelta(minutes=1)
        landed = Commit(f"{commit:040x}", at, f"Change {commit}", Author("A", "a"), commit)
        told.append(recorded(landed, at=at, trunk="pytorch"))
        for workflow in range(WATCHES if commit < COMMITS - 1 else 0):
            at += timedelta(seconds=1)
            told.append(line(commit, workflow, at))
    held = len(told)
    told += [line(COMMITS - 1, n, at + timedelta(minutes=n + 1)) for n in range(WATCHES)]
    return told, held


def alerts(stage: Stage) -> list[Message]:
    """What Slack shows."""
    return [message for n in range(CHANNELS) for message in stage.slack.messages(f"C0CHANNEL{n}")]


def told_of(stage: Stage, count: int) -> bool:
    """Whether Slack shows that many alerts."""
    return len(alerts(stage)) >= count


async def idle(stage: Stage) -> None:
    """Print what half a minute costs in which nothing happens."""
    assert stage.bot is not None
    bot = psutil.Process(stage.bot.pid)
    before, used = len(stage.github.requests), bot.cpu_times()
    await asyncio.sleep(IDLE)
    asked, after = stage.github.requests[before:], bot.cpu_times()
    cpu = (after.user + after.system - used.user - used.system) / IDLE
    other = [one for one in asked if one.status != 304]
    print(f"| idle: requests in {IDLE} s | {len(asked)} |\n| of them not 304 | {len(other)} |")
    print(f"| charged to the rate limit | {sum(one.charged for one in asked)} |\n| CPU of one core | {cpu:.1%} |")


async def main() -> None:
    """Print the table."""
    told, held = lines()
    random = Random(1)
    async with Stage(told, config(), repos={"pytorch": "pytorch/pytorch"}) as stage:
        for n in range(CHANNELS):
            stage.slack.add_channel(f"C0CHANNEL{n}", f"channel-{n}")
        stage.github.advance(to=held)
        await stage.start_bot()
        await asyncio.sleep(8)
        print("| one trunk, polled every second | |\n| --- | --- |")
        await idle(stage)
        took = []
        for number in range(WATCHES):
            await asyncio.sleep(random.random() + 1)
            began = time.perf_counter()
            stage.github.advance(to=held + number + 1)
            await stage.slack.until(partial(told_of, stage, len(alerts(stage)) + 1), timeout=30)
            took.append(time.perf_counter() - began)
        print(f"| shown by the API until told in Slack, median | {statistics.median(took):.2f} s |")
        print(f"| slowest of {WATCHES} | {max(took):.2f} s |")


if __name__ == "__main__":
    asyncio.run(main())
