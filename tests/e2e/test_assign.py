"""Assigning from the list of those who are likely to take it; who left or is a bot is not asked."""

from __future__ import annotations

import pytest

from chatbot.sandbox.slack.values import View
from tests.e2e.scene import ALICE, BOB, CAROL, GRACE, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


def offered(view: View) -> list[str]:
    """The people offered, in order."""
    options = [o for block in view.blocks for o in block.get("element", {}).get("options", [])]
    return [option["text"]["text"] for option in options]


async def test_suspects_authors_come_first_then_who_is_on_call_then_the_team(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    view = await world.opened(GRACE, root, "Assign to…")
    first, *others = offered(view)
    assert first.startswith(f"carol: wrote {world.commits[1].sha[:7]}")
    assert others == ["alice: on call", "bob: on call", "grace: of the team"]
    await world.slack.submit(GRACE, {"Who takes it?": CAROL})
    reply = await world.reply(root, "grace assigned this to you")
    assert reply.pings == {CAROL}
    again = await world.opened(GRACE, root, "Assign to…")
    assert f"<@{CAROL}> is asked" in again.shown
    assert not any(label.startswith("carol") for label in offered(again))


async def test_anybody_else_is_one_search_away_and_nobody_is_an_answer_beside_the_input(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.opened(ALICE, root, "Assign to…")
    answer = await world.slack.submit(ALICE, {})
    assert answer.errors == {"assign_anybody": "Choose one."}
    await world.slack.submit(ALICE, {"Somebody else": GRACE})
    assert (await world.reply(root, "alice assigned this to you")).pings == {GRACE}


async def test_who_left_is_neither_offered_nor_given_anything(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    world.slack.person_leaves(BOB)
    world.slack.person_leaves(CAROL)
    view = await world.opened(GRACE, root, "Assign to…")
    assert offered(view) == ["alice: on call", "grace: of the team"]
    said = await world.told(ALICE, lambda: world.slack.pick_user(root, "Assign…", BOB, user=ALICE))
    assert "bob has left this workspace and cannot take it. Choose somebody else." in said
    answer = await world.trunk(f"assign inductor <@{CAROL}>", user=ALICE)
    assert "carol has left" in answer.shown
    assert "nobody has it yet" in world.slack.current(root).shown


async def test_an_alert_whose_owner_left_can_be_taken_by_anybody(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.slack.click(root, "Acknowledge", user=BOB)
    await world.root(says=f"<@{BOB}> has it")
    world.slack.person_leaves(BOB)
    await world.slack.pick_user(root, "Assign…", GRACE, user=ALICE)
    assert (await world.reply(root, "alice assigned this to you")).pings == {GRACE}


async def test_a_window_opened_before_it_resolved_says_that_it_is_over(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.opened(ALICE, root, "Assign to…")
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE, {"Somebody else": GRACE}))
    assert "Nothing to do: it was resolved" in said


async def test_where_slack_does_not_say_who_is_who_the_list_is_shorter_and_no_more(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    world.slack.faults.add("usergroups.users.list", "error", code="missing_scope")
    view = await world.opened(GRACE, root, "Assign to…")
    assert not any("of the team" in label for label in offered(view))
    assert offered(view)[1:] == ["alice: on call", "bob: on call"]
