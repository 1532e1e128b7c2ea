"""What is remembered of jobs on commits that have left the window."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot import history, signals
from chatbot.ci import Job
from chatbot.history import FULL, MOST_JOBS, History, Past
from chatbot.trunk import Trunk
from tests.trunks import JOB, attempt, commit

A = JOB


def slid(drawn: str, *, window: int, past: History | None = None) -> Trunk:
    """A trunk on which commit after commit landed and the job ended on it as drawn; `f` failed, then passed."""
    made = Trunk("pytorch", window=window)
    made.history = past or made.history
    for number, letter in enumerate(drawn):
        made.apply([commit(number)], ())
        if letter == "f":
            made.apply((), [attempt(number, "x"), attempt(number, "+", attempt=2)])
        elif letter != ".":
            made.apply((), [attempt(number, letter)])
    return made


def test_only_what_left_the_window_is_counted() -> None:
    past = slid("+x++f.++++", window=4).history.jobs[A]
    assert (past.ran, past.failed, past.flaked) == (5, 1, 2)


@given(st.text("+xf.", min_size=1, max_size=60), st.integers(1, 70))
def test_window_and_history_together_know_what_a_window_without_end_knows(drawn: str, window: int) -> None:
    assume(set("+f") & set(drawn[-window:]))  # else the present streak reaches out of the window
    whole = signals.earlier(slid(drawn, window=100), A)
    parts = signals.earlier(slid(drawn, window=window), A)
    assert (parts.ran, parts.failed) == (whole.ran, whole.failed)


@given(st.text("+xf", min_size=12, max_size=60))
def test_flakes_counted_in_history_are_those_the_window_would_count(drawn: str) -> None:
    framed = f"++{drawn}++++"
    whole = signals.earlier(slid(framed, window=100), A)
    parts = signals.earlier(slid(framed, window=3), A)
    assert parts.flaked == whole.flaked


def test_a_streak_is_no_flake_and_a_single_red_between_greens_is_one() -> None:
    assert signals.earlier(slid("+xx+x++++", window=3), A).flaked == 1


def test_what_is_stored_comes_back() -> None:
    made = slid("+x++f.++++", window=4)
    again = history.restored(made.history.to_store(), ())
    assert again.jobs == made.history.jobs
    assert again.counted == made.history.counted


def test_after_a_crash_nothing_is_counted_twice() -> None:
    made = slid("+x+++", window=3)
    fields = made.history.to_store()
    still_there = [commit(n).sha for n in range(1, 4)]  # the store still has the window of before
    again = slid("+x+++", window=3, past=history.restored(fields, [commit(0).sha, *still_there]))
    assert again.history.jobs == made.history.jobs


def test_only_what_changed_is_stored_again() -> None:
    made = slid("+x++", window=2)
    assert made.history.to_store()
    made.history.stored()
    assert made.history.to_store() == {}


def test_counts_are_halved_before_they_are_old() -> None:
    past = slid("+" * (FULL + 10), window=1).history.jobs[A]
    assert past.ran < FULL


@pytest.mark.parametrize("packed", [b"", b"1 2", b"a b c d", b"\xff"])
def test_what_cannot_be_read_is_counted_anew(packed: bytes) -> None:
    assert history.restored({"inductor\0build": packed}, ()).jobs == {}


def test_jobs_that_are_long_gone_are_forgotten_where_there_are_too_many() -> None:
    kept = History({Job("w", str(n)): Past(1) for n in range(MOST_JOBS + 1)})
    gone = kept.superfluous({Job("w", "0")})
    assert len(gone) == MOST_JOBS
    assert list(kept.jobs) == [Job("w", "0")]
    assert kept.superfluous(()) == []


def test_a_flaky_job_is_believed_broken_later_for_what_it_did_long_ago() -> None:
    steady, flaky = "+" * 60 + "xx", "+x" * 30 + "+" * 10 + "xx"
    now = [signals.broken_probability(slid(drawn, window=8), A) for drawn in (steady, flaky)]
    assert now[0] > now[1]
