"""A real Bolt app over Socket Mode: people act, it acknowledges, answers, and sometimes does not."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import Message, SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, HERE, Connect, actions, button, option, section

MORE = {"type": "overflow", "action_id": "more", "options": [option("Assign to me", "me"), option("Resolve", "done")]}
ASSIGN = {"type": "users_select", "action_id": "assign", "placeholder": {"type": "plain_text", "text": "Assign…"}}
SNOOZE = {
    "type": "static_select",
    "action_id": "snooze",
    "placeholder": {"type": "plain_text", "text": "Snooze"},
    "options": [option("For 1 hour", "1h"), option("For 1 day", "1d")],
}


def record(app: AsyncApp, *action_ids: str) -> list[dict[str, Any]]:
    """Acknowledge those actions and keep their bodies."""
    bodies: list[dict[str, Any]] = []

    async def listen(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)

    for action_id in action_ids:
        app.action(action_id)(listen)
    return bodies


async def post(slack: SlackSandbox, client: AsyncWebClient, *elements: dict[str, Any]) -> Message:
    await client.chat_postMessage(channel=HERE, text="broken", blocks=[section("broken"), actions(*elements)])
    return slack.messages(HERE)[-1]


async def test_a_press_carries_what_slack_sends(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "ack")
    await connect(app)
    message = await post(slack, client, button("Acknowledge", value="a1:7"))
    answer = await slack.click(message, "Acknowledge", user=ALICE)
    (body,) = bodies
    assert answer.acknowledged
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": ALICE, "username": "alice", "name": "alice", "team_id": "T0SANDBOX"}
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": HERE,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": HERE, "name": "inductor-ci"}
    assert body["message"]["ts"] == message.ts
    assert body["message"]["blocks"][1]["block_id"] == body["actions"][0]["block_id"]
    assert {"trigger_id", "response_url", "state", "team", "api_app_id", "token", "enterprise"} <= body.keys()
    (action,) = body["actions"]
    assert (action["action_id"], action["type"], action["value"]) == ("ack", "button", "a1:7")
    assert float(action["action_ts"]) > float(message.ts)


async def test_people_pick_persons_and_options_by_what_they_read(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "more", "assign", "snooze")
    await connect(app)
    message = await post(slack, client, ASSIGN, SNOOZE, MORE)
    await slack.pick_user(message, "Assign…", BOB, user=ALICE)
    await slack.pick_option(message, "Snooze", "For 1 day", user=ALICE)
    await slack.pick_option(message, "More", "Resolve", user=ALICE)
    await slack.click(message, "Assign to me", user=ALICE)
    picked = [body["actions"][0] for body in bodies]
    assert picked[0]["selected_user"] == BOB
    assert [choice["selected_option"]["value"] for choice in picked[1:]] == ["1d", "done", "me"]
    block = picked[0]["block_id"]
    assert bodies[0]["state"]["values"][block]["assign"]["selected_user"] == BOB
    assert bodies[0]["state"]["values"][block]["snooze"]["selected_option"] is None


async def test_what_is_not_there_cannot_be_pressed(slack: SlackSandbox, client: AsyncWebClient) -> None:
    message = await post(slack, client, button("Acknowledge"), SNOOZE)
    with pytest.raises(LookupError, match=r"nothing called 'Resolve'.*'Acknowledge', 'Snooze', 'For 1 hour'"):
        await slack.click(message, "Resolve", user=ALICE)
    with pytest.raises(LookupError, match="no menu called 'Assign…'; there is 'Acknowledge'"):
        await slack.pick_user(message, "Assign…", BOB, user=ALICE)
    with pytest.raises(LookupError, match=r"no option 'For ever'.*'For 1 hour', 'For 1 day'"):
        await slack.pick_option(message, "Snooze", "For ever", user=ALICE)
    with pytest.raises(LookupError, match="nobody is called 'U0X'"):
        await slack.click(message, "Acknowledge", user="U0X")
    await slack.delete(message)
    with pytest.raises(LookupError, match="is gone"):
        await slack.click(message, "Acknowledge", user=ALICE)


async def test_a_press_on_a_screen_that_has_not_caught_up(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "ack")
    await connect(app)
    seen = await post(slack, client, button("Acknowledge", value="v1"))
    await client.chat_update(channel=HERE, ts=seen.ts, text="x", blocks=[actions(button("Acknowledge", value="v2"))])
    await slack.click(seen, "Acknowledge", user=ALICE, stale=True)
    await slack.click(seen, "Acknowledge", user=ALICE)
    assert [body["actions"][0]["value"] for body in bodies] == ["v1", "v2"]


async def test_who_gets_no_acknowledgement_is_told_so(slack: SlackSandbox, app: AsyncApp, connect: Connect) -> None:
    @app.command("/hang")
    async def hang() -> None:
        """Never acknowledges."""

    await connect(app)
    answer = await slack.command("/hang", user=ALICE, channel=HERE)
    assert not answer.acknowledged
    assert slack.toasts(ALICE) == ["/hang failed because the app did not respond."]
    (failed,) = slack.failed_acks
    assert (failed.kind, failed.reason) == ("slash_commands", "not acknowledged in time")
    assert failed.payload["command"] == "/hang"


async def test_a_bot_that_is_not_there_does_not_respond(slack: SlackSandbox, client: AsyncWebClient) -> None:
    message = await post(slack, client, button("Acknowledge"))
    assert not slack.connected
    assert not (await slack.click(message, "Acknowledge", user=ALICE)).acknowledged
    assert "did not respond" in slack.toasts(ALICE)[0]


async def test_a_payload_may_come_twice(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "ack")
    await connect(app)
    message = await post(slack, client, button("Acknowledge"))
    slack.duplicate_envelopes()
    await slack.click(message, "Acknowledge", user=ALICE)
    await slack.click(message, "Acknowledge", user=BOB)
    await slack.until(lambda: len(bodies) == 3)
    assert [body["user"]["id"] for body in bodies] == [ALICE, ALICE, BOB]
    assert bodies[0]["actions"] == bodies[1]["actions"]


async def test_a_payload_may_come_late(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    arrived = asyncio.Event()

    @app.action("ack")
    async def listen(ack: Any) -> None:
        await ack()
        arrived.set()

    await connect(app)
    message = await post(slack, client, button("Acknowledge"))
    slack.late_delivery(1.2)
    assert not (await slack.click(message, "Acknowledge", user=ALICE)).acknowledged
    async with asyncio.timeout(5):
        await arrived.wait()


async def test_each_payload_goes_to_one_of_several_connections(
    slack: SlackSandbox, client: AsyncWebClient, connect: Connect
) -> None:
    apps = [AsyncApp(client=client) for _ in range(2)]
    heard = [record(app, "ack") for app in apps]
    for app in apps:
        await connect(app)
    message = await post(slack, client, button("Acknowledge"))
    for _ in range(4):
        await slack.click(message, "Acknowledge", user=ALICE)
    assert [len(bodies) for bodies in heard] == [2, 2]


@pytest.mark.parametrize("abrupt", [False, True])
async def test_the_bot_comes_back_after_losing_its_connection(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect, *, abrupt: bool
) -> None:
    bodies = record(app, "ack")
    await connect(app)
    message = await post(slack, client, button("Acknowledge"))
    await slack.reconnect_sockets(abrupt=abrupt)
    assert slack.connections == 0
    await slack.until(lambda: slack.connections == 1)
    assert (await slack.click(message, "Acknowledge", user=ALICE)).acknowledged
    assert len(bodies) == 1


async def test_shortcuts_reach_the_bot(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies: list[dict[str, Any]] = []

    @app.shortcut("explain")
    async def explain(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)

    await connect(app)
    message = await post(slack, client, button("Acknowledge"))
    await slack.shortcut("explain", message, user=ALICE)
    await slack.shortcut("explain", user=ALICE)
    assert [body["type"] for body in bodies] == ["message_action", "shortcut"]
    assert bodies[0]["message"]["ts"] == bodies[0]["message_ts"] == message.ts


async def test_an_address_for_a_socket_works_once(slack: SlackSandbox, client: AsyncWebClient) -> None:
    address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with ClientSession() as session:
        async with session.ws_connect(address) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            await socket.send_str("not JSON")
            await socket.send_json([])
            await socket.send_json({"envelope_id": "unknown"})
        with pytest.raises(WSServerHandshakeError, match="404"):
            await session.ws_connect(address)


async def test_an_eleventh_connection_is_one_too_many(slack: SlackSandbox, client: AsyncWebClient) -> None:
    async with ClientSession() as session, AsyncExitStack() as stack:
        said = []
        for _ in range(11):
            address = (await client.apps_connections_open(app_token=slack.app_token))["url"]
            socket = await stack.enter_async_context(session.ws_connect(address))
            said.append(await socket.receive_json())
    assert [one["type"] for one in said] == ["hello"] * 10 + ["disconnect"]
    assert said[-1]["reason"] == "too_many_websockets"
