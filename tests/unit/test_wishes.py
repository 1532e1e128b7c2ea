"""Until when: what people type, and which moment that is on their clock."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import wishes
from chatbot.errors import UserError
from chatbot.wishes import Until, Wish

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 7, 9, 30, tzinfo=UTC)  # a Wednesday, 10:30 in Berlin


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("30m", "2026-01-07T10:00"),
        ("2h", "2026-01-07T11:30"),
        ("for 2 hours", "2026-01-07T11:30"),
        ("1h30m", "2026-01-07T11:00"),
        ("1d", "2026-01-08T09:30"),
        ("2 days", "2026-01-09T09:30"),
        ("until 9:00", "2026-01-08T08:00"),
        ("until 11:00", "2026-01-07T10:00"),
        ("until 11 am", "2026-01-07T10:00"),
        ("till 5pm", "2026-01-07T16:00"),
        ("until 12am", "2026-01-07T23:00"),
        ("until tomorrow", "2026-01-08T08:00"),
        ("until tomorrow 14:30", "2026-01-08T13:30"),
        ("until today 18:00", "2026-01-07T17:00"),
        ("until monday", "2026-01-12T08:00"),
        ("until wed 9:00", "2026-01-14T08:00"),
        ("until wednesday at 18:00", "2026-01-07T17:00"),
        ("until 2026-01-31 9:00", "2026-01-31T08:00"),
        ("until 2026-01-31T09:00", "2026-01-31T08:00"),
        ("UNTIL 2026-02-01", "2026-02-01T08:00"),
    ],
)
def test_a_time_is_read_on_the_clock_of_whoever_typed_it(text: str, ends: str) -> None:
    assert wishes.moment(wishes.wished(text), now=NOW, zone=BERLIN) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    ends = wishes.moment(wishes.wished("until tomorrow 9:00"), now=before, zone=BERLIN)
    assert ends.astimezone(BERLIN).hour == 9
    assert ends == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("until green", Wish(Until.GREEN)),
        ("until the next green", Wish(Until.GREEN)),
        ("next run", Wish(Until.RUN)),
        ("until next run", Wish(Until.RUN)),
        ("until #123", Wish(Until.COMMIT, pr=123)),
        ("until PR 123", Wish(Until.COMMIT, pr=123)),
        ("until <https://github.com/o/r/pull/45>", Wish(Until.COMMIT, pr=45)),
        ("until 1a2b3c4", Wish(Until.COMMIT, sha="1a2b3c4")),
        ("until `1A2B3C4D`", Wish(Until.COMMIT, sha="1a2b3c4d")),
        ("until https://github.com/o/r/commit/1a2b3c4d", Wish(Until.COMMIT, sha="1a2b3c4d")),
    ],
)
def test_what_may_happen_is_read(text: str, wish: Wish) -> None:
    assert wishes.wished(text) == wish


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Until when"),
        ("until", "Until when"),
        ("until yesterday", "Yesterday is over"),
        ("until whenever", "no time to snooze until"),
        ("until 25:00", "no time"),
        ("until 9:99", "no time"),
        ("until 13pm", "no time"),
        ("until 9", "no time"),
        ("12", "no time"),
        ("0m", "a minute or more"),
        ("500ms", "a minute or more"),
        ("31d", "30 days"),
        ("9999999w", "30 days"),
        ("until today", "no time"),
        ("-2h", "no time"),
        ("until 🌅", "no time"),
    ],
)
def test_what_is_no_time_is_answered_with_what_can_be_written(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        wishes.wished(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("until today 8:00", "That is over: it is 10:30 in Europe/Berlin now"),
        ("until 2026-01-06", "That is over"),
        ("until 2026-02-30", "no 2026-02-30 in the calendar"),
        ("until 2026-09-01", "30 days"),
        ("until 2020-01-01 9:00", "That is over"),
    ],
)
def test_a_moment_that_is_over_or_too_far_is_refused(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        wishes.moment(wishes.wished(text), now=NOW, zone=BERLIN)


@given(st.text(max_size=60))
def test_any_text_is_a_wish_or_is_answered(text: str) -> None:
    with contextlib.suppress(UserError):
        assert isinstance(wishes.wished(text), Wish)


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  Hypothesis adds it
    st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_a_time_of_day_is_the_next_one_and_within_a_day(hour: int, minute: int, now: datetime, zone: str) -> None:
    ends = wishes.moment(wishes.wished(f"until {hour}:{minute:02}"), now=now, zone=ZoneInfo(zone))
    assert now < ends <= now + timedelta(hours=25)
