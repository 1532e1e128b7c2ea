"""How long delivery waits before it tries again, what it counts, and how it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from chatbot import outbox
from chatbot.alert import Alert, Sending
from chatbot.delivery import Delivery
from chatbot.metrics import Metrics
from chatbot.store import Store
from tests.delivering import HERE, NOW, Stage, an_alert, stage, told


class Waits:
    """A sleep that takes no time and keeps what was asked for, in seconds."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        yield made


async def shown(scene: Stage, *, name: str = "inductor") -> Alert:
    """An alert that Slack shows."""
    alert = await scene.create(an_alert(name))
    await scene.settle(alert)
    return alert


async def edited(scene: Stage, alert: Alert) -> None:
    """*alert* changes, so that its root is to be drawn again; Slack shows it at the end."""
    version = (await scene.get(alert)).version
    await scene.store.alerts.change(alert.id, lambda a: a.changed(at=NOW, note=f"after {version}"))
    await scene.settle(alert)


async def test_each_failure_in_a_row_waits_twice_as_long_up_to_a_quarter_of_a_minute(scene: Stage) -> None:
    alert, waits = await shown(scene), Waits()
    scene.delivery = scene.another(sleep=waits)
    scene.slack.faults.add("chat.update", "server_error", 7)
    await edited(scene, alert)
    bounds = [1, 2, 4, 8, 15, 15, 15]
    assert len(waits.asked) == len(bounds)
    assert all(most / 2 <= wait <= most for wait, most in zip(waits.asked, bounds, strict=True))
    assert len(set(waits.asked)) == len(waits.asked)


async def test_after_a_success_the_first_wait_is_short_again(scene: Stage) -> None:
    alert, waits = await shown(scene), Waits()
    scene.delivery = scene.another(sleep=waits)
    for _ in range(3):
        scene.slack.faults.add("chat.update", "server_error", 1)
        await edited(scene, alert)
    assert len(waits.asked) == 3
    assert max(waits.asked) <= 1


