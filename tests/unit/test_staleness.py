"""A source that does not answer becomes an alert once, which ends when it answers; jobs have nothing to do with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from chatbot import presses
from chatbot.alert import Alert, State
from chatbot.health import SourceHealth
from chatbot.staleness import SHORTEST, followed

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVERY = timedelta(minutes=1)


def source(polled: float | None, trouble: str | None = None) -> SourceHealth:
    """The source as of a poll that many minutes after noon."""
    at = None if polled is None else NOON + timedelta(minutes=polled)
    return SourceHealth("pytorch", EVERY, polled_at=at, trouble=trouble)


def at(minutes: float, present: Alert | None = None, polled: float | None = None) -> Alert | None:
    now = NOON + timedelta(minutes=minutes)
    silent = timedelta(minutes=minutes - (polled or 0))
    return followed(present, source(polled, "GitHub is down"), silent=silent, now=now, shortest=SHORTEST)


def opened() -> Alert:
    alert = at(4, polled=0)
    assert alert is not None
    return alert


@pytest.mark.parametrize(("minutes", "polled"), [(2.9, None), (3, 0), (5, 2.5), (100, 99)])
def test_a_source_that_answered_within_three_intervals_is_no_alert(minutes: float, polled: float | None) -> None:
    assert at(minutes, polled=polled) is None


@pytest.mark.parametrize("polled", [None, 0])
def test_three_intervals_without_an_answer_are_an_alert_with_the_reason(polled: float | None) -> None:
    alert = at(3.5, polled=polled)
    assert alert is not None
    assert alert.of_source
    assert "GitHub is down" in (alert.note or "")


def test_it_is_raised_once() -> None:
    alert = opened()
    assert at(60, alert, polled=0) is alert


def test_it_ends_when_the_source_answers() -> None:
    after = at(10, opened(), polled=9.9)
    assert after is not None
    assert after.state is State.RESOLVED


def test_it_ends_although_the_clock_that_opened_it_was_a_month_ahead() -> None:
    ended = at(6, replace(opened(), opened_at=NOON + timedelta(days=30)), polled=5.9)
    assert ended is not None
    assert ended.state is State.RESOLVED


def test_an_answer_of_before_does_not_end_it() -> None:
    alert = opened()
    assert at(10, alert, polled=3.9) is alert


def test_the_next_outage_goes_to_the_same_thread() -> None:
    over = at(10, opened(), polled=9.9)
    again = at(20, over, polled=10)
    assert again is not None
    assert over is not None
    assert (again.id, again.state, again.reopened) == (over.id, State.OPEN, 1)


def test_whoever_resolved_it_by_hand_is_not_told_again_of_the_same_outage() -> None:
    dismissed = presses.resolved(opened(), at=NOON + timedelta(minutes=5), by="U01ALICE")
    assert at(30, dismissed, polled=0) is dismissed


def test_a_short_interval_does_not_make_a_short_silence_an_alert() -> None:
    quick = SourceHealth("pytorch", timedelta(milliseconds=50), polled_at=NOON)
    assert followed(None, quick, silent=timedelta(seconds=9), now=NOON, shortest=SHORTEST) is None
    assert followed(None, quick, silent=timedelta(seconds=11), now=NOON, shortest=SHORTEST) is not None


@pytest.mark.parametrize("jump", [timedelta(hours=9), timedelta(hours=-9)])
def test_the_time_of_day_may_jump(jump: timedelta) -> None:
    now = NOON + jump
    assert followed(None, source(0), silent=timedelta(minutes=2.9), now=now, shortest=SHORTEST) is None
    assert followed(None, source(0), silent=timedelta(minutes=3.1), now=now, shortest=SHORTEST) is not None
