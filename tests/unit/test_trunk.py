"""What all shards of a job say together about a commit, whatever order it is heard in."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import packing
from chatbot.ci import Attempt, Conclusion, Failure, Job
from chatbot.columns import Outcome
from chatbot.trunk import Trunk
from tests.trunks import JOB, WORKFLOW, attempt, commit, sha, trunk

SHARDS = "test (inductor, 1, 2, gpu)", "test (inductor, 2, 2, gpu)"
MERGED = Job(WORKFLOW, "test (inductor, gpu)")


@pytest.mark.parametrize(
    ("shards", "outcome"),
    [
        ("+", Outcome.GREEN),
        ("++", Outcome.GREEN),
        ("x", Outcome.RED),
        ("t", Outcome.RED),
        ("u", Outcome.RED),
        ("x+", Outcome.RED),
        ("x?", Outcome.RED),
        ("xc", Outcome.RED),
        ("+?", Outcome.UNKNOWN),
        ("+q", Outcome.UNKNOWN),
        ("+c", Outcome.UNKNOWN),
        ("+o", Outcome.UNKNOWN),
        ("+a", Outcome.UNKNOWN),
        ("c", Outcome.UNKNOWN),
        ("+s", Outcome.GREEN),
        ("+n", Outcome.GREEN),
        ("ss", Outcome.UNKNOWN),
        ("sn", Outcome.UNKNOWN),
        ("?", Outcome.UNKNOWN),
    ],
)
def test_shards_together_say(shards: str, outcome: Outcome) -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, drawn, job=f"test ({n + 1}, {len(shards)})") for n, drawn in enumerate(shards)])
    assert made.outcomes(sha(0)).get(Job(WORKFLOW, "test"), Outcome.UNKNOWN) is outcome


def test_a_job_whose_tests_moved_to_more_shards_is_the_same_job() -> None:
    made = Trunk("t")
    names = [f"test (default, {n}, 4, gpu)" for n in range(1, 5)], [f"test (default, {n}, 5, gpu)" for n in range(1, 6)]
    made.apply([commit(0), commit(1)], [attempt(n, "+", job=name) for n in (0, 1) for name in names[n]])
    assert list(made.jobs) == [Job(WORKFLOW, "test (default, gpu)")]
    assert made.outcomes(sha(1)) == {Job(WORKFLOW, "test (default, gpu)"): Outcome.GREEN}


def test_a_shard_that_failed_and_then_passed_is_a_success_and_a_flake() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x"), attempt(0, "+", attempt=2)])
    assert made.outcomes(sha(0)) == {JOB: Outcome.GREEN}
    assert made.jobs[JOB].flakes[0] == 1


def test_while_a_failed_shard_runs_again_nothing_is_known() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x"), attempt(0, "?", attempt=2)])
    assert made.outcomes(sha(0)) == {}


def test_a_failure_that_the_source_calls_running_again_stays_a_failure() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x"), attempt(0, "?")])
    assert made.outcomes(sha(0)) == {JOB: Outcome.RED}


def test_of_two_runs_of_a_workflow_the_later_counts() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "+", run=2), attempt(0, "x", run=1)])
    assert made.outcomes(sha(0)) == {JOB: Outcome.GREEN}


def test_a_later_run_for_other_jobs_leaves_the_earlier_ones_alone() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x", run=1), attempt(0, "+", run=2, job="test (unstable)")])
    assert made.outcomes(sha(0))[JOB] is Outcome.RED


def test_a_later_run_with_fewer_shards_does_not_wait_for_the_missing_one() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x", job=SHARDS[0], run=1), attempt(0, "+", job=SHARDS[1], run=2)])
    assert made.outcomes(sha(0)) == {MERGED: Outcome.GREEN}


def test_news_of_unknown_commits_is_passed_over() -> None:
    made = trunk("+")
    change = made.apply((), [attempt(7, "x")])
    assert change.jobs == frozenset()
    assert change.cells == frozenset()


def test_the_window_slides_and_says_what_left() -> None:
    made = trunk("+" * 5, window=5)
    change = made.apply([commit(5), commit(6)], ())
    assert change.added == (sha(5), sha(6))
    assert change.removed == (sha(0), sha(1))
    assert [c.sha for c in made.between(None, sha(3))] == [sha(2), sha(3)]


def test_columns_are_cut_without_losing_their_place() -> None:
    made = trunk("+" * 5, window=5)
    for number in range(5, 300):
        made.apply([commit(number)], [attempt(number, "x" if number >= 298 else "+", job="test (a)")])
    assert len(made) == 5
    assert made.outcomes(sha(299)) == {Job(WORKFLOW, "test (a)"): Outcome.RED}
    assert made.outcomes(sha(297)) == {Job(WORKFLOW, "test (a)"): Outcome.GREEN}


def test_jobs_that_left_the_window_are_forgotten() -> None:
    made = trunk("+....", "+++++", window=5)
    made.apply([commit(n) for n in range(5, 100)], [attempt(n, "+", job="test (b)") for n in range(5, 100)])
    assert list(made.jobs) == [Job(WORKFLOW, "test (b)")]


def test_a_rewritten_trunk_is_read_anew() -> None:
    made = trunk("+++x")
    change = made.apply([commit(0), commit(9)], [attempt(9, "+", job="test (a)")], rewritten=True)
    assert [c.sha for c in made.commits] == [sha(0), sha(9)]
    assert set(change.removed) == {sha(1), sha(2), sha(3)}
    assert made.outcomes(sha(0)) == {}


def test_why_a_cell_failed_is_kept_also_when_it_is_told_later() -> None:
    made = Trunk("t")
    red = attempt(0, "x")
    made.apply([commit(0)], [red])
    made.apply(
        (), [type(red)(**{name: getattr(red, name) for name in red.__struct_fields__} | {"failure": Failure("E", 3)})]
    )
    (cell,) = made.cells(JOB, sha(0))
    assert cell.failure == Failure("E", 3)
    assert cell.conclusion is Conclusion.FAILURE


reports = st.lists(
    st.builds(
        attempt,
        st.integers(0, 3),
        st.sampled_from("x+csq?tn"),
        job=st.sampled_from(SHARDS),
        run=st.integers(1, 3),
        attempt=st.integers(1, 3),
    ),
    max_size=12,
)


@given(reports, st.randoms())
def test_the_order_in_which_results_arrive_never_matters(heard: list[Attempt], random: Random) -> None:
    first, second = Trunk("t"), Trunk("t")
    shuffled = list(heard)
    random.shuffle(shuffled)
    first.apply([commit(n) for n in range(4)], heard)
    second.apply([commit(n) for n in range(4)], shuffled)
    for number in range(4):
        assert first.outcomes(sha(number)) == second.outcomes(sha(number))


@given(reports)
def test_hearing_the_same_twice_changes_nothing(heard: list[Attempt]) -> None:
    made = Trunk("t")
    made.apply([commit(n) for n in range(4)], heard)
    before = {n: made.outcomes(sha(n)) for n in range(4)}
    change = made.apply([commit(n) for n in range(4)], heard)
    assert not change.jobs
    assert {n: made.outcomes(sha(n)) for n in range(4)} == before


@given(reports)
def test_what_is_packed_can_be_unpacked(heard: list[Attempt]) -> None:
    made, again = Trunk("t"), Trunk("t")
    made.apply([commit(n) for n in range(4)], heard)
    again.extend(made.commits)
    packing.unpack_names(again, WORKFLOW, packing.pack_names(made, WORKFLOW))
    for number in range(4):
        packing.unpack(again, sha(number), WORKFLOW, packing.pack(made, sha(number), WORKFLOW))
    for number in range(4):
        assert made.outcomes(sha(number)) == again.outcomes(sha(number))
        assert made.cells(MERGED, sha(number)) == again.cells(MERGED, sha(number))


@pytest.mark.parametrize("packed", [b"\x05", b"\x00" + b"x" * 26, b"\x00" + b"\x07" + b"\x00" * 26])
def test_broken_bytes_are_refused(packed: bytes) -> None:
    made = trunk("+")
    with pytest.raises(ValueError, match=r"rows|no name"):
        packing.unpack(made, sha(0), WORKFLOW, packed)


def test_attempts_beyond_what_a_column_counts_still_replace_each_other() -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x", job="build", attempt=300)])
    made.apply([], [attempt(0, "+", job="build", attempt=301)])
    [cell] = made.cells(Job(WORKFLOW, "build"), sha(0))
    assert (cell.conclusion, cell.attempt, cell.reddened) == (Conclusion.SUCCESS, 127, True)


def test_why_cells_failed_is_kept_as_long_as_they_are() -> None:
    made = Trunk("t", window=32)
    for number in range(100):
        made.apply([commit(number)], [attempt(number, "x" if number % 10 == 0 else "+")])
    kept = {cell.job_id for number in range(100) for cell in made.cells(JOB, sha(number)) if cell.reddened}
    assert len(kept) == 3
    assert kept <= set(made.details)
    assert len(made.details) <= 4  # one may have left since the columns were cut
