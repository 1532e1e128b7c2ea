"""An alert found again by nothing but what its messages carry."""

from __future__ import annotations

import json
from datetime import timedelta

from chatbot import marks, presses, settle
from chatbot.alert import Alert, State
from chatbot.slack.answers import Posted
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, attempt, commit, trunk, watch


def alert_of(seen: Trunk) -> Alert:
    found = settle.settle(None, watch(), evaluate(watch(), seen, now=START), seen)
    assert found is not None
    return found


def found_again(alert: Alert, *entries: str) -> Alert:
    """*alert* after its store was lost, with replies for *entries*."""
    carried = json.loads(json.dumps(marks.of_root(alert)))
    mark = marks.root_mark(carried)
    assert mark is not None
    by_id = {entry.id: entry for entry in alert.entries}
    replies = [Posted(f"{n}.5", "1.0", marks.of_entry(alert, by_id[e])) for n, e in enumerate(entries, 2)]
    return marks.restored(mark, Posted("1.0", None, carried), replies, channel="C1")


def test_who_has_it_and_since_when_come_back() -> None:
    alert = presses.acknowledged(alert_of(trunk("+xxx")), by="U1", at=START + timedelta(minutes=1))
    again = found_again(alert, alert.entries[0].id)
    assert (again.id, again.state, again.owner, again.turn) == (alert.id, State.ACKNOWLEDGED, "U1", alert.turn)
    assert (again.opened_at, again.opened_on, again.version) == (alert.opened_at, alert.opened_on, alert.version)
    assert again.delivery.root == "1.0"
    assert again.settled


def test_what_the_thread_said_is_not_said_again() -> None:
    seen = trunk("+xxx")
    again = found_again(alert_of(seen))
    verdict = evaluate(watch(), seen, now=START)
    after = settle.settle(marks.completed(again, verdict, seen), watch(), verdict, seen)
    assert after is not None
    assert after.entries == ()
    assert [job.job for job in after.jobs] == [broken.job for broken in verdict.broken]


def test_a_commit_that_failed_while_the_store_was_empty_is_news() -> None:
    seen = trunk("+xxx")
    again = found_again(alert_of(seen))
    seen.apply([commit(4)], [attempt(4, "x", job="test (a)")])
    verdict = evaluate(watch(), seen, now=START)
    after = settle.settle(marks.completed(again, verdict, seen), watch(), verdict, seen)
    assert after is not None
    assert [entry.id for entry in after.entries] == [f"failing:{commit(4).sha}"]


def test_an_alert_whose_jobs_are_green_by_now_ends() -> None:
    seen = trunk("+xxx")
    again = found_again(alert_of(seen))
    seen.apply([commit(4)], [attempt(4, "+", job="test (a)")])
    verdict = evaluate(watch(), seen, now=START)
    after = settle.settle(marks.completed(again, verdict, seen), watch(), verdict, seen)
    assert after is not None
    assert after.state is State.RESOLVED


def test_metadata_of_others_are_no_alert() -> None:
    assert marks.root_mark({}) is None
    assert marks.root_mark({"entry": "root", "alert": "w:1"}) is None
    assert marks.root_mark({"entry": "failing:abc", "alert": "w:1"}) is None


def test_a_root_carries_less_than_two_kilobytes() -> None:
    assert len(json.dumps(marks.of_root(alert_of(trunk("+" + "x" * 60))))) < 2000
