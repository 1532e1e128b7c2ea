"""What one shift leaves to the next, and how it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from chatbot import handover
from chatbot.alert import Alert, Delivery, State
from chatbot.config import Team
from chatbot.handover import Change, Handover
from chatbot.messages import handover as words
from chatbot.messages.budget import message_body
from chatbot.messages.escape import pings
from chatbot.snooze import Snooze
from chatbot.wishes import Until

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
ROTATION = {"starts": "2026-01-05T09:00", "every": "1w"}
ALICE, BOB = "U01ALICE", "U02BOB"
HOUR = timedelta(hours=1)


def team(*people: str) -> Team:
    return Team.model_validate({"channel": "C0TEAM", "oncall": list(people), "rotation": ROTATION})


def changed(now: datetime = MONDAY) -> Change:
    found = handover.change(team(ALICE, BOB), now=now)
    assert found is not None
    return found


def alert(name: str, **fields: object) -> Alert:
    made = Alert(
        id=f"{name}:1", watch=name, trunk="t", opened_at=MONDAY - 5 * HOUR, opened_on="", changed_at=MONDAY, jobs=(),
        failing=(), delivery=Delivery(link="https://x.test/p1"),
    )  # fmt: skip
    return msgspec.structs.replace(made, **fields)


SLEEPING = alert("asleep", snooze=Snooze(Until.TIME, BOB, MONDAY, MONDAY + HOUR))
FLAPPED = alert("flaps", state=State.RESOLVED, reopened=2, reopened_at=MONDAY - 2 * HOUR, resolved_at=MONDAY - HOUR)


def handed(*alerts: Alert) -> Handover:
    found = handover.handover("inductor", changed(), alerts)
    assert found is not None
    return found


def test_a_shift_that_begins_follows_another() -> None:
    assert (changed().before.on_call, changed().now.on_call) == (ALICE, BOB)
    assert changed(MONDAY + 50 * HOUR).key == changed().key
    assert changed(MONDAY + 200 * HOUR).key != changed().key


def test_nobody_hands_over_to_themselves_or_without_turns() -> None:
    assert handover.change(team(ALICE), now=MONDAY) is None
    assert handover.change(Team.model_validate({"channel": "C0TEAM", "oncall": [ALICE]}), now=MONDAY) is None


def test_a_shift_that_is_old_needs_no_hand_over() -> None:
    assert not handover.too_late(changed(), now=MONDAY + 12 * HOUR)
    assert handover.too_late(changed(), now=MONDAY + 13 * HOUR)


def test_what_is_open_sleeps_or_came_back_is_handed_over() -> None:
    found = handed(alert("open"), SLEEPING, FLAPPED, alert("over", state=State.RESOLVED))
    assert [one.watch for one in found.open] == ["open"]
    assert [one.watch for one in found.asleep] == ["asleep"]
    assert [one.watch for one in found.flapped] == ["flaps"]


def test_what_came_back_in_an_earlier_shift_is_history() -> None:
    old = msgspec.structs.replace(FLAPPED, reopened_at=MONDAY - timedelta(days=8))
    assert handover.handover("inductor", changed(), [old]) is None


def test_where_there_is_nothing_nothing_is_handed_over() -> None:
    assert handover.handover("inductor", changed(), []) is None


def test_whoever_begins_is_mentioned_and_nobody_else() -> None:
    found = handed(alert("open", assignee="U03CAROL"), SLEEPING, FLAPPED)
    payload = words.handover(
        found, {"open": "<!channel> is open"}, {ALICE: "Alice", "U03CAROL": "Carol"}, now=MONDAY, quiet=False
    )
    shown = str(message_body(payload))
    assert pings(shown) == {BOB}
    for piece in (
        "after Alice",
        "1 open, 1 snoozed, 1 came back",
        "Carol is asked",
        "came back 2 times",
        "resolved now",
    ):
        assert piece in shown


def test_in_quiet_hours_nobody_is_mentioned() -> None:
    payload = words.handover(handed(FLAPPED), {}, {ALICE: "Alice", BOB: "Bob"}, now=MONDAY, quiet=True)
    shown = str(message_body(payload))
    assert pings(shown) == frozenset()
    assert "Bob on call" in shown


def test_a_hundred_alerts_fit_into_one_message() -> None:
    many = [alert(f"watch-{number}", delivery=Delivery(link="https://x.test/" + "p" * 200)) for number in range(100)]
    payload = words.handover(handed(*many), {}, {}, now=MONDAY, quiet=False)
    body = message_body(payload)
    assert len(body["blocks"]) <= 50
    assert len(str(body["blocks"])) < 14_000
