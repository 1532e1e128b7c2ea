"""One post or edit at a time: what it says, where it goes, and what is written down when Slack or Redis refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import msgspec
import pytest

from chatbot import outbox
from chatbot.alert import Alert, Entry, Kind, Sending
from chatbot.errors import TransientError
from chatbot.fenced import Fenced
from chatbot.kinds import State
from chatbot.slack.schedule import Priority
from chatbot.store import LostLease, Store
from tests.delivering import FALLBACK, HERE, NOW, Stage, an_alert, stage, told

APART = Entry("escalated:1:there", Kind.ESCALATED, NOW, to="C0APART", channel="C0APART")
DIRECT = Entry("escalated:1:direct", Kind.ESCALATED, NOW, to="U01ALICE", channel="D0NOBODY")


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        made.slack.add_channel("C0APART", "apart")
        yield made


async def changed(scene: Stage, alert: Alert, change: Callable[[Alert], Alert]) -> None:
    await scene.store.alerts.change(alert.id, change)


async def test_a_new_root_pings_and_an_edit_of_it_does_not(scene: Stage) -> None:
    scene.ping = ("U01ALICE",)
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    assert "<@U01ALICE>" in scene.roots(alert)[0].shown
    await changed(scene, alert, lambda a: a.changed(at=NOW, assignee="U02BOB"))
    await scene.settle(alert)
    assert "<@U01ALICE>" not in scene.roots(alert)[0].shown
    assert "<@U02BOB>" in scene.roots(alert)[0].shown


@pytest.mark.parametrize(
    ("watch", "said"), [("source/pytorch", "neither fire nor resolve"), ("grafana/inductor/f", "Grafana")]
)
async def test_an_alert_that_is_not_of_jobs_is_drawn_in_words_of_its_own(scene: Stage, watch: str, said: str) -> None:
    alert = await scene.create(an_alert(watch, jobs=(), note="it does not answer"))
    await scene.settle(alert)
    first = scene.roots(alert)[0].shown
    await changed(scene, alert, lambda a: a.changed(at=NOW, state=State.RESOLVED, resolved_at=NOW))
    await scene.settle(alert)
    assert scene.roots(alert)[0].shown != first
    assert said in first


async def test_a_message_says_which_entry_of_which_alert_it_is(scene: Stage) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    await scene.settle(alert)
    (root,) = scene.roots(alert)
    (reply,) = scene.slack.thread(HERE, root.ts)
    for message, entry in ((root, "root"), (reply, "one")):
        payload = (message.metadata or {})["event_payload"]
        assert (payload["alert"], payload["entry"]) == (alert.id, entry)
        assert payload["nonce"]
    await changed(scene, alert, lambda a: a.changed(at=NOW, note="new"))
    await scene.settle(alert)
    assert (scene.roots(alert)[0].metadata or {})["event_payload"]["entry"] == "root"


async def test_only_a_roots_address_is_asked_for_and_doing_without_it_is_no_trouble(scene: Stage) -> None:
    scene.slack.faults.add("chat.getPermalink", "error", 1, code="message_not_found")
    first, second = await scene.create(told(an_alert("a"), "one")), await scene.create(told(an_alert("b"), "one"))
    await scene.settle(first, second)
    assert scene.asked("chat.getPermalink") == 2
    links = [(await scene.get(alert)).delivery.link for alert in (first, second)]
    assert links.count(None) == 1
    assert next(filter(None, links)).startswith("http")


@pytest.mark.parametrize(("times", "blocks"), [(3, 0), (2, 1)])
async def test_blocks_are_left_out_only_where_no_smaller_message_is_taken(
    scene: Stage, times: int, blocks: int
) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "error", times, code="msg_too_long")
    await scene.settle(alert)
    assert min(1, len(scene.roots(alert)[0].blocks)) == blocks


async def test_a_message_that_is_never_small_enough_is_refused_until_the_alert_changes(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "error", 4, code="msg_too_long")
    for _ in range(5):
        await scene.deliver()
    shown = (await scene.get(alert)).delivery
    assert scene.asked("chat.postMessage") == 4
    assert (shown.refused, shown.sending) == ({"root": alert.version}, None)
    assert "too long" in (shown.trouble or "")
    await changed(scene, alert, lambda a: told(a, "one"))
    await scene.settle(alert)
    assert (await scene.get(alert)).delivery.trouble is None


# ---- messages that are no replies


async def test_a_message_for_another_channel_links_and_is_in_no_thread(scene: Stage) -> None:
    alert = await scene.create(an_alert(entries=(APART,)))
    await scene.settle(alert)
    (there,) = scene.slack.messages("C0APART")
    assert there.thread_ts is None
    assert (await scene.get(alert)).delivery.entries == {APART.id: there.ts}
    assert len(scene.roots(alert)) == 1


async def test_where_another_channel_is_shut_its_message_goes_to_the_fallback_and_the_alert_stays(scene: Stage) -> None:
    scene.slack.archive("C0APART")
    alert = await scene.create(an_alert(entries=(APART,)))
    await scene.settle(alert)
    assert [message.thread_ts for message in scene.slack.messages(FALLBACK)] == [None]
    assert len(scene.roots(alert, HERE)) == 1
    assert (await scene.get(alert)).delivery.detour is None
    assert scene.delivery.rows() == []


@pytest.mark.parametrize("fallback", [None, "C0APART"])
async def test_without_another_way_a_message_for_a_shut_channel_is_refused(scene: Stage, fallback: str | None) -> None:
    scene.fallback = fallback
    scene.slack.archive("C0APART")
    alert = await scene.create(told(an_alert(entries=(APART,)), "one"))
    for _ in range(5):
        await scene.deliver()
    shown = (await scene.get(alert)).delivery
    assert shown.refused == {APART.id: alert.version}
    assert "archived" in (shown.trouble or "")
    assert scene.entries(alert) == ["one"]


async def test_what_was_for_one_person_is_shown_to_nobody_else(scene: Stage) -> None:
    alert = await scene.create(an_alert(entries=(DIRECT,)))
    for _ in range(3):
        await scene.deliver()
    assert scene.slack.messages(FALLBACK) == []
    assert (await scene.get(alert)).delivery.refused == {DIRECT.id: alert.version}


async def test_another_channel_that_refuses_one_message_is_not_taken_for_shut(scene: Stage) -> None:
    scene.slack.faults.add("chat.postMessage", "error", 1, channel="C0APART", code="invalid_blocks_format")
    alert = await scene.create(an_alert(entries=(APART,)))
    for _ in range(3):
        await scene.deliver()
    assert scene.slack.messages(FALLBACK) == []
    assert (await scene.get(alert)).delivery.refused == {APART.id: alert.version}


async def test_an_edit_keeps_its_place_in_the_queue_when_the_alert_changes_again(scene: Stage) -> None:
    alerts = [await scene.create(an_alert(f"w{number}")) for number in range(20)]
    await scene.settle(*alerts)
    for alert in alerts:
        await changed(scene, alert, lambda a: a.changed(at=NOW, note="more"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.pacer.waiting.get(Priority.EDIT, 0) > 10)
    last, task = alerts[-1], scene.delivery._running[alerts[-1].id]
    await changed(scene, last, lambda a: a.changed(at=NOW, note="even more"))
    scene.delivery.nudge(last.id)
    await scene.until(lambda: not scene.delivery._overtaking)
    assert not task.cancelling()
    await scene.settle(*alerts)
    assert scene.asked("chat.update") == len(alerts)  # it shows the alert as it was when its turn came


async def test_an_edit_replaces_one_of_the_same_root_that_waits(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    await changed(scene, alert, lambda a: a.changed(at=NOW, note="new"))
    await scene.settle(alert)
    (call,) = (call for call in scene.pacer.calls if call.method == "chat.update")
    assert (call.channel, call.thread, call.replaces) == (HERE, alert.id, scene.roots(alert)[0].ts)


async def test_a_reply_does_not_wait_for_an_edit_that_slack_has_put_off(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    scene.slack.faults.add("chat.update", "rate_limited", 1, retry_after=80_000)
    await changed(scene, alert, lambda a: a.changed(at=NOW, note="more"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.pacer.limits)
    await changed(scene, alert, lambda a: told(a, "urgent"))
    scene.delivery.nudge(alert.id)
    await scene.until(lambda: scene.entries(alert) == ["urgent"])


# ---- looking for what became of a post


async def test_a_channel_that_is_shut_meanwhile_holds_no_lost_post(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "refused", 1)
    scene.slack.faults.add("conversations.history", "error", 2, code="channel_not_found")
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1


async def test_a_token_that_is_revoked_meanwhile_keeps_the_lost_post_for_later(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "lost_answer", 1)
    scene.slack.faults.add("conversations.history", "error", 1, code="token_revoked")
    await scene.deliver()
    assert [row.name for row in scene.delivery.rows()] == ["token"]
    assert (await scene.get(alert)).delivery.sending is not None
    scene.ahead += 60
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1


async def test_a_search_that_is_forbidden_is_trouble_and_nothing_is_sent_twice(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "lost_answer", 1)
    scene.slack.faults.add("conversations.history", "error", 1, code="missing_scope")
    for _ in range(3):
        await scene.deliver()
    shown = (await scene.get(alert)).delivery
    assert "missing_scope" in (shown.trouble or "")
    assert shown.sending is not None
    assert scene.asked("chat.postMessage") == 1


# ---- leases


async def test_whoever_lost_the_lease_while_drawing_has_the_successor_draw_again(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    scene.slack.faults.add("chat.update", "slow", 1, seconds=0.1)
    await changed(scene, alert, lambda a: a.changed(at=NOW, note="new"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.slack.faults.left == 0)
    lease, scene.lease = scene.lease, None
    await scene.deliver()
    assert (await scene.get(alert)).delivery.rendered == 0
    scene.lease = lease
    await scene.crash()
    await scene.settle(alert)
    assert (await scene.get(alert)).delivery.rendered == (await scene.get(alert)).version


@pytest.mark.parametrize(("place", "left"), [("taken", 1), ("awaited", 2), ("ours", 1)])
async def test_a_post_that_arrives_after_the_lease_was_lost_goes_where_another_has_its_place(
    scene: Stage, place: str, left: int
) -> None:
    alert = await scene.create(an_alert())
    await scene.settle(alert)
    alert, late = await scene.get(alert), Sending("root", "late", NOW, HERE, 1)
    posting, ts = scene.delivery._posting, alert.delivery.root or ""
    if place != "ours":
        ts = await scene.client.post(HERE, posting._payload(alert, late), nonce="late")
    if place == "awaited":
        await changed(scene, alert, lambda a: outbox._shown(a, sending=late))
    scene.lease = None
    with pytest.raises(LostLease):
        await posting._arrived(alert, late, ts)
    assert len(scene.roots(alert)) == left
    assert (ts in {message.ts for message in scene.roots(alert)}) is (place != "taken")


async def test_a_lease_that_is_lost_is_said_with_the_trunk(store: Store) -> None:
    fenced = Fenced(store, lambda _: None)
    with pytest.raises(LostLease, match="'pytorch'"):
        fenced.held("pytorch")
    with pytest.raises(LostLease, match="'pytorch'"):
        await fenced.change(an_alert(), lambda a: a)


class Away:
    """A store whose server does not answer."""

    def __init__(self) -> None:
        self.alerts = self

    async def change(self, *_: Any, **__: Any) -> None:
        raise TransientError("Redis is away", retry_after=5)

    get = change


@pytest.mark.parametrize(
    "ask", [lambda fenced: fenced.change(an_alert(), msgspec.structs.replace), lambda fenced: fenced.read("a:1")]
)
async def test_redis_that_is_away_is_not_taken_for_a_limit_of_slack(
    scene: Stage, ask: Callable[[Fenced], Awaitable[object]]
) -> None:
    fenced = Fenced(cast("Store", Away()), lambda _: scene.lease)
    with pytest.raises(TransientError, match="Redis is away") as raised:
        await ask(fenced)
    assert raised.value.retry_after is None
