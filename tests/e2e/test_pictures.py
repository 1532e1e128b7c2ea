"""The picture in an alert's thread: once, edited when the alert changes, left alone where Slack refuses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatbot.bot import Bot
from chatbot.gallery import EVERY, STAYS, Gallery
from chatbot.sandbox.slack.values import Message
from chatbot.store import Lease
from tests.e2e.scene import INDUCTOR, Scene

HELD = Lease("pytorch", "me", 1)


class Clock:
    """Tells the time that a test wants, far enough ahead that every alert has stayed; the running bot has its own."""

    def __init__(self, bot: Bot) -> None:
        self.bot = copy(bot)
        self.bot.now = self
        self.now = datetime.now(UTC) + STAYS + timedelta(seconds=40)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(world: Scene) -> Clock:
    return Clock(world.app._bot)


def gallery(world: Scene, clock: Clock, lease: Callable[[str], Lease | None] = lambda _: HELD) -> Gallery:
    return Gallery(clock.bot, world.app._pacer, lease=lease, sleep=lambda _: asyncio.sleep(0))


def pictures(world: Scene, root: Message) -> list[Message]:
    return [reply for reply in world.replies(root) if [block for block in reply.blocks if block["type"] == "image"]]


def alt(message: Message) -> str:
    return next(str(block["alt_text"]) for block in message.blocks if block["type"] == "image")


async def alerted(world: Scene) -> Message:
    """An alert that Slack shows in full."""
    root = await world.broken(build="++xxx")
    await world.settled()
    return root


async def test_an_alert_that_stays_gets_one_picture_in_its_thread_and_none_in_the_channel(
    world: Scene, clock: Clock
) -> None:
    root = await alerted(world)
    before = len(world.slack.messages(INDUCTOR))
    some = gallery(world, clock)
    for _ in range(3):
        await some.look()
        clock.now += 2 * EVERY
    (picture,) = pictures(world, root)
    assert "Suspects of 1 job: 0000002. build, newest first: 3 failed, 2 passed." in alt(picture)
    assert picture.text == alt(picture)
    assert picture.pings == frozenset()
    assert len(world.slack.messages(INDUCTOR)) == before
    assert (picture.metadata or {})["event_payload"]["entry"] == "picture"


async def test_an_alert_that_may_heal_at_once_gets_none(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    clock.now -= STAYS  # it is 40 seconds old
    await gallery(world, clock).look()
    assert pictures(world, root) == []


async def test_it_is_edited_when_the_alert_changed_and_at_most_once_a_minute(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    some = gallery(world, clock)
    await some.look()
    world.draw(build="x")
    await world.root(says="failed on 4 commits in a row")
    await some.look()
    assert "3 failed" in alt(pictures(world, root)[0])
    clock.now += EVERY
    await some.look()
    (picture,) = pictures(world, root)
    assert "4 failed" in alt(picture)
    assert (picture.metadata or {})["event_payload"]["nonce"].startswith("picture:")


async def test_the_last_picture_shows_how_it_ended(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    some = gallery(world, clock)
    await some.look()
    world.draw(build="+")
    await world.root(says="Resolved")
    await some.look()
    clock.now += EVERY
    await some.look()
    (picture,) = pictures(world, root)
    assert "build, newest first: 1 passed, 3 failed, 2 passed." in alt(picture)
    assert "Suspects" not in alt(picture)


async def test_only_who_holds_the_lease_draws(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    await gallery(world, clock, lease=lambda _: None).look()
    assert pictures(world, root) == []


@pytest.mark.parametrize(("kind", "detail"), [("lost_answer", {}), ("server_error", {"executed": True})])
async def test_a_picture_whose_answer_was_lost_is_found_and_not_posted_again(
    world: Scene, clock: Clock, kind: str, detail: dict[str, Any]
) -> None:
    root = await alerted(world)
    world.slack.faults.add("chat.postMessage", kind, **detail)
    await gallery(world, clock).look()
    clock.now += EVERY
    await gallery(world, clock).look()
    assert len(pictures(world, root)) == 1


async def test_a_picture_that_did_not_leave_is_posted_a_minute_later(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    world.slack.faults.add("chat.postMessage", "refused")
    some = gallery(world, clock)
    await some.look()
    await some.look()
    assert pictures(world, root) == []
    clock.now += EVERY
    await some.look()
    assert len(pictures(world, root)) == 1


async def test_what_slack_refuses_is_left(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    world.slack.faults.add("files.getUploadURLExternal", "error", code="missing_scope")
    some = gallery(world, clock)
    for _ in range(3):
        await some.look()
        clock.now += 2 * EVERY
    assert pictures(world, root) == []


async def test_a_picture_that_somebody_deleted_does_not_come_back(world: Scene, clock: Clock) -> None:
    root = await alerted(world)
    some = gallery(world, clock)
    await some.look()
    (picture,) = pictures(world, root)
    await world.app._slack.delete(picture.channel, picture.ts)
    world.draw(build="x")
    await world.root(says="failed on 4 commits in a row")
    for _ in range(3):
        clock.now += EVERY + timedelta(seconds=1)
        await some.look()
    assert pictures(world, root) == []
