"""A scene a test: over Socket Mode, over HTTP, or over both in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.e2e.scene import Scene, scene
from tests.e2e.seen import Seen


@pytest.fixture
async def world(tmp_path: Path, valkey_url: str) -> AsyncIterator[Scene]:
    """The bot over Socket Mode."""
    async with scene(tmp_path, valkey_url) as made:
        yield made


@pytest.fixture(params=["socket", "http"])
async def either(request: pytest.FixtureRequest, tmp_path: Path, valkey_url: str) -> AsyncIterator[Scene]:
    """The bot over Socket Mode, then over HTTP: what people see is the same."""
    async with scene(tmp_path, valkey_url, mode=request.param) as made:
        yield made


@pytest.fixture
def acknowledged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the test does, Slack never waits three seconds."""
    scene: Scene = request.getfixturevalue("either" if "either" in request.fixturenames else "world")
    yield
    assert not scene.slack.failed_acks


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    """Asks over HTTP."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def seen(world: Scene, client: ClientSession) -> Seen:
    """The bot's own HTTP."""
    return Seen(world, client)
