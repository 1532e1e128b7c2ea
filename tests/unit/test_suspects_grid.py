"""What attempts say about each commit, beside the same written out: every hypothesis, one attempt after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.suspects import Case, Evidence
from chatbot.suspects.grid import OUTAGE, STRENGTHS, TOGETHER, Likelihood, likelihood
from tests.suspected import LETTERS, NOON, attempts, row


def told(marks: str, *, rate: float | None = 0.05, **fields: object) -> Likelihood:
    case = Case(commits=row(len(marks)), outcomes=attempts("j", marks), flake_rate=rate, **fields)  # type: ignore[arg-type]  # fields by name
    return likelihood(case, case.commits)


def chance(reds: Sequence[bool], rates: Sequence[float]) -> float:
    return prod(rate if red else 1 - rate for red, rate in zip(reds, rates, strict=True))


def of_commits(marks: str, rate: float) -> list[float]:
    """P(attempts | the commit did it): flakes before it, a break of some strength from it on."""
    reds = [mark == "X" for mark in marks]
    return [
        sum(
            share * chance(reds, [rate] * at + [max(strength, 1.2 * rate)] * (len(reds) - at))
            for strength, share in STRENGTHS
        )
        for at in range(len(reds))
    ]


def of_outage(reds: Sequence[bool], rate: float) -> float:
    """P(attempts | an outage): it lasts until now or it ended, with every beginning and end as likely."""
    count = len(reds)

    def during(begin: int, end: int) -> float:
        return chance(reds, [rate] * begin + [OUTAGE] * (end - begin) + [rate] * (count - end))

    lasting = [during(begin, count) for begin in range(count)]
    over = [during(begin, end) for end in range(1, count + 1) for begin in range(end)]
    return (sum(lasting) / len(lasting) + sum(over) / len(over)) / 2


@given(st.text(".X", min_size=1, max_size=8), st.integers(5, 600))
def test_the_likelihood_is_that_of_every_attempt_under_every_hypothesis(marks: str, mille: int) -> None:
    rate = mille / 1000
    found = told(marks, rate=rate)
    assert list(found.commits) == pytest.approx(list(map(log, of_commits(marks, rate))))
    reds = [mark == "X" for mark in marks]
    assert found.flake == pytest.approx(log(chance(reds, [rate] * len(reds))))
    assert found.outage == pytest.approx(log(of_outage(reds, rate)))


def test_untested_commits_and_several_attempts_on_one_count_as_they_are() -> None:
    commits = row(3)
    twice = (Evidence("b", "j", failed=True), Evidence("b", "j", failed=False, attempt=2))
    case = Case(commits=commits, outcomes=twice, flake_rate=0.1)
    found = likelihood(case, commits)
    broken = sum(share * strength * (1 - strength) for strength, share in STRENGTHS)
    assert list(found.commits) == pytest.approx([log(broken), log(broken), log(0.1 * 0.9)])


def test_an_outage_is_looked_for_in_the_order_of_time_where_all_times_are_known() -> None:
    marks, hours = "X.X..", (8, 1, 9, 2, 3)
    commits = row(len(marks))
    timed = tuple(
        Evidence(sha, "j", mark == "X", started_at=NOON + timedelta(hours=hour))
        for sha, mark, hour in zip(LETTERS, marks, hours, strict=False)
    )
    in_time = likelihood(Case(commits=commits, outcomes=timed, flake_rate=0.1), commits)
    assert in_time.outage == pytest.approx(log(of_outage([False, False, False, True, True], 0.1)))
    one_unknown = (*timed[:-1], Evidence("e", "j", failed=False))
    in_order = likelihood(Case(commits=commits, outcomes=one_unknown, flake_rate=0.1), commits)
    assert in_order.outage == pytest.approx(log(of_outage([mark == "X" for mark in marks], 0.1)))


def test_without_times_a_commits_attempts_count_in_their_own_order() -> None:
    commits = row(2)
    twice = (Evidence("b", "j", failed=False, attempt=2), Evidence("b", "j", failed=True), Evidence("a", "j", True))  # noqa: FBT003  failed, as in a row
    found = likelihood(Case(commits=commits, outcomes=twice, flake_rate=0.1), commits)
    assert found.outage == pytest.approx(log(of_outage([True, True, False], 0.1)))


@pytest.mark.parametrize(
    ("second", "share"), [("..XX", 1 / (1 + TOGETHER)), ("XX..", 1.0), (".XXX", 1 / (1 + TOGETHER))]
)
def test_jobs_that_fail_on_mostly_the_same_commits_count_as_less_than_two(second: str, share: float) -> None:
    commits = row(4)
    both = Case(commits=commits, outcomes=(*attempts("a", "..XX"), *attempts("b", second)), flake_rate=0.05)
    found = likelihood(both, commits)
    alone = [told("..XX"), told(second)]
    assert list(found.commits) == pytest.approx(
        [share * sum(one) for one in zip(*(t.commits for t in alone), strict=True)]
    )
    assert found.flake == pytest.approx(share * sum(one.flake for one in alone))
    assert found.outage == pytest.approx(share * sum(one.outage for one in alone))


def test_two_jobs_that_failed_once_and_on_the_same_commit_count_as_less_than_two() -> None:
    commits = row(3)
    both = Case(commits=commits, outcomes=(*attempts("a", "..X"), *attempts("b", "..X")), flake_rate=0.05)
    assert likelihood(both, commits).flake == pytest.approx(2 / (1 + TOGETHER) * told("..X").flake)


def test_jobs_that_are_all_green_repeat_nothing() -> None:
    commits = row(3)
    both = Case(commits=commits, outcomes=(*attempts("a", "..."), *attempts("b", "...")), flake_rate=0.05)
    assert likelihood(both, commits).flake == pytest.approx(2 * told("...").flake)


@pytest.mark.parametrize(
    ("marks", "rate"),
    [("...", 0.3 / 3.8), ("X..XX", 1.3 / 3.8), ("XXX", 0.3 / 0.8), (".X.X", 1.3 / 3.8), ("XXXXXX.", 0.6)],
)
def test_a_flake_rate_that_nobody_told_is_counted_before_the_last_streak(marks: str, rate: float) -> None:
    assert told(marks, rate=None).flake == pytest.approx(told(marks, rate=rate).flake)


@pytest.mark.parametrize(("told_rate", "rate"), [(0.0, 0.005), (0.9, 0.6), (0.2, 0.2)])
def test_a_flake_rate_is_taken_as_told_within_bounds_and_a_jobs_own_before_the_cases(
    told_rate: float, rate: float
) -> None:
    assert told("..X", rate=told_rate).flake == pytest.approx(log(rate) + 2 * log(1 - rate))
    assert told("..X", rate=0.3, flake_rates={"j": told_rate}).flake == told("..X", rate=told_rate).flake


@pytest.mark.parametrize(("told_rate", "rate"), [(None, 0.05), (0.0, 0.005), (0.9, 0.6), (0.2, 0.2)])
def test_without_attempts_the_streak_itself_says_the_same_of_every_candidate(
    told_rate: float | None, rate: float
) -> None:
    case = Case(commits=row(3), flake_rate=told_rate)
    found = likelihood(case, case.commits)
    failed = log(sum(share * strength for strength, share in STRENGTHS))
    assert list(found.commits) == pytest.approx([failed] * 3)
    assert (found.flake, found.outage) == pytest.approx((log(rate), log(rate)))
