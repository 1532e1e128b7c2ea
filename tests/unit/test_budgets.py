"""A budget lasts until there is new, a tenth of it stays for what is urgent, and nobody waits without need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.budgets import Budget, Budgets, read

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
API = "api.github.com"


def headers(remaining: int, limit: int = 5000, *, after: timedelta = HOUR, resource: str = "core") -> Mapping[str, str]:
    return {
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-reset": str(int((NOW + after).timestamp())),
        "x-ratelimit-resource": resource,
    }


def known(remaining: int, limit: int = 5000, *, after: timedelta = HOUR) -> Budgets:
    """Budgets that have seen a whole window and now see this."""
    budgets = Budgets()
    budgets.learn(API, headers(limit, limit, after=HOUR), now=NOW)
    budgets.learn(API, headers(remaining, limit, after=after), now=NOW)
    return budgets


def test_nothing_is_stretched_while_nothing_is_known() -> None:
    assert Budgets().interval(API, 60.0, now=NOW) == 60.0


def test_nothing_is_stretched_while_more_than_half_is_left() -> None:
    assert known(2501).interval(API, 60.0, now=NOW) == 60.0


@pytest.mark.parametrize(
    ("remaining", "after", "seconds"),
    [
        (2500, HOUR, 135.0),  # (0.9 of the limit) / (0.4 of the limit), all of the time to go
        (1400, HOUR, 300.0),
        (2500, HOUR / 4, 60.0),  # more is left than a quarter of the time needs
        (500, HOUR / 2, 1801.0),  # the reserve alone is left: until there is new
        (0, HOUR / 6, 601.0),
    ],
)
def test_an_interval_grows_as_the_budget_shrinks(remaining: int, after: timedelta, seconds: float) -> None:
    assert known(remaining, after=after).interval(API, 60.0, now=NOW) == pytest.approx(seconds)


def test_after_the_reset_everything_is_as_before() -> None:
    budgets = known(0)
    assert budgets.interval(API, 60.0, now=NOW + HOUR) == 60.0
    assert budgets.all(now=NOW + HOUR) == {}


def test_answers_that_overtake_each_other_do_not_bring_back_what_was_spent() -> None:
    budgets = known(100)
    budgets.learn(API, headers(103), now=NOW)
    found = budgets.of(API, now=NOW)
    assert found is not None
    assert found.remaining == 100


def test_other_resources_are_shown_and_stretch_nothing() -> None:
    budgets = Budgets()
    budgets.learn(API, headers(0, 30, resource="search"), now=NOW)
    budgets.learn(API, headers(0, 30, resource="made-up"), now=NOW)
    assert set(budgets.all(now=NOW)) == {(API, "search"), (API, "core")}


def test_a_server_whose_clock_is_wrong_is_understood() -> None:
    wrong = NOW - 10 * HOUR
    said = {**headers(7, after=-9 * HOUR), "date": format_datetime(wrong, usegmt=True)}
    budget = read(said, NOW)
    assert budget == Budget(7, 5000, NOW + HOUR)


def test_a_reset_may_be_a_wait() -> None:
    said = {"ratelimit-remaining": "3", "ratelimit-limit": "10", "ratelimit-reset": "42"}
    assert read(said, NOW) == Budget(3, 10, NOW + timedelta(seconds=42))


@pytest.mark.parametrize("word", ["", "-1", "x", "1e3", "٣", "9" * 12, "0"])
def test_headers_that_say_nothing_sensible_say_nothing(word: str) -> None:
    assert read({**headers(1), "x-ratelimit-limit": word}, NOW) is None


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 3600), st.floats(0.05, 3600))
def test_less_budget_never_makes_polls_come_sooner(one: int, other: int, left: int, interval: float) -> None:
    more, less = max(one, other), min(one, other)
    after = timedelta(seconds=left)
    sooner = known(more, after=after).interval(API, interval, now=NOW)
    later = known(less, after=after).interval(API, interval, now=NOW)
    assert interval <= sooner <= later + 1e-6
    assert later <= max(interval, left + 1.0) + 1e-6


@given(st.integers(2, 5000), st.integers(1, 20))
def test_a_window_polled_at_the_stretched_pace_never_touches_the_reserve(limit: int, cost: int) -> None:
    budgets, remaining, at = known(limit, limit), limit, NOW
    polls = 0
    while at < NOW + HOUR and polls < 5000:
        at += timedelta(seconds=budgets.interval(API, 1.0, now=at))
        remaining -= cost if at < NOW + HOUR else 0
        budgets.learn(API, headers(max(0, remaining), limit), now=at)
        polls += 1
    assert remaining >= 0.1 * limit - cost
