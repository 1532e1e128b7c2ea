"""GitHub's webhooks against the running bot: who is believed, what they make it read, and how soon Slack shows it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from chatbot.app import App
from chatbot.config import load
from chatbot.sandbox.github.hooks import signed
from tests.e2e.scene import CONFIG, REPO, Scene, hurried, scene

SECRET = "s3cret"
RARELY = CONFIG.replace("poll_every: 50ms", "poll_every: 1h")
PUSHED = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": REPO}}).encode()


@contextlib.asynccontextmanager
async def hooked(directory: Path, redis_url: str, *, secret: str | None = SECRET) -> AsyncIterator[Scene]:
    """A scene whose bot polls once an hour unless it is told something."""
    async with scene(directory, redis_url, config=RARELY, start=False) as made:
        given = SecretStr(secret) if secret else None
        made.settings = made.settings.model_copy(update={"github_webhook_secret": given})
        made.draw(build="+++")
        await made.start()
        await read(made, made.app)
        made.github.hooks.to(address(made.app), SECRET)
        yield made


async def read(world: Scene, app: App) -> None:
    """Wait until *app* has read the window for the first time."""
    async with asyncio.timeout(20):
        while not any(poller.health.polled_at for poller in app._pollers.values()):
            await asyncio.sleep(0.005)
    world.github.clear()


def address(app: App) -> str:
    return f"http://127.0.0.1:{app.port}/webhooks/github"


@pytest.fixture
async def world(tmp_path: Path, valkey_url: str) -> AsyncIterator[Scene]:
    async with hooked(tmp_path, valkey_url) as made:
        yield made


async def post(client: ClientSession, app: App, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with client.post(address(app), data=BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


async def test_jobs_that_end_are_told_at_once_though_the_next_poll_is_an_hour_away(world: Scene) -> None:
    began = time.monotonic()
    root = await world.broken(build="xxx")
    assert time.monotonic() - began < 10
    await world.slack.until(lambda: "nobody has it yet" in world.slack.current(root).shown)
    world.land()
    world.ends(len(world.commits) - 1, "build", "+")
    await world.reply(root, "green again")
    await world.github.hooks.sent()
    assert set(world.github.hooks.statuses) == {202}


async def test_only_the_run_that_changed_is_read(world: Scene) -> None:
    world.land()
    world.ends(3, "build", "?")
    await world.github.hooks.sent()
    poller = world.app._pollers["pytorch"]
    async with asyncio.timeout(20):
        while poller.trunk is None or len(poller.trunk.commits) < 4:
            await asyncio.sleep(0.005)
        while not any("/jobs?" in asked.path for asked in world.github.requests):
            await asyncio.sleep(0.005)
    world.github.clear()
    world.ends(3, "build", "x")
    async with asyncio.timeout(20):
        while not world.github.requests:
            await asyncio.sleep(0.005)
    await world.github.hooks.sent()
    paths = {asked.path.partition("?")[0] for asked in world.github.requests}
    assert len(paths) == 1
    assert paths.pop().endswith("/jobs")


async def test_a_delivery_counts_once_and_a_lost_one_is_made_up_for(world: Scene, client: ClientSession) -> None:
    headers = signed(SECRET, "push", PUSHED, delivery="one")
    assert await post(client, world.app, PUSHED, headers) == (202, "Polling pytorch.\n")
    assert await post(client, world.app, PUSHED, headers) == (202, "This delivery was taken before.\n")
    world.github.hooks.to(None, "")
    world.draw(build="xx")
    world.github.hooks.to(address(world.app), SECRET)
    world.draw(build="x")
    await world.github.hooks.sent()
    world.app._pollers["pytorch"].hint()
    await world.root()


async def test_what_is_told_before_the_api_knows_is_looked_at_once_more(world: Scene, client: ClientSession) -> None:
    job = {"run_id": 10_020, "head_sha": world.commits[2].sha, "head_branch": "main"}
    body = json.dumps({"action": "completed", "workflow_job": job, "repository": {"full_name": REPO}}).encode()
    world.github.hooks.to(None, "")
    assert (await post(client, world.app, body, signed(SECRET, "workflow_job", body)))[0] == 202
    async with asyncio.timeout(20):
        while not world.github.requests:
            await asyncio.sleep(0.005)
    for number in range(3):
        world.ends(number, "test", "x")
    assert world.app._pollers["pytorch"].trunk is not None
    trunk = world.app._pollers["pytorch"].trunk
    async with asyncio.timeout(20):
        while len(trunk.jobs) < 2:
            await asyncio.sleep(0.02)


async def test_forged_deliveries_are_refused_and_nothing_is_read(world: Scene, client: ClientSession) -> None:
    good = signed(SECRET, "push", PUSHED)
    unsigned = {name: value for name, value in good.items() if name != "X-Hub-Signature-256"}
    for headers in (
        signed("another", "push", PUSHED),
        signed(SECRET, "push", PUSHED + b" "),
        unsigned,
        unsigned | {"X-Hub-Signature": "sha1=0000"},
        good | {"X-Hub-Signature-256": "sha256="},
        good | {"X-Hub-Signature-256": "sha256=ä"},
        good | {"X-Hub-Signature-256": good["X-Hub-Signature-256"].removeprefix("sha256=")},
    ):
        status, said = await post(client, world.app, PUSHED, headers)
        assert status == 401
        assert "X-Hub-Signature-256" in said
        assert SECRET not in said
    assert world.github.requests == []


async def test_what_is_not_read_is_answered_all_the_same(world: Scene, client: ClientSession) -> None:
    ping = b'{"zen": "Keep it logically awesome."}'
    assert await post(client, world.app, ping, signed(SECRET, "ping", ping)) == (200, "pong\n")
    assert (await post(client, world.app, b"{}", signed(SECRET, "star", b"{}")))[0] == 204
    other = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": "octo/cat"}}).encode()
    assert await post(client, world.app, other, signed(SECRET, "push", other)) == (
        202,
        "Nothing that is watched here.\n",
    )
    assert (await post(client, world.app, b"{", signed(SECRET, "push", b"{")))[0] == 400
    form = signed(SECRET, "push", PUSHED) | {"Content-Type": "application/x-www-form-urlencoded"}
    status, said = await post(client, world.app, PUSHED, form)
    assert (status, "application/json" in said) == (415, True)
    huge = b" " * (6 * 1024 * 1024)
    assert (await post(client, world.app, huge, signed(SECRET, "push", huge)))[0] == 413
    assert world.github.requests == []


async def test_without_a_secret_nobody_is_believed(tmp_path: Path, valkey_url: str, client: ClientSession) -> None:
    async with hooked(tmp_path, valkey_url, secret=None) as world:
        status, said = await post(client, world.app, PUSHED, signed("", "push", PUSHED))
        assert status == 503
        assert "GITHUB_WEBHOOK_SECRET is not set" in said


async def test_a_delivery_at_a_replica_without_the_lease_reaches_the_one_that_has_it(world: Scene) -> None:
    other = App(world.config_file, load(world.config_file), world.settings, prefix=world.prefix, pacer=hurried)
    running = asyncio.create_task(other.run())
    await other.started.wait()
    try:
        assert other._pollers == {}
        world.github.hooks.to(address(other), SECRET)
        await world.broken(build="xxx")
        assert len(world.roots()) == 1
    finally:
        other.stop()
        await running


async def test_a_storm_is_read_a_few_times_a_second_and_every_delivery_is_answered(world: Scene) -> None:
    world.land()
    names = [f"build {number}" for number in range(100)]
    for name in names:
        world.ends(3, name, "x")
    await world.github.hooks.sent()
    assert set(world.github.hooks.statuses) == {202}
    poller = world.app._pollers["pytorch"]
    async with asyncio.timeout(20):
        while poller.trunk is None or len(poller.trunk.jobs) < 101:
            await asyncio.sleep(0.01)
    assert sum("/commits?" in asked.path for asked in world.github.requests) < 40
