"""Rounds of an alert's whole life, with something going wrong at every turn of it; then Slack is looked at.

usage: python -m tests.chaos.rounds [--rounds 1000] [--seed 1] [--first 0] [--keep-going]

A round: a job turns red, fails on another commit, turns green, while bots are killed at every await of the
delivery path, frozen past their lease, cut off from Redis, Slack and GitHub. What has to be true at its end:
the alert has exactly one root, each thread entry is there exactly once and in order, nothing is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from random import Random
from typing import NamedTuple

from chatbot.ci import Conclusion
from chatbot.sandbox.slack import Message
from tests.chaos.mishaps import KILLS, Mishap, drawn
from tests.chaos.world import CHANNELS, World, channel

PATIENCE = 45.0
"""Seconds until what has not come counts as stuck."""


class Broken(AssertionError):  # noqa: N818  what is broken is the invariant
    """An invariant does not hold."""


class Told(NamedTuple):
    """How a round went."""

    mishaps: tuple[str, ...]
    kills: int
    seconds: float
    recovery: float


async def play(world: World, number: int, seed: int) -> Told:
    """One round. Raises `Broken`."""
    random = Random(f"{seed}:{number}")
    place, job = channel(number % CHANNELS), f"job{number % CHANNELS} build"
    began, after = time.monotonic(), _newest(world, place)
    names, kills, slowest = [], 0, 0.0
    steps = [(Conclusion.FAILURE, "root"), (Conclusion.FAILURE, "failing:"), (Conclusion.SUCCESS, "resolved:")]
    press = random.random() < 0.3
    for conclusion, expected in steps:
        mishap = drawn(random)
        names.append(mishap.__name__)
        kills += mishap in KILLS
        sha = world.land(job, conclusion)
        wanted = f"failing:{sha}" if expected == "failing:" else expected
        await _go_wrong(world, mishap, random)
        recovered = time.monotonic()
        await _shown(world, place, wanted, after, names)
        slowest = max(slowest, time.monotonic() - recovered)
        if press and expected == "root":
            await _acknowledge(world, place, after)
    await _rest(world, place, after, names)
    check(world, place, after, steps=3)
    return Told(tuple(names), kills, time.monotonic() - began, slowest)


async def _go_wrong(world: World, mishap: Mishap, random: Random) -> None:
    try:
        async with asyncio.timeout(30):
            await mishap(world, random)
    finally:
        if mishap.__name__ not in {"slack_fails", "slack_delivers_twice", "github_lies"}:
            world.heal()
    await world.ensure()


async def _shown(world: World, place: str, wanted: str, after: float, names: list[str]) -> None:
    try:
        await world.until(lambda: any(e.startswith(wanted) for _, e, _ in world.shown(place, after=after)), PATIENCE)
    except TimeoutError:
        raise Broken(f"{wanted} is lost or stuck after {names}") from None


async def _rest(world: World, place: str, after: float, names: list[str]) -> None:
    """Wait until the root shows its end."""
    try:
        await world.until(lambda: all("Resolved" in m.shown for m in _roots(world, place, after)), PATIENCE)
    except TimeoutError:
        raise Broken(f"the root does not show its end after {names}") from None


async def _acknowledge(world: World, place: str, after: float) -> None:
    """Alice presses, if anybody listens; nobody has to."""
    root = next(iter(_roots(world, place, after)))
    if world.slack.connections and "Acknowledge" in world.slack.current(root).labels:
        await world.slack.click(root, "Acknowledge", user="U01ALICE")


def _roots(world: World, place: str, after: float) -> list[Message]:
    return [message for _, entry, message in world.shown(place, after=after) if entry == "root"]


def _newest(world: World, place: str) -> float:
    return max((float(m.ts) for m in world.slack.workspace.everything(place)), default=0.0)


def check(world: World, place: str, after: float, *, steps: int = 0) -> None:
    """Raises `Broken` where Slack shows anything twice, nothing where something has to be, or in the wrong order."""
    shown = world.shown(place, after=after, pictures=True)
    doubled = [what for what, count in Counter((a, e) for a, e, _ in shown).items() if count > 1]
    if doubled:
        raise Broken(f"doubled: {doubled}")
    alerts = {alert for alert, _, _ in shown}
    if steps and len(alerts) != 1:
        raise Broken(f"{len(alerts)} alerts instead of one: {alerts}")
    for alert in alerts:
        entries = [(entry, message) for a, entry, message in shown if a == alert]
        if entries[0][0] != "root":
            raise Broken(f"no root first: {[e for e, _ in entries]}")
        root = entries[0][1]
        strays = [e for e, m in entries[1:] if m.thread_ts != root.ts]
        if strays:
            raise Broken(f"not in the thread: {strays}")
        order = [e.partition(":")[0] for e, _ in entries if e.startswith(("root", "failing", "resolved"))]
        if steps and order != ["root", "failing", "resolved"]:
            raise Broken(f"out of order, or missing: {order}")


async def run(rounds: int, seed: int, first: int, *, keep_going: bool) -> int:
    """The exit code."""
    told: list[Told] = []
    failures: list[str] = []
    mishaps: Counter[str] = Counter()
    async with World() as world:
        began = time.monotonic()
        for number in range(first, first + rounds):
            try:
                one = await play(world, number, seed)
            except Broken as error:
                failures.append(f"round {number} (--seed {seed} --first {number} --rounds 1): {error}")
                print(f"\n{failures[-1]}", flush=True)
                if not keep_going:
                    print(world.slack.summary())
                    print(*(bot.tail() for bot in world.bots), sep="\n----\n")
                    break
                await world.kill_all()
                world.heal()
                continue
            told.append(one)
            mishaps.update(one.mishaps)
            if sys.stderr.isatty() or number % 20 == 0:
                rate = len(told) / (time.monotonic() - began)
                print(f"{number - first + 1}/{rounds} rounds, {rate:.2f} a second", file=sys.stderr, flush=True)
        for number in range(CHANNELS):
            try:
                check(world, channel(number), 0.0)
            except Broken as error:
                failures.append(f"at the end, {channel(number)}: {error}")
                print(failures[-1])
        taken = sum(r.method == "chat.delete" and r.outcome == "ok" for r in world.slack.requests)
    kills = sum(one.kills for one in told)
    times = sorted(one.seconds for one in told)
    slow = sorted(one.recovery for one in told)
    print(f"{len(told)} rounds, {kills} kills and freezes, {len(failures)} broken; {sum(mishaps.values())} mishaps:")
    print(", ".join(f"{name} {count}" for name, count in mishaps.most_common()))
    if slow:
        print(f"a round: median {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s")
        print(f"from the mishap to its effect: median {slow[len(slow) // 2]:.2f} s, longest {slow[-1]:.2f} s")
    print(f"doubles that turned up late and were taken away (last 10,000 calls): {taken}")
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Rounds of chaos")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep-going", action="store_true")
    given = parser.parse_args()
    return asyncio.run(run(given.rounds, given.seed, given.first, keep_going=given.keep_going))


if __name__ == "__main__":
    sys.exit(main())
