"""Snooze in Slack: the window and its preview, quiet, the one reply at the end, the command, wrong input."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from tests.e2e.scene import ALICE, BOB, CAROL, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


async def test_the_window_shows_what_stays_silent_and_the_alert_says_who_snoozed_it(either: Scene) -> None:
    root = await either.broken()
    view = await either.opened(CAROL, root, "Snooze")
    assert "replies about further failing commits and jobs" in view.shown
    assert f"mentions of <@{ALICE}>, <@{BOB}>" in view.shown
    assert (await either.slack.submit(CAROL, {"Keep it quiet for": "8 hours"})).acknowledged
    now = await either.root(says="*Snoozed* by carol until <!date")
    assert {"Acknowledge", "Snooze", "End snooze"} <= set(now.labels)
    reply = await either.reply(root, "Snoozed by carol")
    assert reply.pings == frozenset()


async def test_quiet_until_the_next_green_then_one_reply_that_tells_who_has_it(world: Scene) -> None:
    root = await world.broken(build="+xxx", test="+xxx")
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
    await world.opened(ALICE, root, "Snooze")
    await world.slack.submit(ALICE, {"Keep it quiet for": "Until the next green"})
    await world.reply(root, "until the next green, at most until")
    world.draw(build="xx", test="xx", other="xx")
    await world.polled()
    await world.settled()
    assert "5 commits in a row" in world.slack.current(root).shown
    assert len(world.replies(root)) == 2
    world.draw(build="+", test="x", other="x")
    reply = await world.reply(root, "A job is green again, and it is still broken")
    assert reply.pings == {ALICE}
    assert "Meanwhile 3 more commits failed and 1 more job broke: `other`" in reply.shown
    await world.polled()
    await world.settled()
    assert len(world.replies(root)) == 3
    assert "Snoozed" not in world.slack.current(root).shown


async def test_a_choice_changes_the_preview_and_what_was_typed_stays(world: Scene) -> None:
    root = await world.broken()
    view = await world.opened(ALICE, root, "Snooze")
    before = view.hash
    await world.slack.click(view, "Until the next green")
    now = await world.slack.until(lambda: (shown := world.slack.modal(ALICE)) and shown.hash != before and shown)
    assert now
    await world.slack.submit(ALICE)
    await world.reply(root, "until the next green")


async def test_what_is_typed_counts_more_than_what_is_chosen(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Snooze")
    await world.slack.submit(ALICE, {"Or until": "#4711"})
    now = await world.root(says="*Snoozed*")
    assert "pull/4711|#4711> is tested" in now.shown


@pytest.mark.parametrize("typed", ["yesterday", "whenever", "31d", "0m"])
async def test_what_is_no_time_is_said_beside_the_input(either: Scene, typed: str) -> None:
    root = await either.broken()
    await either.opened(ALICE, root, "Snooze")
    answer = await either.slack.submit(ALICE, {"Or until": typed})
    assert answer.errors
    assert answer.modal is not None
    fine = await either.slack.submit(ALICE, {"Or until": "3h"})
    assert fine.modal is None
    await either.root(says="*Snoozed*")


async def test_a_commit_that_does_not_exist_is_answered_to_the_one_who_asked(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Snooze")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE, {"Or until": "abcdef0123"}))
    assert "No commit of trunk begins with abcdef0123" in said
    assert "Snoozed" not in world.slack.current(root).shown


async def test_a_window_handed_in_after_it_resolved_says_that_it_is_over(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Snooze")
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "Nothing to do: it was resolved" in said


async def test_two_who_snooze_at_once_leave_one_state_and_no_error(world: Scene) -> None:
    root = await world.broken()
    for user in (ALICE, BOB):
        await world.opened(user, root, "Snooze")
    await asyncio.gather(*(world.slack.submit(user) for user in (ALICE, BOB)))
    await world.root(says="*Snoozed*")
    await world.slack.until(lambda: len(world.replies(root)) == 2)
    await world.settled()
    replies = [reply.shown for reply in world.replies(root)]
    assert all("Snoozed by" in shown for shown in replies)
    assert len(replies) == 2


async def test_ending_it_by_hand_says_who_and_pings_nobody(either: Scene) -> None:
    root = await either.broken()
    await either.trunk("snooze inductor 2h", user=ALICE)
    await either.root(says="*Snoozed*")
    await either.slack.click(root, "End snooze", user=BOB)
    reply = await either.reply(root, "bob ended the snooze. Nothing new failed meanwhile.")
    assert reply.pings == frozenset()
    now = await either.root(says=":red_circle:")
    assert "End snooze" not in now.labels


async def test_the_command_snoozes_and_ends(either: Scene) -> None:
    root = await either.broken()
    answer = await either.trunk("snooze inductor until next run", user=ALICE)
    assert "inductor is quiet until the next run, at most until" in answer.messages[0].shown
    await either.root(says="*Snoozed* by alice until the next run")
    over = await either.trunk("snooze inductor off", user=ALICE)
    assert "no longer snoozed" in over.messages[0].shown
    await either.reply(root, "alice ended the snooze")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("snooze inductor", "Until when? Write 30m"),
        ("snooze", "Which watch?"),
        ("snooze inductor until yesterday", "Yesterday is over"),
        ("snooze inductor whenever", "no time to snooze until"),
        ("snooze lint 2h", "no open alert"),
        ("snooze inductor off", "It is not snoozed"),
        ("snooze nothing 2h", "Nothing here is called"),
    ],
)
async def test_wrong_commands_are_answered_with_what_to_write(world: Scene, typed: str, says: str) -> None:
    await world.broken()
    assert says in (await world.trunk(typed, user=ALICE)).messages[0].shown


async def test_nine_o_clock_is_nine_on_the_clock_of_whoever_asks(world: Scene) -> None:
    tomo = world.slack.add_person("U0TOKYO", "tomo")
    world.slack.people["U0TOKYO"] = msgspec.structs.replace(tomo, timezone="Asia/Tokyo")
    await world.broken()
    answer = await world.trunk("snooze inductor until tomorrow 9:00", user="U0TOKYO")
    assert "00:00 UTC" in answer.messages[0].shown


async def test_more_than_a_day_is_kept_to_those_who_may(world: Scene) -> None:
    text = world.config_file.read_text(encoding="utf-8")
    world.config_file.write_text(
        text.replace("permissions: {", "permissions: {snooze_over_24h: [U01ALICE], "), encoding="utf-8"
    )
    world.app.reload()
    await world.broken()
    refused = await world.trunk("snooze inductor 25h", user=BOB)
    assert "permissions.snooze_over_24h" in refused.messages[0].shown
    assert "is quiet until" in (await world.trunk("snooze inductor 24h", user=BOB)).messages[0].shown
    assert "is quiet until" in (await world.trunk("snooze inductor 25h", user=ALICE)).messages[0].shown
