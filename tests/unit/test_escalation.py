"""Who is due to be told what: steps, reminders, quiet hours, and nothing twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import presses
from chatbot.alert import Alert, Kind, State
from chatbot.config import Quiet, WatchConfig
from chatbot.escalation import Plan, due
from chatbot.snooze import Snooze
from chatbot.wishes import Until
from tests.trunks import START

STEPS = [{"after": "30m", "to": "S0LEADS"}, {"after": "2h", "to": "C0DEVINFRA"}]
NIGHT = Quiet.model_validate({"from": "22:00", "to": "08:00", "except": ["P0"]})
ALICE = "U01ALICE"


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def plan(*, quiet: Quiet | None = None, **fields: object) -> Plan:
    watch = {"id": "inductor", "escalate": STEPS, "remind_every": "4h", **fields}
    return Plan(WatchConfig.model_validate(watch), quiet, (ALICE,))


def opened(at: datetime = START) -> Alert:
    return Alert(
        id="inductor:1", watch="inductor", trunk="t", opened_at=at, opened_on="", changed_at=at, jobs=(), failing=()
    )


def told(alert: Alert, by: Plan, *, now: datetime) -> tuple[Alert, list[str]]:
    entries = due(alert, by, now=now)
    return alert.said(*entries), [entry.to or entry.kind.value for entry in entries]


PLAN = plan()


@pytest.mark.parametrize(
    ("after", "whom"),
    [
        (0, []),
        (29.9, []),
        (30, ["S0LEADS"]),
        (119, ["S0LEADS"]),
        (120, ["S0LEADS", "C0DEVINFRA", "C0DEVINFRA"]),
    ],
)
def test_a_step_is_due_when_its_time_has_come(after: float, whom: list[str]) -> None:
    assert told(opened(), PLAN, now=minutes(after))[1] == whom


def test_a_channel_gets_one_message_of_its_own_and_the_thread_a_line() -> None:
    entries = [entry for entry in due(opened(), PLAN, now=minutes(120)) if entry.to == "C0DEVINFRA"]
    assert [entry.channel for entry in entries] == [None, "C0DEVINFRA"]


def test_what_was_told_is_not_due_again() -> None:
    alert, _ = told(opened(), PLAN, now=minutes(130))
    assert due(alert, PLAN, now=minutes(500)) == ()


def test_whoever_acknowledges_stops_the_steps_and_giving_it_back_starts_them_anew() -> None:
    alert, _ = told(opened(), PLAN, now=minutes(31))
    alert = presses.acknowledged(alert, by=ALICE, at=minutes(40))
    assert due(alert, PLAN, now=minutes(200)) == ()
    alert = presses.unacknowledged(alert, by=ALICE, at=minutes(200))
    assert due(alert, PLAN, now=minutes(210)) == ()
    assert told(alert, PLAN, now=minutes(320))[1] == ["C0DEVINFRA", "C0DEVINFRA"]


def test_a_reopened_alert_is_escalated_anew() -> None:
    alert, _ = told(opened(), PLAN, now=minutes(31))
    alert = presses.resolved(alert, at=minutes(60))
    assert due(alert, PLAN, now=minutes(300)) == ()
    alert = alert.changed(at=minutes(400), state=State.OPEN, reopened=1, reopened_at=minutes(400))
    assert due(alert, PLAN, now=minutes(429)) == ()
    assert told(alert, PLAN, now=minutes(431))[1] == ["S0LEADS"]


def test_whoever_has_it_is_reminded_again_and_again() -> None:
    alert = presses.acknowledged(opened(), by=ALICE, at=minutes(10))
    reminded = []
    for minute in range(0, 24 * 60, 10):
        alert, whom = told(alert, PLAN, now=minutes(minute))
        reminded += [minute for _ in whom]
    assert reminded == [250, 490, 730, 970, 1210]
    assert {entry.to for entry in alert.entries if entry.kind is Kind.REMINDED} == {ALICE}


def test_a_new_assignee_is_not_reminded_at_once() -> None:
    alert = presses.acknowledged(opened(), by=ALICE, at=minutes(10))
    alert = presses.assigned(alert, to="U02BOB", by=ALICE, at=minutes(240))
    assert due(alert, PLAN, now=minutes(300)) == ()
    assert told(alert, PLAN, now=minutes(480))[1] == ["U02BOB"]


def test_without_remind_every_nobody_is_reminded() -> None:
    alert = presses.acknowledged(opened(), by=ALICE, at=minutes(10))
    assert due(alert, plan(remind_every=None), now=minutes(10_000)) == ()


def test_what_sleeps_asks_nobody_and_counts_from_its_end() -> None:
    snooze = Snooze(Until.TIME, ALICE, minutes(5), minutes(300))
    alert = presses.snoozed(opened(), snooze)
    assert due(alert, PLAN, now=minutes(200)) == ()
    alert = presses.woken(alert, at=minutes(300))
    assert due(alert, PLAN, now=minutes(310)) == ()
    assert told(alert, PLAN, now=minutes(330))[1] == ["S0LEADS"]


def test_what_other_watches_keep_quiet_asks_nobody() -> None:
    alert = opened().changed(at=START, inhibited_by=("trunk-badly-broken",))
    assert due(alert, PLAN, now=minutes(500)) == ()


def test_quiet_hours_hold_everything_back_and_it_is_said_once_after_them() -> None:
    evening = START.replace(hour=23)
    morning = evening.replace(day=evening.day + 1, hour=8)
    by, alert = plan(quiet=NIGHT), opened(evening)
    assert due(alert, by, now=morning - timedelta(minutes=1)) == ()
    alert, whom = told(alert, by, now=morning)
    assert whom == ["held back", "S0LEADS", "C0DEVINFRA", "C0DEVINFRA"]
    assert due(alert, by, now=morning + timedelta(hours=5)) == ()


def test_what_was_acknowledged_in_quiet_hours_needs_no_more_asking_after_them() -> None:
    evening = START.replace(hour=23)
    by = plan(quiet=NIGHT)
    alert = presses.acknowledged(opened(evening), by=ALICE, at=evening + timedelta(hours=8, minutes=30))
    assert due(alert, by, now=evening + timedelta(hours=10)) == ()


def test_what_opened_before_quiet_hours_was_told_and_is_not_told_again() -> None:
    evening = START.replace(hour=21, minute=59)
    by = plan(quiet=NIGHT, escalate=[])
    assert due(opened(evening), by, now=evening + timedelta(hours=11)) == ()


def test_a_priority_that_is_exempt_knows_no_quiet_hours() -> None:
    evening = START.replace(hour=23)
    by = plan(quiet=NIGHT, priority="P0")
    assert told(opened(evening), by, now=evening + timedelta(minutes=31))[1] == ["S0LEADS"]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=40))
def test_however_often_and_when_it_is_looked_nothing_is_said_twice(looks: list[int]) -> None:
    alert = opened()
    for minute in sorted(looks):
        alert, _ = told(alert, PLAN, now=minutes(minute))
    ids = [entry.id for entry in alert.entries]
    assert len(set(ids)) == len(ids)
    assert len(ids) == sum(max(looks) >= needed for needed in (30, 120, 120))


def test_an_alert_that_was_found_again_in_slack_tells_another_channel_nothing_again() -> None:
    alert, _ = told(opened(), PLAN, now=minutes(121))
    thread = tuple(entry for entry in alert.entries if entry.channel is None)
    assert due(msgspec.structs.replace(alert, entries=thread), PLAN, now=minutes(500)) == ()


def test_after_a_restart_the_same_entries_are_known() -> None:
    alert, _ = told(opened(), PLAN, now=minutes(121))
    again = msgspec.json.decode(msgspec.json.encode(alert), type=Alert)
    assert due(again, PLAN, now=minutes(500)) == ()
