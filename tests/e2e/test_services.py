"""The whole bot with a trunk at Buildkite or GitLab: what breaks there is told, what fails there resolves nothing."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sandbox.serving import Fault, Served
from tests.e2e.scene import CONFIG, INDUCTOR, Scene, scene
from tests.trunks import sha

GITHUB = "{kind: github, repo: pytorch/pytorch, branch: main}"
TORN = b"+ pytest\nFAILED test_x.py::test_y - AssertionError: 1 != 2\n"


class Story(Protocol):
    """A service whose trunk a test tells."""

    served: Served
    workflow: str
    source: str
    settings: dict[str, SecretStr]

    def lands(self, *, red: bool) -> None:
        """A commit whose one job ends."""


class AtBuildkite:
    workflow = "app"

    def __init__(self, served: BuildkiteSandbox) -> None:
        self.served: Served = served
        self._buildkite = served
        self.source = f'{{kind: buildkite, org: acme, pipeline: app, api_url: "{served.api_url}"}}'
        self.settings = {"buildkite_api_token": SecretStr(served.token)}

    def lands(self, *, red: bool) -> None:
        state = "failed" if red else "passed"
        number = self._buildkite.build(sha(len(self._buildkite.builds)), state, message="Change")
        self._buildkite.logs[self._buildkite.job(number, "RSpec", state)] = TORN


class AtGitlab:
    workflow = "test"

    def __init__(self, served: GitlabSandbox) -> None:
        self.served: Served = served
        self._gitlab = served
        self.source = f'{{kind: gitlab, project: acme/app, url: "{served.url}"}}'
        self.settings = {"gitlab_token": SecretStr(served.token)}

    def lands(self, *, red: bool) -> None:
        state = "failed" if red else "success"
        pipeline = self._gitlab.pipeline(self._gitlab.commit("Change"), state)
        self._gitlab.logs[self._gitlab.job(pipeline, "RSpec", state)] = TORN


def configured(story: Story, poll_every: str = "50ms") -> str:
    config = CONFIG.replace(GITHUB, story.source).replace('["inductor*"]', f"[{story.workflow}]")
    return config.replace("poll_every: 50ms", f"poll_every: {poll_every}")


@pytest.fixture(params=["buildkite", "gitlab"])
async def story(request: pytest.FixtureRequest) -> AsyncIterator[Story]:
    async with BuildkiteSandbox() as buildkite, GitlabSandbox() as gitlab:
        told: dict[str, Story] = {"buildkite": AtBuildkite(buildkite), "gitlab": AtGitlab(gitlab)}
        yield told[request.param]


@pytest.fixture
async def world(story: Story, tmp_path: Path, valkey_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, valkey_url, config=configured(story), start=False) as made:
        made.settings = made.settings.model_copy(update=story.settings)
        story.served.limit = story.served.remaining = 1_000_000  # polled twenty times a second
        story.lands(red=False)
        await made.start()
        yield made


async def test_what_breaks_is_told_with_the_line_that_explains_it_and_ends(story: Story, world: Scene) -> None:
    for _ in range(3):
        story.lands(red=True)
    root = await world.root()
    await world.slack.until(lambda: "AssertionError: 1 != 2" in world.slack.current(root).shown)
    assert "RSpec" in world.slack.current(root).shown
    story.lands(red=False)
    await world.reply(root, "green again")


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.EMPTY])
async def test_a_service_that_fails_resolves_nothing_and_says_what_to_do(
    story: Story, world: Scene, fault: Fault
) -> None:
    for _ in range(3):
        story.lands(red=True)
    root = await world.root()
    await world.settled()
    story.served.fail("", fault, times=None)
    story.lands(red=False)
    asked = len(story.served.asked)
    async with asyncio.timeout(20):
        while len(story.served.asked) == asked:
            await asyncio.sleep(0.005)
    said = (await world.trunk("health")).shown
    assert "Traceback" not in said
    assert [message.ts for message in world.roots(INDUCTOR)] == [root.ts]
    assert not any("green again" in message.shown for message in world.replies(root))
    story.served.faults.clear()
    await world.reply(root, "green again")


async def test_a_webhook_of_buildkite_has_the_build_read_at_once(tmp_path: Path, valkey_url: str) -> None:
    async with BuildkiteSandbox() as buildkite, ClientSession() as client:
        story = AtBuildkite(buildkite)
        async with scene(tmp_path, valkey_url, config=configured(story, "1h"), start=False) as made:
            token = {"buildkite_webhook_token": SecretStr("s3cret")}
            made.settings = made.settings.model_copy(update=story.settings | token)
            for red in (False, True, True):
                story.lands(red=red)
            await made.start()
            async with asyncio.timeout(20):
                while not any(poller.health.polled_at for poller in made.app._pollers.values()):
                    await asyncio.sleep(0.005)
            story.lands(red=True)
            build = {
                "number": 4,
                "commit": sha(3),
                "branch": "main",
                "url": f"{buildkite.api_url}/organizations/acme/pipelines/app/builds/4",
            }
            body = json.dumps({"event": "build.finished", "build": build, "pipeline": {"slug": "app"}}).encode()
            at = str(int(time.time()))
            digest = hmac.new(b"s3cret", at.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers = {
                "X-Buildkite-Event": "build.finished",
                "X-Buildkite-Signature": f"timestamp={at},signature={digest}",
            }
            url = f"http://127.0.0.1:{made.app.port}/webhooks/buildkite"
            async with client.post(url, data=body, headers=headers) as answer:
                assert (answer.status, await answer.text()) == (202, "Polling pytorch.\n")
            async with client.post(url, data=body, headers=headers) as answer:
                assert await answer.text() == "This delivery was taken before.\n"
            async with client.post(url, data=body, headers=headers | {"X-Buildkite-Signature": "forged"}) as answer:
                assert answer.status == 401
            await made.root()
