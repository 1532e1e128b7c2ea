"""A HUD on localhost with a small trunk, and the source that reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from chatbot.intake import take_in
from chatbot.sandbox.hud import HudSandbox
from chatbot.sources import Cursor, Poll
from chatbot.sources.hud import HudSource
from chatbot.trunk import Trunk
from tests.trunks import EVERY, START, commit, sha

NAME = "pull / linux-jammy / test (default, {}, 2, linux.2xlarge)"
LINE = "FAILED test_x.py::T::test_y - AssertionError"


class Grid(HudSandbox):
    """A HUD whose clock is moved by hand, with a trunk of commits by number."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self.time)
        self.time = START

    def land(self, count: int, conclusion: str = "success") -> None:
        """So many commits more, two jobs each."""
        for number in range(len(self.commits), len(self.commits) + count):
            self.commit(commit(number))
            self.finish(number, conclusion)
        self.time = self.commits[-1].committed_at + EVERY

    def finish(self, number: int, conclusion: str, *, shard: int = 1) -> None:
        """One shard's newest attempt ends."""
        lines = [LINE] if conclusion == "failure" else []
        self.cell(sha(number), NAME.format(shard), conclusion, failureLines=lines, id=number * 10 + shard)


class Following:
    """A source and the trunk made of its polls."""

    def __init__(self, source: HudSource, *, window: int) -> None:
        self.source = source
        self.trunk = Trunk("t", window=window)
        self.cursor: Cursor | None = None

    async def poll(self) -> Poll:
        """One poll, taken in."""
        poll = await self.source.poll(self.cursor, window=self.trunk.window)
        await take_in(self.trunk, poll)
        self.cursor = poll.cursor
        return poll

    @property
    def numbers(self) -> list[int]:
        """The commits of the window."""
        return [int(commit.sha, 16) for commit in self.trunk.commits[self.trunk.start :]]

    def outcome(self, number: int) -> list[str]:
        """What the jobs say on a commit."""
        return [outcome.name for outcome in self.trunk.outcomes(sha(number)).values()]


@pytest.fixture
async def hud() -> AsyncIterator[Grid]:
    async with Grid() as grid:
        grid.land(4)
        yield grid


@pytest.fixture
def source(hud: Grid, http: aiohttp.ClientSession) -> HudSource:
    return HudSource("pytorch/pytorch", http=http, url=hud.url, clock=lambda: hud.time)


@pytest.fixture
def following(source: HudSource) -> Following:
    return Following(source, window=200)


MINUTE = timedelta(minutes=1)
