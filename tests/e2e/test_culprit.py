"""Confirming the culprit from the alert: a suspect, another commit, none; and what can go wrong."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.scene import ALICE, BOB, CAROL, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


async def test_confirming_a_suspect_names_it_and_tells_its_author_once(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    view = await world.opened(ALICE, root, "Confirm culprit")
    assert "Change 1" in view.shown
    await world.slack.submit(ALICE, {"What did it?": world.commits[1].sha})
    reply = await world.reply(root, "Culprit, says alice")
    assert reply.pings == {CAROL}
    await world.root(says="Culprit")
    await world.polled()
    await world.settled()
    assert sum(CAROL in reply.pings for reply in world.replies(root)) == 1


async def test_another_commit_is_named_by_its_sha(world: Scene) -> None:
    root = await world.broken(build="+.xxx")
    await world.opened(ALICE, root, "Confirm culprit")
    await world.slack.submit(ALICE, {"Another commit": world.commits[2].sha[:9]})
    reply = await world.reply(root, "Culprit, says alice")
    assert world.commits[2].sha[:7] in reply.shown


async def test_no_commit_is_said_once(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    for user in (ALICE, BOB):
        await world.opened(user, root, "Confirm culprit")
    label = "No commit: a flake or the runners"
    await asyncio.gather(*(world.slack.submit(user, {"What did it?": label}) for user in (ALICE, BOB)))
    await world.slack.until(lambda: world.slack.ephemerals(ALICE) or world.slack.ephemerals(BOB))
    await world.settled()
    (reply,) = world.replies(root)
    assert "No commit did it, says" in reply.shown
    told = [m.shown for user in (ALICE, BOB) for m in world.slack.ephemerals(user)]
    assert told == ["That no commit did it was said already."]


async def test_nothing_chosen_and_nonsense_are_said_beside_the_inputs(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.opened(ALICE, root, "Confirm culprit")
    nothing = await world.slack.submit(ALICE)
    assert list(nothing.errors.values()) == ["Choose one, or write a sha below."]
    wrong = await world.slack.submit(ALICE, {"Another commit": "the one by Bob"})
    assert "not a sha" in next(iter(wrong.errors.values()))


@pytest.mark.parametrize(("sha", "says"), [("ffffffff", "No commit of the last"), ("0000", "commits begin with 0000")])
async def test_a_commit_that_cannot_be_found_is_answered(world: Scene, sha: str, says: str) -> None:
    root = await world.broken(build="+xxx")
    await world.opened(ALICE, root, "Confirm culprit")
    assert says in await world.told(ALICE, lambda: world.slack.submit(ALICE, {"Another commit": sha}))


async def test_of_two_who_name_the_same_commit_the_second_is_told(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    for user in (ALICE, BOB):
        await world.opened(user, root, "Confirm culprit")
    sha = world.commits[1].sha
    await asyncio.gather(*(world.slack.submit(user, {"Another commit": sha}) for user in (ALICE, BOB)))
    await world.slack.until(lambda: world.slack.ephemerals(ALICE) or world.slack.ephemerals(BOB))
    told = [m.shown for user in (ALICE, BOB) for m in world.slack.ephemerals(user)]
    assert told == ["That commit is named as the culprit already."]


async def test_who_may_not_reads_so_in_the_window(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    assert "kept to a few people" in (await world.opened(CAROL, root, "Confirm culprit")).shown
