"""How a snooze begins, what ends it, and what an alert makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatbot import presses, snooze, wishes
from chatbot.alert import Alert, Kind, State
from chatbot.ci import Job
from chatbot.errors import UserError
from chatbot.presses import Refused, Why
from chatbot.settle import settle
from chatbot.snooze import Snooze
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, attempt, commit, sha, trunk, watch

NOW = datetime(2026, 1, 7, 9, 30, tzinfo=UTC)
A, B = Job("inductor", "test (a)"), Job("inductor", "test (b)")
RULE = watch()


def begun(text: str, made: Trunk, *jobs: Job, now: datetime = NOW, free: bool = True) -> Snooze:
    return snooze.begun(wishes.wished(text), jobs or (A,), made, by="U01", name="alice", now=now, zone=UTC, free=free)


def hear(made: Trunk, number: int, drawn: str, *, job: str = "test (a)") -> None:
    made.apply([commit(number)], [attempt(number, drawn, job=job)])


def test_a_snooze_for_a_time_ends_with_it() -> None:
    made = trunk("+xxx")
    quiet = begun("2h", made)
    assert snooze.over(quiet, made, now=NOW + timedelta(minutes=119)) is None
    assert snooze.over(quiet, made, now=NOW + timedelta(hours=2)) == "The time is up"


def test_until_the_next_run_ends_when_a_job_has_run_on_a_newer_commit() -> None:
    made = trunk("+xxx.", "+xx..")
    quiet = begun("until next run", made, A, B)
    hear(made, 3, "x", job="test (b)")
    assert snooze.over(quiet, made, now=NOW) is None
    hear(made, 5, "?")
    assert snooze.over(quiet, made, now=NOW) is None
    hear(made, 4, "x")
    assert snooze.over(quiet, made, now=NOW) == "The jobs have run again"


def test_until_green_ends_when_one_job_is_green_again() -> None:
    made = trunk("+xxx", "+xxx")
    quiet = begun("until green", made, A, B)
    hear(made, 4, "x")
    assert snooze.over(quiet, made, now=NOW) is None
    hear(made, 4, "+", job="test (b)")
    assert snooze.over(quiet, made, now=NOW) == "A job is green again"


def test_a_green_that_is_there_already_cannot_be_waited_for() -> None:
    with pytest.raises(UserError, match="None of its jobs is red"):
        begun("until green", trunk("+xx+"))


def test_until_a_pull_request_waits_for_it_to_land_and_to_be_tested() -> None:
    made = trunk("+xxx")
    quiet = begun("until #1005", made)
    hear(made, 4, "x")
    assert snooze.over(quiet, made, now=NOW) is None
    made.apply([commit(5)], ())
    assert snooze.over(quiet, made, now=NOW) is None
    hear(made, 6, "x")
    assert snooze.over(quiet, made, now=NOW) == "#1005 has landed and been tested"


def test_a_landed_commit_that_helps_one_job_waits_for_the_other() -> None:
    made = trunk("+xxx.", "+xxx.")
    quiet = begun(f"until {sha(4)}", made, A, B)
    hear(made, 4, "+")
    assert snooze.over(quiet, made, now=NOW) is None
    hear(made, 4, "x", job="test (b)")
    assert snooze.over(quiet, made, now=NOW) is not None


def test_a_commit_that_was_tested_already_is_not_waited_for() -> None:
    with pytest.raises(UserError, match="has landed and been tested already"):
        begun("until #1003", trunk("+xxx"))


def test_a_commit_that_trunk_does_not_know_is_answered_with_what_to_write() -> None:
    with pytest.raises(UserError, match=r"No commit of trunk begins with abcdef1.*pull request"):
        begun("until abcdef1", trunk("+xxx"))


def test_a_beginning_that_several_commits_share_is_too_short() -> None:
    with pytest.raises(UserError, match="4 commits begin with 0000000"):
        begun("until 0000000", trunk("+xxx"))


def test_a_commit_that_leaves_trunk_is_no_longer_waited_for() -> None:
    made = trunk("+xxx.")
    quiet = begun(f"until {sha(4)}", made)
    made.apply([commit(9)], (), rewritten=True)
    assert "has left trunk's window" in (snooze.over(quiet, made, now=NOW) or "")


@pytest.mark.parametrize(("free", "waits"), [(True, timedelta(days=7)), (False, timedelta(hours=24))])
def test_waiting_ends_after_a_week_or_a_day_for_those_who_may_not_more(free: bool, waits: timedelta) -> None:
    made = trunk("+xxx")
    quiet = begun("until #99", made, free=free)
    assert snooze.over(quiet, made, now=NOW + waits - timedelta(seconds=1)) is None
    assert snooze.over(quiet, made, now=NOW + waits) == "Waited long enough for #99 to be tested"


# ---- the alert


def follow(made: Trunk, present: Alert | None = None, *, after: timedelta = timedelta(hours=1)) -> Alert:
    alert = settle(present, RULE, evaluate(RULE, made, now=START + after), made)
    assert alert is not None
    return alert


def quieted(text: str, *rows: str) -> tuple[Trunk, Alert]:
    made = trunk(*rows)
    alert = follow(made)
    quiet = begun(text, made, *(job.job for job in alert.jobs), now=START + timedelta(hours=1))
    return made, presses.snoozed(alert, quiet)


def kinds(alert: Alert) -> list[Kind]:
    return [entry.kind for entry in alert.entries]


def test_while_snoozed_the_alert_grows_without_a_word() -> None:
    made, alert = quieted("2h", "+xxx", "+.xx")
    hear(made, 4, "x")
    hear(made, 4, "x", job="test (b)")
    after = follow(made, alert, after=timedelta(hours=2))
    assert kinds(after) == [Kind.SNOOZED]
    assert len(after.jobs) == 2
    assert after.failing[-1].sha == sha(4)
    assert after.snooze == alert.snooze


def test_its_end_says_once_what_came_meanwhile() -> None:
    made, alert = quieted("2h", "+xxx", "+.xx")
    for number in (4, 5):
        hear(made, number, "x")
        hear(made, number, "x", job="test (b)")
        alert = follow(made, alert, after=timedelta(hours=2))
    ended = follow(made, alert, after=timedelta(hours=3))
    assert kinds(ended) == [Kind.SNOOZED, Kind.SNOOZE_ENDED]
    last = ended.entries[-1]
    assert (last.commits, last.jobs, last.by) == (2, (B,), None)
    assert ended.snooze is None
    assert ended.turn == alert.turn
    assert follow(made, ended, after=timedelta(hours=4)) == ended


def test_news_of_the_poll_that_ends_it_is_counted_and_not_told_twice() -> None:
    made, alert = quieted("until next run", "+xxx")
    hear(made, 4, "x")
    ended = follow(made, alert, after=timedelta(hours=2))
    assert kinds(ended) == [Kind.SNOOZED, Kind.SNOOZE_ENDED]
    assert ended.entries[-1].commits == 1


def test_resolution_ends_it_and_is_said() -> None:
    made, alert = quieted("1d", "+xxx")
    hear(made, 4, "+")
    after = follow(made, alert, after=timedelta(hours=2))
    assert after.state is State.RESOLVED
    assert after.snooze is None
    assert kinds(after) == [Kind.SNOOZED, Kind.RESOLVED]


def test_snoozing_again_counts_from_the_first_time() -> None:
    made, alert = quieted("2h", "+xxx")
    hear(made, 4, "x")
    alert = follow(made, alert, after=timedelta(hours=2))
    again = presses.snoozed(alert, begun("until next run", made, now=START + timedelta(hours=2)))
    hear(made, 5, "x")
    ended = follow(made, again, after=timedelta(hours=2, minutes=5))
    assert ended.entries[-1].commits == 2
    assert len({entry.id for entry in ended.entries}) == len(ended.entries)


def test_acknowledging_does_not_end_it() -> None:
    _, alert = quieted("2h", "+xxx")
    after = presses.acknowledged(alert, by="U02", at=NOW)
    assert after.snooze == alert.snooze


def test_a_person_ends_it_once() -> None:
    _, alert = quieted("2h", "+xxx")
    after = presses.woken(alert, at=NOW, by="U02", name="bob")
    assert after.snooze is None
    assert after.entries[-1].by == "U02"
    with pytest.raises(Refused) as refused:
        presses.woken(after, at=NOW, by="U03")
    assert refused.value.why is Why.NOT_SNOOZED


def test_what_is_resolved_cannot_be_snoozed() -> None:
    made, alert = quieted("2h", "+xxx")
    over = presses.resolved(alert, at=NOW)
    with pytest.raises(Refused) as refused:
        presses.snoozed(over, begun("2h", made))
    assert refused.value.why is Why.RESOLVED
