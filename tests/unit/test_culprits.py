"""Whom trunk itself calls a culprit: what a later commit takes back, and whom people name."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from chatbot import culprits
from chatbot.alert import Alert, Kind
from chatbot.ci import Commit
from chatbot.presses import Refused, Why, confirmed
from chatbot.settle import settle
from chatbot.trunk import Trunk
from chatbot.watch import evaluate
from tests.trunks import START, attempt, commit, sha, trunk, watch

RULE = watch(resolve_after=1, reopen_within="6h")
LATER = START + timedelta(hours=2)


def follow(made: Trunk, present: Alert | None = None, *, minutes: int = 0) -> Alert:
    now = LATER + timedelta(minutes=minutes)
    alert = settle(present, RULE, evaluate(RULE, made, now=now), made)
    assert alert is not None
    return alert


def reverting(number: int, target: int, **fields: object) -> Commit:
    return msgspec.structs.replace(commit(number, title=f'Revert "Change {target} (#{1000 + target})"'), **fields)


def test_a_revert_of_a_commit_of_the_range_names_the_culprit_with_its_jobs_and_range() -> None:
    made = trunk("+..xxx")
    alert = follow(made)
    made.extend([reverting(6, 2)])
    after = follow(made, alert, minutes=1)
    (culprit,) = after.culprits
    assert culprit.commit.sha == sha(2)
    assert culprit.revert is not None
    assert culprit.revert.sha == sha(6)
    assert (culprit.last_green, culprit.first_failing) == (sha(0), sha(3))
    assert [job.name for job in culprit.jobs] == ["test (a)"]
    assert after.entries[-1].kind is Kind.CULPRIT
    assert after.version == alert.version + 1


def test_noticing_twice_says_nothing_twice() -> None:
    made = trunk("+..xxx")
    alert = follow(made)
    made.extend([reverting(6, 2)])
    once = follow(made, alert)
    assert follow(made, once) == once


def test_a_verdict_applied_again_to_the_alert_as_it_was_names_the_same_culprit() -> None:
    made = trunk("+..xxx")
    alert = follow(made)
    made.extend([reverting(6, 2)])
    assert follow(made, alert).culprits == follow(made, alert).culprits


@pytest.mark.parametrize("target", [0, 4, 5])
def test_a_revert_of_what_landed_before_the_last_green_or_after_the_first_failure_names_nobody(target: int) -> None:
    made = trunk("+..xxx")
    made.extend([reverting(6, target)])
    assert follow(made).culprits == ()


def test_a_revert_that_landed_before_the_first_failure_names_nobody() -> None:
    made = Trunk("pytorch")
    made.apply([commit(0), commit(1), reverting(2, 1), *map(commit, range(3, 6))], ())
    made.apply((), [attempt(0, "+"), *(attempt(n, "x") for n in (3, 4, 5))])
    assert follow(made).culprits == ()


def test_a_job_that_was_never_seen_green_tells_nothing() -> None:
    made = trunk("xxx")
    made.extend([reverting(3, 0)])
    assert follow(made).culprits == ()


def test_the_sha_in_a_message_counts_for_more_than_the_title() -> None:
    made = trunk("+..xxx")
    made.extend([reverting(6, 1, reverts=f"This reverts commit {sha(2)}.")])
    assert [culprit.commit.sha for culprit in follow(made).culprits] == [sha(2)]


def test_a_revert_that_lands_after_all_is_green_still_names_the_culprit() -> None:
    made = trunk("+xxx")
    alert = follow(made)
    made.apply([commit(4)], [attempt(4, "+", job="test (a)")])
    resolved = follow(made, alert, minutes=1)
    assert not resolved.open
    made.extend([reverting(5, 1)])
    assert [culprit.commit.sha for culprit in follow(made, resolved, minutes=2).culprits] == [sha(1)]


def test_culprits_of_before_it_was_reopened_are_history() -> None:
    made = trunk("+xxx")
    alert = follow(made)
    made.extend([reverting(4, 1)])
    made.apply((), [attempt(4, "+", job="test (a)")])
    resolved = follow(made, alert, minutes=1)
    for number in (5, 6, 7):
        made.apply([commit(number)], [attempt(number, "x", job="test (a)")])
    again = follow(made, resolved, minutes=2)
    assert again.reopened == 1
    assert len(again.culprits) == 1
    assert again.found == ()


def test_reverts_are_found_after_trunk_was_rewritten() -> None:
    made = trunk("+..xxx")
    alert = follow(made)
    old = [*map(commit, range(6)), reverting(6, 2)]
    made.apply(old, [attempt(n, d, job="test (a)") for n, d in enumerate("+..xxx") if d != "."], rewritten=True)
    assert [culprit.commit.sha for culprit in follow(made, alert).culprits] == [sha(2)]


def test_a_person_may_name_what_lies_outside_the_range_but_not_what_landed_too_late() -> None:
    made = trunk("++..xxx")
    alert = follow(made)
    early = culprits.accused(alert, made, commit(1), by="U1", at=LATER)
    assert early is not None
    assert (early.last_green, early.first_failing) == (sha(0), sha(4))
    assert culprits.accused(alert, made, commit(5), by="U1", at=LATER) is None


def test_the_same_culprit_named_by_two_is_refused_to_the_second() -> None:
    made = trunk("+..xxx")
    alert = follow(made)
    found = culprits.accused(alert, made, commit(2), by="U1", at=LATER)
    assert found is not None
    after = confirmed(alert, found, name="Alice")
    with pytest.raises(Refused) as refused:
        confirmed(after, found)
    assert refused.value.why is Why.KNOWN


def test_being_taught_is_remembered_and_shown_to_nobody() -> None:
    made = trunk("+..xxx")
    made.extend([reverting(6, 2)])
    alert = follow(made)
    after = alert.taught(sha(2))
    assert after.culprits[0].taught
    assert after.version == alert.version
