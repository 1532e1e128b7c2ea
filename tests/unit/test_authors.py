"""Which authors are told, who they are in Slack, and who never is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chatbot import authors
from chatbot.alert import Alert, Culprit, Group, Kind, Seen, State, Suspect
from chatbot.ci import Job
from chatbot.config import Authors, Person
from tests.trunks import START, sha

PEOPLE = [
    Person(github="octocat", slack="U01OCTO", email="octo@example.org"),
    Person(github="Hubot-Fan", slack="U02FAN", email="fan@example.org"),
]
JOB = Job("inductor", "test")


def seen(number: int = 1, *, login: str | None = "somebody", email: str | None = "some@example.org") -> Seen:
    return Seen(sha(number), "A change", "Somebody", login, email)


def suspected(commit: Seen, probability: float = 0.9, *, named: bool = True, told: bool = True) -> Group:
    suspect = Suspect(commit, probability)
    return Group((JOB,), None, None, suspects=(suspect,), named=named, told=commit.sha if told else None)


def alert(*groups: Group, **fields: object) -> Alert:
    made = Alert(
        id="inductor:1", watch="inductor", trunk="t", opened_at=START, opened_on="", changed_at=START, jobs=(),
        failing=(), groups=groups,
    )  # fmt: skip
    return msgspec.structs.replace(made, **fields)


def told(one: Alert, people: dict[str, str] | None = None, **settings: object) -> list[str]:
    found = authors.tellings(one, Authors.model_validate(settings), people or {})
    return [telling.commit.sha for telling in found]


@pytest.mark.parametrize(
    ("probability", "settings", "count"),
    [
        (0.8, {}, 1),
        (0.79, {}, 0),
        (0.5, {"at_least": 0.5}, 1),
        (0.99, {"tell": "never"}, 0),
        (0.99, {"tell": "direct"}, 1),
    ],
)
def test_the_author_of_a_suspect_is_told_from_the_bar_on(
    probability: float, settings: dict[str, Any], count: int
) -> None:
    assert len(told(alert(suspected(seen(), probability)), **settings)) == count


def test_nobody_is_told_before_everything_that_was_asked_is_answered() -> None:
    assert told(alert(suspected(seen(), told=False))) == []
    assert told(alert(suspected(seen(), named=False))) == []


def test_a_culprit_counts_as_certain_and_the_suspect_of_its_range_is_left_in_peace() -> None:
    culprit = Culprit(seen(2), START, (JOB,), None, None, by="U01ALICE")
    assert told(alert(suspected(seen(1)), culprits=(culprit,))) == [sha(2)]


def test_who_is_mentioned_with_the_culprit_is_not_told_again() -> None:
    culprit = Culprit(seen(2), START, (JOB,), None, None)
    assert told(alert(culprits=(culprit,)), {"somebody": "U01"}) == []


@pytest.mark.parametrize("fields", [{"state": State.RESOLVED}, {"inhibited_by": ("badly",)}])
def test_what_is_over_or_kept_quiet_tells_nobody(fields: dict[str, object]) -> None:
    assert told(alert(suspected(seen()), **fields)) == []


def test_an_author_is_told_once_an_alert() -> None:
    one = alert(suspected(seen(1)), suspected(seen(2)))
    first, second = authors.tellings(one, Authors(), {})
    entry = authors.entry(first, "U01", now=START)
    after = one.said(entry)
    assert told(after) == [sha(2)]
    assert after.said(authors.entry(second, "U01", now=START)) == after
    assert [one.kind for one in after.entries] == [Kind.AUTHOR]


@pytest.mark.parametrize(
    ("commit", "alone"),
    [
        (seen(), False),
        (seen(login="dependabot[bot]"), True),
        (seen(login="pytorchmergebot"), True),
        (seen(login="PyTorchMergeBot"), True),
        (seen(login="release-bot"), True),
        (seen(login="robotham"), False),
        (seen(login="shy"), True),
        (seen(login=None, email="Quiet@Example.org"), True),
        (seen(login=None, email=None), True),
        (seen(login=None, email="49699333+dependabot[bot]@users.noreply.github.com"), True),
    ],
)
def test_robots_and_those_who_opted_out_are_left_alone(commit: Seen, alone: bool) -> None:
    settings = Authors(opt_out=("@Shy", "quiet@example.org"))
    assert authors.is_left_alone(commit, settings) is alone


def test_robots_are_configurable() -> None:
    assert authors.is_left_alone(seen(login="importer"), Authors(robots=("import*",)))
    assert not authors.is_left_alone(seen(login="pytorchmergebot"), Authors(robots=()))


@pytest.mark.parametrize(
    ("commit", "user"),
    [
        (seen(login="Octocat", email=None), "U01OCTO"),
        (seen(login="hubot-fan", email="octo@example.org"), "U02FAN"),  # the login says more than the address
        (seen(login=None, email="FAN@example.org"), "U02FAN"),
        (seen(login=None, email="583231+octocat@users.noreply.github.com"), "U01OCTO"),
        (seen(login=None, email="octocat@users.noreply.github.com"), "U01OCTO"),
        (seen(), None),
        (seen(login=None, email=None), None),
    ],
)
def test_an_author_is_found_by_login_then_by_address(commit: Seen, user: str | None) -> None:
    assert authors.configured(commit, PEOPLE) == user


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("Some@Example.org", "some@example.org"),
        ("1+octocat@users.noreply.github.com", None),
        ("noreply.github.com", None),
        ("", None),
        ("two words@example.org", None),
        (None, None),
    ],
)
def test_slack_is_asked_for_addresses_that_somebody_reads(email: str | None, address: str | None) -> None:
    assert authors.address_of(seen(email=email)) == address


def test_whoever_opted_out_is_not_mentioned_with_a_culprit_either() -> None:
    assert authors.mentioned_with_culprits(Authors(), PEOPLE) == {"octocat": "U01OCTO", "hubot-fan": "U02FAN"}
    shy = Authors(opt_out=("octocat", "fan@example.org"))
    assert authors.mentioned_with_culprits(shy, PEOPLE) == {}
    assert authors.mentioned_with_culprits(Authors(tell="direct"), PEOPLE) == {}
