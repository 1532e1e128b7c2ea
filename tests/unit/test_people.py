"""Whose turn it is: rotations along the wall clock, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import people
from chatbot.config import Team

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 1, 7, tzinfo=UTC)


def team(**fields: object) -> Team:
    return Team.model_validate({"channel": "C0TEAM", **fields})


def turns(every: str = "1w", starts: str = "2026-01-05T09:00", zone: str = "America/Los_Angeles") -> Team:
    rotation = {"starts": starts, "every": every, "timezone": zone}
    return team(oncall=["U01ALICE", "U02BOB", "U03CAROL"], rotation=rotation)


def at(text: str, zone: ZoneInfo = LOS_ANGELES) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "who"),
    [
        ("2026-01-05T09:00", "U01ALICE"),
        ("2026-01-12T08:59", "U01ALICE"),
        ("2026-01-12T09:00", "U02BOB"),
        ("2026-01-19T09:00", "U03CAROL"),
        ("2026-01-26T09:00", "U01ALICE"),
        ("2026-03-09T08:59", "U03CAROL"),  # the clocks went forward on the 8th
        ("2026-03-09T09:00", "U01ALICE"),
        ("2026-11-02T08:59", "U01ALICE"),  # and back on November 1st
        ("2026-11-02T09:00", "U02BOB"),
        ("2026-01-05T08:59", "U03CAROL"),  # before the first shift the turns go on backwards
    ],
)
def test_shifts_change_at_the_same_time_on_the_wall_all_year(local: str, who: str) -> None:
    assert people.on_call(turns(), now=at(local)) == (who,)


def test_a_shift_in_the_hour_that_comes_twice_changes_once() -> None:
    daily = turns(every="1d", starts="2026-01-05T01:15")
    night = at("2026-11-01T00:00")
    seen = [people.shift(daily, now=night + timedelta(minutes=minute)) for minute in range(240)]
    numbers = [shift.number for shift in seen if shift]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 2


@given(
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  Hypothesis wants them naive
    hours=st.integers(1, 400),
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_every_moment_is_in_one_shift_that_the_next_follows_at_once(moment: datetime, hours: int, zone: str) -> None:
    made = turns(every=f"{hours}h", zone=zone)
    shift = people.shift(made, now=moment)
    assert shift is not None
    assert shift.began <= moment < shift.ends
    following = people.shift(made, now=shift.ends)
    assert following is not None
    assert following.began == shift.ends
    assert people.on_call(made, now=moment) == (shift.on_call,)


def test_without_a_rotation_everybody_listed_is_on_call() -> None:
    assert people.on_call(team(oncall=["U01ALICE", "U02BOB"]), now=NOW) == ("U01ALICE", "U02BOB")
    assert people.shift(team(oncall=["U01ALICE"]), now=NOW) is None


def test_a_user_group_can_be_on_call() -> None:
    assert people.pinged(team(oncall=["S0ONCALL"], mention="S0LEADS"), now=NOW) == ("S0ONCALL",)


def test_where_nobody_is_on_call_the_team_is_mentioned() -> None:
    assert people.pinged(team(mention="S0LEADS"), now=NOW) == ("S0LEADS",)
    assert people.pinged(team(), now=NOW) == ()
