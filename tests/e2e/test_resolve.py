"""Resolving by hand: the window that asks for a note, who may, and what two at once come to."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.scene import ALICE, BOB, CAROL, GRACE, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


async def test_resolving_with_a_note_says_who_and_why_and_keeps_quiet_until_green(either: Scene) -> None:
    root = await either.broken()
    view = await either.opened(ALICE, root, "Resolve")
    assert "1 job is still red: `build`" in view.shown
    answer = await either.slack.submit(ALICE, {"Note": "reverted in <!channel> *now*"})
    assert answer.acknowledged
    assert answer.modal is None
    now = await either.root(says=f"Resolved by <@{ALICE}>")
    assert now.labels == ()
    reply = await either.reply(root, "Resolved by alice")
    assert "reverted in" in reply.shown
    assert reply.pings == frozenset()
    either.draw(build="xx")
    await either.polled()
    await either.settled()
    assert len(either.replies(root)) == 1


async def test_the_note_may_be_left_out(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Resolve")
    await world.slack.submit(ALICE)
    assert ":" not in (await world.reply(root, "Resolved by alice")).shown


async def test_who_may_not_resolve_reads_so_in_the_window(world: Scene) -> None:
    root = await world.broken()
    view = await world.opened(CAROL, root, "Resolve")
    assert "kept to a few people" in view.shown
    assert "submit" not in view.content
    assert ":red_circle:" in world.slack.current(root).shown


async def test_a_member_of_a_permitted_group_may_resolve(world: Scene) -> None:
    root = await world.broken()
    await world.opened(GRACE, root, "Resolve")
    await world.slack.submit(GRACE)
    await world.root(says=f"Resolved by <@{GRACE}>")


async def test_a_press_after_it_resolved_opens_a_window_that_says_so(world: Scene) -> None:
    old = await world.broken()
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    view = await world.opened(ALICE, old, "Resolve", stale=True)
    assert "Nothing to do: it was resolved" in view.shown


async def test_of_two_who_hand_in_at_once_one_resolves_and_the_other_is_told_who(either: Scene) -> None:
    root = await either.broken()
    for user in (ALICE, BOB):
        await either.opened(user, root, "Resolve")
    await asyncio.gather(*(either.slack.submit(user) for user in (ALICE, BOB)))
    now = await either.root(says="Resolved by")
    winner, loser = (ALICE, BOB) if f"by <@{ALICE}>" in now.shown else (BOB, ALICE)
    await either.slack.until(lambda: either.slack.ephemerals(loser))
    assert f"Nothing to do: it was resolved by <@{winner}>" in either.slack.ephemerals(loser)[0].shown
    await either.settled()
    assert len(either.replies(root)) == 1


async def test_handing_in_twice_resolves_once_and_says_nothing_more(world: Scene) -> None:
    root = await world.broken()
    view = await world.opened(ALICE, root, "Resolve")
    await asyncio.gather(*(world.slack.submit_state(view, {}) for _ in range(2)))
    await world.root(says="Resolved by")
    await world.settled()
    assert len(world.replies(root)) == 1
    assert not world.slack.ephemerals(ALICE)


async def test_a_delivery_of_a_handed_in_window_that_comes_twice_has_one_effect(either: Scene) -> None:
    root = await either.broken()
    either.slack.duplicate_envelopes()
    await either.opened(ALICE, root, "Resolve")
    await either.slack.submit(ALICE)
    await either.root(says="Resolved by")
    await either.settled()
    assert len(either.replies(root)) == 1
    assert not either.slack.ephemerals(ALICE)


async def test_putting_the_window_away_does_nothing(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Resolve")
    await world.slack.close_modal(ALICE)
    await world.settled()
    assert ":red_circle:" in world.slack.current(root).shown


async def test_a_trigger_that_came_too_late_is_answered_with_what_to_do(world: Scene) -> None:
    root = await world.broken()
    world.slack.faults.add("views.open", "error", code="expired_trigger_id")
    said = await world.told(ALICE, lambda: world.slack.click(root, "Resolve", user=ALICE))
    assert "3 seconds" in said
    assert "press again" in said
