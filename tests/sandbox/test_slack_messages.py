"""Posting, editing, deleting and reading back, through the SDK's client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, ELSEWHERE, HERE, OLD, SECRET, actions, button, client_of, section

METADATA = {"event_type": "trunkwatch", "event_payload": {"alert": "a1", "nonce": "n1"}}


async def refused(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def test_a_message_is_shown_with_what_was_posted(slack: SlackSandbox, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=HERE, text="broken", blocks=[section("*broken*")], metadata=METADATA)
    (message,) = slack.messages(HERE)
    assert message.ts == answer["ts"] == answer["message"]["ts"]
    assert (message.text, message.shown, message.metadata) == ("broken", "*broken*", METADATA)
    assert message.bot_id == "B0TRUNKWATCH"
    assert message.blocks[0]["block_id"]


async def test_timestamps_are_unique_and_increase(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await asyncio.gather(*(client.chat_postMessage(channel=HERE, text=str(number)) for number in range(50)))
    stamps = [message.ts for message in slack.messages(HERE)]
    assert len(set(stamps)) == 50
    assert stamps == sorted(stamps)


async def test_json_and_form_bodies_mean_the_same(slack: SlackSandbox, client: AsyncWebClient) -> None:
    fields = {"channel": HERE, "text": "hello"}
    await client.api_call("chat.postMessage", json={**fields, "blocks": [section("x")]})
    await client.api_call(
        "chat.postMessage", data={**fields, "blocks": '[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]'}
    )
    await client.api_call(
        "chat.postMessage", params={**fields, "blocks": '[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]'}
    )
    assert [message.shown for message in slack.messages(HERE)] == ["x", "x", "x"]


async def test_replies_are_in_the_thread_and_not_in_the_channel(slack: SlackSandbox, client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel=HERE, text="root"))["ts"]
    first = (await client.chat_postMessage(channel=HERE, text="one", thread_ts=root))["ts"]
    await client.chat_postMessage(channel=HERE, text="two", thread_ts=first)
    assert [m.text for m in slack.messages(HERE)] == ["root"]
    assert [m.text for m in slack.thread(HERE, root)] == ["one", "two"]
    listed = await client.conversations_replies(channel=HERE, ts=root)
    assert [m["text"] for m in listed["messages"]] == ["root", "one", "two"]
    assert listed["messages"][0]["reply_count"] == 2


async def test_a_broadcast_reply_stands_in_both(slack: SlackSandbox, client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel=HERE, text="root"))["ts"]
    await client.chat_postMessage(channel=HERE, text="loud", thread_ts=root, reply_broadcast=True)
    assert [m.text for m in slack.messages(HERE)] == ["root", "loud"]
    assert [m.text for m in slack.thread(HERE, root)] == ["loud"]
    history = await client.conversations_history(channel=HERE)
    assert history["messages"][0]["subtype"] == "thread_broadcast"


async def test_an_edit_keeps_what_it_does_not_mention(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="a", blocks=[section("a")], metadata=METADATA))["ts"]
    await client.chat_update(channel=HERE, ts=ts, text="b")
    (message,) = slack.messages(HERE)
    assert (message.text, message.shown, message.metadata, message.edits) == ("b", "a", METADATA, 1)
    await client.chat_update(channel=HERE, ts=ts, text="c", blocks=[], metadata={})
    (message,) = slack.messages(HERE)
    assert (message.shown, message.metadata, message.edits) == ("c", None, 2)


async def test_only_an_edit_of_plain_text_shows_as_edited(slack: SlackSandbox, client: AsyncWebClient) -> None:
    plain = (await client.chat_postMessage(channel=HERE, text="a"))["ts"]
    built = (await client.chat_postMessage(channel=HERE, text="a", blocks=[section("a")]))["ts"]
    await client.chat_update(channel=HERE, ts=plain, text="b")
    await client.chat_update(channel=HERE, ts=built, text="b", blocks=[section("b")])
    assert [bool(message.edited) for message in slack.messages(HERE)] == [True, False]


async def test_deleting_a_root_with_replies_leaves_a_tombstone(slack: SlackSandbox, client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel=HERE, text="root"))["ts"]
    await client.chat_postMessage(channel=HERE, text="reply", thread_ts=root)
    await client.chat_delete(channel=HERE, ts=root)
    assert slack.messages(HERE) == []
    listed = await client.conversations_replies(channel=HERE, ts=root)
    assert [m.get("subtype") for m in listed["messages"]] == ["tombstone", None]
    assert (await refused(client.chat_update(channel=HERE, ts=root, text="x")))["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (ELSEWHERE, "not_in_channel"),
        (OLD, "is_archived"),
        (SECRET, "channel_not_found"),
        ("C0NOSUCH", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
    ],
)
async def test_posting_is_refused_where_slack_refuses_it(client: AsyncWebClient, channel: str, error: str) -> None:
    assert (await refused(client.chat_postMessage(channel=channel, text="x")))["error"] == error


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "", "event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "a", "event_payload": {"a": "b" * 20_000}}}, "metadata_too_large"),
        ({"text": "x", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"attachments": ["x"]}, "invalid_attachments"),
    ],
)
async def test_content_is_refused_as_slack_refuses_it(client: AsyncWebClient, fields: Any, error: str) -> None:
    call = client.api_call("chat.postMessage", json={"channel": HERE, **fields})
    assert (await refused(call))["error"] == error


async def test_invalid_blocks_are_explained_by_pointer(client: AsyncWebClient) -> None:
    answer = await refused(client.chat_postMessage(channel=HERE, text="x", blocks=[section("x" * 3001)]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {error}" for error in answer["errors"]]


async def test_only_the_bots_own_messages_can_be_changed_by_it(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await slack.say(HERE, "mine", user=ALICE)).ts
    assert (await refused(client.chat_update(channel=HERE, ts=ts, text="x")))["error"] == "cant_update_message"
    assert (await refused(client.chat_delete(channel=HERE, ts=ts)))["error"] == "cant_delete_message"


async def test_an_edit_in_an_archived_channel_is_refused(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    slack.archive(HERE)
    assert (await refused(client.chat_update(channel=HERE, ts=ts, text="y")))["error"] == "is_inactive"


async def test_history_is_newest_first_and_paged(client: AsyncWebClient) -> None:
    for number in range(7):
        await client.chat_postMessage(channel=HERE, text=str(number))
    pages = [page["messages"] async for page in await client.conversations_history(channel=HERE, limit=3)]
    assert [[message["text"] for message in page] for page in pages] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


async def test_history_between_two_moments(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=HERE, text=str(n)))["ts"] for n in range(5)]
    within = {"channel": HERE, "oldest": stamps[1], "latest": stamps[3]}
    inside = await client.conversations_history(**within)
    bounds = await client.conversations_history(**within, inclusive=True)
    assert [m["text"] for m in inside["messages"]] == ["2"]
    assert [m["text"] for m in bounds["messages"]] == ["3", "2", "1"]
    answer = await refused(client.conversations_history(channel=HERE, oldest="yesterday"))
    assert answer["error"] == "invalid_ts_oldest"


async def test_metadata_is_listed_only_when_asked_for(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x", metadata=METADATA))["ts"]
    without = await client.conversations_history(channel=HERE)
    with_it = await client.conversations_history(channel=HERE, include_all_metadata=True)
    in_thread = await client.conversations_replies(channel=HERE, ts=ts, include_all_metadata=True)
    assert "metadata" not in without["messages"][0]
    assert with_it["messages"][0]["metadata"] == in_thread["messages"][0]["metadata"] == METADATA


async def test_a_thread_that_is_not_there_and_a_cursor_that_is_none(client: AsyncWebClient) -> None:
    assert (await refused(client.conversations_replies(channel=HERE, ts="1.2")))["error"] == "thread_not_found"
    answer = await refused(client.conversations_history(channel=HERE, cursor="not a cursor"))
    assert answer["error"] == "invalid_cursor"
    assert (await refused(client.conversations_history(channel=ELSEWHERE)))["error"] == "not_in_channel"


async def test_what_is_whispered_only_one_person_sees(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=HERE, user=ALICE, text="psst")
    assert [m.text for m in slack.ephemerals(ALICE)] == ["psst"]
    assert slack.ephemerals(BOB) == slack.messages(HERE) == []
    stranger = client.chat_postEphemeral(channel=HERE, user="U0NOBODY", text="x")
    assert (await refused(stranger))["error"] == "user_not_in_channel"


async def test_reactions_and_pins(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    at = {"channel": HERE, "timestamp": ts}
    await client.reactions_add(**at, name="eyes")
    await slack.react(slack.messages(HERE)[0], "eyes", user=ALICE)
    assert slack.messages(HERE)[0].reactions == {"eyes": ("U0TRUNKWATCH", ALICE)}
    assert (await client.reactions_get(**at))["message"]["reactions"][0]["count"] == 2
    assert (await refused(client.reactions_add(**at, name="eyes")))["error"] == "already_reacted"
    assert (await refused(client.reactions_add(**at, name="no such!")))["error"] == "invalid_name"
    await client.reactions_remove(**at, name="eyes")
    assert (await refused(client.reactions_remove(**at, name="eyes")))["error"] == "no_reaction"
    await client.pins_add(**at)
    assert (await refused(client.pins_add(**at)))["error"] == "already_pinned"


async def test_a_permalink_names_channel_and_message(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    link = (await client.chat_getPermalink(channel=HERE, message_ts=ts))["permalink"]
    assert link == f"{slack.url}/archives/{HERE}/p{ts.replace('.', '')}"
    answer = await refused(client.chat_getPermalink(channel=HERE, message_ts="1.1"))
    assert answer["error"] == "message_not_found"


async def test_who_asks_must_show_a_good_token(slack: SlackSandbox) -> None:
    assert (await refused(client_of(slack, "xoxb-wrong").auth_test()))["error"] == "invalid_auth"
    assert (await refused(client_of(slack, " ").auth_test()))["error"] == "not_authed"
    assert (await refused(client_of(slack, slack.app_token).auth_test()))["error"] == "not_allowed_token_type"
    opened = client_of(slack).apps_connections_open(app_token=slack.bot_token)
    assert (await refused(opened))["error"] == "not_allowed_token_type"


async def test_a_method_that_does_not_exist(client: AsyncWebClient) -> None:
    assert (await refused(client.api_call("chat.shout")))["error"] == "unknown_method"


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[]", "json_not_object"), ("", "not_authed")])
async def test_a_broken_body_is_refused(slack: SlackSandbox, body: str, error: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with (
        ClientSession() as session,
        session.post(f"{slack.api_url}auth.test", data=body, headers=headers) as answer,
    ):
        assert (await answer.json())["error"] == error


async def test_every_call_is_in_the_log_without_its_token(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=HERE, text="x", blocks=[actions(button("Go"))])
    await refused(client.chat_postMessage(channel=OLD, text="x"))
    assert [(r.method, r.outcome) for r in slack.requests] == [
        ("chat.postMessage", "ok"),
        ("chat.postMessage", "is_archived"),
    ]
    assert slack.bot_token not in str(slack.requests)


async def test_what_a_message_offers_can_be_read_off_it(slack: SlackSandbox, client: AsyncWebClient) -> None:
    overflow = {
        "type": "overflow",
        "action_id": "more",
        "options": [{"text": {"type": "plain_text", "text": "Resolve"}, "value": "r"}],
    }
    await client.chat_postMessage(
        channel=HERE, text="x", blocks=[section("a", accessory=overflow), actions(button("Go"))]
    )
    assert slack.messages(HERE)[0].labels == ("Resolve", "Go")
