"""Redis stops answering: Slack is acknowledged all the same, and people get a clear answer soon."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Server, StartServer
from tests.e2e.scene import ALICE, CAROL, Scene, scene

SOON = 3.0 + 2.0  # seconds: the promise, and a machine that does other things as well


@pytest.fixture
def server(start_server: StartServer) -> Server:
    return start_server()


@pytest.fixture(params=["socket", "http"])
async def frozen(request: pytest.FixtureRequest, tmp_path: Path, server: Server) -> AsyncIterator[Scene]:
    """A bot with an open alert whose Redis sleeps."""
    async with scene(tmp_path, server.url, mode=request.param) as made:
        await made.broken()
        await made.settled()
        server.signal(signal.SIGSTOP)
        try:
            yield made
        finally:
            server.signal(signal.SIGCONT)


async def test_commands_and_presses_are_acknowledged_and_answered(frozen: Scene, server: Server) -> None:
    root = frozen.roots()[0]
    began = time.monotonic()
    answer = await frozen.trunk("inductor")
    assert "Redis" in answer.shown
    assert "Try again" in answer.shown
    assert time.monotonic() - began < SOON
    said = await frozen.told(ALICE, lambda: frozen.slack.click(root, "Acknowledge", user=ALICE))
    assert "Redis" in said
    assert time.monotonic() - began < 2 * SOON
    assert not frozen.slack.failed_acks
    server.signal(signal.SIGCONT)
    await frozen.polled()
    await frozen.slack.click(root, "Acknowledge", user=ALICE)
    await frozen.root(says=f"<@{ALICE}> has it")


async def test_health_says_that_redis_is_away(frozen: Scene) -> None:
    said = (await frozen.trunk("health", user=CAROL)).shown
    assert ":red_circle: *redis*" in said
    assert not frozen.slack.failed_acks


async def test_a_window_opens_before_redis_is_asked_and_says_what_is_wrong(frozen: Scene) -> None:
    root = frozen.roots()[0]
    await frozen.slack.click(root, "Snooze", user=ALICE)
    opened = await frozen.slack.until(lambda: frozen.slack.modal(ALICE), timeout=SOON)
    assert opened
    assert opened.title == "Snooze"
    told = await frozen.slack.until(lambda: (view := frozen.slack.modal(ALICE)) and "Redis" in view.shown and view)
    assert told
    assert "submit" not in told.content
