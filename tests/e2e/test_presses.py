"""Buttons and menus: what a press does, what two at once do, what a late or doubled one does."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.store.keys import Keys
from tests.e2e.scene import ALICE, BOB, CAROL, GRACE, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


async def test_acknowledging_shows_who_has_it_and_takes_the_button_away(either: Scene) -> None:
    root = await either.broken()
    answer = await either.slack.click(root, "Acknowledge", user=ALICE)
    assert answer.acknowledged
    now = await either.root(says=f"<@{ALICE}> has it")
    assert ":large_yellow_circle:" in now.shown
    assert now.labels == (
        "Assign…",
        "Snooze",
        "More",
        "Assign to me",
        "Assign to…",
        "Un-acknowledge",
        "Resolve",
        "Confirm culprit",
        "Re-run jobs",
        "Open revert",
        "Why did this fire?",
    )
    reply = await either.reply(root, "Acknowledged by alice")
    assert reply.pings == frozenset()


async def test_assigning_pings_the_assignee_once_in_a_new_message(either: Scene) -> None:
    root = await either.broken()
    await either.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    reply = await either.reply(root, "assigned this to you")
    assert reply.pings == {BOB}
    assert "alice" in reply.shown
    now = await either.root(says=f"<@{BOB}> is asked")
    assert "Acknowledge" in now.labels
    await either.settled()
    assert [m.pings for m in either.replies(root)] == [frozenset({BOB})]


async def test_the_assignee_can_acknowledge_what_was_given_to_them(world: Scene) -> None:
    root = await world.broken()
    await world.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    await world.root(says="is asked")
    await world.slack.click(root, "Acknowledge", user=BOB)
    await world.root(says=f"<@{BOB}> has it")


async def test_assign_to_me_takes_and_acknowledges(world: Scene) -> None:
    root = await world.broken()
    await world.slack.pick_option(root, "More", "Assign to me", user=CAROL)
    now = await world.root(says=f"<@{CAROL}> has it")
    assert "Acknowledge" not in now.labels
    assert (await world.reply(root, "carol took it")).pings == frozenset()


async def test_un_acknowledging_gives_it_back(world: Scene) -> None:
    root = await world.broken()
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
    await world.slack.click(root, "Un-acknowledge", user=ALICE)
    now = await world.root(says="nobody has it yet")
    assert "Acknowledge" in now.labels
    await world.reply(root, "alice gave it back")


async def test_why_did_this_fire_explains_to_the_one_who_asks(either: Scene) -> None:
    root = await either.broken()
    said = await either.told(CAROL, lambda: either.slack.click(root, "Why did this fire?", user=CAROL))
    assert "it fires: 1 job of 1 meet" in said.replace("meets", "meet")
    assert "3 commits in a row" in said
    assert "`build`" in said
    assert either.replies(root) == []


# ---- two at once, late, doubled


async def test_of_two_who_acknowledge_at_once_one_wins_and_the_other_is_told_who(either: Scene) -> None:
    root = await either.broken()
    await asyncio.gather(*(either.slack.click(root, "Acknowledge", user=user, stale=True) for user in (ALICE, BOB)))
    now = await either.root(says="> has it")
    winner, loser = (ALICE, BOB) if f"<@{ALICE}> has it" in now.shown else (BOB, ALICE)
    await either.slack.until(lambda: either.slack.ephemerals(loser))
    assert f"Already taken: <@{winner}> has it" in either.slack.ephemerals(loser)[0].shown
    await either.settled()
    assert not either.slack.ephemerals(winner)
    assert len(either.replies(root)) == 1


async def test_of_two_who_assign_at_once_the_second_is_told_what_changed(world: Scene) -> None:
    root = await world.broken()
    await asyncio.gather(
        world.slack.pick_user(root, "Assign…", ALICE, user=CAROL, stale=True),
        world.slack.pick_user(root, "Assign…", BOB, user=GRACE, stale=True),
    )
    await world.slack.until(lambda: world.slack.ephemerals(CAROL) or world.slack.ephemerals(GRACE))
    await world.settled()
    told = [m.shown for user in (CAROL, GRACE) for m in world.slack.ephemerals(user)]
    assert len(told) == 1
    assert "changed before you pressed" in told[0]
    assert len(world.replies(root)) == 1


async def test_a_press_on_an_outdated_message_answers_with_the_present_state(either: Scene) -> None:
    old = await either.broken()
    await either.slack.click(old, "Acknowledge", user=ALICE)
    await either.root(says="> has it")
    said = await either.told(BOB, lambda: either.slack.click(old, "Acknowledge", user=BOB, stale=True))
    assert f"Already taken: <@{ALICE}> has it" in said
    assert "Assign…" in said


async def test_pressing_acknowledge_twice_is_told_kindly(world: Scene) -> None:
    old = await world.broken()
    await world.slack.click(old, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
    said = await world.told(ALICE, lambda: world.slack.click(old, "Acknowledge", user=ALICE, stale=True))
    assert "You have it already" in said
    await world.settled()
    assert len(world.replies(old)) == 1


@pytest.mark.parametrize("label", ["Acknowledge", "Assign to me"])
async def test_a_press_after_it_resolved_says_that_it_is_over(world: Scene, label: str) -> None:
    old = await world.broken()
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    said = await world.told(ALICE, lambda: world.slack.click(old, label, user=ALICE, stale=True))
    assert "Nothing to do: it was resolved" in said


async def test_a_delivery_that_comes_twice_has_one_effect(either: Scene) -> None:
    root = await either.broken()
    either.slack.duplicate_envelopes()
    await either.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    await either.reply(root, "assigned this to you")
    await either.polled()
    await either.settled()
    assert len(either.replies(root)) == 1
    assert not either.slack.ephemerals(ALICE)


async def test_a_double_click_acknowledges_once(world: Scene) -> None:
    root = await world.broken()
    await asyncio.gather(*(world.slack.click(root, "Acknowledge", user=ALICE, stale=True) for _ in range(2)))
    await world.slack.until(lambda: world.slack.ephemerals(ALICE))
    await world.settled()
    assert [m.shown for m in world.slack.ephemerals(ALICE)] == ["You have it already."]
    assert len(world.replies(root)) == 1


async def test_a_press_on_an_alert_that_nobody_knows_is_answered(world: Scene) -> None:
    root = await world.broken()
    await world.settled()
    key = (root.metadata or {})["event_payload"]["alert"]
    await world.app._store.wire.call("DEL", Keys(world.prefix).alert(key))
    said = await world.told(ALICE, lambda: world.slack.click(root, "Acknowledge", user=ALICE, stale=True))
    assert "no longer" in said
    assert "Traceback" not in said


async def test_an_unknown_button_of_an_older_version_is_answered(world: Scene) -> None:
    root = await world.broken()
    old = world.slack.workspace.edit(
        world.slack.current(root),
        blocks=[
            {
                "type": "actions",
                "block_id": "inductor:x|1",
                "elements": [
                    {"type": "button", "action_id": "launch", "text": {"type": "plain_text", "text": "Launch"}}
                ],
            }
        ],
    )
    said = await world.told(ALICE, lambda: world.slack.click(old, "Launch", user=ALICE))
    assert "older version" in said


async def test_a_button_in_a_message_that_is_none_of_ours_is_answered(world: Scene) -> None:
    await world.broken()
    foreign = world.slack.workspace.post(
        "C0INDUCTOR",
        text="x",
        user=world.slack.workspace.bot_user,
        blocks=[
            {
                "type": "actions",
                "block_id": "b1",
                "elements": [
                    {"type": "button", "action_id": "acknowledge", "text": {"type": "plain_text", "text": "Go"}}
                ],
            }
        ],
    )
    said = await world.told(ALICE, lambda: world.slack.click(foreign, "Go", user=ALICE))
    assert said
    assert "Something went wrong" not in said


async def test_every_press_shows_within_the_second_even_while_the_thread_is_long(world: Scene) -> None:
    root = await world.broken()
    world.draw(build="xxxxxxxxxx")
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
