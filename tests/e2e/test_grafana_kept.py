"""What becomes of Grafana's alerts: with several replicas, after a loss, over time, and where a watch takes them in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatbot.app import App
from chatbot.config import load
from chatbot.messages.escape import pings
from tests.e2e.grafana import ESCALATING, RULE, Grafana, one, told
from tests.e2e.scene import ALICE, BOB, CONFIG, DEVINFRA, INDUCTOR, LINT, hurried


@pytest.fixture
async def grafana(tmp_path: Path, valkey_url: str) -> AsyncIterator[Grafana]:
    async with told(tmp_path, valkey_url) as made:
        yield made


async def test_two_replicas_told_at_once_make_one_alert_of_it(grafana: Grafana) -> None:
    world = grafana.world
    other = App(world.config_file, load(world.config_file), world.settings, prefix=world.prefix, pacer=hurried)
    running = asyncio.create_task(other.run())
    await other.started.wait()
    try:
        apps = [world.app, other] * 10
        await asyncio.gather(*(grafana.tells(one(), one(fingerprint="second"), app=app) for app in apps))
        await world.slack.until(lambda: len(world.roots(LINT)) >= 2)
        await asyncio.gather(*(grafana.tells(one("resolved"), app=app) for app in apps))
        await world.slack.until(lambda: any("Resolved" in root.shown for root in world.roots(LINT)))
        await world.settled()
        assert len(world.roots(LINT)) == 2
        assert sum(len(world.replies(root)) for root in world.roots(LINT)) == 1
    finally:
        other.stop()
        await running


async def test_after_redis_lost_everything_the_thread_is_found_again(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await world.settled()
    store = world.app._store
    keys = [key async for key in store.wire.scan(f"{world.prefix}:*")]
    await store.wire.pipeline([("DEL", key) for key in keys])
    await grafana.again(one())
    await world.settled()
    assert len(world.roots(LINT)) == 1
    await grafana.again(one("resolved"))
    await world.reply(root, "it is over, says Grafana")
    assert len(world.roots(LINT)) == 1


async def test_nobody_acknowledges_and_the_next_is_called(tmp_path: Path, valkey_url: str) -> None:
    async with told(tmp_path, valkey_url, config=ESCALATING) as grafana:
        await grafana.tells(one(annotations={"Teams": "broken-inductor"}))
        root = await grafana.world.root(INDUCTOR)
        grafana.world.ahead += timedelta(minutes=31)
        reply = await grafana.world.reply(root, "S0LEADS")
        assert pings(reply.shown) == {"S0LEADS"}


async def test_whatever_lists_alerts_lists_it(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await world.slack.click(root, "Assign to me", user=BOB)
    await world.reply(root, "took it")
    for typed in ("alerts", "mine"):
        assert "Runner queue" in (await world.trunk(typed, user=BOB)).shown
    await world.slack.open_home(BOB)
    await world.slack.until(lambda: "Runner queue" in getattr(world.slack.home(BOB), "shown", ""))
    world.ahead += timedelta(minutes=90)
    assert "Grafana" in (await world.trunk("digest lint")).shown
    await world.opened(BOB, world.slack.current(root), "Resolve")
    await world.slack.submit(BOB)
    await world.slack.until(lambda: "Resolved" in world.slack.current(root).shown)
    assert "No alert is open" in (await world.trunk("alerts")).shown


async def test_what_was_over_long_ago_is_looked_at_no_more_and_found_when_it_fires_again(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await grafana.tells(one("resolved"))
    await world.reply(root, "it is over, says Grafana")
    await world.settled()
    store = world.app._store
    assert await store.alerts.watches("grafana/") == ["grafana/lint/c6eadffa33fcdf37"]
    assert await store.alerts.let_go("grafana/", before=world.now() + timedelta(minutes=1)) == 1
    assert await store.alerts.watches("grafana/") == []
    world.ahead += timedelta(days=1)
    await grafana.tells(one(after=90))
    await world.slack.until(lambda: len(world.roots(LINT)) == 2)
    assert await store.alerts.let_go("grafana/", before=world.now() + timedelta(days=1)) == 0


async def test_a_snooze_ends_by_the_clock(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await world.opened(ALICE, root, "Snooze")
    await world.slack.submit(ALICE)
    await world.reply(root, "Snoozed by")
    world.ahead += timedelta(hours=3)
    await world.reply(root, "still broken")


async def test_what_grafana_leaves_out_is_said_in_the_thread(grafana: Grafana) -> None:
    await grafana.tells(one(), truncatedAlerts=7)
    root = await grafana.world.root(LINT)
    await grafana.world.reply(root, "7 more alerts of this group cannot be shown")
    await grafana.tells(one(), truncatedAlerts=7)
    await grafana.world.settled()
    assert len(grafana.world.replies(root)) == 1


async def test_while_the_watch_s_alert_is_open_what_grafana_says_is_a_reply_of_it(
    tmp_path: Path, valkey_url: str
) -> None:
    async with told(tmp_path, valkey_url, config=RULE) as grafana:
        world = grafana.world
        root = await world.broken(build="xxx")
        about: dict[str, Any] = {
            "labels": {"alertname": "inductor queue TOO long"},
            "annotations": {"Teams": "broken-inductor"},
        }
        await grafana.tells(one(**about))
        await world.reply(root, "Grafana says so too")
        world.land()
        world.ends(len(world.commits) - 1, "build", "+")
        await world.slack.until(lambda: "green again" in world.slack.current(root).shown)
        await world.polled()
        assert "Resolved" not in world.slack.current(root).shown
        await grafana.tells(one("resolved", **about))
        await world.slack.until(lambda: "Resolved" in world.slack.current(root).shown)
        assert len(world.roots()) == 1


async def test_where_only_grafana_fires_the_watch_s_alert_opens_and_jobs_join_it(
    tmp_path: Path, valkey_url: str
) -> None:
    async with told(tmp_path, valkey_url, config=CONFIG) as grafana:
        world = grafana.world
        about: dict[str, Any] = {
            "dashboardURL": "https://example.org/d/hud/the-hud?orgId=1",
            "annotations": {"Teams": ""},
        }
        await grafana.tells(one(**about))
        root = await world.root(INDUCTOR, says="Grafana")
        assert "Inductor jobs broken" in root.shown
        await world.polled()
        await world.settled()
        assert "Resolved" not in world.slack.current(root).shown
        assert world.roots(DEVINFRA) == []
        assert "firing in Grafana for" in (await world.trunk("inductor")).shown
        assert "firing in Grafana for" in (await world.trunk("")).shown
        world.draw(build="xxx")
        await world.reply(root, "1 more job broken")
        await grafana.tells(one("resolved", **about))
        await world.reply(root, "Over, says Grafana")
        assert "Resolved" not in world.slack.current(root).shown
        world.land()
        world.ends(len(world.commits) - 1, "build", "+")
        await world.slack.until(lambda: "Resolved" in world.slack.current(root).shown)
        assert len(world.roots()) == 1
