"""The timeline of an alert: the file in its thread, and what people put on it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatbot.sandbox.slack.values import Message
from tests.e2e.scene import ALICE, BOB, CAROL, INDUCTOR, Scene


async def file_in(world: Scene, root: Message, *, count: int = 1) -> str:
    """The newest file in the thread of *root*, once there are *count*."""

    def found() -> list[Message]:
        return [message for message in world.replies(root) if message.files]

    held = await world.slack.until(lambda: found() if len(found()) >= count else None)
    assert held
    return world.slack.workspace.files[held[-1].files[0]["id"]].content.decode()


async def heard(world: Scene, user: str, says: str) -> str:
    """What *user* alone is told, once it says *says*."""
    found = await world.slack.until(lambda: [m.shown for m in world.slack.ephemerals(user) if says in m.shown])
    return found[0]


async def test_the_whole_life_is_a_file_in_the_thread(either: Scene) -> None:
    root = await either.broken()
    await either.slack.click(root, "Acknowledge", user=ALICE)
    await either.reply(root, "Acknowledged by alice")
    either.draw(build="+")
    await either.reply(root, "Resolved")
    answer = await either.trunk("timeline inductor")
    assert "in its thread" in answer.shown
    text = await file_in(either, root)
    assert text.startswith("# Inductor jobs broken for 3 commits in a row\n")
    for said in ("Opened with inductor / build on", "Acknowledged by alice.", "Resolved: 1 job is green again."):
        assert said in text
    assert text.index("Opened with") < text.index("Acknowledged by") < text.index("Resolved: 1 job")
    assert len(text.splitlines()) < 30


async def test_as_json_it_has_the_same_lines_and_the_figures(world: Scene) -> None:
    root = await world.broken()
    await world.slack.pick_user(root, "Assign…", BOB, user=ALICE)
    await world.reply(root, "assigned this to you")
    await world.trunk(f"timeline {(root.metadata or {})['event_payload']['alert']} json")
    life: dict[str, Any] = json.loads(await file_in(world, root))
    assert life["watch"] == "inductor"
    assert life["priority"] == "P2"
    assert life["owner"] == "bob"
    assert [line["kind"] for line in life["timeline"]] == ["opened", "assigned"]
    assert life["timeline"][1]["text"] == "@bob, alice assigned this to you."


async def test_a_pushpin_puts_a_message_on_the_timeline_and_taken_back_takes_it_off(either: Scene) -> None:
    root = await either.broken()
    said = await either.slack.say(
        INDUCTOR, "Looks like <https://example.org/1|the runner> & *disk*", user=BOB, thread_ts=root.ts
    )
    await either.slack.react(said, "pushpin", user=ALICE)
    assert "On the timeline" in await heard(either, ALICE, "timeline")
    await either.trunk("timeline inductor")
    text = await file_in(either, root)
    assert "bob wrote: Looks like the runner (https://example.org/1) &amp; \\*disk\\*" in text
    await either.slack.unreact(said, "pushpin", user=ALICE)
    await heard(either, ALICE, "Off the timeline")
    await either.trunk("timeline inductor")
    assert "bob wrote" not in await file_in(either, root, count=2)


async def test_a_message_that_two_want_there_stays_until_both_took_it_back(world: Scene) -> None:
    root = await world.broken()
    said = await world.slack.say(INDUCTOR, "It is the cache", user=BOB, thread_ts=root.ts)
    await world.slack.react(said, "pushpin", user=ALICE)
    await heard(world, ALICE, "On the timeline")
    await world.slack.react(said, "pushpin", user=CAROL)
    await heard(world, CAROL, "already")
    await world.slack.unreact(said, "pushpin", user=ALICE)
    await world.slack.unreact(said, "pushpin", user=CAROL)
    both = ALICE, CAROL
    told = await world.slack.until(
        lambda: [m.shown for user in both for m in world.slack.ephemerals(user) if "Off" in m.shown]
    )
    assert told == ["Off the timeline again."]
    await world.trunk("timeline inductor")
    assert "It is the cache" not in await file_in(world, root)


async def test_the_shortcut_answers_whatever_it_is_used_on(world: Scene) -> None:
    root = await world.broken()
    said = await world.slack.say(INDUCTOR, "Rolled back the image", user=BOB, thread_ts=root.ts)
    for message, answer in (
        (said, "On the timeline"),
        (said, "already"),
        (root, "by itself"),
        (await world.slack.say(INDUCTOR, "lunch?", user=BOB), "this is none"),
    ):
        await world.slack.shortcut("add_to_timeline", message, user=CAROL)
        await heard(world, CAROL, answer)


async def test_other_reactions_and_foreign_messages_are_left_alone(world: Scene) -> None:
    root = await world.broken()
    foreign = await world.slack.say(INDUCTOR, "unrelated", user=BOB)
    reply = await world.slack.say(INDUCTOR, "thanks", user=BOB, thread_ts=root.ts)
    await world.slack.react(reply, "tada", user=CAROL)
    await world.slack.react(foreign, "pushpin", user=CAROL)
    await world.slack.react(root, "pushpin", user=CAROL)
    await world.slack.react(reply, "pushpin", user=ALICE)
    await heard(world, ALICE, "On the timeline")
    assert world.slack.ephemerals(CAROL) == []


async def test_a_message_of_an_alert_that_is_forgotten_is_answered(world: Scene) -> None:
    root = await world.broken()
    world.draw(build="+")
    await world.reply(root, "Resolved")
    await world.settled()
    said = await world.slack.say(INDUCTOR, "too late", user=BOB, thread_ts=root.ts)
    alert = (root.metadata or {})["event_payload"]["alert"]
    await world.app._store.wire.call("DEL", world.app._store.keys.alert(alert))
    await world.slack.shortcut("add_to_timeline", said, user=CAROL)
    assert "no longer" in await heard(world, CAROL, "no longer")
    answer = await world.trunk(f"timeline {alert}")
    assert "no longer" in answer.shown


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("timeline", "Of which alert?"),
        ("timeline lint", "no alert in the last 90 days"),
        ("timeline nonsense:x", "no longer"),
        ("timeline qqqqqq", "Nothing here is called"),
    ],
)
async def test_what_cannot_be_found_is_said(world: Scene, typed: str, says: str) -> None:
    await world.broken()
    assert says in (await world.trunk(typed)).shown


async def test_where_no_file_goes_the_answer_holds_the_lines(world: Scene) -> None:
    root = await world.broken()
    await world.settled()
    world.slack.faults.add("files.getUploadURLExternal", "error", code="missing_scope")
    answer = await world.trunk("timeline inductor")
    assert "could not be put into the thread" in answer.shown
    assert "Opened with inductor / build" in answer.shown
    assert not [message for message in world.replies(root) if message.files]
