"""Questions and answers about suspects: who is told of a new favourite, and of which failures."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import inquiry
from chatbot.alert import Alert, Culprit, Group, Kind, Seen, Suspect
from chatbot.ci import Failure
from chatbot.inquiry import Answer
from chatbot.loglines import Explanation
from chatbot.settle import settle
from chatbot.suspects import rank
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, attempt, commit, sha, trunk, watch

NOW = START + timedelta(hours=2)
RULE = watch()


def opened(*rows: str) -> tuple[Trunk, Alert]:
    made = trunk(*rows)
    alert = settle(None, RULE, evaluate(RULE, made, now=NOW), made)
    assert alert is not None
    return made, alert


def ranked(group: Group, *shares: tuple[int, float], named: bool = True) -> Group:
    suspects = tuple(Suspect(Seen.of(commit(n)), share) for n, share in shares)
    return msgspec.structs.replace(group, suspects=suspects, named=named)


def told(alert: Alert, *answers: Answer) -> Alert:
    return inquiry.with_answers(alert, answers, at=NOW)


def news(alert: Alert) -> list[str]:
    return [e.suspect.commit.sha for e in alert.entries if e.kind is Kind.FAVOURITE and e.suspect is not None]


def test_the_first_favourite_is_on_the_root_and_no_news() -> None:
    _, alert = opened("+..xxx")
    after = told(alert, Answer(ranked(alert.groups[0], (1, 0.8), (2, 0.1))))
    assert news(after) == []
    assert after.groups[0].told == sha(1)


def test_a_clear_change_of_the_favourite_is_told() -> None:
    _, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.6), (2, 0.3))))
    after = told(first, Answer(ranked(alert.groups[0], (2, 0.7), (1, 0.2))))
    assert news(after) == [sha(2)]
    assert told(after, Answer(ranked(alert.groups[0], (2, 0.7), (1, 0.2)))) == after


def test_a_favourite_that_leads_by_a_hair_is_no_news() -> None:
    _, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.45), (2, 0.40))))
    after = told(first, Answer(ranked(alert.groups[0], (2, 0.45), (1, 0.40))))
    assert news(after) == []
    assert after.groups[0].told == sha(1)


def test_while_something_is_still_to_be_read_nobody_is_named() -> None:
    _, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.8))))
    after = told(first, Answer(ranked(alert.groups[0], (2, 0.9), (1, 0.05)), settled=False))
    assert news(after) == []
    assert after.groups[0].suspects[0].commit.sha == sha(2)


def test_where_nobody_stands_out_nothing_is_told() -> None:
    _, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.8))))
    after = told(first, Answer(ranked(alert.groups[0], (2, 0.25), (1, 0.2), named=False)))
    assert news(after) == []


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0.3, 0.95)), max_size=12))
def test_however_often_the_favourite_changes_each_is_told_once_at_the_most(turns: list[tuple[int, float]]) -> None:
    _, alert = opened("+..xxx")
    for number, share in turns:
        others = [(n, (1 - share) / 2) for n in (1, 2, 3) if n != number]
        alert = told(alert, Answer(ranked(alert.groups[0], (number, share), *others)))
    assert len(news(alert)) == len(set(news(alert))) <= 3


def test_once_a_culprit_is_known_no_favourite_is_told() -> None:
    _, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.8))))
    culprit = Culprit(Seen.of(commit(3)), NOW, alert.groups[0].jobs, sha(0), sha(3))
    known = msgspec.structs.replace(first, culprits=(culprit,))
    assert news(told(known, Answer(ranked(alert.groups[0], (2, 0.9), (1, 0.05))))) == []


def test_an_answer_about_a_range_that_is_no_more_changes_nothing() -> None:
    _, alert = opened("+..xxx")
    other = msgspec.structs.replace(alert.groups[0], last_green=Seen.of(commit(2)))
    assert told(alert, Answer(ranked(other, (3, 0.9)))) == alert


def test_a_range_that_narrows_keeps_whom_people_were_told_of() -> None:
    made, alert = opened("+..xxx")
    first = told(alert, Answer(ranked(alert.groups[0], (1, 0.8))))
    made.apply((), [attempt(1, "+", job="test (a)")])
    after = settle(first, RULE, evaluate(RULE, made, now=NOW), made)
    assert after is not None
    assert after.groups[0].last_green != first.groups[0].last_green
    assert after.groups[0].told == sha(1)


def test_what_a_log_says_is_kept_with_its_fingerprint() -> None:
    _, alert = opened("+xxx")
    found = Explanation("FAILED x", 7, "pytest", ("a", "b"), "f00", infrastructure=True)
    after = inquiry.with_failures(alert, {alert.jobs[0].job: found}, at=NOW)
    job = after.jobs[0]
    assert job.failure == Failure("FAILED x", 7, ("a", "b"))
    assert job.fingerprint == "f00"
    assert job.infrastructure
    assert inquiry.explained(after, after.groups[0])
    assert not inquiry.explained(alert, alert.groups[0])


def test_logs_are_asked_for_once_a_job_and_of_its_first_failure() -> None:
    made, alert = opened("+xxx", "+xxx")
    wanted = inquiry.unexplained(alert, made, at_most=8)
    assert [(job.name, at) for job, at, _ in wanted] == [("test (a)", sha(1)), ("test (b)", sha(1))]
    found = {job: Explanation() for job, _, _ in wanted}
    assert inquiry.unexplained(inquiry.with_failures(alert, found, at=NOW), made, at_most=8) == []
    assert len(inquiry.unexplained(alert, made, at_most=1)) == 1


def test_suspects_lie_within_the_range_and_with_no_commit_sum_to_one() -> None:
    made, alert = opened("++..xxx", "+++.xxx")
    group = alert.groups[0]
    case = inquiry.case_of(group, alert, made, files={}, paths=())
    ranking = rank(case)
    kept, whole = inquiry.within(group, ranking, made)
    assert {one.sha for one in kept} == {c.sha for c in inquiry.range_of(group, made)}
    assert sum(one.probability for one in kept) + ranking.not_a_commit / whole == pytest.approx(1)
    assert sum(inquiry.alone(group, ranking, made).values()) == pytest.approx(1)


def test_a_culprit_becomes_the_question_that_it_answers() -> None:
    made, alert = opened("+..xxx")
    culprit = Culprit(Seen.of(commit(2)), NOW, alert.groups[0].jobs, sha(0), sha(3))
    case = inquiry.case_of(inquiry.question(culprit, made), alert, made, files={}, paths=())
    assert [c.sha for c in case.commits] == [sha(1), sha(2), sha(3)]
