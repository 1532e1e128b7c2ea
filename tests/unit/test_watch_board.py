"""A board: what a watch knows between polls, and when it has to look again although nothing changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chatbot.ci import Job
from chatbot.trunk import Change
from chatbot.watch import Board, evaluate
from tests.trunks import START, WORKFLOW, attempt, commit, trunk, watch

NOTHING = Change(frozenset(), frozenset())
A = Job(WORKFLOW, "test (a)")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_the_first_look_is_at_every_job_whatever_the_change() -> None:
    made = trunk("+xxx", "++++")
    board = Board(watch(), made)
    assert board.take_in(NOTHING, now=at(1))
    assert board.verdict(now=at(1)) == evaluate(board.watch, made, now=at(1))
    assert board.holds(A)
    assert not board.holds(Job(WORKFLOW, "test (b)"))


@pytest.mark.parametrize(
    ("when", "row", "timed"),
    [
        ({"no_green_for": "6h"}, "+x", True),
        ({"queued_for": "6h"}, "+q", True),
        ({"no_green_for": "6h", "queued_for": "12h"}, "+x", True),
        ({"consecutive_commits": 2}, "+x", False),
    ],
)
def test_time_alone_breaches_a_watch_that_is_about_time(when: dict[str, object], row: str, *, timed: bool) -> None:
    made = trunk(row)
    board = Board(watch(when=when), made)
    assert board.watch.timed is timed
    assert not board.update(NOTHING, now=at(1)).breached
    assert board.update(NOTHING, now=at(24)).breached is timed


def test_a_job_whose_streak_left_the_window_is_broken_no_more() -> None:
    made = trunk("+xxx", window=4)
    board = Board(watch(), made)
    assert board.take_in(NOTHING, now=at(1))
    assert not board.update(made.apply([commit(n) for n in range(4, 8)], ()), now=at(1)).breached


def test_jobs_that_are_called_anew_each_time_are_forgotten_with_their_commits() -> None:
    made = trunk("+", window=5)
    board = Board(watch(), made)
    for number in range(1, 60):
        names = [f"test {number}x{job}" for job in range(100)]
        board.take_in(made.apply([commit(number)], [attempt(number, "x", job=name) for name in names]), now=at(1))
    assert 500 <= len(board.watch._selected) < 3_000


def test_a_trunk_that_was_rewritten_is_looked_at_anew() -> None:
    made = trunk("+xxx", "+xxx")
    board = Board(watch(), made)
    assert len(board.update(NOTHING, now=at(1)).broken) == 2
    change = made.apply(
        [commit(n) for n in range(20, 24)],
        [attempt(20 + n, drawn, job="test (b)") for n, drawn in enumerate("+xxx")],
        rewritten=True,
    )
    assert [b.job.name for b in board.update(change, now=at(1)).broken] == ["test (b)"]
