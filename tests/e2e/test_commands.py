"""`/trunk`: every command, typed well, typed badly, and junk."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from tests.e2e.scene import ALICE, BOB, CAROL, INDUCTOR, Scene


async def test_the_overview_shows_every_watch_the_broken_ones_first(either: Scene) -> None:
    either.draw(workflow="lint", lintrunner="+++")
    await either.broken()
    answer = await either.trunk()
    lines = answer.shown.splitlines()
    assert "1 of 2 watches broken" in lines[0]
    assert lines[1].startswith(":red_circle: *inductor*")
    assert "nobody has it" in lines[1]
    assert lines[2].startswith(":large_green_circle: *lint*")
    assert answer.messages[0].only_for == CAROL


async def test_a_watch_shows_recent_failures_and_suspect_commits(either: Scene) -> None:
    await either.broken(build="++xxx")
    answer = await either.trunk("inductor")
    for piece in ("Red now", "Suspect", "Recent failures", either.commits[2].sha[:7], "Author 2", "`build`"):
        assert piece in answer.shown


async def test_a_replica_that_does_not_poll_the_trunk_answers_as_the_one_that_does(world: Scene) -> None:
    await world.broken(build="++xxx")
    await world.settled()
    bot, poller = world.app._bot, world.app._pollers["pytorch"]

    async def said() -> list[str]:
        """Without links: those of GitHub's own words are remembered where it polls, and made up elsewhere."""
        typed = (f"commit {world.commits[2].sha[:8]}", "commit 0123456789abcdef", "flaky", "flaky inductor")
        return [re.sub(r"<[^|>]*\|", "", (await world.trunk(text)).shown) for text in typed]

    assert await bot.trunk("pytorch") is poller.trunk
    here = await said()
    bot._held = lambda _: None
    assert await bot.trunk("pytorch") is not poller.trunk
    assert await said() == here


@pytest.mark.parametrize("typed", ["INDUCTOR", "induct", "inductr", "  inductor  ", "`inductor`", "#inductor"])
async def test_a_watch_is_found_however_it_is_typed(world: Scene, typed: str) -> None:
    await world.broken()
    assert "*inductor*" in (await world.trunk(typed)).shown


@pytest.mark.parametrize(("typed", "meant"), [("helpp", "What you can ask"), ("helth", "well"), ("alerst", "open")])
async def test_a_command_with_a_typo_is_understood(world: Scene, typed: str, meant: str) -> None:
    assert meant in (await world.trunk(typed)).shown


async def test_a_miss_names_the_nearest(world: Scene) -> None:
    said = (await world.trunk("indoctrinate")).shown
    assert "Nothing here is called 'indoctrinate'" in said
    assert "Did you mean inductor" in said


async def test_alerts_lists_open_ones_with_owner_and_thread(world: Scene) -> None:
    root = await world.broken()
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
    await world.settled()
    said = (await world.trunk("alerts")).shown
    assert "1 alert is open" in said
    assert f"<@{ALICE}>" in said
    assert "|thread>" in said


async def test_alerts_without_any_says_so(world: Scene) -> None:
    assert (await world.trunk("alerts")).shown == "No alert is open."


async def test_explain_counts_each_job_against_the_threshold(world: Scene) -> None:
    world.draw(build="+xx", cpu="+++")
    await world.polled()
    said = (await world.trunk("explain inductor")).shown
    assert "it does not fire" in said
    assert "(2 of 3)" in said


async def test_commit_answers_whether_it_was_me(either: Scene) -> None:
    await either.broken(build="+xxx", cpu="++++")
    said = (await either.trunk(f"commit {either.commits[1].sha[:10]}")).shown
    assert "1 job failed here that did not fail before." in said
    assert "of inductor" in said
    later = (await either.trunk(f"commit https://github.com/pytorch/pytorch/commit/{either.commits[3].sha}")).shown
    assert "Everything red here was red before it." in later


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("commit", "Which commit?"),
        ("commit zzzz", "is not a sha"),
        ("commit abc", "is not a sha"),
        ("commit 0123456789abcdef", "No commit of the window begins with"),
        ("explain", "Which watch? There is inductor, lint."),
        ("explain nothing-like-it", "Nothing here is called"),
        ("ack", "Which watch?"),
        ("ack lint", "lint has no open alert"),
        ("assign lint", "lint has no open alert"),
        ("assign inductor somebody", "is not a person"),
        ("resolve lint", "kept to a few people"),
    ],
)
async def test_what_cannot_be_done_says_what_to_do(world: Scene, typed: str, answer: str) -> None:
    assert answer in (await world.trunk(typed)).shown


