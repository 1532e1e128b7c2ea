"""What Slack shows of an alert, however Slack, the network and the process behave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from chatbot.slack.schedule import Priority
from chatbot.store import Store
from tests.delivering import HERE, NOW, Stage, an_alert, stage, told


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        yield made


async def test_an_alert_gets_a_root_and_each_entry_a_reply(scene: Stage) -> None:
    alert = await scene.create(told(told(an_alert(), "one"), "two"))
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1
    assert scene.entries(alert) == ["one", "two"]


AMBIGUOUS = [
    ("lost_answer", {}),
    ("server_error", {"executed": True}),
    ("server_error", {"executed": False}),
    ("garbage", {"executed": True}),
    ("garbage", {"executed": False}),
    ("refused", {}),
    ("slow", {"seconds": 0.5, "executed": True}),
    ("error", {"code": "fatal_error"}),
]


@pytest.mark.parametrize(("kind", "details"), AMBIGUOUS)
async def test_a_post_of_which_nobody_knows_whether_it_arrived_is_there_once(
    scene: Stage, kind: str, details: dict[str, Any]
) -> None:
    alert = await scene.create(told(an_alert(), "one"))
    scene.slack.faults.add("chat.postMessage", kind, 2, **details)
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1
    assert scene.entries(alert) == ["one"]


async def test_a_post_that_arrives_long_after_it_was_given_up_is_taken_away(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "slow", 1, seconds=0.8, executed=False)
    await scene.settle(alert)
    kept = (await scene.get(alert)).delivery.root
    await scene.until(lambda: len(scene.roots(alert)) == 2)
    while (await scene.get(alert)).delivery.doubts:
        scene.ahead += 20
        await scene.deliver()
    assert [root.ts for root in scene.roots(alert)] == [kept]
    assert (await scene.get(alert)).settled


async def test_a_crash_between_post_and_record_is_settled_by_the_next_process(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "slow", 1, seconds=0.25, executed=True)
    await scene.delivery.sweep()
    await scene.slack.until(lambda: scene.roots(alert))
    await scene.crash()
    assert (await scene.get(alert)).delivery.sending is not None
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1


async def test_a_429_is_waited_out_and_drops_nothing(scene: Stage) -> None:
    alerts = [await scene.create(told(an_alert(f"w{n}"), "one")) for n in range(8)]
    scene.slack.faults.add("chat.postMessage", "rate_limited", 5, retry_after=30)
    await scene.settle(*alerts)
    assert [len(scene.roots(alert)) for alert in alerts] == [1] * 8
    assert scene.asked("chat.postMessage") == 16 + 5


async def test_alerts_come_in_the_order_in_which_they_opened(scene: Stage) -> None:
    alerts = [await scene.create(an_alert(f"w{n}", opened_at=NOW + timedelta(seconds=n))) for n in range(20)]
    await scene.settle(*alerts)
    shown = [(m.metadata or {})["event_payload"]["watch"] for m in scene.slack.messages(HERE)]
    assert shown == [alert.watch for alert in alerts]


async def test_whoever_lost_the_lease_does_not_post(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.lease = None
    await scene.deliver()
    scene.delivery.nudge(alert.id)
    await scene.deliver()
    assert scene.asked("chat.postMessage") == 0


async def test_a_process_that_was_frozen_between_writing_and_posting_does_not_post(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    leases = iter([scene.lease] * 3)
    scene.delivery._fenced.lease = lambda _: next(leases, None)
    await scene.delivery.sweep()
    await scene.sending(alert)
    await scene.crash()
    assert scene.asked("chat.postMessage") == 0
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1


async def test_a_double_of_a_process_that_lost_its_lease_is_deleted_by_itself(store: Store) -> None:
    async with stage(store, patience=5.0) as scene:
        await doubled(scene)


async def doubled(scene: Stage) -> None:
    """The first process posts when its successor has long given that post up, and posted."""
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "slow", 1, seconds=1.0, executed=False)
    await scene.delivery.sweep()
    await scene.until(lambda: scene.slack.faults.left == 0)
    old, first = scene.lease, scene.delivery
    assert old is not None
    await scene.store.leases.release(old)
    scene.lease = await scene.store.leases.acquire("pytorch", "successor", ttl=600)
    first._fenced.lease = lambda _: old
    scene.delivery = scene.another()
    await scene.settle(alert)
    kept = (await scene.get(alert)).delivery.root
    await scene.slack.until(lambda: scene.asked("chat.delete") == 1)
    assert [root.ts for root in scene.roots(alert)] == [kept]
    await first.drain(within=0)


async def test_what_refuses_one_alert_holds_up_no_other_and_is_not_tried_all_the_time(scene: Stage) -> None:
    first, second = await scene.create(an_alert("a")), await scene.create(an_alert("b"))
    scene.slack.faults.add("chat.postMessage", "error", 1, code="invalid_metadata_schema")
    for _ in range(10):
        await scene.deliver()
    shown = {alert.id: await scene.get(alert) for alert in (first, second)}
    stuck = [alert for alert in shown.values() if alert.delivery.trouble]
    assert len(stuck) == 1
    assert scene.asked("chat.postMessage") == 2
    await scene.store.alerts.change(stuck[0].id, lambda a: told(a, "news"))
    await scene.settle(first, second)
    assert (await scene.get(stuck[0])).delivery.trouble is None
    assert len(scene.roots(stuck[0])) == 1


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_message_too_long_for_slack_is_made_smaller(scene: Stage, times: int) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "error", times, code="msg_blocks_too_long")
    await scene.settle(alert)
    assert len(scene.roots(alert)) == 1
    assert "Inductor is broken" in scene.slack.messages(HERE)[0].text


async def test_twenty_sweeps_of_a_waiting_alert_ask_slack_nothing(scene: Stage) -> None:
    await scene.create(an_alert())
    scene.fallback = None
    scene.slack.archive(HERE)
    for _ in range(20):
        await scene.deliver()
    assert scene.asked("chat.postMessage") == 1


async def test_what_became_of_a_post_is_found_out_before_old_doubles_are_looked_for(scene: Stage) -> None:
    old = [await scene.create(an_alert(f"w{n}")) for n in range(40)]
    scene.slack.faults.add("chat.postMessage", "refused", 40)
    await scene.settle(*old)
    before = len(_looks(scene))
    scene.slack.faults.add("conversations.history", "rate_limited", 1, retry_after=3_000)
    scene.ahead += 20
    await scene.delivery.sweep()
    await scene.until(lambda: scene.pacer.limited() and scene.pacer.waiting.get(Priority.DIGEST, 0) >= 20)
    late = await scene.create(told(an_alert("late"), "one"))
    scene.slack.faults.add("chat.postMessage", "garbage", 1, executed=True)
    scene.delivery.nudge(late.id)
    await scene.until(lambda: scene.pacer.waiting.get(Priority.ACTION))
    await scene.until(lambda: len(_looks(scene)) > before + 40)
    assert _looks(scene)[before:].index(max(_looks(scene))) < 20
    await scene.settle(late)
    assert scene.entries(late) == ["one"]


def _looks(scene: Stage) -> list[float]:
    """Since when posts were looked for, look by look."""
    asked = [r for r in scene.slack.requests if r.method == "conversations.history" and r.outcome == "ok"]
    return [float(request.args["oldest"]) for request in asked]


async def test_a_reply_does_not_wait_for_old_doubles(scene: Stage) -> None:
    alert = await scene.create(an_alert())
    scene.slack.faults.add("chat.postMessage", "refused", 1)
    await scene.settle(alert)
    scene.slack.faults.add("conversations.history", "rate_limited", 1, retry_after=2_000)
    scene.ahead += 20
    await scene.delivery.sweep()
    await scene.until(scene.pacer.limited)
    await scene.store.alerts.change(alert.id, lambda a: told(a, "one"), lease=scene.lease)
    scene.delivery.nudge(alert.id)
    await scene.until(lambda: scene.entries(alert) == ["one"])
    assert scene.pacer.limited()


async def test_a_reply_does_not_wait_behind_an_edit_that_does(scene: Stage) -> None:
    alerts = [await scene.create(an_alert(f"w{n}")) for n in range(30)]
    await scene.settle(*alerts)
    for alert in alerts:
        await scene.store.alerts.change(alert.id, lambda a: a.changed(at=NOW, note="more"), lease=scene.lease)
    await scene.delivery.sweep()
    await scene.until(lambda: scene.pacer.waiting.get(Priority.EDIT, 0) > 15)
    last = alerts[-1]
    await scene.store.alerts.change(last.id, lambda a: told(a, "one"), lease=scene.lease)
    scene.delivery.nudge(last.id)
    await scene.until(lambda: scene.entries(last) == ["one"])
    assert scene.pacer.waiting.get(Priority.EDIT, 0) > 5
    await scene.settle(*alerts)
    assert scene.entries(last) == ["one"]
