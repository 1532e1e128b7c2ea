"""Who is told next, reminded or spared, as people in Slack see it; hours pass by moving the bot's clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from chatbot.messages.escape import pings
from chatbot.sandbox.slack.values import Message
from tests.e2e.scene import ALICE, BOB, CONFIG, DEVINFRA, GROUP, INDUCTOR, Scene, scene

ASKING = CONFIG.replace(
    "    priority: P2\n",
    "    priority: P2\n    escalate: [{after: 30m, to: S0LEADS}, {after: 2h, to: C0DEVINFRA}]\n    remind_every: 4h\n",
)
HOUR = timedelta(hours=1)


class Make(Protocol):
    def __call__(self, config: str, **more: Any) -> AbstractAsyncContextManager[Scene]: ...


@pytest.fixture
def make(tmp_path: Path, valkey_url: str) -> Make:
    """A scene with another configuration."""

    @contextlib.asynccontextmanager
    async def made(config: str, **more: Any) -> AsyncIterator[Scene]:
        async with scene(tmp_path, valkey_url, config=config, **more) as one:
            yield one

    return made


def said(world: Scene, root: Message, text: str) -> list[Message]:
    return [one for one in world.replies(root) if text in one.shown]


def elsewhere(world: Scene) -> list[Message]:
    return [one for one in world.slack.messages(DEVINFRA) if "nobody has it" in one.shown]


async def test_nobody_acknowledges_so_the_next_are_told_each_once(make: Make) -> None:
    async with make(ASKING) as world:
        root = await world.broken()
        world.ahead = timedelta(minutes=31)
        asked = await world.reply(root, "nobody has it")
        assert pings(asked.shown) == {GROUP}
        world.ahead = 2 * HOUR + timedelta(minutes=1)
        await world.reply(root, f"<#{DEVINFRA}> is told")
        (there,) = await world.slack.until(lambda: elsewhere(world))
        assert "Inductor jobs broken" in there.shown
        assert "|Thread>" in there.shown
        assert pings(there.shown) == frozenset()
        await world.stop()
        world.ahead = 9 * HOUR
        await world.start()
        await world.polled()
        await world.settled()
        assert len(elsewhere(world)) == 1
        assert len(said(world, root, "nobody has it")) == 1


async def test_two_replicas_tell_once(make: Make) -> None:
    async with make(ASKING) as world:
        root = await world.broken()
        other = world._made()
        async with contextlib.AsyncExitStack() as stack:
            running = asyncio.create_task(other.run())
            stack.push_async_callback(asyncio.wait_for, running, 20)
            stack.callback(other.stop)
            await other.started.wait()
            world.ahead = 3 * HOUR
            await world.slack.until(lambda: elsewhere(world))
            await world.polled()
            await world.settled()
        assert len(elsewhere(world)) == 1
        assert len(said(world, root, "nobody has it")) == 1


async def test_a_channel_that_is_gone_sends_the_message_to_the_fallback(make: Make) -> None:
    config = ASKING.replace("to: C0DEVINFRA", "to: C0GONE")
    async with make(config) as world:
        root = await world.broken()
        world.ahead = 3 * HOUR
        (there,) = await world.slack.until(lambda: elsewhere(world))
        assert "Inductor jobs broken" in there.shown
        await world.settled()
        assert world.slack.current(root).channel == INDUCTOR


async def test_whoever_has_it_is_reminded(make: Make) -> None:
    async with make(ASKING) as world:
        root = await world.broken()
        await world.slack.click(root, "Acknowledge", user=BOB)
        await world.reply(root, "Acknowledged")
        world.ahead = timedelta(hours=4, minutes=1)
        await world.reply(root, "still broken after")
        world.ahead *= 2
        await world.slack.until(lambda: len(said(world, root, "still broken after")) == 2)
        assert {frozenset(pings(one.shown)) for one in said(world, root, "still broken after")} == {frozenset({BOB})}
        assert said(world, root, "nobody has it") == []


async def test_quiet_hours_spare_everybody_until_they_are_over(make: Make) -> None:
    now = datetime.now(UTC)
    quiet = f"quiet: {{from: '{now - HOUR:%H:%M}', to: '{now + HOUR:%H:%M}'}}"
    async with make(ASKING.replace("remind_every: 4h", f"remind_every: 4h\n    {quiet}")) as world:
        root = await world.broken()
        assert pings(root.shown) == frozenset()
        world.ahead = timedelta(minutes=45)
        world.draw(build="x")
        await world.reply(root, "another commit")
        await world.polled()
        await world.settled()
        assert said(world, root, "nobody has it") == []
        world.ahead = timedelta(minutes=65)
        over = await world.reply(root, "quiet hours are over")
        assert pings(over.shown) == {ALICE, BOB}
        asked = await world.reply(root, "and nobody has it.")
        assert pings(asked.shown) == {GROUP}, asked.shown
        await world.polled()
        await world.settled()
        assert len(said(world, root, "quiet hours are over")) == 1


async def test_a_hand_over_is_said_once_a_shift(make: Make) -> None:
    ends = datetime.now(UTC) + 11 * HOUR  # of this shift: a hand-over is told in the first half of the next
    rotation = f"rotation: {{starts: 2026-01-05T{ends:%H:%M}, every: 12h}}"
    async with make(CONFIG.replace("oncall: [U01ALICE, U02BOB]", f"oncall: [U01ALICE, U02BOB], {rotation}")) as world:
        await world.broken()
        await world.polled()

        def handed() -> list[Message]:
            return [one for one in world.slack.messages(INDUCTOR) if "on call for broken-inductor" in one.shown]

        shifts = world.app._store.notices
        while not (await shifts.get("team/broken-inductor")).revision:
            await world.polled()
        assert handed() == []
        world.ahead = 12 * HOUR
        (first,) = await world.slack.until(handed)
        assert "1 open, 0 snoozed, 0 came back" in first.shown
        assert len(pings(first.shown)) == 1
        await world.stop()
        await world.start()
        await world.polled()
        world.ahead = 24 * HOUR
        await world.slack.until(lambda: len(handed()) == 2)
        assert {who for one in handed() for who in pings(one.shown)} == {ALICE, BOB}
