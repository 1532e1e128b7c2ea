"""The bot's own HTTP: who may speak to it, what a replay does, what it says of itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from tests.e2e.scene import CAROL, INDUCTOR, Scene, scene


@pytest.fixture
async def http(tmp_path: Path, valkey_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, valkey_url, mode="http") as made:
        yield made


def command(http: Scene, text: str = "help", trigger: str = "1.2.3") -> bytes:
    issued = http.slack.workspace.response_urls.issue(CAROL, INDUCTOR)
    fields = {
        "command": "/trunk",
        "text": text,
        "user_id": CAROL,
        "user_name": "carol",
        "channel_id": INDUCTOR,
        "trigger_id": trigger,
        "response_url": f"{http.slack.url}/response/{issued.id}",
    }
    return urlencode(fields).encode()


def signed(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


async def post(http: Scene, client: ClientSession, body: bytes, headers: dict[str, str]) -> int:
    async with client.post(http.events_url, data=body, headers=headers) as response:
        return response.status


async def test_a_rightly_signed_delivery_is_taken(http: Scene, client: ClientSession) -> None:
    body = command(http)
    assert await post(http, client, body, signed(http.slack.signing_secret, body)) == 200
    await http.slack.until(lambda: http.slack.ephemerals(CAROL))


async def test_forged_old_and_missing_signatures_are_refused_and_do_nothing(http: Scene, client: ClientSession) -> None:
    body, secret = command(http), http.slack.signing_secret
    good = signed(secret, body)
    now = time.time()
    refused = [
        signed("0" * 32, body),
        signed(secret, body, at=now - 301),
        signed(secret, body, at=now + 301),
        signed(secret, body + b"&x=1"),
        good | {"X-Slack-Signature": "v0="},
        good | {"X-Slack-Signature": "v1" + good["X-Slack-Signature"][2:]},
        good | {"X-Slack-Request-Timestamp": "soon"},
        good | {"X-Slack-Request-Timestamp": "9" * 5000},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ]
    assert [await post(http, client, body, headers) for headers in refused] == [401] * len(refused)
    await http.trunk("health")
    assert len(http.slack.ephemerals(CAROL)) == 1


async def test_a_replayed_delivery_has_one_effect(http: Scene, client: ClientSession) -> None:
    body = command(http)
    headers = signed(http.slack.signing_secret, body)
    assert [await post(http, client, body, headers) for _ in range(3)] == [200] * 3
    await http.slack.until(lambda: http.slack.ephemerals(CAROL))
    await http.trunk("health")
    assert len(http.slack.ephemerals(CAROL)) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 404),
        (b"\xff\xfe\xfd", 400),
        (b"payload=%7Bnot-json", 400),
        (b"payload=" + urlencode({"": "[" * 50_000}).encode()[1:], 400),
        (b"payload=%5B1%5D", 400),
        (b"x" * (1024 * 1024 + 10), 413),
    ],
    ids=["empty", "not UTF-8", "not JSON", "deep JSON", "a list", "too large"],
)
async def test_a_delivery_that_is_no_delivery_is_refused_without_a_traceback(
    http: Scene, client: ClientSession, body: bytes, status: int
) -> None:
    async with client.post(
        http.events_url, data=BytesIO(body), headers=signed(http.slack.signing_secret, body)
    ) as response:
        text = await response.text()
    assert response.status == status
    assert "Traceback" not in text
    assert (await http.trunk("health")).acknowledged


async def test_slack_s_address_check_is_answered(http: Scene, client: ClientSession) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    headers = signed(http.slack.signing_secret, body) | {"Content-Type": "application/json"}
    async with client.post(http.events_url, data=body, headers=headers) as response:
        assert response.status == 200
        assert "abc" in await response.text()


async def test_over_sockets_nothing_is_taken_over_http(world: Scene, client: ClientSession) -> None:
    assert await post(world, client, b"", {}) == 404


async def test_it_says_that_it_lives_and_when_it_is_ready(either: Scene, client: ClientSession) -> None:
    either.draw(build="+")
    await either.polled()
    base = either.events_url.removesuffix("/slack/events")
    async with client.get(f"{base}/healthz") as response:
        assert response.status == 200
    async with client.get(f"{base}/readyz") as response:
        told = await response.json()
        assert response.status == 200
    assert told["ready"] is True
    assert {row["name"] for row in told["rows"]} >= {"redis", "slack", "source pytorch"}
