"""Running jobs again from an alert: the window, the one line in the thread, what GitHub refuses."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.sandbox.github import Fault
from tests.e2e.scene import ALICE, BOB, CAROL, Scene

pytestmark = pytest.mark.usefixtures("acknowledged")


def reruns(world: Scene) -> list[str]:
    return [asked.path for asked in world.github.requests if asked.method == "POST"]


async def test_failed_jobs_run_again_and_the_thread_says_who_did_it(either: Scene) -> None:
    root = await either.broken(build="+xxx", test="+xxx")
    view = await either.opened(CAROL, root, "Re-run jobs")
    sha = either.commits[-1].sha[:7]
    assert "What failed last" in view.shown
    assert sha in view.shown
    await either.slack.submit(CAROL)
    reply = await either.reply(root, "carol re-ran 2 failed jobs on")
    assert reply.pings == frozenset()
    assert len(reruns(either)) == 1
    assert reruns(either)[0].endswith("/rerun-failed-jobs")


async def test_a_single_job_is_run_alone_and_green_resolves(world: Scene) -> None:
    root = await world.broken()
    world.github.script("build", "success")
    await world.opened(ALICE, root, "Re-run jobs")
    await world.slack.submit(ALICE)
    await world.reply(root, "alice re-ran `build` on")
    assert reruns(world)[0].endswith("/rerun")
    world.github.advance()
    await world.root(says=":large_green_circle:")


async def test_pressed_by_two_at_once_it_runs_once(either: Scene) -> None:
    root = await either.broken()
    for user in (ALICE, BOB):
        await either.opened(user, root, "Re-run jobs")
    await asyncio.gather(*(either.slack.submit(user) for user in (ALICE, BOB)))
    await either.slack.until(lambda: either.slack.ephemerals(ALICE) or either.slack.ephemerals(BOB))
    await either.reply(root, "re-ran")
    await either.settled()
    assert len(reruns(either)) == 1
    assert len(either.replies(root)) == 1
    told = [m.shown for user in (ALICE, BOB) for m in either.slack.ephemerals(user)]
    assert len(told) == 1
    assert "run again a moment ago" in told[0]


async def test_an_envelope_that_comes_twice_runs_it_once_and_is_silent(world: Scene) -> None:
    root = await world.broken()
    world.slack.duplicate_envelopes()
    await world.opened(ALICE, root, "Re-run jobs")
    await world.slack.submit(ALICE)
    await world.reply(root, "re-ran")
    await world.settled()
    assert len(reruns(world)) == 1
    assert not world.slack.ephemerals(ALICE)


async def test_a_refusal_is_told_with_what_to_do_and_may_be_tried_again(world: Scene) -> None:
    root = await world.broken()
    world.github.faults.add("/rerun", Fault.FORBIDDEN)
    await world.opened(ALICE, root, "Re-run jobs")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "write access to" in said
    assert world.replies(root) == []
    await world.opened(ALICE, root, "Re-run jobs")
    await world.slack.submit(ALICE)
    await world.reply(root, "alice re-ran")


async def test_silence_of_github_is_told_and_not_tried_again_by_itself(world: Scene) -> None:
    root = await world.broken()
    world.github.faults.add("/rerun", Fault.REFUSED)
    await world.opened(ALICE, root, "Re-run jobs")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "may have been carried out" in said
    assert "Look at the run" in said
    assert len(reruns(world)) == 1


async def test_a_run_that_has_not_ended_is_waited_for(world: Scene) -> None:
    world.draw(build="+xxx")
    root = await world.root()
    await world.opened(ALICE, root, "Re-run jobs")
    await world.opened(BOB, root, "Re-run jobs")
    world.ends(len(world.commits) - 1, "late", "?")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "has not ended yet" in said


async def test_after_it_resolved_nothing_is_run(world: Scene) -> None:
    root = await world.broken()
    await world.opened(ALICE, root, "Re-run jobs")
    world.draw(build="+")
    await world.root(says=":large_green_circle:")
    said = await world.told(ALICE, lambda: world.slack.submit(ALICE))
    assert "Nothing to do: it was resolved" in said
    assert reruns(world) == []


async def test_who_may_not_reads_so_in_the_window(world: Scene) -> None:
    text = world.config_file.read_text(encoding="utf-8")
    world.config_file.write_text(text.replace("permissions: {", "permissions: {rerun: [S0LEADS], "), encoding="utf-8")
    world.app.reload()
    root = await world.broken()
    view = await world.opened(CAROL, root, "Re-run jobs")
    assert "permissions.rerun" in view.shown
