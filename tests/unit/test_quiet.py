"""Quiet hours: over midnight, in their own zone, where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chatbot.config import Priority, Quiet
from chatbot.quiet import is_quiet, was_quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet.model_validate({"from": "22:00", "to": "08:00", "timezone": "Europe/Berlin", "except": ["P0"]})
LUNCH = Quiet.model_validate({"from": "12:00", "to": "13:00", "timezone": "Europe/Berlin"})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        (NIGHT, "2026-01-05T21:59", False),
        (NIGHT, "2026-01-05T22:00", True),
        (NIGHT, "2026-01-06T00:00", True),
        (NIGHT, "2026-01-06T07:59", True),
        (NIGHT, "2026-01-06T08:00", False),
        (NIGHT, "2026-07-06T07:59", True),
        (NIGHT, "2026-07-06T08:00", False),
        (NIGHT, "2026-03-29T03:30", True),  # the night that has no 02:30
        (NIGHT, "2026-10-25T08:00", False),  # after the night that has two
        (LUNCH, "2026-01-05T11:59", False),
        (LUNCH, "2026-01-05T12:00", True),
        (LUNCH, "2026-01-05T13:00", False),
    ],
)
def test_quiet_is_what_a_clock_on_the_wall_says(hours: Quiet, at: str, quiet: bool) -> None:
    assert is_quiet(hours, Priority.P2, now=local(at)) is quiet


def test_exempt_priorities_are_never_quiet() -> None:
    assert not is_quiet(NIGHT, Priority.P0, now=local("2026-01-06T03:00"))


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert not is_quiet(None, Priority.P3, now=local("2026-01-06T03:00"))


def test_what_was_held_back_is_due_once_they_are_over() -> None:
    then, after = local("2026-01-05T23:00"), local("2026-01-06T08:00")
    assert was_quiet_until(NIGHT, Priority.P2, then=then, now=after)
    assert not was_quiet_until(NIGHT, Priority.P2, then=then, now=after - timedelta(minutes=1))
    assert not was_quiet_until(NIGHT, Priority.P2, then=after, now=after + timedelta(hours=1))
