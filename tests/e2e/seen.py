"""The bot's own HTTP as a supervisor and Prometheus see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.scene import Scene

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Seen:
    """The bot's own HTTP, asked."""

    def __init__(self, world: Scene, client: ClientSession) -> None:
        self._world = world
        self._client = client

    async def _get(self, path: str) -> tuple[int, Any]:
        async with self._client.get(f"http://127.0.0.1:{self._world.app.port}/{path}") as answer:
            return answer.status, await answer.json()

    async def ready(self) -> tuple[int, dict[str, str]]:
        """The status of `/readyz`, and what is unwell."""
        status, body = await self._get("readyz")
        return status, {row["name"]: row["text"] for row in body["rows"] if not row["good"]}

    async def alive(self) -> int:
        """The status of `/healthz`."""
        return (await self._get("healthz"))[0]

    async def samples(self) -> Samples:
        async with self._client.get(f"http://127.0.0.1:{self._world.app.port}/metrics") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/plain"
            text = await answer.text()
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def value(self, name: str, /, **labels: str) -> float:
        return (await self.samples()).get((f"trunkwatch_{name}", frozenset(labels.items())), 0.0)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await look():
            await asyncio.sleep(0.02)
