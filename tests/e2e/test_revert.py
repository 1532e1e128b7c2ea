"""Opening a revert from an alert: by GitHub's own, by a comment, once, and what can go wrong."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.sandbox.github import Fault
from tests.e2e.scene import ALICE, BOB, CAROL, Scene

COMMENT = """{kind: comment, comment: '@bot revert -m "{reason}" -c nosignal'}"""


pytestmark = pytest.mark.usefixtures("acknowledged")


def configured(world: Scene, before: str, after: str) -> None:
    """Change the running bot's configuration."""
    text = world.config_file.read_text(encoding="utf-8")
    assert before in text
    world.config_file.write_text(text.replace(before, after), encoding="utf-8")
    world.app.reload()


async def test_a_revert_of_the_suspect_is_opened_and_the_thread_links_it(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    view = await world.opened(CAROL, root, "Open revert")
    assert "Change 1" in view.shown
    assert "Nothing lands by itself" in view.shown
    await world.slack.submit(CAROL, {"Reason": "it broke build"})
    reply = await world.reply(root, "carol opened a revert of")
    (opened,) = world.github.reverts
    assert opened.reverts == 1001
    assert f"{opened.url}|#{opened.number}" in reply.shown
    assert reply.pings == frozenset()


async def test_a_comment_is_written_where_the_configuration_wants_one(world: Scene) -> None:
    configured(world, "branch: main}, ", f"branch: main}}, revert: {COMMENT}, ")
    root = await world.broken(build="+xxx")
    view = await world.opened(ALICE, root, "Open revert")
    assert "@bot revert -m" in view.shown.replace("\u2060", "")
    await world.slack.submit(ALICE, {"Reason": 'it "broke"\n@everyone'})
    await world.reply(root, "alice asked for a revert of")
    assert world.github.comments == [(1001, "@bot revert -m \"it 'broke' @\u200beveryone\" -c nosignal")]


async def test_two_at_once_open_one(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    for user in (ALICE, BOB):
        await world.opened(user, root, "Open revert")
    await asyncio.gather(*(world.slack.submit(user) for user in (ALICE, BOB)))
    await world.slack.until(lambda: world.slack.ephemerals(ALICE) or world.slack.ephemerals(BOB))
    await world.settled()
    assert len(world.github.reverts) == 1
    assert len(world.replies(root)) == 1


async def test_a_refusal_is_told_and_may_be_tried_again(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    world.github.faults.add("/graphql", Fault.FORBIDDEN)
    await world.opened(ALICE, root, "Open revert")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "No revert was opened" in said
    assert world.replies(root) == []
    await world.opened(ALICE, root, "Open revert")
    await world.slack.submit(ALICE)
    await world.reply(root, "alice opened a revert of")


async def test_after_it_resolved_nothing_is_opened(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.opened(ALICE, root, "Open revert")
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "Nothing to do: it was resolved" in said
    assert not world.github.reverts


async def test_who_may_not_reads_so_in_the_window(world: Scene) -> None:
    configured(world, "permissions: {", "permissions: {revert: [S0LEADS], ")
    root = await world.broken(build="+xxx")
    view = await world.opened(CAROL, root, "Open revert")
    assert "permissions.revert" in view.shown
    assert "submit" not in view.content
