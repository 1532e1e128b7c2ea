"""One world for all tests of chaos: building it costs more than most of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chaos.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers() -> AsyncIterator[World]:
    async with World() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def world(servers: World) -> AsyncIterator[World]:
    """With nothing broken, no bot running, and a watch of its own: `world.job`."""
    servers.job += 1
    yield servers
    servers.heal()
    await servers.kill_all()
