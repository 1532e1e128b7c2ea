"""A Grafana that posts to the running bot of a scene, as its alerting does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from pydantic import SecretStr

from chatbot.app import App
from tests.e2e.scene import CONFIG, Scene, scene

TOKEN = "t0ken"
RULE = CONFIG.replace("    reopen_within: 6h\n", "    reopen_within: 6h\n    grafana_rule: Inductor queue too long\n")
ESCALATING = CONFIG + "grafana: {escalate: [{after: 30m, to: S0LEADS}]}\n"
BEGAN = datetime(2026, 1, 5, 9, 0, 3, tzinfo=UTC)


def one(
    status: str = "firing", *, fingerprint: str = "c6eadffa33fcdf37", after: int = 0, **more: Any
) -> dict[str, Any]:
    """An alert as Grafana describes it, that began *after* so many minutes."""
    annotations = {
        "Teams": "lint",
        "Priority": "P1",
        "summary": "412 jobs wait for a runner",
        "description": "The queue has been over 300 for ten minutes",
        "runbook_url": "https://example.org/runbooks/queue",
    }
    return {
        "status": status,
        "labels": {"alertname": "Runner queue", "zone": "us-1"},
        "annotations": {**annotations, **more.pop("annotations", {})},
        "startsAt": (BEGAN + timedelta(minutes=after)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://grafana.example.org/alerting/grafana/abc/view",
        "fingerprint": fingerprint,
        "silenceURL": "https://grafana.example.org/alerting/silence/new?alertmanager=grafana",
        "dashboardURL": "https://grafana.example.org/d/queues?orgId=1",
        "panelURL": "https://grafana.example.org/d/queues?orgId=1&viewPanel=2",
        "values": {"B": 412.5, "C": 1},
        **more,
    }


def payload(*alerts: dict[str, Any], **more: Any) -> bytes:
    """What Grafana posts."""
    body = {
        "receiver": "trunkwatch",
        "status": alerts[0]["status"],
        "alerts": list(alerts),
        "groupLabels": {"alertname": "Runner queue"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://grafana.example.org/",
        "version": "1",
        "groupKey": '{}:{alertname="Runner queue"}',
        "truncatedAlerts": 0,
        "orgId": 1,
        "title": "[FIRING:1] Runner queue",
        "state": "alerting",
        "message": "**Firing**",
    }
    return json.dumps({**body, **more}).encode()


class Grafana:
    """Posts to the bot."""

    def __init__(self, world: Scene, http: ClientSession) -> None:
        self.world = world
        self._http = http

    async def post(
        self, body: bytes, *, token: str | None = f"Bearer {TOKEN}", app: App | None = None, encoding: str = ""
    ) -> tuple[int, str]:
        headers = {"Authorization": token} if token else {}
        headers |= {"Content-Encoding": encoding} if encoding else {}
        url = f"http://127.0.0.1:{(app or self.world.app).port}/webhooks/grafana"
        async with self._http.post(url, data=BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.text()

    async def tells(self, *alerts: dict[str, Any], app: App | None = None, **more: Any) -> None:
        status, said = await self.post(payload(*alerts, **more), app=app)
        assert (status, said) == (202, f"{len(alerts)} taken.\n")

    async def again(self, *alerts: dict[str, Any]) -> None:
        """As Grafana does it: until it is taken."""
        async with asyncio.timeout(20):
            while (await self.post(payload(*alerts)))[0] != 202:
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def told(
    directory: Path, redis_url: str, *, config: str = CONFIG, token: str | None = TOKEN
) -> AsyncIterator[Grafana]:
    async with scene(directory, redis_url, config=config, start=False) as world, ClientSession() as http:
        given = SecretStr(token) if token else None
        world.settings = world.settings.model_copy(update={"grafana_webhook_token": given})
        world.draw(build="+++")
        await world.start()
        made = Grafana(world, http)
        if token:
            await ready(world)
        yield made


async def ready(world: Scene) -> None:
    async with asyncio.timeout(20):
        while "grafana/" not in await world.app._store.watches.get_many(["grafana/"]):
            await asyncio.sleep(0.005)
