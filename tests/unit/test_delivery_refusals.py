"""Deleted messages, channels that refuse, a token that was revoked: each has its own way out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatbot import presses
from chatbot.detours import RECHECK
from chatbot.store import Store
from tests.delivering import FALLBACK, HERE, NOW, Stage, an_alert, stage, told


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        yield made


async def test_a_root_that_was_deleted_gets_a_successor_that_links_the_old_thread(scene: Stage) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    await scene.settle(alert)
    link = (await scene.get(alert)).delivery.link
    await scene.slack.delete(scene.roots(alert)[0])
    await scene.store.alerts.change(alert.id, lambda a: presses.acknowledged(a, by="U01ALICE", at=NOW))
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1
    assert (await scene.get(alert)).previous == link
    assert [entry.partition(":")[0] for entry in scene.entries(alert)] == ["moved", "acknowledged"]


async def test_a_reply_whose_thread_is_gone_is_not_lost(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    await scene.slack.delete(scene.roots(alert)[0])
    await scene.store.alerts.change(alert.id, lambda a: told(a, "one"))
    await scene.settle(alert)
    assert [entry.partition(":")[0] for entry in scene.entries(alert)] == ["moved", "one"]


@pytest.mark.parametrize("how", ["archived", "removed", "unknown"])
async def test_a_channel_that_refuses_sends_its_alerts_to_the_fallback_once(scene: Stage, how: str) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    {
        "archived": lambda: scene.slack.archive(HERE),
        "removed": lambda: scene.slack.invite_bot(HERE, invited=False),
        "unknown": lambda: setattr(scene, "channel", "C0NOWHERE"),
    }[how]()
    await scene.settle(alert)
    assert len(scene.roots(alert, FALLBACK)) == 1
    assert [entry.partition(":")[0] for entry in scene.entries(alert, FALLBACK)] == ["moved", "one"]
    said = scene.slack.thread(FALLBACK, scene.roots(alert, FALLBACK)[0].ts)[0].text
    assert "belongs to the channel" in said
    assert [row.name for row in scene.delivery.rows()] == [f"channel {scene.channel}"]
    assert (await scene.get(alert)).delivery.detour


async def test_the_next_alert_of_a_refusing_channel_does_not_try_it(scene: Stage) -> None:
    scene.slack.archive(HERE)
    first = await scene.create(an_alert("a"))
    await scene.settle(first)
    tried = scene.asked("chat.postMessage")
    second = await scene.create(an_alert("b"))
    await scene.settle(second)
    assert len(scene.roots(second, FALLBACK)) == 1
    assert scene.asked("chat.postMessage") == tried + 2


async def test_a_channel_that_takes_messages_again_gets_the_new_alerts_after_an_hour(scene: Stage) -> None:
    scene.slack.archive(HERE)
    first = await scene.create(an_alert("a"))
    await scene.settle(first)
    scene.slack.archive(HERE, archived=False)
    scene.ahead += RECHECK
    await scene.deliver()
    assert scene.delivery.rows() == []
    second = await scene.create(an_alert("b"))
    await scene.settle(second)
    assert len(scene.roots(second, HERE)) == 1


async def test_an_archived_channel_moves_an_alert_whose_thread_goes_on(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    scene.slack.archive(HERE)
    await scene.store.alerts.change(alert.id, lambda a: told(a, "one"))
    await scene.settle(alert)
    assert [entry.partition(":")[0] for entry in scene.entries(alert, FALLBACK)] == ["moved", "one"]


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_revoked_token_stops_all_posts_keeps_everything_and_recovers(scene: Stage, code: str) -> None:
    alerts = [await scene.create(an_alert(f"w{n}")) for n in range(5)]
    scene.slack.faults.add("*", "error", 9, code=code)
    for _ in range(20):
        await scene.deliver()
    assert [row.name for row in scene.delivery.rows()] == ["token"]
    assert scene.asked("chat.postMessage") <= 5
    while scene.slack.faults.left:
        scene.ahead += 60
        await scene.deliver()
    scene.ahead += 60
    await scene.settle(*alerts)
    assert [len(scene.roots(alert)) for alert in alerts] == [1] * 5
    assert scene.delivery.rows() == []


async def test_a_shut_channel_without_a_fallback_is_trouble_and_is_tried_again(scene: Stage) -> None:
    scene.fallback = None
    scene.slack.archive(HERE)
    alert = await scene.create(an_alert())
    await scene.deliver()
    assert "archived" in ((await scene.get(alert)).delivery.trouble or "")
    scene.slack.archive(HERE, archived=False)
    scene.ahead += 600
    await scene.settle(alert)
    assert (await scene.get(alert)).delivery.trouble is None


async def test_an_edit_that_slack_refuses_leaves_the_thread_alone(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    scene.slack.faults.add("chat.update", "error", 1, code="invalid_blocks_format")
    await scene.store.alerts.change(alert.id, lambda a: told(a, "one"))
    await scene.deliver()
    assert scene.entries(alert) == ["one"]
    assert (await scene.get(alert)).delivery.trouble
    await scene.store.alerts.change(alert.id, lambda a: told(a, "two"))
    await scene.settle(alert)
    assert scene.entries(alert) == ["one", "two"]
