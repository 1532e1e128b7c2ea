"""Which jobs flake, and how that is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Job
from chatbot.flakes import flakes
from chatbot.history import Past
from tests.trunks import WORKFLOW, attempt, sha, trunk

A, B = Job(WORKFLOW, "test (a)"), Job(WORKFLOW, "test (b)")


@pytest.mark.parametrize(
    ("drawn", "alone", "last"),
    [
        ("+x+++", 1, 1),
        ("+x.+++", 1, 1),
        ("+.x.+++", 1, 2),
        ("+x+x+++", 2, 3),
        ("+x++.x+", 2, 5),
    ],
)
def test_a_single_red_between_two_green_is_a_flake(drawn: str, alone: int, last: int) -> None:
    made = trunk(drawn)
    (found,) = flakes(made, made.jobs)
    assert (found.alone, found.rerun, found.flaked) == (alone, 0, alone)
    assert found.last is not None
    assert found.last.sha == sha(last)


@pytest.mark.parametrize("drawn", ["+xx+++", "+++++x", "x+++++", "xxxxxx", "++++++", "......", "+x+", ""])
def test_breaks_present_reds_and_jobs_hardly_run_are_no_flakes(drawn: str) -> None:
    made = trunk(drawn or ".")
    assert flakes(made, made.jobs) == ()


def test_red_then_green_on_one_commit_is_a_flake() -> None:
    made = trunk("++x+++")
    made.apply((), [attempt(2, "+", job="test (a)", attempt=2)])
    (found,) = flakes(made, made.jobs)
    assert (found.rerun, found.alone, found.ran) == (1, 0, 6)
    assert found.rate == pytest.approx(1 / 6)


def test_what_has_left_the_window_counts_but_is_not_dated() -> None:
    made = trunk("++++++")
    made.history.jobs[A] = Past(ran=100, failed=5, flaked=4)
    (found,) = flakes(made, made.jobs)
    assert (found.flaked, found.older, found.ran, found.last) == (4, 4, 106, None)


def test_the_flakiest_come_first() -> None:
    made = trunk("+x++++++", "+x+x++++")
    assert [one.job for one in flakes(made, made.jobs)] == [B, A]


def test_jobs_that_trunk_does_not_know_are_passed_over() -> None:
    assert flakes(trunk("+x+++"), [Job("other", "job")]) == ()


@given(st.lists(st.text("+x.?", max_size=40).filter(len), min_size=1, max_size=4))
def test_a_rate_is_a_share_and_what_is_listed_flaked(rows: list[str]) -> None:
    made = trunk(*rows)
    for one in flakes(made, made.jobs):
        assert 0 < one.rate <= 1
        assert one.flaked <= one.ran
        assert one.last is not None
