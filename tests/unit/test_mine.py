"""What of the open alerts concerns one person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.alert import Kind, Suspect
from chatbot.config import Person
from chatbot.messages import budget
from chatbot.messages import mine as words
from chatbot.mine import mine, wrote
from tests.alerts import MONDAY, alert, culprit, entry, group, seen

ALICE, BOB = "U01ALICE", "U02BOB"
PEOPLE = (Person(github="Octocat", slack=ALICE, email="alice@example.org"), Person(github="bob", slack=BOB))


def test_what_is_assigned_or_acknowledged_is_theirs_until_they_hand_it_over() -> None:
    asked, took, other = alert(assignee=ALICE), alert(acknowledged_by=ALICE), alert(acknowledged_by=ALICE, assignee=BOB)
    assert mine([asked, took, other], ALICE, PEOPLE).have == (asked, took)


@pytest.mark.parametrize(
    ("login", "email", "theirs"),
    [
        ("octocat", None, True),
        ("OCTOCAT", None, True),
        ("someone", "Alice@Example.org", True),
        ("someone", "bob@example.org", False),
        ("", "", False),
    ],
)
def test_a_commit_is_theirs_by_login_or_address(login: str, email: str | None, *, theirs: bool) -> None:
    assert wrote(seen(1, login=login or "-", email=email), PEOPLE[:1]) is theirs


def test_of_their_suspects_the_likeliest_is_told() -> None:
    suspects = (Suspect(seen(1, login="bob"), 0.2), Suspect(seen(2, login="bob"), 0.7), Suspect(seen(3), 0.1))
    (found,) = mine([alert(groups=(group(*suspects),))], BOB, PEOPLE).suspected
    assert (found.commit.sha, found.probability, found.sure) == (seen(2).sha, 0.7, False)


def test_a_culprit_of_theirs_is_certain() -> None:
    known = culprit(7)
    made = alert(culprits=(known,))
    (found,) = mine([made], BOB, (Person(github="author7", slack=BOB),)).suspected
    assert found.sure


def test_what_they_gave_away_is_listed_until_they_have_it_again() -> None:
    gave = entry(Kind.ASSIGNED, 1, by=ALICE, to=BOB)
    back = entry(Kind.UNACKNOWLEDGED, 2, by=ALICE)
    assert mine([alert(gave, assignee=BOB)], ALICE, PEOPLE).handed[0][1] == gave
    assert mine([alert(gave, back)], ALICE, PEOPLE).handed[0][1] == back
    assert mine([alert(gave, assignee=ALICE)], ALICE, PEOPLE).handed == ()


def test_nothing_is_said_kindly_and_those_unknown_learn_how_to_be_known() -> None:
    nothing = mine([], "U09NEW", PEOPLE)
    assert nothing.empty
    said = budget.message_body(words.mine(nothing, {}, {}, now=MONDAY, command="/trunk"))
    assert said["text"] == "Nothing is waiting for you: you have no open alert."
    assert "`people` in the configuration does not have you" in str(said["blocks"])


def test_hostile_titles_ping_nobody() -> None:
    made = mine([alert(assignee=ALICE)], ALICE, PEOPLE)
    said = words.mine(
        made, {"inductor": "<!channel> *bold* `x`"}, {}, now=MONDAY + timedelta(hours=2), command="/trunk"
    )
    assert "<!channel>" not in str(budget.message_body(said))
