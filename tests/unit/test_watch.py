"""When a watch is breached, and what it says for itself."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import conditions, signals
from chatbot.ci import Job
from chatbot.config.watches import CONDITIONS
from chatbot.trunk import Trunk
from chatbot.watch import Board, evaluate, look_at_all, ranges
from tests.trunks import START, WORKFLOW, attempt, commit, sha, trunk, watch

NOW = START + timedelta(hours=12)
A = Job(WORKFLOW, "test (a)")


@pytest.mark.parametrize(
    ("row", "streak", "first", "green"),
    [
        ("+xxx", 3, 1, 0),
        ("xxx", 3, 0, None),
        ("+x.x.x", 3, 1, 0),
        ("+xcx?x", 3, 1, 0),
        ("+xx+", 0, None, None),
        ("x+xx", 2, 2, 1),
        ("+++", 0, None, None),
        ("....", 0, None, None),
        ("+xss", 1, 1, 0),
    ],
)
def test_a_streak_goes_back_over_commits_with_an_outcome(
    row: str, streak: int, first: int | None, green: int | None
) -> None:
    seen = signals.signal(trunk(row), A)
    assert seen.streak == streak
    assert seen.first_failing == (None if first is None else sha(first))
    assert seen.last_green == (None if green is None else sha(green))


def test_the_order_is_trunks_own_never_commit_time() -> None:
    made = Trunk("t")
    made.extend([commit(5), commit(1), commit(3)])
    made.apply((), [attempt(5, "+", job="test (a)"), attempt(1, "x", job="test (a)"), attempt(3, "x", job="test (a)")])
    assert signals.signal(made, A).first_failing == sha(1)


@pytest.mark.parametrize(
    ("rows", "when", "breached"),
    [
        (["+xxx"], {}, True),
        (["+xx"], {}, False),
        (["+xx"], {"consecutive_commits": 2}, True),
        (["+xxx", "+xxx"], {"failing_jobs": 2}, True),
        (["+xxx", "+.xx"], {"failing_jobs": 2}, False),
        (["+x+x+x+x+x"], {"failure_rate": {"over": 10, "at_least": 0.5}}, True),
        (["+x+x+x+x++"], {"failure_rate": {"over": 10, "at_least": 0.5}}, False),
        (["xxxxx"], {"failure_rate": {"over": 10, "at_least": 0.5}}, False),
        (["++++++++++++++++xxx"], {"broken_probability": 0.9}, True),
        (["++++++++++++++++x"], {"broken_probability": 0.9}, False),
        (["+x+x++x+x+x++x+xx"], {"broken_probability": 0.9}, False),
    ],
)
def test_conditions(rows: list[str], when: dict[str, object], *, breached: bool) -> None:
    verdict = evaluate(watch(when=when), trunk(*rows), now=NOW)
    assert verdict.breached is breached
    assert verdict.reason


@pytest.mark.parametrize(
    ("when", "rule"),
    [
        ({}, "failed on 3 commits in a row"),
        ({"consecutive_commits": 1}, "failed on 1 commit in a row"),
        ({"broken_probability": 0.9}, "broken with a probability over 90%"),
        ({"failure_rate": {"over": 20, "at_least": 0.4}}, "failed on 40% of the last 20 commits"),
        ({"no_green_for": "6h"}, "not green for 6h"),
        ({"queued_for": "30m", "consecutive_commits": 2}, "failed on 2 commits in a row or queued for 30m"),
    ],
)
def test_a_rule_is_said_in_words(when: dict[str, object], rule: str) -> None:
    assert conditions.rule(watch(when=when).config.when) == rule


def test_every_condition_of_the_configuration_is_judged() -> None:
    assert set(conditions.CONDITIONS) == set(CONDITIONS)


def test_a_job_that_is_green_now_is_not_broken_however_probable_that_it_will_fail_again() -> None:
    made, rule = trunk("++++xxxxxxxxxx+"), watch(when={"broken_probability": 0.2})
    assert signals.broken_probability(made, A) > 0.2
    assert not evaluate(rule, made, now=NOW).breached


def test_no_green_counts_from_the_first_try_after_the_last_success() -> None:
    made, rule = trunk("+...x"), watch(when={"no_green_for": "6h"})
    tried = START + timedelta(minutes=40)
    assert not evaluate(rule, made, now=tried + timedelta(hours=5, minutes=59)).breached
    verdict = evaluate(rule, made, now=tried + timedelta(hours=6))
    assert verdict.breached
    assert verdict.broken[0].reason == "not green for 6h"


def test_a_success_that_came_in_late_is_when_it_was_last_green() -> None:
    made, rule = trunk(".x"), watch(when={"no_green_for": "6h"})
    late = START + timedelta(hours=2)
    made.apply((), [msgspec.structs.replace(attempt(0, "+", job="test (a)"), completed_at=late)])
    assert not evaluate(rule, made, now=late + timedelta(hours=5, minutes=59)).breached
    assert evaluate(rule, made, now=late + timedelta(hours=6)).broken[0].reason == "not green for 6h"


def test_a_job_that_nobody_tried_since_it_was_green_is_not_broken() -> None:
    assert not evaluate(watch(when={"no_green_for": "1h"}), trunk("+ss.."), now=NOW).breached


def test_a_job_waits_too_long_for_a_runner() -> None:
    made, rule = trunk("+q"), watch(when={"queued_for": "30m"})
    queued = START + timedelta(minutes=10)
    assert not evaluate(rule, made, now=queued + timedelta(minutes=29)).breached
    assert evaluate(rule, made, now=queued + timedelta(minutes=30)).breached
    made.apply((), [attempt(1, "?", job="test (a)")])
    assert not evaluate(rule, made, now=queued + timedelta(hours=3)).breached


def test_exclude_sees_the_workflow_and_the_job() -> None:
    made = Trunk("t")
    made.apply(
        [commit(0)], [attempt(0, "x", job="test (unstable)"), attempt(0, "x", workflow="Unstable"), attempt(0, "x")]
    )
    rule = watch(match={"exclude": ["*unstable*"]})
    assert rule.jobs(made) == [Job(WORKFLOW, "test (inductor)")]


@pytest.mark.parametrize(
    ("match", "selected"),
    [
        ({"workflows": ["inductor*"]}, [WORKFLOW]),
        ({"workflows": ["pull"], "jobs": ["test*"]}, ["pull"]),
        ({"jobs": ["pull / test*"]}, ["pull"]),
        ({"exclude": ["inductor / *"]}, ["pull"]),
    ],
)
def test_a_pattern_sees_the_workflow_the_job_and_both_together(match: dict[str, object], selected: list[str]) -> None:
    made = Trunk("t")
    made.apply([commit(0)], [attempt(0, "x"), attempt(0, "x", workflow="pull")])
    assert [job.workflow for job in watch(match=match).jobs(made)] == selected


@pytest.mark.parametrize(
    ("rows", "breached", "reason"),
    [
        (["+++"], False, "no job is broken"),
        (["+xxx", "+++x"], False, "1 job broken, the threshold is 2"),
        (["+xxx", "+xxx"], True, "2 jobs broken, the threshold is 2"),
    ],
)
def test_a_verdict_says_how_many_jobs_are_broken_of_how_many_it_takes(
    rows: list[str], *, breached: bool, reason: str
) -> None:
    made = trunk(*rows)
    verdict = evaluate(watch(when={"consecutive_commits": 3, "failing_jobs": 2}), made, now=NOW)
    assert (verdict.watch, verdict.at, verdict.head) == ("inductor", NOW, sha(len(rows[0]) - 1))
    assert (verdict.breached, verdict.reason) == (breached, reason)


def test_a_trunk_without_commits_breaches_nothing() -> None:
    verdict = evaluate(watch(), Trunk("t"), now=NOW)
    assert (verdict.breached, verdict.head) == (False, None)


@pytest.mark.parametrize(
    ("row", "reason", "failing"),
    [
        ("++x", "failed on its newest commit", [2]),
        ("+xx", "failed on 2 commits in a row", [1, 2]),
        ("+x.x.", "failed on 2 commits in a row", [1, 3]),
    ],
)
def test_a_red_job_says_on_how_many_commits_in_a_row(row: str, reason: str, failing: list[int]) -> None:
    made = trunk(row)
    (broken,) = look_at_all([A], made)
    assert (broken.reason, broken.failing) == (reason, tuple(map(sha, failing)))
    (judged,) = evaluate(watch(when={"consecutive_commits": 1}), made, now=NOW).broken
    assert judged == broken


def grouped(*rows: str) -> list[tuple[str | None, str, list[str]]]:
    """What `ranges` makes of *rows*: last green, first failing, jobs."""
    made = trunk(*rows)
    found = ranges(look_at_all(list(made.jobs), made), made)
    return [(r.last_green, r.first_failing, [job.name for job in r.jobs]) for r in found]


def test_jobs_red_since_the_window_begins_belong_together() -> None:
    assert grouped("xxx", "xxx") == [(None, sha(0), ["test (a)", "test (b)"])]


@pytest.mark.parametrize("rows", [("xxx", "+xx"), ("+xxx", "++xx")])
def test_what_was_green_where_another_job_failed_already_broke_elsewhere(rows: tuple[str, str]) -> None:
    assert len(grouped(*rows)) == 2


def test_a_job_that_fits_two_ranges_is_counted_to_the_earlier() -> None:
    assert grouped("++xxxxx", "++++xxx", "+...xxx") == [
        (sha(1), sha(2), ["test (a)", "test (c)"]),
        (sha(3), sha(4), ["test (b)"]),
    ]


def test_jobs_that_broke_in_overlapping_ranges_belong_together() -> None:
    made = trunk("++.xxxxx", "+..xxxxx", "++++++xx")
    grouped = ranges(look_at_all(list(made.jobs), made), made)
    assert [(r.last_green, r.first_failing, len(r.jobs)) for r in grouped] == [(sha(1), sha(3), 2), (sha(5), sha(6), 1)]


rows = st.lists(st.text("+x.c?", min_size=1, max_size=12), min_size=1, max_size=4)


@given(rows, st.integers(1, 4), st.integers(1, 3))
def test_raising_a_threshold_never_adds_a_breach(drawn: list[str], commits: int, jobs: int) -> None:
    made = trunk(*drawn)
    lower = evaluate(watch(when={"consecutive_commits": commits, "failing_jobs": jobs}), made, now=NOW)
    for higher in (
        {"consecutive_commits": commits + 1, "failing_jobs": jobs},
        {"consecutive_commits": commits, "failing_jobs": jobs + 1},
    ):
        assert lower.breached or not evaluate(watch(when=higher), made, now=NOW).breached


@given(rows)
def test_the_range_of_a_red_job_is_where_it_broke(drawn: list[str]) -> None:
    made = trunk(*drawn)
    for job in made.jobs:
        seen = signals.signal(made, job)
        candidates = made.between(seen.last_green, seen.first_failing or "")
        assert bool(candidates) == (seen.streak > 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("x+c?"), st.sampled_from("ab")), max_size=30))
def test_a_board_that_hears_only_changes_says_what_evaluate_says(told: list[tuple[int, str, str]]) -> None:
    made, rule = Trunk("t", window=6), watch(when={"consecutive_commits": 2})
    board = Board(rule, made)
    for number, (newest, drawn, job) in enumerate(told):
        change = made.apply(
            [commit(n) for n in range(newest + 1)], [attempt(newest, drawn, job=f"test ({job})", attempt=number + 1)]
        )
        assert board.update(change, now=NOW) == evaluate(rule, made, now=NOW)
