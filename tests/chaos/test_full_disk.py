"""Redis whose disk is full refuses every write: people are told, nothing is lost, and it goes on by itself.

The disk is full for the server alone: its append-only file may grow no more (`RLIMIT_FSIZE`).
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.ci import Conclusion
from tests.chaos.rounds import check
from tests.chaos.world import World
from tests.conftest import Server

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]

ENDLESS = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def disk(world: World) -> Iterator[Server]:
    """A Redis of its own for the bots: with `appendfsync always` it would rather die than refuse."""
    with tempfile.TemporaryDirectory(prefix="twc") as directory:
        server = Server(Path(directory), "--appendonly", "yes", "--appendfsync", "everysec").start()
        world.redis_url = server.url
        yield server
        world.redis_url = ""
        server.kill()


def fill(server: Server) -> None:
    """Its append-only file may not grow by a byte."""
    used = max(path.stat().st_size for path in (server.directory / "appendonlydir").iterdir())
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (used, resource.RLIM_INFINITY))


def free(server: Server) -> None:
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, ENDLESS)


async def test_a_full_disk_is_said_within_three_seconds_and_nothing_is_lost(world: World, disk: Server) -> None:
    await world.start()
    await world.until(lambda: world.slack.connections, 15)
    world.land(world.build)
    await world.until(lambda: len(world.shown(world.place)) == 1, 15)
    fill(disk)
    await world.until(lambda: disk.say("SET", "x", "y").startswith(b"-MISCONF"), 10)
    sha = world.land(world.build)
    answer = await world.slack.command(
        "/trunk", f"ack job{world.job}", user="U01ALICE", channel=world.place, answer_within=3.0
    )
    assert "cannot write to its disk" in answer.shown
    assert "free disk space" in answer.shown
    assert len(world.shown(world.place)) == 1
    free(disk)
    await world.until(lambda: world.shown(world.place)[-1][1] == f"failing:{sha}", 20)
    world.land(world.build, Conclusion.SUCCESS)
    await world.until(lambda: world.shown(world.place)[-1][1].startswith("resolved"), 20)
    check(world, world.place, 0.0)
    assert not world.slack.failed_acks
