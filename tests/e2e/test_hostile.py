"""Titles, names and log lines from outside, on the whole way from GitHub to Slack: shown, but never obeyed."""

from __future__ import annotations

import pytest

from tests.e2e.scene import ALICE, BOB, CAROL, Scene

HOSTILE = "<!channel> <@U03CAROL> <!subteam^S0LEADS> & *b* _i_ ~s~ `c` <https://x|y> @here https://evil.example"
ALLOWED = frozenset({ALICE, BOB})


@pytest.mark.parametrize(
    "text", [HOSTILE, "x" * 10_000, "\u202e" + "a" * 50 + "\u0000\ud7ff", "`" * 3000, "<" * 5000, "> quoted\n* list"]
)
async def test_what_comes_from_outside_pings_nobody_and_formats_nothing(either: Scene, text: str) -> None:
    either.land("The good one")
    for number in range(1, 4):
        either.land(text, author=text[:200])
        either.ends(number, "build", "x", line=text[:2000])
    either.ends(0, "build", "+")
    root = await either.root()
    either.land(text, author=text[:200])
    either.ends(4, "build", "x", line=text[:2000])
    await either.reply(root, "another commit")
    await either.settled()
    for message in either.everything():
        assert message.pings <= ALLOWED
        assert "<!channel>" not in message.shown
        assert "<@U03CAROL>" not in message.shown
        assert "<https://x|y>" not in message.shown
    for asked in ("", "inductor", "alerts", "explain inductor", f"commit {either.commits[1].sha}", "inductor share"):
        answer = await either.trunk(asked)
        assert all(message.pings == frozenset() for message in answer.messages)
        assert "<!channel>" not in answer.shown
        assert "Something went wrong" not in answer.shown
    assert not either.slack.failed_acks


async def test_a_hostile_job_name_is_shown_as_it_is(world: Scene) -> None:
    root = await world.broken(**{"test <!here> `x` & *y*": "+xxx"})
    await world.settled()
    assert root.pings <= ALLOWED
    assert "<!here>" not in root.shown
    assert "&lt;!here&gt;" in root.shown


async def test_a_hostile_note_is_shown_as_it_is(world: Scene) -> None:
    root = await world.broken()
    await world.trunk("resolve inductor <!channel> *done* <@U03CAROL>", user=ALICE)
    reply = await world.reply(root, "Resolved by alice")
    assert reply.pings == frozenset()
    assert "&lt;!channel&gt;" in reply.shown


async def test_alerts_with_three_hundred_broken_jobs_stay_readable(world: Scene) -> None:
    root = await world.broken(**{f"test (a_long_configuration_name_{n:03}, sm86)": "+xxx" for n in range(300)})
    await world.settled()
    assert "+292 more" in root.shown
    assert "Number_of_Jobs_Failing=300" in root.shown
    assert CAROL not in root.pings
    answer = await world.trunk("inductor")
    assert "more" in answer.shown
