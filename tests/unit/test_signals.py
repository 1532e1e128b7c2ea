"""A job along trunk, beside what a reader of the drawn row would say of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from math import prod

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import signals
from chatbot.ci import Job
from chatbot.history import Past
from chatbot.signals import Earlier
from chatbot.trunk import Outcome, Trunk
from tests.trunks import EVERY, JOB, START, attempt, commit, sha

STRANGER = Job("inductor", "never seen")
befores = st.text("+xf.q", max_size=6)
rows = st.text("+xf.cqs?", max_size=8).map(lambda drawn: f"{drawn}s")  # so that the job is known


def slid(before: str, row: str) -> Trunk:
    """A trunk whose window shows *row*; *before* has left it, but is still in front of it in the columns.

    `f` is a job that failed and then passed on the same commit.
    """
    made = Trunk("pytorch", window=len(row))
    for number, drawn in enumerate(before + row):
        made.apply([commit(number)], [attempt(number, "x")] if drawn == "f" else ())
        made.apply((), [attempt(number, drawn.replace("f", "+"), attempt=2)] if drawn != "." else ())
    return made


@given(befores, rows)
def test_a_signal_is_what_the_row_shows_and_nothing_before_the_window(before: str, row: str) -> None:
    made, first, flaked = slid(before, row), len(before), row.count("f")
    row = row.replace("f", "+")
    green, red = row.rfind("+"), row.rfind("x")
    streak = [sha(first + n) for n, drawn in enumerate(row) if drawn == "x" and n > green]
    seen = signals.signal(made, JOB)
    assert (seen.job, seen.flaked) == (JOB, flaked)
    assert (seen.ran, seen.failed) == (row.count("+") + row.count("x"), row.count("x"))
    assert (seen.streak, seen.healthy) == (len(streak), row.count("+", red + 1))
    assert seen.first_failing == next(iter(streak), None)
    assert seen.last_green == (sha(first + green) if streak and green >= 0 else None)
    assert signals.failing(made, JOB) == tuple(streak)
    assert signals.streak(made, made.jobs[JOB]) == len(streak)
    assert signals.red_now(made, [JOB, STRANGER]) == [JOB] * bool(streak)


@given(befores, rows)
def test_what_was_known_is_read_in_order_and_up_to_any_commit(before: str, row: str) -> None:
    made, first = slid(before, row), len(before)
    row = row.replace("f", "+")
    known = [Outcome.RED if drawn == "x" else Outcome.GREEN for drawn in row if drawn in "x+"]
    assert signals.known(made, JOB) == bytes(known)
    for n in range(len(row)):
        told = [drawn for drawn in row[:n] if drawn in "x+"]
        assert signals.red_before(made, JOB, made.index(sha(first + n)) or 0) is (told[-1:] == ["x"])
    for over in range(1, len(row) + 1):
        share = known[-over:].count(Outcome.RED) / over if len(known) >= over else None
        assert signals.share_failing(made, JOB, over=over) == share


@given(befores, rows)
def test_times_are_those_of_the_window(before: str, row: str) -> None:
    made, landed = slid(before, row), START + len(before) * EVERY
    row = row.replace("f", "+")
    green = row.rfind("+")
    tried = [landed + n * EVERY for n, drawn in enumerate(row) if n > green and drawn not in ".s"]
    assert signals.tried_since_success(made, JOB) == next(iter(tried), None)
    queued = [landed + n * EVERY for n, drawn in enumerate(row) if drawn == "q"]
    assert signals.queued_since(made, JOB) == next(iter(queued), None)
    done = landed + green * EVERY + timedelta(minutes=5)
    assert signals.last_success(made, JOB) == (done if green >= 0 else None)


def test_a_success_without_an_end_counts_from_its_commit() -> None:
    made = slid("", "+")
    made.apply((), [msgspec.structs.replace(attempt(0, "+", attempt=3), completed_at=None)])
    assert signals.last_success(made, JOB) == START


def test_of_a_job_that_never_ran_nothing_is_known() -> None:
    made = slid("", "+x")
    seen = signals.signal(made, STRANGER)
    assert (seen.job, seen.streak, seen.healthy, seen.ran, seen.failed, seen.flaked) == (STRANGER, 0, 0, 0, 0, 0)
    assert (seen.first_failing, seen.last_green) == (None, None)
    assert signals.failing(made, STRANGER) == ()
    assert signals.known(made, STRANGER) == b""
    assert signals.red_before(made, STRANGER, 1) is False
    assert signals.last_success(made, STRANGER) is None
    assert signals.tried_since_success(made, STRANGER) is None
    assert signals.queued_since(made, STRANGER) is None
    assert signals.broken_probability(made, STRANGER) == 0.0
    assert signals.earlier(made, STRANGER) == Earlier(0, 0, 0)


@pytest.mark.parametrize(
    ("row", "before"),
    [
        ("+xxx", Earlier(1, 0, 0)),
        ("xxx", Earlier(0, 0, 0)),
        ("+x+xx", Earlier(3, 1, 1)),
        ("+xx+xx", Earlier(4, 2, 0)),
        ("+x+x+x", Earlier(5, 2, 2)),
        ("++x++", Earlier(5, 1, 1)),
    ],
)
def test_before_its_streak_a_job_ran_failed_and_flaked(row: str, before: Earlier) -> None:
    assert signals.earlier(slid("", row), JOB) == before


def test_a_job_that_is_gone_is_remembered_by_what_it_did() -> None:
    made = slid("", "+x")
    made.history.jobs[STRANGER] = Past(9, 4, 2)
    assert signals.earlier(made, STRANGER) == Earlier(9, 4, 2)


@pytest.mark.parametrize(
    ("before", "rate"),
    [
        (Earlier(0, 0, 0), 0.3 / 0.8),
        (Earlier(20, 4, 2), 2.3 / 18.8),
        (Earlier(20, 20, 2), 0.6),
        (Earlier(1000, 0, 0), 0.005),
    ],
)
def test_a_flake_rate_is_pulled_to_the_middle_and_held_within_bounds(before: Earlier, rate: float) -> None:
    assert before.flake_rate == pytest.approx(rate)


@given(st.text("+x", min_size=1, max_size=7), st.integers(5, 600))
def test_the_probability_of_being_broken_is_the_sum_over_all_that_may_have_happened(row: str, mille: int) -> None:
    flake = mille / 1000
    becomes = {(False, True): 1 / 400, (False, False): 399 / 400, (True, False): 1 / 12, (True, True): 11 / 12}
    shows = {(True, "x"): 0.97, (True, "+"): 0.03, (False, "x"): flake, (False, "+"): 1 - flake}
    weight = {True: 0.0, False: 0.0}
    for states in product((True, False), repeat=len(row)):
        steps = zip((False, *states), states, row, strict=False)
        weight[states[-1]] += prod(becomes[was, now] * shows[now, drawn] for was, now, drawn in steps)
    probability = signals.broken_probability(slid("", row), JOB, flake_rate=flake)
    assert probability == pytest.approx(weight[True] / sum(weight.values()))