async def test_what_failed_here_and_is_another_replicas_by_now_is_not_remembered(scene: Stage) -> None:
    alert = await shown(scene)
    scene.slack.faults.add("chat.update", "server_error", 1)
    await scene.store.alerts.change(alert.id, lambda a: a.changed(at=NOW, note="new"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.delivery._failures)
    scene.lease = None
    await scene.until(lambda: not scene.delivery.busy)
    assert scene.delivery._failures == {}


async def doubtful(scene: Stage, *, age: timedelta = timedelta(0)) -> Alert:
    """An alert that Slack shows, and a doubt about a post that turned up after all: its root is there twice."""
    alert = await shown(scene)
    double = Sending("root", "late", NOW - age, HERE, 1)
    await scene.store.alerts.change(alert.id, lambda a: outbox.doubted(begun_again(a, double), double))
    payload = scene.delivery._posting._payload(await scene.get(alert), double)
    await scene.client.post(HERE, payload, nonce=double.nonce)
    return alert


def begun_again(alert: Alert, post: Sending) -> Alert:
    return outbox._shown(alert, sending=post)


async def test_slack_is_not_asked_again_before_it_said(scene: Stage) -> None:
    alert, waits = await doubtful(scene), Waits()
    scene.delivery = scene.another(sleep=waits)
    scene.slack.faults.add("chat.delete", "rate_limited", 1, retry_after=40)
    await scene.deliver()
    scene.ahead += 11
    await scene.deliver()
    assert waits.asked == [40]
    scene.ahead += 31
    await scene.deliver()
    assert len(scene.roots(alert)) == 1


async def test_a_double_is_looked_for_after_ten_seconds_then_twice_as_long_each_time(scene: Stage) -> None:
    alert = await shown(scene)
    lost = Sending("root", "lost", NOW, HERE, 1)
    await scene.store.alerts.change(alert.id, lambda a: outbox.doubted(begun_again(a, lost), lost))
    before, asked = scene.asked("conversations.history"), []
    for _ in range(75):
        await scene.deliver()
        asked.append(scene.asked("conversations.history") - before)
    assert [asked.index(times) for times in (1, 2, 3)] == [10, 30, 70]
    assert (await scene.get(alert)).delivery.doubts == (lost,)


async def test_what_did_not_turn_up_for_ten_minutes_is_looked_for_once_more_and_forgotten(scene: Stage) -> None:
    alert = await shown(scene)
    lost = Sending("root", "lost", NOW - timedelta(minutes=11), HERE, 1)
    await scene.store.alerts.change(alert.id, lambda a: outbox.doubted(begun_again(a, lost), lost))
    for _ in range(12):
        await scene.deliver()
    assert (await scene.get(alert)).settled
    assert scene.asked("chat.delete") == 0


async def test_a_double_that_is_gone_already_is_no_trouble_and_one_that_cannot_be_taken_away_is(scene: Stage) -> None:
    alert = await doubtful(scene)
    scene.slack.faults.add("chat.delete", "error", 1, code="cant_delete_message")
    scene.slack.faults.add("chat.delete", "error", 1, code="message_not_found")
    for _ in range(12):
        await scene.deliver()
    assert "cant_delete_message" in ((await scene.get(alert)).delivery.trouble or "")
    scene.ahead += 400
    await scene.deliver()
    assert (await scene.get(alert)).delivery.doubts == ()


@pytest.mark.parametrize(
    ("age", "least", "most"),
    [(timedelta(0), 1.5, 3.0), (timedelta(hours=1), 0.5, 0.5), (timedelta(hours=-1), 0.5, 0.5)],
)
async def test_the_second_look_for_a_lost_post_waits_while_it_may_be_on_its_way(
    scene: Stage, age: timedelta, least: float, most: float
) -> None:
    waits, post = Waits(), Sending("root", "lost", datetime.now(UTC) - age, HERE, 1)
    alert = await scene.create(begun_again(an_alert(), post))
    scene.delivery = scene.another(sleep=waits)
    await scene.settle(alert)
    (asked,) = waits.asked
    assert least <= asked <= most
    assert scene.asked("conversations.history") == 2
    assert [d.nonce for d in (await scene.get(alert)).delivery.doubts] == ["lost"]


async def test_a_post_is_found_although_our_clock_was_most_of_a_day_ahead(scene: Stage) -> None:
    alert = an_alert()
    post = Sending("root", "found", NOW + timedelta(hours=23), HERE, 1)
    ts = await scene.client.post(HERE, scene.delivery._posting._payload(alert, post), nonce=post.nonce)
    await scene.create(begun_again(alert, post))
    await scene.settle(alert)
    assert (await scene.get(alert)).delivery.root == ts
    assert len(scene.roots(alert)) == 1


async def test_what_refuses_is_tried_again_after_five_minutes_and_not_before(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.getPermalink", "error", 9, code="internal_error")
    scene.slack.archive(HERE)
    scene.fallback = None
    await scene.deliver()
    scene.slack.archive(HERE, archived=False)
    scene.ahead += 298
    await scene.deliver()
    assert scene.roots(alert) == []
    scene.ahead += 2
    await scene.deliver()
    assert len(scene.roots(alert)) == 1
    assert (await scene.get(alert)).delivery.link is None


async def test_an_error_that_nobody_thought_of_holds_one_alert_for_a_second(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    del scene.ping  # which every message asks for
    await scene.deliver()
    assert scene.delivery.busy == 0
    assert scene.roots(alert) == []
    scene.ping = ()
    scene.ahead -= 0.5
    await scene.delivery.sweep()
    assert scene.delivery.busy == 0
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1


# ---- the end


async def test_a_delivery_that_waits_is_stopped_at_once_and_begins_nothing_more(scene: Stage) -> None:
    alert, forever = await shown(scene), asyncio.Event()

    async def wait(_: float) -> None:
        await forever.wait()

    scene.delivery = scene.another(sleep=wait)
    scene.slack.faults.add("chat.update", "server_error", 1)
    await scene.store.alerts.change(alert.id, lambda a: a.changed(at=NOW, note="new"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.delivery._resting)
    assert scene.delivery.busy == 1
    async with asyncio.timeout(5):
        assert await scene.delivery.drain(within=60)
    await nothing_begins(scene.delivery, alert)


async def test_what_is_under_way_may_finish_within_the_time_given(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "slow", 1, seconds=0.1)
    scene.delivery.nudge(alert.id)
    await scene.until(lambda: scene.slack.faults.left == 0)
    assert await scene.delivery.drain(within=5)
    assert (await scene.get(alert)).delivery.root == scene.roots(alert)[0].ts
    await nothing_begins(scene.delivery, alert)


async def nothing_begins(delivery: Delivery, alert: Alert) -> None:
    delivery.nudge(alert.id)
    assert delivery.busy == 0


async def test_what_waited_once_and_is_under_way_again_may_finish_too(scene: Stage) -> None:
    alert = await shown(scene)
    scene.delivery = scene.another(sleep=Waits())
    scene.slack.faults.add("chat.update", "server_error", 1)
    scene.slack.faults.add("chat.update", "slow", 1, seconds=0.1)
    await scene.store.alerts.change(alert.id, lambda a: a.changed(at=NOW, note="new"))
    await scene.delivery.sweep()
    await scene.until(lambda: scene.slack.faults.left == 0)
    assert await scene.delivery.drain(within=5)
    assert (await scene.get(alert)).delivery.rendered == alert.version + 1


async def test_what_takes_longer_is_cut_off_and_that_is_said(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "slow", 1, seconds=0.25)
    scene.delivery.nudge(alert.id)
    await scene.until(lambda: scene.slack.faults.left == 0)
    assert not await scene.delivery.drain(within=0.01)
    assert scene.delivery.busy == 0
    assert (await scene.get(alert)).delivery.sending is not None


async def test_a_sweep_tells_how_many_alerts_are_not_shown_in_full(scene: Stage) -> None:
    await scene.create(an_alert("a"))
    await scene.create(an_alert("b"))
    assert await scene.delivery.sweep() == 2
    await scene.until(lambda: not scene.delivery.busy)
    assert await scene.delivery.sweep() == 0


# ---- what is counted


async def test_messages_are_counted_by_what_they_are_and_what_became_of_them(scene: Stage) -> None:
    metrics = Metrics()
    scene.delivery = scene.another(metrics=metrics)
    alert = await scene.create(told(an_alert(), "one"))
    scene.slack.faults.add("chat.postMessage", "lost_answer", 1)
    scene.slack.faults.add("chat.postMessage", "refused", 1)
    scene.slack.faults.add("chat.update", "server_error", 1)
    await scene.settle(alert)
    await edited(scene, alert)
    scene.slack.faults.add("chat.update", "error", 1, code="invalid_blocks_format")
    scene.slack.faults.add("chat.postMessage", "error", 1, code="invalid_blocks_format")
    await scene.store.alerts.change(alert.id, lambda a: told(a, "refused"))
    await scene.deliver()
    counted = {
        tuple(sample.labels.values()): sample.value
        for metric in (metrics.deliveries, metrics.ambiguous)
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }
    assert counted == {
        ("root", "ambiguous"): 1,
        ("root", "delivered"): 1,
        ("reply", "ambiguous"): 1,
        ("reply", "delivered"): 1,
        ("reply", "refused"): 1,
        ("edit", "failed"): 1,
        ("edit", "delivered"): 1,
        ("edit", "refused"): 1,
        ("adopted",): 1,
        ("posted_again",): 1,
    }
