"""A page laid into trunk at once gives what its cells one by one give."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Failure, Job
from chatbot.columns import FAILED_STATES, Outcome
from chatbot.strips import Page, Strip, attempts, lay
from chatbot.trunk import Trunk
from tests.trunks import WORKFLOW, attempt, commit, sha

COMMITS = 4
NAMES = "test (inductor, 1, 2, gpu)", "test (inductor, 2, 2, gpu)", "build"
MERGED = Job(WORKFLOW, "test (inductor, gpu)")


def page(columns: list[list[tuple[int, bool, int]]], *, first: int = 0, count: int = COMMITS) -> Page:
    """A page of commits from *first* on; a column a name, of a cell a commit: state, failed before, job id."""
    strips = tuple(
        Strip(
            WORKFLOW,
            name,
            bytes(state for state, _, _ in column),
            bytes(before for _, before, _ in column),
            array("q", [number for _, _, number in column]),
        )
        for name, column in zip(NAMES, columns, strict=False)
    )
    red = {number for column in columns for state, _, number in column if state in FAILED_STATES}
    return Page(
        tuple(commit(n) for n in range(first, first + count)),
        strips,
        {number: (f"https://ci/{number}", Failure(f"E {number}")) for number in red},
    )


def seen(trunk: Trunk) -> list[object]:
    """Everything that can be read off a trunk."""
    return [
        (
            commit.sha,
            dict(trunk.outcomes(commit.sha)),
            [trunk.cells(job, commit.sha) for job in sorted(trunk.jobs)],
            [bool(trunk.jobs[job].flakes[trunk.index(commit.sha) or 0]) for job in sorted(trunk.jobs)],
        )
        for commit in trunk.commits[trunk.start :]
    ]


def one_by_one(*pages: Page) -> Trunk:
    made = Trunk("t")
    for one in pages:
        made.apply([c for c in one.commits if c.sha not in made], attempts(one))
    return made


cells = st.tuples(st.integers(0, 11), st.booleans(), st.integers(1, 3))
columns = st.lists(st.lists(cells, min_size=COMMITS, max_size=COMMITS), min_size=1, max_size=len(NAMES))


@given(columns)
def test_at_once_and_one_by_one_are_the_same(drawn: list[list[tuple[int, bool, int]]]) -> None:
    made = Trunk("t")
    change = lay(made, page(drawn))
    other = Trunk("t")
    expected = other.apply([commit(n) for n in range(COMMITS)], attempts(page(drawn)))
    assert seen(made) == seen(other)
    assert (change.cells, change.added) == (expected.cells, expected.added)
    # One by one, a job may be green for as long as its other shard has not been heard.
    assert {job for job, column in made.jobs.items() if any(column.outcomes)} == change.jobs <= expected.jobs


@given(columns, columns, st.integers(0, 2))
def test_what_is_known_is_only_changed_where_the_page_says_something_new(
    before: list[list[tuple[int, bool, int]]], after: list[list[tuple[int, bool, int]]], moved: int
) -> None:
    first, second = page(before), page(after, first=moved)
    made = Trunk("t")
    lay(made, first)
    lay(made, second)
    assert seen(made) == seen(one_by_one(first, second))


@given(columns)
def test_the_same_page_twice_changes_nothing(drawn: list[list[tuple[int, bool, int]]]) -> None:
    made = Trunk("t")
    lay(made, page(drawn))
    change = lay(made, page(drawn))
    assert not change.jobs
    assert not change.cells


@given(columns)
def test_a_page_does_not_overrule_a_later_run(drawn: list[list[tuple[int, bool, int]]]) -> None:
    made, other = Trunk("t"), Trunk("t")
    for one in (made, other):
        one.apply([commit(n) for n in range(COMMITS)], [attempt(1, "x", job=NAMES[0], run=7)])
    lay(made, page(drawn))
    other.apply((), attempts(page(drawn)))
    assert seen(made) == seen(other)
    assert made.outcomes(sha(1))[MERGED] is Outcome.RED


def test_commits_older_than_the_window_are_passed_over() -> None:
    made = Trunk("t", window=2)
    green = [(3, False, 1)] * COMMITS
    for _ in range(2):
        lay(made, page([green]))
    assert [c.sha for c in made.commits[made.start :]] == [sha(2), sha(3)]
    assert made.jobs[MERGED].outcomes.count(Outcome.GREEN, made.start) == 2


def test_a_page_of_a_rewritten_trunk_is_the_whole_window() -> None:
    made = Trunk("t")
    lay(made, page([[(3, False, 1)] * COMMITS]))
    change = lay(made, page([[(4, False, 2)] * 2], first=8, count=2), rewritten=True)
    assert change.rewritten
    assert set(change.removed) == {sha(n) for n in range(COMMITS)}
    assert made.outcomes(sha(9)) == {MERGED: Outcome.RED}


def test_a_job_that_is_on_the_page_twice_is_recorded_twice() -> None:
    shown = page([[(3, False, 1)] * COMMITS])
    twice = Page(shown.commits, (*shown.strips, *page([[(4, False, 2)] * COMMITS]).strips), {})
    made = Trunk("t")
    lay(made, twice)
    assert made.outcomes(sha(0)) == {MERGED: Outcome.RED}


def test_an_empty_page_changes_nothing() -> None:
    made = Trunk("t")
    assert lay(made, Page((), (), {})).cells == frozenset()
