"""The Home tab and a person's own settings, with the whole bot behind them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chatbot.sandbox.slack.values import View
from tests.e2e.scene import ALICE, BOB, CAROL, CONFIG, GRACE, LINT, Scene, scene


async def home(world: Scene, user: str, *, says: str = "") -> View:
    """What *user*'s Home shows once it says *says*, opened anew."""
    await world.slack.open_home(user)
    return await shows(world, user, says)


async def shows(world: Scene, user: str, says: str = "") -> View:
    """What *user*'s Home shows once it says *says*."""

    def found() -> View | None:
        view = world.slack.home(user)
        return view if view is not None and says in view.shown else None

    view = await world.slack.until(lambda: found() is not None and found())
    assert view
    return view


async def window(world: Scene, user: str) -> View:
    """The window that opens over what *user* looks at."""
    modal = await world.slack.until(lambda: world.slack.modal(user))
    assert modal
    return modal


async def test_with_nothing_open_the_home_says_so_and_how_the_bot_is(either: Scene) -> None:
    view = await home(either, CAROL, says="Nothing is open")
    assert "well" in view.shown
    assert "Quiet hours: none" in view.shown
    assert view.labels == ("Change", "Refresh")


async def test_each_alert_stands_under_the_heading_that_fits_the_reader(world: Scene) -> None:
    root = await world.broken()
    await world.slack.pick_user(root, "Assign…", CAROL, user=GRACE)
    await world.root(says="is asked")
    assert "1 alert open, 1 waiting for you" in (await home(world, CAROL, says="Waiting for you")).shown
    assert "is asked" in (await home(world, ALICE, says="Your teams")).shown
    await world.slack.click(root, "Acknowledge", user=CAROL)
    await world.root(says="> has it")
    assert "you have it" in (await home(world, CAROL, says="You have")).shown
    world.draw("lint", lint="xx")
    await world.root(LINT)
    assert "Lint broken" in (await home(world, GRACE, says="Your teams* · 2")).shown, (
        "she is in the group that both mention"
    )


async def test_pressing_acknowledge_in_the_home_takes_it_and_draws_both_anew(either: Scene) -> None:
    await either.broken()
    view = await home(either, ALICE, says="Your teams")
    answer = await either.slack.click(view, "Acknowledge")
    assert answer.acknowledged
    await either.root(says=f"<@{ALICE}> has it")
    now = await shows(either, ALICE, "You have")
    assert "Acknowledge" not in now.labels
    assert either.slack.modal(ALICE) is None


async def test_a_press_in_an_outdated_home_opens_a_window_that_says_who_was_first(world: Scene) -> None:
    root = await world.broken()
    view = await home(world, ALICE, says="Your teams")
    await world.slack.click(root, "Acknowledge", user=BOB)
    await world.root(says="> has it")
    await world.slack.click(view, "Acknowledge", stale=True)
    modal = await window(world, ALICE)
    assert f"Already taken: <@{BOB}> has it" in modal.shown
    await shows(world, ALICE, f"<@{BOB}> has it")


async def test_why_did_this_fire_is_explained_over_the_home(world: Scene) -> None:
    await world.broken()
    view = await home(world, CAROL, says="Everybody else")
    await world.slack.click(view, "Why did this fire?")
    modal = await window(world, CAROL)
    assert "3 commits in a row" in modal.shown


async def test_an_alert_that_is_gone_is_answered_and_leaves_the_home(world: Scene) -> None:
    await world.broken()
    view = await home(world, ALICE, says="Your teams")
    world.draw(build="+")
    await world.root(says="Resolved")
    await world.slack.click(view, "Acknowledge", stale=True)
    modal = await window(world, ALICE)
    assert "Nothing to do: it was resolved" in modal.shown
    await shows(world, ALICE, "Nothing is open")


async def test_many_presses_at_once_leave_the_home_as_it_is_now(world: Scene) -> None:
    await world.broken()
    view = await home(world, ALICE, says="Your teams")
    labels = ["Refresh", "Acknowledge", "Refresh", "Refresh"]
    await asyncio.gather(*(world.slack.click(view, label, stale=True) for label in labels))
    await shows(world, ALICE, "You have")
    await asyncio.gather(*(world.slack.open_home(ALICE) for _ in range(5)))
    assert "You have" in (await shows(world, ALICE, "As of")).shown


# ---- settings


async def set_up(world: Scene, user: str, **values: Any) -> Any:
    """Open the window, fill it in, hand it in."""
    view = await home(world, user, says="Your settings")
    await world.slack.click(view, "Change")
    await world.slack.until(lambda: (modal := world.slack.modal(user)) and modal.callback_id)
    return await world.slack.submit(user, values)


