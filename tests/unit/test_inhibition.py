"""What keeps a watch quiet, what an alert does meanwhile, what no commit did, and alerts that are alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chatbot import inhibition
from chatbot.alert import Alert, AlertJob, Delivery, Group, Kind, Seen, State, Suspect
from chatbot.ci import Job
from chatbot.config import Infrastructure, WatchConfig
from chatbot.settle import settle
from chatbot.trunk import Trunk
from chatbot.watch import Verdict, evaluate, look_at_all
from tests.trunks import START, WORKFLOW, attempt, commit, sha, trunk, watch

RULE = watch(inhibited_by=["badly"])
BY = ("badly",)
AT = START + timedelta(hours=1)


def verdict(made: Trunk) -> Verdict:
    return evaluate(RULE, made, now=AT)


def follow(made: Trunk, present: Alert | None = None, by: tuple[str, ...] = ()) -> Alert | None:
    return settle(present, RULE, verdict(made), made, inhibited_by=by)


def opened(made: Trunk) -> Alert:
    alert = follow(made)
    assert alert is not None
    return alert


def named(name: str, *, state: State = State.OPEN, **fields: Any) -> Alert:
    alert = Alert(
        id=f"{name}:1", watch=name, trunk="pytorch", state=state, opened_at=START, opened_on="", changed_at=START,
        jobs=(), failing=(),
    )  # fmt: skip
    return msgspec.structs.replace(alert, **fields)


# ---- one watch keeps another quiet


def test_while_inhibited_nothing_opens_and_afterwards_it_does() -> None:
    made = trunk("+xxx")
    assert follow(made, by=BY) is None
    alert = opened(made)
    assert alert.open
    assert alert.inhibited_by == ()


def test_what_is_open_already_stays_and_goes_on_without_a_word() -> None:
    made = trunk("+xxx")
    alert = opened(made)
    quiet = follow(made, alert, BY)
    assert quiet is not None
    assert quiet.inhibited_by == BY
    assert quiet.version == alert.version + 1
    made.apply([commit(4)], [attempt(4, "x", job="test (a)")])
    after = follow(made, quiet, BY)
    assert after is not None
    assert after.jobs[0].streak == 4
    assert after.entries == ()


def test_a_verdict_that_is_applied_again_changes_nothing() -> None:
    made = trunk("+xxx")
    quiet = follow(made, opened(made), BY)
    assert follow(made, quiet, BY) == quiet


def test_when_the_other_is_over_one_line_says_that_this_one_is_not() -> None:
    made = trunk("+xxx")
    quiet = follow(made, opened(made), BY)
    free = follow(made, quiet)
    assert free is not None
    assert [entry.kind for entry in free.entries] == [Kind.RELEASED]
    assert free.inhibited_by == ()
    again = follow(made, follow(made, free, BY))
    assert again is not None
    assert [entry.id for entry in again.entries] == ["released:1", "released:2"]


def test_resolution_is_told_even_while_inhibited() -> None:
    made = trunk("+xxx")
    quiet = follow(made, opened(made), BY)
    made.apply([commit(4)], [attempt(4, "+", job="test (a)")])
    over = follow(made, quiet, BY)
    assert over is not None
    assert [entry.kind for entry in over.entries] == [Kind.RESOLVED]
    assert over.inhibited_by == ()


def test_a_recurrence_waits_until_the_other_is_over() -> None:
    made = trunk("+xxx")
    alert = opened(made)
    made.apply([commit(4)], [attempt(4, "+", job="test (a)")])
    over = follow(made, alert)
    made.apply([commit(n) for n in (5, 6, 7)], [attempt(n, "x", job="test (a)") for n in (5, 6, 7)])
    assert follow(made, over, BY) == over
    again = follow(made, over)
    assert again is not None
    assert again.reopened == 1


@pytest.mark.parametrize(
    ("alerts", "by"),
    [
        ([], ()),
        ([named("badly")], BY),
        ([named("badly", state=State.ACKNOWLEDGED)], BY),
        ([named("badly", state=State.RESOLVED)], ()),
        ([named("other")], ()),
    ],
)
def test_only_an_open_alert_of_a_named_watch_inhibits(alerts: list[Alert], by: tuple[str, ...]) -> None:
    held = {alert.watch: alert for alert in alerts}
    assert inhibition.inhibitors(RULE.config, verdict(trunk("+xxx")), held) == by


def test_what_inhibits_is_looked_at_first() -> None:
    names = {"a": ["c"], "b": [], "c": ["d"], "d": []}
    watches = [WatchConfig.model_validate({"id": name, "inhibited_by": by}) for name, by in names.items()]
    assert [one.id for one in inhibition.in_order(watches)] == ["d", "c", "a", "b"]


# ---- what no commit did

NINE = [f"job {number}" for number in range(9)]


def infrastructure(*names: str) -> dict[str, Alert]:
    jobs = tuple(AlertJob(Job(WORKFLOW, name), 1, sha(1), sha(0)) for name in names)
    alert = named("infrastructure/pytorch", jobs=jobs)
    return {alert.watch: alert}


@pytest.mark.parametrize(
    ("explained", "by"),
    [
        (("test (a)", "test (b)"), ("infrastructure/pytorch",)),
        (("test (a)",), ()),  # the other broke for a reason of its own
        ((), ()),
    ],
)
def test_an_infrastructure_alert_inhibits_what_it_explains(explained: tuple[str, ...], by: tuple[str, ...]) -> None:
    found = verdict(trunk("+xxx", "+xxx"))
    assert inhibition.inhibitors(RULE.config, found, infrastructure(*explained)) == by


def at_once(*rows: str, more_than: int = 8) -> list[str]:
    made = trunk(*rows, jobs=[f"job {number}" for number in range(len(rows))])
    broken = look_at_all(list(made.jobs), made)
    return sorted(one.job.name for one in inhibition.at_once(broken, made, more_than=more_than))


def test_more_jobs_than_may_that_begin_to_fail_within_three_commits_are_at_once() -> None:
    assert at_once(*["+x.."] * 3, *["++x."] * 3, *["+++x"] * 3) == NINE


def test_as_many_as_may_are_not() -> None:
    assert at_once(*["+x"] * 8) == []


def test_what_has_been_red_for_long_is_not_at_once() -> None:
    assert at_once(*["+xxxxxxx"] * 5, *["+++++++x"] * 5) == []


def test_what_was_never_green_says_nothing() -> None:
    assert at_once(*["xx"] * 12) == []


def test_the_newest_that_broke_together_are_taken() -> None:
    rows = [*["+xxxxxxxxx"] * 9, *["++++++++x+"] * 2, *["++++++++xx"] * 9]
    assert at_once(*rows) == sorted(f"job {number}" for number in range(11, 20))


def test_the_built_in_watch_is_breached_by_more_than_may() -> None:
    made = inhibition.infrastructure_watch("pytorch", Infrastructure(more_than=3))
    assert made.id == "infrastructure/pytorch"
    assert not evaluate(made, trunk(*["+x"] * 3), now=AT).breached
    assert evaluate(made, trunk(*["+x"] * 4), now=AT).breached


# ---- alerts that are alike


def suspecting(name: str, *shas: str, link: str | None = "https://x.test/p1", **fields: Any) -> Alert:
    groups = tuple(
        Group((), None, None, suspects=(Suspect(Seen(one, "A change", "A"), 0.9),), named=True, told=one)
        for one in shas
    )
    return named(name, groups=groups, delivery=Delivery(link=link), **fields)


def test_alerts_with_the_same_favourite_link_each_other_once() -> None:
    one, other = suspecting("inductor", sha(1)), suspecting("linux", sha(2), sha(1))
    (entry,) = inhibition.alike(one, [one, other], {"linux": "Linux is broken"}, now=AT)
    assert (entry.kind, entry.note, entry.link) == (Kind.SAME_SUSPECT, "Linux is broken", "https://x.test/p1")
    assert list(inhibition.alike(one.said(entry), [one, other], {}, now=AT)) == []
    assert len(list(inhibition.alike(other, [one, other], {}, now=AT))) == 1


@pytest.mark.parametrize(
    "other",
    [
        suspecting("linux", sha(2)),
        suspecting("linux", sha(1), state=State.RESOLVED),
        suspecting("linux", sha(1), inhibited_by=BY),
        suspecting("linux", sha(1), link=None),
        named("linux"),
    ],
)
def test_others_are_not_alike(other: Alert) -> None:
    one = suspecting("inductor", sha(1))
    assert list(inhibition.alike(one, [one, other], {}, now=AT)) == []
