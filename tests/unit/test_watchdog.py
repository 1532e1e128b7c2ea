"""Who stands still is noticed; who sleeps, or waits for something that answers slowly, is not."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

from chatbot.supervisor import ALIVE, READY, Supervisor
from chatbot.watchdog import Beats, Watchdog


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


async def test_a_loop_that_comes_by_is_well_however_long_it_sleeps() -> None:
    clock = Clock()
    beats = Beats(clock=clock)
    rest = beats.sleep("sweep", clock.sleep)
    dog = Watchdog(beats, connected=None, patience=120, clock=clock)
    for seconds in (1.0, 500.0, 119.0):
        await rest(seconds)
        assert await dog.trouble() is None


async def test_a_loop_that_does_not_come_by_is_seen_by_the_probe_and_then_ends_the_process() -> None:
    clock = Clock()
    beats = Beats(clock=clock)
    await beats.sleep("sweep", clock.sleep)(1.0)
    dog = Watchdog(beats, connected=None, patience=120, clock=clock)
    clock.at += 61
    assert dog.stuck() == ["sweep"]
    assert await dog.trouble() is None
    clock.at += 60
    assert await dog.trouble() == "no progress of sweep for 120 s"


async def test_who_asks_for_much_in_turn_may_be_away_longer() -> None:
    clock = Clock()
    beats = Beats(clock=clock)
    await beats.sleep("digests", clock.sleep, grace=480)(1.0)
    dog = Watchdog(beats, connected=None, patience=120, clock=clock)
    clock.at += 590
    assert await dog.trouble() is None
    clock.at += 20
    assert await dog.trouble() == "no progress of digests for 120 s"


async def test_only_a_socket_that_stays_away_is_trouble() -> None:
    clock, there = Clock(), True

    async def connected() -> bool:
        return there

    dog = Watchdog(Beats(clock=clock), connected=connected, patience=120, clock=clock)
    clock.at += 1000
    assert await dog.trouble() is None
    there = False
    clock.at += 119
    assert await dog.trouble() is None
    clock.at += 2
    assert await dog.trouble() == "the socket to Slack has not been connected for 120 s"
    there = True
    assert await dog.trouble() is None


STUCK = """
import asyncio, time
from chatbot.logs import set_up
from chatbot.metrics import Metrics
from chatbot.watchdog import Pulse
set_up("INFO", "json")
async def tick(): pass
async def main():
    secret = "hunter2-canary"
    asyncio.get_running_loop().call_later(0.7, time.sleep, 60)
    await Pulse(Metrics(), patience=1.0).run(tick)
asyncio.run(main())
"""


async def test_a_stuck_event_loop_ends_the_process_and_says_where_without_values() -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUCK, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert b"event_loop_stuck" in said
    assert b"most recent call first" in said
    assert b"hunter2-canary" not in said


def test_a_supervisor_that_listens_hears_every_word(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.settimeout(5)
        ear.bind(str(tmp_path / "notify"))
        supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        supervisor.tell(READY)
        supervisor.tell(ALIVE)
        assert [ear.recv(64), ear.recv(64)] == [b"READY=1", b"WATCHDOG=1"]


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.settimeout(5)
        ear.bind("\0trunkwatch-test")
        Supervisor({"NOTIFY_SOCKET": "@trunkwatch-test"}).tell(READY)
        assert ear.recv(64) == b"READY=1"


def test_nobody_is_told_where_nobody_listens(tmp_path: Path) -> None:
    Supervisor({}).tell(READY)
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell(READY)
