"""Red time, time to acknowledge and to resolve, breakers: figures of alerts, beside those of the week before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.alert import Alert, Entry, Kind, Suspect
from chatbot.digest import WEEK, WEEKS, Digest, Flaky, breakers, digest, horizon, named
from chatbot.flakes import Flake
from chatbot.spells import Spell, red, spells, to_acknowledge, to_resolve
from tests.alerts import JOB, alert, culprit, entry, group, hours, seen

H = timedelta(hours=1)
END = hours(7 * 24)


def week(*alerts: Alert, **fields: object) -> Digest:
    return digest({"inductor": alerts}, end=END, **fields)  # type: ignore[arg-type]  # fields by name


def test_an_alert_that_was_opened_again_has_several_spells() -> None:
    one = alert(
        entry(Kind.ACKNOWLEDGED, 1, by="ALICE"),
        entry(Kind.RESOLVED, 2),
        entry(Kind.REOPENED, 4),
        entry(Kind.ASSIGNED, 5, by="BOB", to="BOB"),
    )
    assert spells(one) == (Spell(hours(0), hours(2), hours(1)), Spell(hours(4), None, hours(5)))


def test_being_asked_is_not_taking_it() -> None:
    assert spells(alert(entry(Kind.ASSIGNED, 1, by="ALICE", to="BOB"))) == (Spell(hours(0)),)


def test_the_first_to_take_it_counts() -> None:
    took = (
        entry(Kind.ACKNOWLEDGED, 1, by="A"),
        entry(Kind.UNACKNOWLEDGED, 2, by="A"),
        entry(Kind.ACKNOWLEDGED, 3, by="B"),
    )
    assert spells(alert(*took))[0].taken == hours(1)


def test_time_in_which_spells_overlap_is_red_once() -> None:
    some = [Spell(hours(0), hours(4)), Spell(hours(2), hours(3)), Spell(hours(3), hours(6)), Spell(hours(8), None)]
    assert red(some, begin=hours(-1), end=hours(10)) == 8 * H


def test_red_time_is_cut_at_the_ends_of_the_stretch() -> None:
    assert red([Spell(hours(-5), hours(50))], begin=hours(0), end=hours(24)) == 24 * H


moments = st.integers(-300, 300)


@given(st.lists(st.tuples(moments, st.integers(0, 100) | st.none())), moments, st.integers(0, 200))
def test_red_time_is_never_longer_than_the_stretch_and_adds_up(
    some: list[tuple[int, int | None]], begin: int, length: int
) -> None:
    made = [Spell(hours(b), None if n is None else hours(b + n)) for b, n in some]
    whole = red(made, begin=hours(begin), end=hours(begin + length))
    assert timedelta() <= whole <= length * H
    middle = begin + length // 2
    halves = red(made, begin=hours(begin), end=hours(middle)) + red(
        made, begin=hours(middle), end=hours(begin + length)
    )
    assert halves == whole


def test_medians_are_of_spells_that_began_or_ended_then() -> None:
    some = [
        Spell(hours(0), hours(2), hours(1)),
        Spell(hours(5), hours(15), hours(8)),
        Spell(hours(-10), hours(-9), hours(-9)),
        Spell(hours(20)),
    ]
    assert to_acknowledge(some, begin=hours(0), end=hours(24)) == 2 * H
    assert to_resolve(some, begin=hours(0), end=hours(24)) == 6 * H
    assert to_resolve(some, begin=hours(30), end=hours(40)) is None


def test_a_week_stands_beside_the_week_before() -> None:
    made = week(
        alert(entry(Kind.ACKNOWLEDGED, 31, by="A"), entry(Kind.RESOLVED, 33), begin=30),
        alert(entry(Kind.RESOLVED, -90), begin=-100),
    )
    (one,) = made.watches
    assert (one.now.red, one.before.red) == (3 * H, 10 * H)
    assert (one.now.acknowledge, one.now.resolve) == (H, 3 * H)
    assert (one.now.untaken, one.before.untaken) == (0, 1)
    assert one.weeks == (0.0,) * (WEEKS - 2) + (10.0, 3.0)
    assert not made.quiet


def test_all_watches_together_are_red_once() -> None:
    made = digest(
        {
            "a": [alert(entry(Kind.RESOLVED, 4), begin=0, watch="a")],
            "b": [alert(entry(Kind.RESOLVED, 6), begin=2, watch="b")],
        },
        end=END,
    )
    assert made.total.red == 6 * H
    assert [one.watch for one in made.watches] == ["a", "b"]


def test_a_week_without_alerts_is_quiet() -> None:
    made = week(alert(entry(Kind.RESOLVED, -90), begin=-100))
    assert made.quiet
    assert made.total_before.red == 10 * H
    assert digest({}, end=END).quiet


def test_an_alert_that_is_still_open_is_red_until_now() -> None:
    assert week(alert(begin=160)).total.red == 8 * H


def test_culprits_come_before_who_is_only_likely_and_the_longest_red_first() -> None:
    sure = alert(entry(Kind.RESOLVED, 2), begin=0, culprits=(culprit(7),), groups=(group(Suspect(seen(8), 0.9)),))
    likely = alert(entry(Kind.RESOLVED, 20), begin=10, groups=(group(Suspect(seen(9), 0.7), Suspect(seen(3), 0.2)),))
    vague = alert(entry(Kind.RESOLVED, 40), begin=30, groups=(group(Suspect(seen(4), 0.4)),))
    unnamed = alert(entry(Kind.RESOLVED, 60), begin=50, groups=(group(Suspect(seen(5), 0.9), named=False),))
    found = breakers({"inductor": [sure, likely, vague, unnamed]}, begin=hours(0), end=END)
    assert [(one.commit.title, one.certain, one.red) for one in found] == [
        ("Change 9", False, 10 * H),
        ("Change 7", True, 2 * H),
    ]


def test_a_commit_that_broke_two_watches_is_one_breaker() -> None:
    (one,) = breakers(
        {
            "a": [alert(entry(Kind.RESOLVED, 2), watch="a", culprits=(culprit(7),))],
            "b": [alert(entry(Kind.RESOLVED, 5), watch="b", culprits=(culprit(7),))],
        },
        begin=hours(0),
        end=END,
    )
    assert (one.watches, one.red) == (("a", "b"), 5 * H)


def test_who_broke_it_before_that_stretch_is_not_named() -> None:
    assert breakers({"a": [alert(entry(Kind.RESOLVED, 2), culprits=(culprit(7),))]}, begin=hours(3), end=END) == ()


def test_flaky_jobs_stand_beside_their_rate_at_the_digest_before() -> None:
    flake = Flake("pytorch", JOB, 10, 2, 0)
    other = Flake("pytorch", JOB, 10, 1, 0)
    made = digest({}, [other, flake], end=END, rates={named(flake): 0.1})
    assert made.flaky == (Flaky(flake, 0.1), Flaky(other, 0.1))


def test_alerts_are_needed_for_the_chart_and_for_twice_the_stretch() -> None:
    assert END - horizon(END, WEEK) == WEEKS * WEEK
    assert END - horizon(END, 6 * WEEK) == 12 * WEEK


@pytest.mark.parametrize("entries", [(entry(Kind.REOPENED, 1),), (entry(Kind.RESOLVED, -3),)])
def test_entries_that_make_no_sense_do_no_harm(entries: tuple[Entry, ...]) -> None:
    assert len(spells(alert(*entries))) == 1