async def test_several_commits_of_the_same_beginning_are_listed(world: Scene) -> None:
    world.draw(build="+++")
    await world.polled()
    said = (await world.trunk("commit 0000")).shown
    assert "3 commits begin with 0000" in said


async def test_ack_assign_and_resolve_can_be_typed(either: Scene) -> None:
    root = await either.broken()
    assert "You have inductor now" in (await either.trunk("ack inductor", user=ALICE)).shown
    await either.root(says=f"<@{ALICE}> has it")
    assert "bob has inductor now." in (await either.trunk("assign inductor @bob", user=ALICE)).shown
    assert (await either.reply(root, "assigned this to you")).pings == {BOB}
    said = (await either.trunk("resolve inductor the revert has landed", user=ALICE)).shown
    assert "is resolved" in said
    await either.reply(root, "the revert has landed")


async def test_acknowledging_by_command_what_another_has_is_refused(world: Scene) -> None:
    await world.broken()
    await world.trunk("ack inductor", user=ALICE)
    assert f"Already taken: <@{ALICE}>" in (await world.trunk("ack inductor", user=BOB)).shown


async def test_help_lists_every_command_and_every_watch(world: Scene) -> None:
    said = (await world.trunk("help")).shown
    for word in ("/trunk", "WATCH", "commit SHA", "alerts", "explain WATCH", "ack", "assign", "resolve", "health"):
        assert word in said
    assert "inductor, lint" in said


async def test_health_says_that_all_is_well(either: Scene) -> None:
    either.draw(build="+")
    await either.polled()
    said = (await either.trunk("health")).shown
    assert said.startswith("*All is well.*")
    for part in ("redis", "slack", "source pytorch", "read 0 s ago"):
        assert part in said


async def test_share_shows_the_answer_to_the_channel(either: Scene) -> None:
    await either.broken()
    answer = await either.trunk("inductor share")
    assert [message.only_for for message in answer.messages] == [None]
    posted = [m for m in either.slack.messages(INDUCTOR) if "Recent failures" in m.shown]
    assert len(posted) == 1
    assert posted[0].pings == frozenset()


async def test_a_wrong_command_is_not_shared(world: Scene) -> None:
    answer = await world.trunk("indoctrinate share")
    assert answer.messages[0].only_for == CAROL


async def test_ten_who_ask_at_once_are_all_answered_and_each_sees_what_was_done_before(world: Scene) -> None:
    await world.broken()
    answers = await asyncio.gather(*(world.trunk("inductor", user=user) for user in (ALICE, BOB) for _ in range(5)))
    assert {answer.shown for answer in answers} == {answers[0].shown}
    assert "nobody has it yet" in answers[0].shown
    for owner in (ALICE, BOB):
        await world.trunk(f"assign inductor <@{owner}>")
        assert f"<@{owner}> is asked, not acknowledged" in (await world.trunk("inductor")).shown


@pytest.mark.parametrize("typed", ["help", "lint"])
async def test_a_command_that_is_delivered_twice_is_answered_once(either: Scene, typed: str) -> None:
    either.slack.duplicate_envelopes()
    answer = await either.trunk(typed)
    await either.polled()
    assert len(answer.messages) == 1
    assert len(either.slack.ephemerals(CAROL)) == 1


JUNK = random.Random(1)  # the same junk every time


@pytest.mark.parametrize(
    "junk",
    [
        "".join(chr(JUNK.choice([*range(0x20, 0xD7FF), *range(0xE000, 0x1F9FF)])) for _ in range(1000)),
        "x" * 3000,
        "<!channel> <!here> <@U01ALICE> *bold* `code` <https://x|y>",
        "\u202e\u200b\u0000\ufeff",
        "commit " + "9" * 500,
        "assign inductor <!subteam^S0LEADS>",
        "'; FLUSHALL; --",
        "share share share",
        "\n\n\t share",
    ],
)
async def test_junk_gets_an_answer_that_pings_nobody(world: Scene, junk: str) -> None:
    answer = await world.trunk(junk)
    assert answer.acknowledged
    assert answer.messages
    assert all(message.pings == frozenset() for message in answer.messages)
    assert "Something went wrong" not in answer.shown
    assert not world.slack.failed_acks
