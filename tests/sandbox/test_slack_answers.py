"""What comes back to a person: from commands, acknowledgements, and response URLs."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, HERE, Connect, actions, button, section
from tests.sandbox.test_slack_socket_mode import post, record


async def test_a_command_carries_what_slack_sends_and_brings_the_answer_back(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    bodies: list[dict[str, Any]] = []

    @app.command("/trunk")
    async def listen(ack: Any, body: dict[str, Any], respond: Any) -> None:
        bodies.append(body)
        await ack()
        await respond("3 failing")

    await connect(app)
    answer = await slack.command("/trunk", "inductor", user=ALICE, channel=HERE)
    (body,) = bodies
    assert (answer.acknowledged, answer.text, answer.error) == (True, "3 failing", None)
    assert [m.text for m in slack.ephemerals(ALICE)] == ["3 failing"]
    expected = {"command": "/trunk", "text": "inductor", "user_id": ALICE, "user_name": "alice", "channel_id": HERE}
    assert expected.items() <= body.items()
    assert {"response_url", "trigger_id", "team_id", "api_app_id", "channel_name"} <= body.keys()


async def test_the_acknowledgement_itself_can_be_the_answer(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    @app.command("/quiet")
    async def quiet(ack: Any) -> None:
        await ack("only you")

    @app.command("/loud")
    async def loud(ack: Any) -> None:
        await ack(text="everybody", response_type="in_channel")

    await connect(app)
    assert (await slack.command("/quiet", user=ALICE, channel=HERE)).text == "only you"
    assert (await slack.command("/loud", user=ALICE, channel=HERE)).text == "everybody"
    assert [m.text for m in slack.ephemerals(ALICE)] == ["only you"]
    assert [m.text for m in slack.messages(HERE)] == ["everybody"]


async def test_a_command_that_is_acknowledged_and_never_answered(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    @app.command("/mute")
    async def mute(ack: Any) -> None:
        await ack()

    await connect(app)
    assert (await slack.command("/mute", user=ALICE, channel=HERE, answer_within=0)).messages == ()
    with pytest.raises(TimeoutError, match="last calls: "):
        await slack.command("/mute", user=ALICE, channel=HERE, answer_within=0.05)


async def test_answers_can_replace_and_delete_what_was_pressed(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    @app.action("replace")
    async def replace(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="replaced", blocks=[section("replaced")], replace_original=True)

    @app.action("delete")
    async def delete(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    await connect(app)
    message = await post(slack, client, button("Replace", "replace"))
    await slack.click(message, "Replace", user=ALICE)
    await slack.until(lambda: slack.messages(HERE)[0].shown == "replaced")
    await client.chat_postEphemeral(channel=HERE, user=BOB, text="x", blocks=[actions(button("Go away", "delete"))])
    await slack.click(slack.ephemerals(BOB)[0], "Go away", user=BOB)
    await slack.until(lambda: slack.ephemerals(BOB) == [])


async def test_a_message_for_one_person_is_not_sent_along(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "ack")
    await connect(app)
    await client.chat_postEphemeral(channel=HERE, user=ALICE, text="x", blocks=[actions(button("Go"))])
    await slack.click(slack.ephemerals(ALICE)[0], "Go", user=ALICE)
    assert bodies[0]["container"]["is_ephemeral"]
    assert "message" not in bodies[0]


async def test_a_response_url_works_five_times_and_half_an_hour(client: AsyncWebClient) -> None:
    now = [1_000_000.0]
    async with SlackSandbox(clock=lambda: now[0]) as slack:
        slack.add_person(ALICE, "alice")
        slack.add_channel(HERE, "here")
        first, second = (slack.workspace.response_urls.issue(ALICE, HERE).id for _ in range(2))
        calls = [await client.api_call(f"{slack.url}/response/{first}", json={"text": "x"}) for _ in range(5)]
        assert all(call["ok"] for call in calls)
        with pytest.raises(Exception, match="used_url"):
            await client.api_call(f"{slack.url}/response/{first}", json={"text": "x"})
        now[0] += 30 * 60 + 1
        with pytest.raises(Exception, match="expired_url"):
            await client.api_call(f"{slack.url}/response/{second}", json={"text": "x"})
