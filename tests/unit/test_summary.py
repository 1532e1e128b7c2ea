"""What `/trunk` answers from: kept up to date, it says what it says from nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Attempt, Job
from chatbot.summary import Tally, summarise
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, WORKFLOW, attempt, commit, sha, trunk, watch

WINDOW = 5
NAMES = "test (a)", "test (b)", "unstable (c)"

news = st.tuples(
    st.integers(0, 2),  # commits that come
    st.lists(
        st.builds(attempt, st.integers(0, 12), st.sampled_from("x+c?"), job=st.sampled_from(NAMES), run=st.just(1)),
        max_size=4,
    ),
)


@given(st.lists(news, max_size=8))
def test_kept_up_to_date_and_from_nothing_are_the_same(polls: list[tuple[int, list[Attempt]]]) -> None:
    made = Trunk("pytorch", window=WINDOW)
    made.apply([commit(0)], ())
    some = watch(match={"exclude": ["*unstable*"]}, when={"consecutive_commits": 2})
    tally, count = Tally(some, made), 1
    for more, attempts in polls:
        tally.take_in(made.apply([commit(n) for n in range(count, count + more)], attempts))
        count += more
        verdict = evaluate(some, made, now=START)
        assert tally.summary(verdict) == summarise(some, verdict, made)


def test_a_rewritten_trunk_is_tallied_anew() -> None:
    made, some = trunk("+xx"), watch()
    tally = Tally(some, made)
    tally.take_in(made.apply([commit(8)], [attempt(8, "x", job="test (a)")], rewritten=True))
    verdict = evaluate(some, made, now=START)
    assert tally.summary(verdict) == summarise(some, verdict, made)


def test_the_worst_come_first_and_commits_the_newest_first() -> None:
    made, some = trunk("+++x", "+xxx", "++++"), watch()
    summary = summarise(some, evaluate(some, made, now=START), made)
    assert [job.job for job in summary.red] == [Job(WORKFLOW, "test (b)"), Job(WORKFLOW, "test (a)")]
    assert [(one.commit.sha, one.failed) for one in summary.recent] == [(sha(3), 2), (sha(2), 1), (sha(1), 1)]
    assert (summary.jobs, summary.failing, summary.commits) == (3, 2, 4)


def test_failures_that_are_over_are_recent_too() -> None:
    made, some = trunk("x+++"), watch()
    summary = summarise(some, evaluate(some, made, now=START), made)
    assert summary.red == ()
    assert [one.commit.sha for one in summary.recent] == [sha(0)]


def test_time_alone_changes_only_the_time() -> None:
    made, some = trunk("+xx"), watch()
    tally = Tally(some, made)
    first = tally.summary(evaluate(some, made, now=START))
    second = tally.summary(evaluate(some, made, now=commit(9).committed_at))
    assert (first.at, second.at) == (START, commit(9).committed_at)
    assert first.red == second.red
