"""Elements beyond plain buttons: external selects, containers, carousels, every kind of input; and odd arguments."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox, filling
from tests.sandbox.conftest import ALICE, HERE, Connect, actions, button, client_of, option, section, seed
from tests.sandbox.test_slack_messages import refused
from tests.sandbox.test_slack_people import manifest
from tests.sandbox.test_slack_socket_mode import record
from tests.sandbox.test_slack_views import Bot, modal, plain


async def test_an_external_select_asks_the_bot_for_its_options(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "watch")
    typed: list[str] = []

    @app.options("watch")
    async def options(ack: Any, payload: dict[str, Any]) -> None:
        typed.append(payload["value"])
        await ack(options=[option("inductor", "w1"), option("inductor-cpu", "w2")])

    await connect(app)
    picker = {"type": "external_select", "action_id": "watch", "placeholder": plain("Watch"), "min_query_length": 0}
    await client.chat_postMessage(channel=HERE, text="x", blocks=[actions(picker)])
    message = slack.messages(HERE)[0]
    await slack.pick_option(message, "Watch", "inductor-cpu", user=ALICE)
    assert typed == ["inductor-cpu"]
    assert bodies[0]["actions"][0]["selected_option"]["value"] == "w2"
    with pytest.raises(LookupError, match=r"no option 'dynamo'.*'inductor', 'inductor-cpu'"):
        await slack.pick_option(message, "Watch", "dynamo", user=ALICE)


async def test_buttons_inside_containers_and_cards_can_be_pressed(
    slack: SlackSandbox, client: AsyncWebClient, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "one", "two")
    await connect(app)
    container = {"type": "container", "title": plain("More"), "child_blocks": [actions(button("One", "one"))]}
    card = {"type": "card", "title": plain("Card"), "actions": [button("Two", "two")]}
    carousel = {"type": "carousel", "elements": [card]}
    await client.chat_postMessage(channel=HERE, text="x", blocks=[container, carousel])
    for label in ("One", "Two"):
        await slack.click(slack.messages(HERE)[0], label, user=ALICE)
    assert [body["actions"][0]["action_id"] for body in bodies] == ["one", "two"]


@pytest.mark.parametrize(
    ("kind", "value", "fields"),
    [
        ("button", None, {}),
        ("users_select", ALICE, {"selected_user": ALICE}),
        ("conversations_select", HERE, {"selected_conversation": HERE}),
        ("channels_select", HERE, {"selected_channel": HERE}),
        ("multi_users_select", ALICE, {"selected_users": [ALICE]}),
        ("multi_channels_select", [HERE], {"selected_channels": [HERE]}),
        ("timepicker", "09:00", {"selected_time": "09:00"}),
        ("datetimepicker", 1_800_000_000, {"selected_date_time": 1_800_000_000}),
        ("number_input", "3", {"value": "3"}),
        ("multi_users_select", None, {"selected_users": []}),
    ],
)
def test_what_is_chosen_is_said_in_the_words_of_the_element(kind: str, value: Any, fields: dict[str, Any]) -> None:
    assert filling.picked({"type": kind, "action_id": "a"}, value) == fields


async def test_menus_in_a_home_or_modal_keep_what_was_picked(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    picker = {"type": "users_select", "action_id": "who", "placeholder": plain("Who")}
    bot = Bot(app, modal(section("x", accessory=picker)))
    bodies = record(app, "who")
    await connect(app)
    opened = (await slack.command("/open", user=ALICE, channel=HERE)).modal
    assert opened is not None
    await slack.pick_user(opened, "Who", ALICE)
    await slack.submit(ALICE)
    state = bot.submitted[0]["view"]["state"]["values"]
    assert bodies[0]["view"]["state"]["values"] == state
    assert [inner["who"]["selected_user"] for inner in state.values()] == [ALICE]
    with pytest.raises(LookupError, match="the view 'Snooze' is not open any more"):
        await slack.pick_user(opened, "Who", ALICE)


async def test_a_modal_that_the_bot_does_not_acknowledge_stays(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=slack.workspace.triggers.issue(ALICE), view=modal())
    answer = await slack.submit(ALICE)
    assert (answer.acknowledged, answer.error) == (False, "We had some trouble connecting. Try again?")
    assert slack.modal(ALICE) is not None


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.history", {"channel": HERE, "limit": "many"}, "invalid_arguments"),
        ("conversations.history", {"channel": {"id": HERE}}, "invalid_arguments"),
        ("conversations.replies", {"channel": HERE}, "invalid_arguments"),
        ("users.info", {}, "invalid_arguments"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": ["U01ALICE", "U02BOB"]}, "method_not_supported_for_channel_type"),
        ("chat.postEphemeral", {"channel": HERE, "text": "x"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": "x"}, "invalid_arguments"),
        ("views.open", {"view": {"type": "modal"}}, "invalid_arguments"),
        ("blocks.validate", {"blocks": "[", "view": "{"}, "invalid_arguments"),
    ],
)
async def test_arguments_of_the_wrong_kind_are_refused(
    client: AsyncWebClient, method: str, args: dict[str, Any], error: str
) -> None:
    assert (await refused(client.api_call(method, json=args)))["error"] == error


async def test_an_edit_has_to_say_something(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    assert (await refused(client.api_call("chat.update", json={"channel": HERE, "ts": ts, "metadata": {}})))[
        "error"
    ] == "no_text"
    assert (await refused(client.api_call("chat.update", json={"channel": HERE, "ts": ts, "text": ""})))[
        "error"
    ] == "no_text"
    assert slack.messages(HERE)[0].edits == 0


async def test_another_name_needs_its_scope() -> None:
    async with SlackSandbox(manifest=manifest("chat:write")) as slack:
        client = client_of(seed(slack))
        answer = await refused(client.chat_postMessage(channel=HERE, text="x", username="Somebody"))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write.customize")


async def envelope(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return dict(await socket.receive_json(timeout=5))


async def test_an_event_that_is_not_acknowledged_comes_again_over_the_socket() -> None:
    async with SlackSandbox(ack_within=0.1, event_retries=(0.0, 0.0)) as slack, ClientSession() as session:
        slack.add_person(ALICE, "alice")
        address = (await client_of(slack).apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(address) as socket:
            await envelope(socket)
            await slack.open_home(ALICE)
            first, second = await envelope(socket), await envelope(socket)
            await socket.send_json({"envelope_id": second["envelope_id"]})
            await slack.open_home(ALICE)
            third = await envelope(socket)
            await socket.send_json({"envelope_id": third["envelope_id"]})
    events = [(one["retry_attempt"], one["accepts_response_payload"]) for one in (first, second, third)]
    assert events == [(0, False), (1, False), (0, False)]
    assert first["payload"]["event_id"] == second["payload"]["event_id"] != third["payload"]["event_id"]
