"""What an alert makes of verdicts: it opens, grows, resolves, opens again, and says each thing once."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import presses
from chatbot.alert import Alert, Kind, State
from chatbot.presses import Refused, Why
from chatbot.settle import settle
from chatbot.trunk import Trunk
from chatbot.watch import Watch, evaluate
from tests.trunks import START, attempt, commit, sha, trunk, watch

RULE = watch(resolve_after=1, reopen_within="6h")


def follow(
    made: Trunk, present: Alert | None = None, *, rule: Watch = RULE, after: timedelta = timedelta(hours=1)
) -> Alert | None:
    return settle(present, rule, evaluate(rule, made, now=START + after), made)


def opened(*rows: str) -> tuple[Trunk, Alert]:
    made = trunk(*rows)
    alert = follow(made)
    assert alert is not None
    return made, alert


def hear(made: Trunk, number: int, drawn: str, *, job: str = "test (a)") -> None:
    made.apply([commit(number)], [attempt(number, drawn, job=job)])


def kinds(alert: Alert) -> list[Kind]:
    return [entry.kind for entry in alert.entries]


def test_below_the_threshold_there_is_no_alert() -> None:
    assert follow(trunk("+xx")) is None


def test_an_alert_opens_with_its_jobs_its_commits_and_its_range() -> None:
    _, alert = opened("+xxx", "+++x")
    assert [job.job.name for job in alert.jobs] == ["test (a)"]
    assert [seen.sha for seen in alert.failing] == [sha(1), sha(2), sha(3)]
    (group,) = alert.groups
    assert group.last_green is not None
    assert group.last_green.sha == sha(0)
    assert [suspect.commit.sha for suspect in group.suspects] == [sha(1)]
    assert alert.jobs[0].drawn == "+xxx"
    assert alert.entries == ()


def test_candidates_reach_over_commits_without_a_result() -> None:
    _, alert = opened("+..xxx")
    assert [suspect.commit.sha for suspect in alert.groups[0].suspects] == [sha(1), sha(2), sha(3)]


def test_another_failing_commit_is_one_reply() -> None:
    made, alert = opened("+xxx")
    hear(made, 4, "x")
    after = follow(made, alert)
    assert after is not None
    assert kinds(after) == [Kind.FAILING_COMMIT]
    assert after.jobs[0].streak == 4
    assert after.version == alert.version + 1


def test_another_job_of_the_same_range_is_a_reply_and_no_second_alert() -> None:
    made, alert = opened("+xxx", "+.xx")
    hear(made, 4, "x", job="test (b)")
    after = follow(made, alert)
    assert after is not None
    assert after.id == alert.id
    assert Kind.FAILING_JOBS in kinds(after)


def test_a_job_that_broke_elsewhere_is_said_to_be_another_break() -> None:
    made, alert = opened("+xxx...", "+++++xx")
    hear(made, 7, "x", job="test (b)")
    after = follow(made, alert)
    assert after is not None
    assert Kind.OTHER_RANGE in kinds(after)
    assert len(after.groups) == 2


def test_the_same_verdict_twice_says_nothing_twice() -> None:
    made, alert = opened("+xxx")
    hear(made, 4, "x")
    once = follow(made, alert)
    assert follow(made, once) == once


def test_it_resolves_when_every_job_is_green_again() -> None:
    made, alert = opened("+xxx", "+xxx")
    hear(made, 4, "+")
    waiting = follow(made, alert)
    assert waiting is not None
    assert waiting.open
    hear(made, 4, "+", job="test (b)")
    after = follow(made, waiting)
    assert after is not None
    assert after.state is State.RESOLVED
    assert kinds(after)[-1] is Kind.RESOLVED


def test_it_takes_as_many_green_commits_as_asked_for() -> None:
    rule = watch(resolve_after=2)
    made = trunk("+xxx+")
    alert = follow(trunk("+xxx"), rule=rule)
    still = follow(made, alert, rule=rule)
    assert still is not None
    assert still.open
    hear(made, 5, "+")
    over = follow(made, still, rule=rule)
    assert over is not None
    assert not over.open


def test_it_resolves_when_its_job_has_left_the_window() -> None:
    made = trunk("+xxx", window=5)
    alert = follow(made)
    made.apply([commit(n) for n in range(4, 12)], ())
    after = follow(made, alert)
    assert after is not None
    assert not after.open


def test_a_recurrence_soon_goes_to_the_same_thread_and_later_to_a_new_one() -> None:
    made, alert = opened("+xxx")
    hear(made, 4, "+")
    resolved = follow(made, alert)
    for number in (5, 6, 7):
        hear(made, number, "x")
    soon = follow(made, resolved, after=timedelta(hours=7))
    late = follow(made, resolved, after=timedelta(hours=7, seconds=1))
    assert soon is not None
    assert late is not None
    assert (soon.id, soon.reopened, soon.state) == (alert.id, 1, State.OPEN)
    assert kinds(soon)[-1] is Kind.REOPENED
    assert late.id != alert.id


def test_what_was_resolved_by_hand_stays_quiet_until_it_was_green() -> None:
    made, alert = opened("+xxx")
    by_hand = presses.resolved(alert, at=START, by="U1")
    hear(made, 4, "x")
    assert follow(made, by_hand) == by_hand
    hear(made, 5, "+")
    for number in (6, 7, 8):
        hear(made, number, "x")
    again = follow(made, by_hand)
    assert again is not None
    assert again.open


def test_alerts_survive_storage() -> None:
    _, alert = opened("+xxx")
    alert = presses.acknowledged(alert, by="U1", name="alice", at=START)
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert


# ---- presses


def at(minutes: int = 0) -> datetime:
    return START + timedelta(minutes=minutes)


def test_the_first_to_acknowledge_has_it_and_the_second_is_told_who() -> None:
    _, alert = opened("+xxx")
    taken = presses.acknowledged(alert, by="U1", at=at())
    assert (taken.state, taken.owner) == (State.ACKNOWLEDGED, "U1")
    with pytest.raises(Refused) as refused:
        presses.acknowledged(taken, by="U2", at=at())
    assert refused.value.why is Why.TAKEN
    assert refused.value.present.owner == "U1"


def test_acknowledging_twice_is_answered_kindly() -> None:
    _, alert = opened("+xxx")
    taken = presses.acknowledged(alert, by="U1", at=at())
    with pytest.raises(Refused) as refused:
        presses.acknowledged(taken, by="U1", at=at())
    assert refused.value.why is Why.ALREADY_YOURS


def test_acknowledging_what_is_resolved_does_not_open_it_again() -> None:
    _, alert = opened("+xxx")
    over = presses.resolved(alert, at=at())
    with pytest.raises(Refused) as refused:
        presses.acknowledged(over, by="U1", at=at())
    assert refused.value.why is Why.RESOLVED


def test_taking_it_oneself_acknowledges_and_asking_another_does_not() -> None:
    _, alert = opened("+xxx")
    assert presses.assigned(alert, to="U1", by="U1", at=at()).state is State.ACKNOWLEDGED
    asked = presses.assigned(alert, to="U2", by="U1", at=at())
    assert (asked.state, asked.owner) == (State.OPEN, "U2")


def test_a_press_on_an_outdated_message_is_refused_unless_the_change_was_ones_own() -> None:
    _, alert = opened("+xxx")
    taken = presses.acknowledged(alert, by="U1", at=at())
    with pytest.raises(Refused) as refused:
        presses.assigned(taken, to="U3", by="U2", at=at(), turn=alert.turn)
    assert refused.value.why is Why.STALE
    assert presses.assigned(taken, to="U3", by="U1", at=at(), turn=alert.turn).owner == "U3"


def test_given_back_nobody_has_it() -> None:
    _, alert = opened("+xxx")
    back = presses.unacknowledged(presses.acknowledged(alert, by="U1", at=at()), by="U1", at=at())
    assert (back.state, back.owner) == (State.OPEN, None)


steps = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from("x+c?"), st.sampled_from("ab"), st.booleans()), max_size=25
)


@given(steps)
def test_whatever_happens_entries_are_unique_and_versions_grow(story: list[tuple[int, str, str, bool]]) -> None:
    made = trunk("+")
    alert: Alert | None = None
    for number, (newest, drawn, job, press) in enumerate(story):
        made.apply(
            [commit(n) for n in range(newest + 1)], [attempt(newest, drawn, job=f"test ({job})", attempt=number + 1)]
        )
        before, alert = alert, follow(made, alert, rule=watch(when={"consecutive_commits": 2}))
        if press and alert is not None and alert.state is State.OPEN:
            alert = presses.acknowledged(alert, by="U1", at=at(number))
        if alert is not None:
            ids = [entry.id for entry in alert.entries]
            assert len(ids) == len(set(ids))
            assert before is None or before.id != alert.id or alert.version >= before.version
            assert len(alert.broken) > 0 or not alert.open
