"""When a digest is due: time zones, days of the week, changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.config.teams import Digest
from chatbot.slots import newest

MON = ("mon",)


def due(now: str, at: str = "09:00", timezone: str = "UTC", days: tuple[str, ...] = MON) -> str:
    made = Digest.model_validate({"at": at, "timezone": timezone, "days": list(days)})
    return f"{newest(made, now=datetime.fromisoformat(now).replace(tzinfo=UTC)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-05T09:00", "2026-01-05 09:00"),
        ("2026-01-05T08:59", "2025-12-29 09:00"),
        ("2026-01-11T23:59", "2026-01-05 09:00"),
    ],
)
def test_it_is_due_at_its_time_of_day_on_its_day(now: str, expected: str) -> None:
    assert due(now) == expected


def test_of_several_days_the_last_counts() -> None:
    assert due("2026-01-09T10:00", days=("mon", "thu")) == "2026-01-08 09:00"


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        ("America/Los_Angeles", "2026-01-05T17:00", "2026-01-05 17:00"),
        ("America/Los_Angeles", "2026-01-05T16:59", "2025-12-29 17:00"),
        ("Asia/Kolkata", "2026-01-05T03:30", "2026-01-05 03:30"),
        ("Pacific/Auckland", "2026-01-04T20:00", "2026-01-04 20:00"),  # Monday there, Sunday in UTC
        ("Pacific/Pago_Pago", "2026-01-06T01:00", "2026-01-05 20:00"),
    ],
)
def test_it_is_due_in_the_teams_own_zone(timezone: str, now: str, expected: str) -> None:
    assert due(now, timezone=timezone) == expected


def test_it_keeps_its_time_of_day_when_the_clocks_change() -> None:
    assert due("2026-03-02T12:00", timezone="Europe/Berlin") == "2026-03-02 08:00"
    assert due("2026-03-30T12:00", timezone="Europe/Berlin") == "2026-03-30 07:00"


def test_a_time_that_the_clocks_leave_out_or_repeat_is_due_once() -> None:
    sunday = ("sun",)
    assert due("2026-03-08T12:00", at="02:30", timezone="America/New_York", days=sunday) == "2026-03-08 07:30"
    assert due("2026-11-01T12:00", at="01:30", timezone="America/New_York", days=sunday) == "2026-11-01 05:30"


zones = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "Asia/Tehran"])
days = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True)


@given(
    zones,
    days,
    st.times(),
    st.integers(0, 3 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_it_is_never_due_in_the_future_nor_more_than_a_week_ago(
    zone: str, some: list[str], at: datetime, now: datetime
) -> None:
    made = Digest.model_validate({"at": f"{at:%H:%M}", "timezone": zone, "days": some})
    found = newest(made, now=now)
    assert now - timedelta(days=7, hours=2) <= found <= now
    assert f"{found.astimezone(ZoneInfo(zone)):%a}".lower() in some
    assert newest(made, now=found) == found
