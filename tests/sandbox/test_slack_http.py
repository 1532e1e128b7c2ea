"""A real Bolt app behind its own web server: requests are signed, events are sent again until acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, HERE, actions, button, client_of, seed

EVENTS = ["app_mention", "message.channels", "message.im", "reaction_added", "reaction_removed", "app_home_opened"]
MANIFEST = {
    "features": {"slash_commands": [{"command": "/trunk", "should_escape": True}]},
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "channels:history"]}},
    "settings": {"event_subscriptions": {"bot_events": EVENTS}},
}

Serve = Callable[[web.Application], Awaitable[str]]


@pytest.fixture
async def http_slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(manifest=MANIFEST, ack_within=1.0, event_retries=(0.0, 0.0, 0.0)) as sandbox:
        yield seed(sandbox)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves a web application on a free port; gives its address."""
    runners: list[web.AppRunner] = []

    async def start(application: web.Application) -> str:
        runner = web.AppRunner(application)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"

    yield start
    for runner in runners:
        await runner.cleanup()


def bolt(slack: SlackSandbox) -> AsyncApp:
    return AsyncApp(client=client_of(slack), signing_secret=slack.signing_secret)


async def test_bolt_believes_the_signature_and_answers(http_slack: SlackSandbox, serve: Serve) -> None:
    slack = http_slack
    app = bolt(slack)
    texts: list[str] = []

    @app.command("/trunk")
    async def trunk(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        texts.append(command["text"])
        await ack()
        await respond("fine")

    @app.action("ack")
    async def press(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_update(channel=HERE, ts=body["message"]["ts"], text="taken", blocks=[])

    slack.http_url = await serve(app.web_app())
    assert slack.connected
    assert (await slack.command("/trunk", "mine @alice in #inductor-ci", user=ALICE, channel=HERE)).text == "fine"
    assert texts == [f"mine <@{ALICE}|alice> in <#{HERE}|inductor-ci>"]
    await client_of(slack).chat_postMessage(channel=HERE, text="broken", blocks=[actions(button("Acknowledge"))])
    assert (await slack.click(slack.messages(HERE)[0], "Acknowledge", user=ALICE)).acknowledged
    await slack.until(lambda: slack.messages(HERE)[0].text == "taken")


async def test_a_wrong_secret_is_noticed_by_bolt(http_slack: SlackSandbox, serve: Serve) -> None:
    app = AsyncApp(client=client_of(http_slack), signing_secret="another")
    http_slack.http_url = await serve(app.web_app())
    answer = await http_slack.command("/trunk", user=ALICE, channel=HERE)
    assert not answer.acknowledged
    assert http_slack.failed_acks[0].reason == "HTTP 401"


async def test_a_server_that_is_not_there_does_not_respond(http_slack: SlackSandbox) -> None:
    http_slack.http_url = "http://127.0.0.1:1/slack/events"
    assert not (await http_slack.command("/trunk", user=ALICE, channel=HERE)).acknowledged


def recording(
    statuses: list[int], headers: dict[str, str] | None = None
) -> tuple[web.Application, list[dict[str, Any]]]:
    """A server that answers with *statuses* in turn (0: not in time), then 200; and what it was sent."""
    heard: list[dict[str, Any]] = []

    async def listen(request: web.Request) -> web.Response:
        body = await request.json()
        heard.append(
            {
                **body,
                "retry": request.headers.get("X-Slack-Retry-Num"),
                "ts": request.headers["X-Slack-Request-Timestamp"],
            }
        )
        status = statuses.pop(0) if statuses else 200
        await asyncio.sleep(0 if status else 1.3)
        return web.Response(status=status or 200, headers=headers)

    application = web.Application()
    application.router.add_post("/slack/events", listen)
    return application, heard


async def test_events_come_again_until_they_are_acknowledged(http_slack: SlackSandbox, serve: Serve) -> None:
    application, heard = recording([500, 0])
    http_slack.http_url = await serve(application)
    await http_slack.say(HERE, "hello", user=ALICE)
    await http_slack.until(lambda: len(http_slack.failed_acks) == 2)
    async with asyncio.timeout(5):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    assert [one["retry"] for one in heard] == [None, "1", "2"]
    assert len({one["event_id"] for one in heard}) == 1


async def test_the_bot_can_ask_for_no_retry(http_slack: SlackSandbox, serve: Serve) -> None:
    application, heard = recording([500], {"X-Slack-No-Retry": "1"})
    http_slack.http_url = await serve(application)
    await http_slack.say(HERE, "one", user=ALICE)
    await http_slack.until(lambda: len(http_slack.failed_acks) == 1)
    await http_slack.say(HERE, "two", user=ALICE)
    async with asyncio.timeout(5):
        while len(heard) < 2:
            await asyncio.sleep(0.01)
    assert [one["event"]["text"] for one in heard] == ["one", "two"]


async def test_after_four_times_an_event_is_given_up(http_slack: SlackSandbox, serve: Serve) -> None:
    application, heard = recording([500] * 4)
    http_slack.http_url = await serve(application)
    await http_slack.say(HERE, "hello", user=ALICE)
    await http_slack.until(lambda: len(http_slack.failed_acks) == 4)
    assert len(heard) == 4


async def test_the_events_the_manifest_subscribes_to(http_slack: SlackSandbox, serve: Serve) -> None:
    slack = http_slack
    application, heard = recording([])
    slack.http_url = await serve(application)
    said = await slack.say(HERE, "hello <@U0TRUNKWATCH>", user=ALICE)
    await slack.react(said, "eyes", user=ALICE)
    await slack.unreact(said, "eyes", user=ALICE)
    await slack.open_home(ALICE)
    posted = await client_of(slack).chat_postMessage(channel=HERE, text="mine")
    await client_of(slack).chat_update(channel=HERE, ts=posted["ts"], text="changed")
    await client_of(slack).chat_delete(channel=HERE, ts=posted["ts"])
    await slack.say(slack.workspace.dm(ALICE).id, "psst", user=ALICE)
    async with asyncio.timeout(5):
        while len(heard) < 9:
            await asyncio.sleep(0.01)
    kinds = sorted((one["event"]["type"], one["event"].get("subtype", "")) for one in heard)
    assert kinds == [
        ("app_home_opened", ""),
        ("app_mention", ""),
        ("message", ""),
        ("message", ""),
        ("message", ""),
        ("message", "message_changed"),
        ("message", "message_deleted"),
        ("reaction_added", ""),
        ("reaction_removed", ""),
    ]
    assert {one["type"] for one in heard} == {"event_callback"}
