"""What people ask for themselves: their quiet hours, and messages that mention them all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import presses
from chatbot.config import Priority
from chatbot.messages import hush
from chatbot.messages.blocks import Payload, context, lines, section
from chatbot.messages.escape import Text, Untrusted, escape, mrkdwn, pings
from chatbot.preferences import Preferences, handed_over, wrong_times
from tests.trunks import START
from tests.unit.test_home import ME, OTHER, alert

NIGHT = Preferences(quiet_from="22:00", quiet_to="07:00", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("20:59", False), ("21:00", True), ("23:30", True), ("05:59", True), ("06:00", False), ("12:00", False)],
)
def test_quiet_hours_are_those_of_the_clock_on_their_wall(at: str, quiet: bool) -> None:
    now = datetime.fromisoformat(f"2026-01-10T{at}+00:00")
    assert NIGHT.hushed(Priority.P2, now=now) is quiet


def test_in_summer_the_same_hours_are_an_hour_earlier() -> None:
    assert NIGHT.hushed(Priority.P2, now=datetime(2026, 7, 10, 20, 30, tzinfo=UTC))


def test_p0_is_said_at_any_hour() -> None:
    night = datetime(2026, 1, 10, 2, tzinfo=UTC)
    assert NIGHT.hushed(Priority.P1, now=night)
    assert not NIGHT.hushed(Priority.P0, now=night)


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("", "", ("", "")),
        ("22:00", "07:00", ("", "")),
        ("22:00", "", ("", "Say when they end too, or clear both.")),
        ("", "07:00", ("Say when they begin too, or clear both.", "")),
        ("22:00", "22:00", ("", "That is when they begin; pick another time, or clear both.")),
        ("25:00", "07:00", ("Write a time of day such as 22:00.", "")),
        ("22:00", "7", ("", "Write a time of day such as 22:00.")),
    ],
)
def test_what_is_wrong_is_said_beside_it(start: str, end: str, wrong: tuple[str, str]) -> None:
    assert wrong_times(start, end) == wrong


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=40))
def test_whatever_was_stored_answers(start: str, end: str, zone: str) -> None:
    kept = Preferences(quiet_from=start, quiet_to=end).of("x", zone)
    assert kept.hushed(Priority.P2, now=START) in {True, False}


def test_only_what_somebody_else_handed_over_is_told() -> None:
    before = alert()
    given_to = presses.assigned(before, to=ME, by=OTHER, name="bob", at=START)
    taken = presses.assigned(before, to=ME, by=ME, name="alice", at=START)
    entry = handed_over(before, given_to)
    assert entry is not None
    assert (entry.to, entry.by) == (ME, OTHER)
    assert handed_over(before, taken) is None
    assert handed_over(given_to, given_to) is None


# ---- mentions


MESSAGE = Payload(
    text=mrkdwn("{a} and {b}: broken", a=Text(f"<@{ME}>"), b=Text(f"<@{OTHER}>")),
    blocks=(
        section(Text(f"<@{ME}> look")),
        context(Text(f"<@{ME}|alice>")),
        lines([Text(f"<@{OTHER}>"), Text("<!subteam^S0LEADS>")], title=Text(f"<@{ME}>")),
    ),
)


def test_who_is_mentioned_is_found_everywhere_once() -> None:
    assert hush.mentioned(MESSAGE) == (ME, OTHER)


def test_who_wants_quiet_is_named_and_the_others_are_mentioned() -> None:
    calm = hush.hushed(MESSAGE, {ME: "Alice <!here>"})
    assert hush.mentioned(calm) == (OTHER,)
    assert "Alice &lt;!here&gt; (quiet hours) and" in calm.text
    assert "S0LEADS" in str(calm.blocks)


@given(st.text(max_size=60))
def test_no_name_pings_anybody(name: str) -> None:
    calm = hush.hushed(MESSAGE, {ME: name, OTHER: name})
    assert not pings(calm.text)
    assert escape(Untrusted("x")) == "x"


def test_the_hours_last_until_they_end() -> None:
    begins = datetime(2026, 1, 10, 21, tzinfo=UTC)
    quiet = [NIGHT.hushed(Priority.P3, now=begins + timedelta(minutes=30 * step)) for step in range(48)]
    assert quiet == [True] * 18 + [False] * 30
