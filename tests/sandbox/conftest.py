"""A sandbox Slack with two people and three channels, the SDK's client against it, and real Bolt apps over sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox

ALICE, BOB = "U01ALICE", "U02BOB"
HERE, ELSEWHERE, OLD, SECRET = "C0HERE", "C0ELSEWHERE", "C0OLD", "G0SECRET"


def seed(slack: SlackSandbox) -> SlackSandbox:
    slack.add_person(ALICE, "alice", email="alice@example.org")
    slack.add_person(BOB, "bob")
    slack.add_usergroup("S0TEAM", "inductor-team", [ALICE, BOB])
    slack.add_channel(HERE, "inductor-ci")
    slack.add_channel(ELSEWHERE, "elsewhere", bot_in=False)
    slack.add_channel(OLD, "old", archived=True)
    slack.add_channel(SECRET, "secret", bot_in=False, private=True)
    return slack


def client_of(slack: SlackSandbox, token: str | None = None) -> AsyncWebClient:
    """The SDK's client, without its own retries."""
    return AsyncWebClient(token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(ack_within=1.0, event_retries=(0.0, 0.0, 0.0)) as sandbox:
        yield seed(sandbox)


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    """A Bolt app without listeners; add them, then `connect` it."""
    return AsyncApp(client=client, raise_error_for_unhandled_request=False)


Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


@pytest.fixture
async def connect(slack: SlackSandbox) -> AsyncIterator[Connect]:
    """Opens a Socket Mode connection for an app; closed at the end."""
    handlers: list[AsyncSocketModeHandler] = []

    async def open_one(app: AsyncApp) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
        handlers.append(handler)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        await slack.until(lambda: slack.connections >= len(handlers))
        return handler

    yield open_one
    for handler in handlers:
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


def button(label: str, action_id: str = "ack", value: str = "1") -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label},
        "value": value,
    }


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(label: str, value: str | None = None) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": label}, "value": value or label}
