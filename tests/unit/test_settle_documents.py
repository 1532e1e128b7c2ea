"""What an alert's document holds after a verdict, field by field, and what each reply carries."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from chatbot import presses
from chatbot.alert import Alert, AlertJob, Delivery, Entry, Group, Kind, Seen, State, Suspect
from chatbot.ci import Job
from chatbot.firing import Firing
from chatbot.settle import commits, groups, settle
from chatbot.snooze import Snooze
from chatbot.trunk import Trunk
from chatbot.watch import Watch, evaluate, look_at_all
from chatbot.wishes import Until
from tests.trunks import START, WORKFLOW, attempt, commit, sha, trunk, watch

RULE = watch(reopen_within="6h")
A, B = Job(WORKFLOW, "test (a)"), Job(WORKFLOW, "test (b)")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def follow(made: Trunk, present: Alert | None = None, *, hours: float = 1, rule: Watch = RULE) -> Alert:
    after = settle(present, rule, evaluate(rule, made, now=at(hours)), made)
    assert after is not None
    return after


def hear(made: Trunk, number: int, drawn: str, *, job: str = "test (a)") -> None:
    made.apply([commit(number)], [attempt(number, drawn, job=job)])


def seen(*numbers: int) -> tuple[Seen, ...]:
    return tuple(Seen.of(commit(number)) for number in numbers)


def test_an_alert_opens_knowing_everything_there_is_to_know() -> None:
    made = trunk("+x++x++++.xxx", "++++++++++++x")
    assert follow(made) == Alert(
        id=f"inductor:20260105T100000-{sha(12)[:7]}",
        watch="inductor",
        trunk="pytorch",
        opened_at=at(1),
        opened_on=sha(12),
        changed_at=at(1),
        jobs=(
            AlertJob(
                A, 3, sha(10), sha(8), "failed on 3 commits in a row", "x++++xxx", failed=5, ran=12, earlier=(2, 9)
            ),
        ),
        failing=seen(10, 11, 12),
        groups=(Group((A,), seen(8)[0], seen(10)[0], tuple(map(Suspect, seen(9, 10))), candidates=2),),
    )


def test_the_next_alert_links_the_one_before() -> None:
    made = trunk("+xxx")
    first = follow(made).shown(Delivery(link="https://x/1"))
    over = presses.resolved(first, at=at(1))
    hear(made, 4, "+")
    for number in (5, 6, 7):
        hear(made, number, "x")
    assert follow(made, over, hours=9).previous == "https://x/1"
    assert follow(trunk("+xxx")).previous is None


def test_an_alert_that_opens_again_is_as_new_but_for_its_thread_and_its_assignee() -> None:
    made = trunk("+xxx")
    first = presses.assigned(presses.acknowledged(follow(made), by="U1", at=at(1)), to="U2", by="U1", at=at(1))
    over = presses.resolved(first, by="U1", at=at(1))
    hear(made, 4, "+")
    for number in (5, 6, 7):
        hear(made, number, "x")
    again = follow(made, over, hours=2)
    fresh = follow(made, hours=2)
    assert again.state is State.OPEN
    assert (again.turn, again.version) == (over.turn + 1, over.version + 1)
    assert (again.reopened, again.reopened_at, again.changed_at, again.opened_at) == (1, at(2), at(2), at(1))
    assert (again.resolved_at, again.resolved_by) == (None, None)
    assert (again.acknowledged_by, again.acknowledged_at, again.dismissed) == (None, None, ())
    assert again.assignee == "U2"
    assert (again.jobs, again.failing, again.groups) == (fresh.jobs, fresh.failing, fresh.groups)
    assert again.entries[-1] == Entry(f"reopened:{again.turn}", Kind.REOPENED, at(2), jobs=(A,))


def test_a_job_that_goes_on_failing_is_described_anew() -> None:
    made = trunk("+xxx")
    alert = follow(made)
    hear(made, 4, "x")
    after = follow(made, alert, hours=2)
    assert after.jobs == follow(made).jobs
    assert after.changed_at == at(2)
    assert after.failing == seen(1, 2, 3, 4)
    assert after.entries == (Entry(f"failing:{sha(4)}", Kind.FAILING_COMMIT, at(2), commit=seen(4)[0], jobs=(A,)),)


def test_a_job_that_is_green_again_keeps_what_it_broke_on_and_shows_what_it_does_now() -> None:
    made = trunk("+xxx", "+xxx")
    alert = follow(made)
    hear(made, 4, "+")
    healed, broken = follow(made, alert).jobs
    assert (healed.healed, broken.healed) == (True, False)
    assert (healed.streak, healed.first_failing, healed.last_green) == (3, sha(1), sha(0))
    assert (healed.reason, healed.drawn) == ("failed on 3 commits in a row", "+xxx+")
    assert (healed.failed, healed.ran, healed.earlier) == (3, 5, (3, 5))


def test_a_commit_on_which_only_a_newcomer_failed_is_told_by_the_newcomer() -> None:
    made = trunk("+xxx", "+.xx")
    alert = follow(made)
    hear(made, 4, "x", job="test (b)")
    after = follow(made, alert, hours=2)
    assert after.entries == (
        Entry(f"failing jobs:{B}:{sha(2)}", Kind.FAILING_JOBS, at(2), jobs=(B,), commit=seen(2)[0]),
    )
    assert after.failing == seen(1, 2, 3, 4)


def test_each_failing_commit_names_the_jobs_that_failed_on_it() -> None:
    made = trunk("+xxx", "+xxx")
    alert = follow(made)
    hear(made, 4, "x", job="test (b)")
    hear(made, 5, "x")
    hear(made, 5, "x", job="test (b)")
    assert [(e.commit, e.jobs) for e in follow(made, alert).entries] == [(seen(4)[0], (B,)), (seen(5)[0], (A, B))]


def test_newcomers_of_this_range_and_of_another_are_told_apart() -> None:
    made = trunk("+xxx...", "+.xx...", "+++++xx")
    alert = follow(made)
    hear(made, 7, "x", job="test (b)")
    hear(made, 7, "x", job="test (c)")
    after = follow(made, alert)
    told = {e.kind: ([j.name for j in e.jobs], e.commit) for e in after.entries}
    assert told[Kind.OTHER_RANGE] == (["test (c)"], seen(5)[0])
    assert told[Kind.FAILING_JOBS] == (["test (b)"], seen(2)[0])


def test_an_alert_of_grafana_too_is_not_over_when_its_jobs_are_green() -> None:
    made = trunk("+xxx")
    firing = Firing(fingerprint="f", rule="disk full", since=at(1))
    alert = msgspec.structs.replace(follow(made), firings=(firing,))
    hear(made, 4, "+")
    still = follow(made, alert)
    assert still.open
    assert still.jobs[0].healed
    over = msgspec.structs.replace(still, firings=(msgspec.structs.replace(firing, ended=at(2)),))
    assert not follow(made, over).open


def test_an_alert_that_is_over_shows_its_jobs_green() -> None:
    made = trunk("+xxx", "+xxx")
    alert = follow(made)
    hear(made, 4, "+")
    hear(made, 5, "+", job="test (b)")
    over = follow(made, alert, hours=2)
    assert (over.resolved_at, over.changed_at) == (at(2), at(2))
    assert [(job.healed, job.drawn) for job in over.jobs] == [(True, "+xxx+"), (True, "+xxx+")]


def test_a_newcomer_that_did_not_fail_joins_without_a_commit() -> None:
    rule = watch(when={"queued_for": "30m"})
    made = trunk("+q", "+.")
    alert = follow(made, rule=rule)
    hear(made, 1, "q", job="test (b)")
    (reply,) = follow(made, alert, hours=2, rule=rule).entries
    assert (reply.kind, reply.jobs, reply.commit) == (Kind.FAILING_JOBS, (B,), None)


def test_what_was_resolved_by_hand_does_not_come_back_with_a_new_break() -> None:
    made = trunk("+xxx...", "+++++++")
    over = presses.resolved(follow(made), by="U1", at=at(1))
    for number in (7, 8, 9):
        hear(made, number, "x")
        hear(made, number, "x", job="test (b)")
    assert [job.job for job in follow(made, over, hours=9).jobs] == [B]


def test_a_job_that_broke_again_while_another_goes_on_is_of_its_new_range() -> None:
    made = trunk("+xxx", "+xxx")
    alert = follow(made)
    hear(made, 4, "+")
    alert = follow(made, alert)
    for number in (5, 6, 7):
        hear(made, number, "x")
        hear(made, number, "x", job="test (b)")
    again = follow(made, alert).jobs[0]
    assert (again.healed, again.first_failing, again.last_green) == (False, sha(5), sha(4))


def test_a_range_that_left_the_window_before_it_healed_has_no_commits_to_show() -> None:
    rule = watch(resolve_after=2)
    made = trunk("+xxx+", window=5)
    alert = follow(trunk("+xxx"), rule=rule)
    made.apply([commit(number) for number in range(5, 9)], ())
    after = follow(made, alert, rule=rule)
    assert after.open
    assert [(g.jobs, g.last_green, g.first_failing, g.candidates) for g in after.groups] == [((A,), None, None, 0)]


def test_a_snooze_that_is_over_is_said_when_and_why() -> None:
    made = trunk("+xxx")
    quiet = Snooze(Until.TIME, "U1", at(1), at(3))
    alert = msgspec.structs.replace(follow(made), snooze=quiet)
    hear(made, 4, "x")
    asleep = follow(made, alert, hours=2)
    assert (asleep.snooze, asleep.entries, asleep.failing) == (quiet, (), seen(1, 2, 3, 4))
    awake = follow(made, asleep, hours=3)
    assert (awake.snooze, awake.entries[-1].at, awake.entries[-1].note) == (None, at(3), "The time is up")


def test_an_alert_remembers_its_200_newest_failing_commits() -> None:
    made = trunk("+" + "x" * 210, window=300)
    alert = msgspec.structs.replace(follow(made), failing=seen(*range(1, 200)))
    assert follow(made, alert).failing == seen(*range(11, 211))


def test_candidates_are_all_counted_and_the_ten_newest_kept() -> None:
    made = trunk("+" + "." * 11 + "x")
    (group,) = groups(look_at_all([A], made), made)
    assert group.candidates == 12
    assert [s.commit for s in group.suspects] == list(seen(*range(3, 13)))


def test_a_range_that_begins_before_the_window_has_no_last_green() -> None:
    made = trunk("xx")
    (group,) = groups(look_at_all([A], made), made)
    assert (group.last_green, group.first_failing, group.candidates) == (None, seen(0)[0], 1)


def test_commits_are_told_in_trunk_order_each_once_and_only_those_of_the_window() -> None:
    made = trunk("+xxx")
    assert commits(made, [sha(3), "f" * 40, sha(1), sha(3), sha(0)]) == seen(0, 1, 3)


@pytest.mark.parametrize("row", ["+xxx", "+x.x?xc"])
def test_only_known_outcomes_are_drawn(row: str) -> None:
    assert follow(trunk(row)).jobs[0].drawn == "+xxx"


def test_what_was_found_out_about_a_range_stays_while_it_is_the_same() -> None:
    made = trunk("+xxx", "+.xx")
    alert = follow(made)
    ranked = msgspec.structs.replace(alert.groups[0], named=True, told=sha(1), suspects=())
    alert = msgspec.structs.replace(alert, groups=(ranked,))
    hear(made, 4, "x")
    assert follow(made, alert).groups == (ranked,)
    hear(made, 4, "+", job="test (c)")
    hear(made, 1, "x", job="test (b)")
    hear(made, 4, "x", job="test (b)")
    assert follow(made, alert).groups == (msgspec.structs.replace(ranked, jobs=(A, B)),)


def test_a_range_that_became_another_keeps_only_whom_people_were_told_of() -> None:
    made = trunk("+..xxx", "+..xxx")
    alert = follow(made)
    ranked = msgspec.structs.replace(alert.groups[0], named=True, told=sha(1), suspects=())
    hear(made, 1, "+")
    (group,) = follow(made, msgspec.structs.replace(alert, groups=(ranked,))).groups
    assert (group.last_green, group.told, group.named) == (seen(1)[0], sha(1), False)
    assert [s.commit for s in group.suspects] == list(seen(2, 3))
