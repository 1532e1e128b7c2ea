"""What an alert keeps of commits, when it counts as shown, and when a change is one."""

from __future__ import annotations

import msgspec
import pytest

from chatbot.alert import Delivery, Kind, Seen, Sending
from chatbot.ci import Author
from tests.alerts import alert, culprit, entry, hours, seen
from tests.trunks import commit

ENTRY = entry(Kind.FAILING_COMMIT, 1)
UNDER_WAY = Sending("root", "n", hours(1), "C0INDUCTOR", 1)


def test_a_commit_is_remembered_with_its_author_its_pull_request_and_its_time() -> None:
    landed = commit(7)
    kept = Seen.of(landed)
    assert (kept.sha, kept.title, kept.pr, kept.at) == (landed.sha, landed.title, 1007, landed.committed_at)
    assert (kept.author, kept.login, kept.email) == ("Author 7", "author7", "author7@example.org")


@pytest.mark.parametrize(
    ("author", "name"),
    [
        (Author("Ada", "ada", None), "Ada"),
        (Author("", "ada", None), "ada"),
        (Author("", None, "ada@example.org"), "unknown author"),
    ],
)
def test_an_author_without_a_name_goes_by_the_login(author: Author, name: str) -> None:
    assert Seen.of(msgspec.structs.replace(commit(1), author=author)).author == name


def test_titles_are_cut_at_300_characters() -> None:
    assert len(Seen.of(commit(1, title="x" * 300)).title) == 300
    assert len(Seen.of(commit(1, title="x" * 301)).title) == 300


@pytest.mark.parametrize(
    ("shown", "settled"),
    [
        ({}, True),
        ({"rendered": 2}, True),
        ({"rendered": 0}, False),
        ({"entries": {}}, False),
        ({"sending": UNDER_WAY}, False),
        ({"doubts": (UNDER_WAY,)}, False),
    ],
)
def test_an_alert_is_settled_once_nothing_is_left_to_show_or_to_find_out(
    shown: dict[str, object], *, settled: bool
) -> None:
    complete = Delivery("C0INDUCTOR", "1.0", rendered=1, entries={ENTRY.id: "2.0"})
    assert alert(ENTRY).shown(msgspec.structs.replace(complete, **shown)).settled is settled


def test_a_change_is_a_new_version_with_its_time_and_no_change_is_none() -> None:
    present = alert()
    after = present.changed(at=hours(3), assignee="U02BOB")
    assert (after.version, after.changed_at) == (present.version + 1, hours(3))
    assert after.changed(at=hours(4), assignee="U02BOB") is after


def test_what_the_thread_says_already_is_not_said_again() -> None:
    other = entry(Kind.RESOLVED, 2)
    assert alert(ENTRY).said(ENTRY, other).entries == (ENTRY, other)


def test_only_the_culprit_that_was_learned_from_is_taught() -> None:
    present = alert(culprits=(culprit(1), culprit(2)))
    assert [c.taught for c in present.taught(seen(2).sha).culprits] == [False, True]
