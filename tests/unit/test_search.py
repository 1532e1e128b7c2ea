"""Posts of ours are found by their nonce, where and as fast as Slack lets us; only real doubles are taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import structlog.testing

from chatbot import outbox
from chatbot.alert import Alert, Sending
from chatbot.detours import Detours
from chatbot.errors import TransientError
from chatbot.fenced import Fenced
from chatbot.search import Search
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import Priority
from chatbot.store import Store
from tests.delivering import HERE, NOW, Stage, Watched, an_alert, stage, told


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        yield made


@pytest.fixture
async def pacer() -> AsyncIterator[Watched]:
    async with Watched() as made:
        yield made


def search(scene: Stage, pacer: Pacer) -> Search:
    fenced, detours = Fenced(scene.store, scene.lease_on), Detours(scene.client, lambda: scene.fallback)
    return Search(fenced, scene.client, pacer, detours, now=lambda: datetime.now(UTC), clock=scene.clock)


def post(entry: str, nonce: str = "lost") -> Sending:
    return Sending(entry, nonce, NOW, HERE, 1)


async def test_each_search_is_paced_as_the_method_that_it_asks(scene: Stage, pacer: Watched) -> None:
    ts = await scene.client.post(HERE, scene.delivery._posting._payload(an_alert(), post("root")), nonce="there")
    found = search(scene, pacer)
    assert await found.find(post("root", "there"), None) == ts
    assert await found.find(post("one"), ts, priority=Priority.DIGEST) is None
    assert [(call.method, call.channel, call.priority) for call in pacer.calls] == [
        ("conversations.history", HERE, Priority.ACTION),
        ("conversations.replies", HERE, Priority.DIGEST),
    ]
    assert [request.method for request in scene.slack.requests][-2:] == [call.method for call in pacer.calls]


async def test_a_revoked_token_is_said_in_slacks_words(scene: Stage, pacer: Watched) -> None:
    scene.slack.faults.add("conversations.history", "error", 1, code="token_revoked")
    with pytest.raises(TransientError, match="token was revoked"):
        await search(scene, pacer).find(post("root"), None)


async def doubt(scene: Stage, alert: Alert, lost: Sending) -> None:
    """Let *alert* look for *lost* again."""
    await scene.store.alerts.change(alert.id, lambda a: outbox.doubted(outbox._shown(a, sending=lost), lost))


async def looked(scene: Stage, alert: Alert) -> None:
    """So much later that doubts are looked into."""
    with structlog.testing.capture_logs() as logged:
        for _ in range(12):
            await scene.deliver()
    assert [line["event"] for line in logged if line["log_level"] == "error"] == []
    assert (await scene.get(alert)).settled


async def test_a_reply_that_turns_up_twice_is_taken_away_from_its_thread(scene: Stage) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    await scene.settle(alert)
    await doubt(scene, alert, post("one"))
    payload = scene.delivery._posting._payload(await scene.get(alert), post("one"))
    await scene.client.reply(HERE, scene.roots(alert)[0].ts, payload, nonce="lost")
    assert scene.entries(alert) == ["one", "one"]
    await looked(scene, alert)
    assert scene.entries(alert) == ["one"]
    assert (await scene.get(alert)).delivery.entries["one"] == scene.slack.thread(HERE, scene.roots(alert)[0].ts)[0].ts


async def test_what_an_alert_is_shown_as_is_no_double_whatever_was_doubted(scene: Stage) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    await scene.settle(alert)
    (root,) = scene.roots(alert)
    (reply,) = scene.slack.thread(HERE, root.ts)
    for message, entry in ((root, "root"), (reply, "one")):
        await doubt(scene, alert, post(entry, (message.metadata or {})["event_payload"]["nonce"]))
    await looked(scene, alert)
    assert scene.asked("chat.delete") == 0
    assert len(scene.roots(alert)) == 1
    assert scene.entries(alert) == ["one"]


async def test_a_doubt_that_another_replica_has_cleared_is_not_remembered(scene: Stage) -> None:
    alerts = [await scene.create(an_alert(watch)) for watch in ("one", "other")]
    await scene.settle(*alerts)
    await doubt(scene, alerts[0], post("root", "first"))
    await scene.deliver()
    await scene.store.alerts.change(alerts[0].id, lambda a: outbox.cleared(a, "first"))
    scene.ahead += 4_000
    await doubt(scene, alerts[1], post("root", "second"))
    await scene.deliver()
    assert set(scene.delivery._search._due) == {"second"}
    scene.ahead += 11
    await scene.deliver()
    (due,) = scene.delivery._search._due.values()
    assert due[1] == 20  # it was looked for, and will be again after twice as long
