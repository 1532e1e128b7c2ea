"""An alert that another watch keeps quiet: it follows its jobs without a word, and says so once that is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from chatbot import presses
from chatbot.alert import Alert, Entry, Kind
from chatbot.ci import Job
from chatbot.settle import settle
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, WORKFLOW, attempt, commit, trunk, watch

RULE = watch(reopen_within="6h")
A = Job(WORKFLOW, "test (a)")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def follow(made: Trunk, present: Alert | None = None, *, hours: float = 1, by: tuple[str, ...] = ()) -> Alert:
    after = settle(present, RULE, evaluate(RULE, made, now=at(hours)), made, inhibited_by=by)
    assert after is not None
    return after


def hear(made: Trunk, number: int, drawn: str) -> None:
    made.apply([commit(number)], [attempt(number, drawn, job=A.name)])


def test_while_others_say_it_all_nothing_opens_and_nothing_that_is_over_changes() -> None:
    made = trunk("+xxx")
    verdict = evaluate(RULE, made, now=at(1))
    assert settle(None, RULE, verdict, made, inhibited_by=("badly",)) is None
    over = presses.resolved(follow(made), at=at(1))
    assert settle(over, RULE, verdict, made, inhibited_by=("badly",)) is over


def test_kept_quiet_it_follows_without_a_word_and_says_so_once_it_is_released() -> None:
    made = trunk("+xxx")
    alert = follow(made).said(Entry("before", Kind.FAILING_COMMIT, at(1)))
    hear(made, 4, "x")
    quiet = follow(made, alert, hours=2, by=("badly",))
    assert (quiet.inhibited_by, quiet.changed_at, quiet.jobs[0].streak) == (("badly",), at(2), 4)
    assert quiet.entries == alert.entries
    hear(made, 5, "x")
    free = follow(made, quiet, hours=3)
    assert free.inhibited_by == ()
    assert free.entries[-1] == Entry("released:1", Kind.RELEASED, at(3), jobs=(A,))
    again = follow(made, follow(made, free, hours=4, by=("badly",)), hours=5)
    assert [e.id for e in again.entries if e.kind is Kind.RELEASED] == ["released:1", "released:2"]


def test_kept_quiet_it_still_says_that_it_is_over() -> None:
    made = trunk("+xxx")
    quiet = follow(made, follow(made), by=("badly",))
    hear(made, 4, "+")
    over = follow(made, quiet, hours=2, by=("badly",))
    assert [e.kind for e in over.entries] == [Kind.RESOLVED]
    assert over.inhibited_by == ()
    assert follow(made, over, hours=3) is over


def test_released_when_it_is_over_it_says_only_that() -> None:
    made = trunk("+xxx")
    quiet = follow(made, follow(made), by=("badly",))
    hear(made, 4, "+")
    over = follow(made, quiet, hours=2)
    assert [e.kind for e in over.entries] == [Kind.RESOLVED]
