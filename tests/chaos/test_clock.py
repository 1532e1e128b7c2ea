"""A clock that jumps under the running bot, forwards and back: nothing fires, resolves or is posted twice by that."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatbot.ci import Conclusion
from tests.chaos.rounds import check
from tests.chaos.world import World

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed (Debian: apt install libfaketime)"),
]


@contextlib.asynccontextmanager
async def bot(world: World, clock: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot whose wall clock is what *clock* says; its monotonic clock is the machine's, as after a real jump."""
    fake = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatbot", "run", "--config", str(world.config), cwd=Path(__file__).parents[2],
        env={**os.environ, **world.environment(**fake)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    reading = asyncio.create_task(process.communicate())
    try:
        yield process
        with contextlib.suppress(ProcessLookupError):  # what it said before it ended is shown below
            process.send_signal(signal.SIGTERM)
        said, _ = await asyncio.wait_for(asyncio.shield(reading), 15)
        print(said.decode())
        assert process.returncode == 0
        assert b"Traceback" not in said
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await reading


@pytest.mark.parametrize("jumps", [("+3h", "+0"), ("-3h", "+40d")], ids=" then ".join)
async def test_a_clock_that_jumps_changes_nothing_that_is_told(
    world: World, tmp_path: Path, jumps: tuple[str, str]
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    async with bot(world, clock), bot(world, clock):
        told = ["root"]
        world.land(world.build)
        await until_told(world, told)
        for jump in jumps:
            set_to(clock, jump)
            told.append(f"failing:{world.land(world.build)}")
            await until_told(world, told)
        world.land(world.build, Conclusion.SUCCESS)
        await until_told(world, [*told, "resolved"])
    assert world.shown("C0FALLBACK") == []  # no source was silent
    check(world, world.place, 0.0)


def set_to(clock: Path, jump: str) -> None:
    """In one step: libfaketime reads the file at any moment, and falls over one that is empty for now."""
    clock.with_suffix(".new").write_text(jump)
    clock.with_suffix(".new").replace(clock)


async def until_told(world: World, wanted: list[str]) -> None:
    """Wait until Slack shows so many entries; then they must be those *wanted*."""
    async with asyncio.timeout(30):
        while len(world.shown(world.place)) < len(wanted):
            await asyncio.sleep(0.02)
    entries = [entry for _, entry, _ in world.shown(world.place)]
    assert [entry[: len(start)] for entry, start in zip(entries, wanted, strict=True)] == wanted
