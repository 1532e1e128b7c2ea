"""What can be run again for an alert, and of what a plan is made."""

from __future__ import annotations

import msgspec

from chatbot import reruns
from chatbot.alert import Alert
from chatbot.ci import Job
from chatbot.reruns import Why
from chatbot.settle import settle
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, attempt, commit, sha, trunk, watch

RULE = watch()
A, B = Job("inductor", "test (a)"), Job("inductor", "test (b)")


def opened(*rows: str) -> tuple[Trunk, Alert]:
    made = trunk(*rows)
    alert = settle(None, RULE, evaluate(RULE, made, now=START), made)
    assert alert is not None
    return made, alert


def with_rerun(alert: Alert, number: int) -> Alert:
    groups = tuple(msgspec.structs.replace(group, rerun=sha(number)) for group in alert.groups)
    return msgspec.structs.replace(alert, groups=groups)


def test_what_failed_last_is_on_the_newest_failing_commit_and_one_request_a_run() -> None:
    made, alert = opened("+xxx", "+xxx")
    (plan,) = reruns.plans(alert, made)
    assert (plan.why, plan.commit.sha, plan.jobs) == (Why.FAILED, sha(3), (A, B))
    (again,) = plan.again
    assert (again.run_id, again.attempt, again.job_id) == (10_003, 1, None)


def test_a_single_failed_job_is_run_alone() -> None:
    made, alert = opened("+xxx")
    (plan,) = reruns.plans(alert, made)
    assert plan.again[0].job_id is not None


def test_a_commit_on_which_nothing_is_red_any_more_gives_way_to_an_older_one() -> None:
    made, alert = opened("+xxx")
    made.apply((), [attempt(3, "+", job="test (a)", attempt=2)])
    (plan,) = reruns.plans(alert, made)
    assert plan.commit.sha == sha(2)


def test_what_would_tell_most_is_one_job_that_has_ended_there() -> None:
    made, alert = opened("++.xxx", "+++xxx")
    plans = reruns.plans(with_rerun(alert, 2), made)
    assert [plan.why for plan in plans] == [Why.FAILED, Why.TELLING]
    assert (plans[1].commit.sha, plans[1].jobs) == (sha(2), (B,))
    assert len(plans[1].again) == 1


def test_where_no_job_ran_nothing_can_be_run_again() -> None:
    made, alert = opened("++.xxx")
    assert [plan.why for plan in reruns.plans(with_rerun(alert, 2), made)] == [Why.FAILED]


def test_a_run_that_has_not_ended_is_told_of() -> None:
    made, alert = opened("+xxx", "+xxx")
    made.apply((), [attempt(3, "?", job="test (b)", attempt=2)])
    assert reruns.plans(alert, made)[0].awaited is False
    made.apply((), [attempt(3, "?", job="test (b) / 2", attempt=1)])
    assert [plan.name for plan in reruns.plans(alert, made)] == [f"failed:{sha(3)}"]


def test_a_plan_is_found_again_by_its_name_until_nothing_is_left_of_it() -> None:
    made, alert = opened("+xxx")
    (before,) = reruns.plans(alert, made)
    assert reruns.plan(before.name, alert, made) == before
    made.apply((), [attempt(3, "+", job="test (a)", attempt=2)])
    assert reruns.plan(before.name, alert, made) is None
    assert reruns.plan("telling:0", alert, made) is None
    assert reruns.plan("", alert, made) is None


def test_another_attempt_is_another_request() -> None:
    made, alert = opened("+xxx")
    (first,) = reruns.plans(alert, made)
    made.apply([commit(3)], [attempt(3, "x", job="test (a)", attempt=2)])
    (second,) = reruns.plans(alert, made)
    assert first.again[0].attempt == 1
    assert second.again[0].attempt == 2