async def test_settings_are_kept_and_show_in_the_home(world: Scene) -> None:
    await set_up(world, CAROL, settings_direct="Yes", settings_from="22:00", settings_to="07:30")
    view = await shows(world, CAROL, "assigned to you: on")
    assert "22:00 to 07:30, Etc/UTC" in view.shown
    await set_up(world, CAROL, settings_from=None, settings_to=None)
    assert "assigned to you: on" in (await shows(world, CAROL, "Quiet hours: none")).shown


async def test_quiet_hours_without_an_end_are_refused_beside_the_input(world: Scene) -> None:
    answer = await set_up(world, CAROL, settings_from="22:00")
    assert answer.errors == {"settings_to": "Say when they end too, or clear both."}
    answer = await world.slack.submit(CAROL, {"settings_to": "22:00"})
    assert "pick another time" in answer.errors["settings_to"]


async def test_who_wants_it_is_told_directly_once_when_something_is_assigned_to_them(world: Scene) -> None:
    await set_up(world, BOB, settings_direct="Yes")
    await shows(world, BOB, "assigned to you: on")
    root = await world.broken()
    await world.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    told = await world.slack.until(lambda: world.slack.messages("D02BOB"))
    assert "alice assigned this to you" in told[0].shown
    assert "Inductor jobs broken" in told[0].shown
    await world.slack.pick_user(root, "Assign…", ALICE, user=ALICE)
    await world.root(says=f"<@{ALICE}>")
    await world.settled()
    assert len(world.slack.messages("D02BOB")) == 1
    assert world.slack.messages("D01ALICE") == []


@pytest.mark.parametrize(("begins", "pinged"), [(-2, False), (2, True)])
async def test_nobody_is_mentioned_in_their_own_quiet_hours(world: Scene, begins: int, pinged: bool) -> None:
    hours = [f"{datetime.now(UTC) + timedelta(hours=begins + more):%H:%M}" for more in (0, 4)]
    await set_up(world, BOB, settings_direct="Yes", settings_from=hours[0], settings_to=hours[1])
    await shows(world, BOB, "assigned to you: on")
    root = await world.broken()
    assert (BOB in root.pings) is pinged
    assert ALICE in root.pings
    await world.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    reply = await world.reply(root, "assigned this to you")
    assert (BOB in reply.pings) is pinged
    assert ("bob (quiet hours)" in reply.shown) is not pinged
    await world.settled()
    assert bool(world.slack.messages("D02BOB")) is pinged


async def test_snoozing_from_the_home_moves_it_there_to_the_snoozed(world: Scene) -> None:
    await world.broken()
    view = await home(world, ALICE, says="Your teams")
    await world.slack.click(view, "Snooze")
    await world.slack.until(lambda: (modal := world.slack.modal(ALICE)) and modal.callback_id)
    await world.slack.submit(ALICE, {})
    now = await shows(world, ALICE, "Snoozed until")
    assert "End snooze" in now.labels


async def test_a_lost_answer_does_not_tell_anybody_twice(world: Scene) -> None:
    await set_up(world, BOB, settings_direct="Yes")
    await shows(world, BOB, "assigned to you: on")
    root = await world.broken()
    await world.settled()
    world.slack.faults.add("chat.postMessage", "lost_answer", channel="D02BOB")
    await world.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    await world.slack.until(lambda: world.slack.messages("D02BOB"))
    await world.settled()
    assert len(world.slack.messages("D02BOB")) == 1


async def test_a_bad_day_has_pages(tmp_path: Path, valkey_url: str) -> None:
    lint = CONFIG[CONFIG.index("  - id: lint") : CONFIG.index("permissions:")]
    more = "".join(lint.replace("id: lint", f"id: lint{number}") for number in range(11))
    async with scene(tmp_path, valkey_url, config=CONFIG.replace("permissions:", more + "permissions:")) as world:
        world.draw("lint", lint="xx")
        await world.slack.until(lambda: len(world.roots(LINT)) >= 12, timeout=30)
        view = await home(world, CAROL, says="1 to 10 of 12")
        await world.slack.click(view, "Next")
        view = await shows(world, CAROL, "11 to 12 of 12")
        assert "Next" not in view.labels
        await world.slack.click(view, "Assign to me")
        view = await shows(world, CAROL, "1 in your hands")
        assert "11 to 12 of 12" in view.shown
        await world.slack.click(view, "Previous")
        assert "You have" in (await shows(world, CAROL, "1 to 10 of 12")).shown
