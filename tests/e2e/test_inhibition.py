"""What keeps a watch quiet, one alert instead of many, and whose commit it was, as people in Slack see it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from chatbot.messages.escape import pings
from chatbot.sandbox.slack.values import Message
from tests.e2e.scene import BOB, CAROL, CONFIG, DEVINFRA, INDUCTOR, LINT, Scene, scene

NO_DISK = "Error: No space left on device"
BADLY = """\
  - id: badly
    title: Trunk is badly broken
    trunk: pytorch
    match: {workflows: [pull]}
    when: {consecutive_commits: 1}
    priority: P0
    team: lint
"""
INHIBITED = CONFIG.replace("    reopen_within: 6h\n", "    reopen_within: 6h\n    inhibited_by: [badly]\n").replace(
    "permissions:", BADLY + "permissions:"
)
TELLING = CONFIG + "authors: {at_least: 0.05}\n"
FAILED = "FAILED test/test_torch.py::T::test_add - AssertionError: Scalars are not equal"


class Make(Protocol):
    def __call__(self, config: str, **more: Any) -> AbstractAsyncContextManager[Scene]: ...


@pytest.fixture
def make(tmp_path: Path, valkey_url: str) -> Make:
    """A scene with another configuration."""

    @contextlib.asynccontextmanager
    async def made(config: str, **more: Any) -> AsyncIterator[Scene]:
        async with scene(tmp_path, valkey_url, config=config, **more) as one:
            yield one

    return made


async def test_while_a_worse_watch_is_open_nothing_is_posted_and_explain_says_why(make: Make) -> None:
    async with make(INHIBITED) as world:
        world.draw(workflow="pull", everything="+x")
        await world.root(LINT, says="badly broken")
        world.draw(build="+xxx")
        await world.polled()
        await world.settled()
        assert world.roots(INDUCTOR) == []
        assert "kept quiet by badly" in (await world.trunk("explain inductor")).shown
        assert "kept quiet by badly" in (await world.trunk("inductor")).shown
        assert "kept quiet by badly" in (await world.trunk("")).shown
        world.land()
        world.ends(len(world.commits) - 1, "everything", "+", workflow="pull")
        root = await world.root(INDUCTOR)
        assert pings(root.shown) == {"U01ALICE", BOB}


async def test_what_is_open_already_falls_quiet_and_says_when_that_is_over(make: Make) -> None:
    async with make(INHIBITED) as world:
        root = await world.broken()
        world.draw(workflow="pull", everything="+x")
        await world.slack.until(lambda: "kept quiet by badly" in world.slack.current(root).shown)
        world.draw(build="xx")
        await world.polled()
        await world.settled()
        assert world.replies(root) == []
        world.land()
        world.ends(len(world.commits) - 1, "everything", "+", workflow="pull")
        await world.reply(root, "No longer kept quiet, and still broken")
        await world.settled()
        assert "kept quiet" not in world.slack.current(root).shown
        assert len(world.replies(root)) == 1


async def test_many_jobs_without_a_disk_are_one_alert(make: Make) -> None:
    jobs = [f"job_{number}" for number in range(10)]
    async with make(CONFIG) as world:
        world.draw(**dict.fromkeys(jobs, "++x"), line=NO_DISK)
        root = await world.root(DEVINFRA, says="Infrastructure of pytorch")
        world.draw(**dict.fromkeys(jobs, "xx"), line=NO_DISK)
        await world.polled()
        await world.polled()
        await world.settled()
        assert world.roots(INDUCTOR) == []
        assert len(world.roots(DEVINFRA)) == 1
        assert "Suspects" not in world.slack.current(root).shown
        assert pings(root.shown) == frozenset()
        assert "kept quiet by the infrastructure alert" in (await world.trunk("explain inductor")).shown
        now = world.slack.current(root)
        why = await world.told(BOB, lambda: world.slack.pick_option(now, "More", "Why did this fire?", user=BOB))
        assert "their logs blame the runners" in why
        world.draw(**dict.fromkeys(jobs, "+"))
        await world.root(DEVINFRA, says="Resolved")


async def test_a_job_with_a_reason_of_its_own_is_told_all_the_same(make: Make) -> None:
    jobs = dict.fromkeys((f"job_{number}" for number in range(10)), "++x")
    async with make(CONFIG) as world:
        world.draw(**jobs, line=NO_DISK)
        await world.root(DEVINFRA, says="Infrastructure of pytorch")
        world.draw(**dict.fromkeys(jobs, "x"), line=NO_DISK)
        world.draw(own="+xxx", line=FAILED)
        assert "own" in (await world.root(INDUCTOR)).shown


async def test_as_many_failing_tests_are_no_infrastructure(make: Make) -> None:
    async with make(CONFIG) as world:
        world.draw(**dict.fromkeys((f"job_{number}" for number in range(10)), "++xxx"), line=FAILED)
        await world.root(INDUCTOR)
        await world.polled()
        await world.settled()
        assert world.roots(DEVINFRA) == []


# ---- authors


async def told(world: Scene, root: Message) -> list[Message]:
    return await world.slack.until(lambda: [one for one in world.replies(root) if "your commit" in one.shown])


async def test_the_author_of_a_likely_suspect_is_told_once(make: Make) -> None:
    async with make(TELLING) as world:
        world.draw(build="+xxx", line=FAILED)
        root = await world.root()
        (one,) = await told(world, root)
        assert pings(one.shown) == {CAROL}
        assert "your commit is suspected" in one.shown
        await world.stop()
        await world.start()
        await world.polled()
        world.draw(build="x", line=FAILED)
        await world.reply(root, "another commit")
        await world.settled()
        assert len(await told(world, root)) == 1


async def test_an_author_who_is_not_configured_is_found_by_address_and_told_directly(make: Make) -> None:
    config = CONFIG.replace("github: author1, ", "github: somebody, ") + "authors: {at_least: 0.05, tell: direct}\n"
    async with make(config) as world:
        world.slack.add_person("U09AUTHOR", "author", email="Author1@example.org")
        world.draw(build="+xxx", line=FAILED)
        root = await world.root()

        def direct() -> list[Message]:
            return [m for c in world.slack.channels if c.startswith("D") for m in world.slack.messages(c)]

        (one,) = await world.slack.until(direct)
        assert pings(one.shown) == {"U09AUTHOR"}
        assert "|Thread>" in one.shown
        await world.polled()
        await world.settled()
        assert len(direct()) == 1
        assert not any("your commit" in reply.shown for reply in world.replies(root))


async def test_whoever_opted_out_is_told_nothing(make: Make) -> None:
    async with make(CONFIG + "authors: {at_least: 0.05, opt_out: [author1]}\n") as world:
        world.draw(build="+xxx", line=FAILED)
        root = await world.root()
        world.land(f'Revert "{world.commits[1].title}"')
        culprit = await world.reply(root, "Culprit")
        assert pings(culprit.shown) == frozenset()
        await world.polled()
        await world.settled()
        assert not any("your commit" in reply.shown for reply in world.replies(root))


async def test_alerts_with_the_same_suspect_link_each_other(make: Make) -> None:
    async with make(TELLING) as world:
        for number, drawn in enumerate("+xxx"):
            world.land()
            world.ends(number, "build", drawn, line=FAILED)
            world.ends(number, "lintrunner", drawn, workflow="lint", line=FAILED)
        inductor, lint = await world.root(INDUCTOR), await world.root(LINT)
        one = await world.reply(inductor, "The same suspect as in")
        assert "|Lint broken for 2 commits in a row>" in one.shown
        await world.reply(lint, "The same suspect as in")
