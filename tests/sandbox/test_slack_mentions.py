"""Whom a new message notifies, and that an edit notifies nobody."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, HERE, actions, button, section


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": "hello"}, set()),
        ({"text": f"<@{ALICE}> and <@{BOB}|bob>"}, {ALICE, BOB}),
        ({"text": "<!subteam^S0TEAM> <!subteam^S0TEAM|@inductor-team>"}, {"S0TEAM"}),
        ({"text": "<!here> <!channel|channel> <!everyone>"}, {"here", "channel", "everyone"}),
        ({"text": "&lt;@U01ALICE&gt; @alice @here <#C0HERE> <!date^1^{date}|x>"}, set()),
        ({"text": "@alice @here", "link_names": True}, {ALICE, "here"}),
        ({"text": "x", "blocks": [section(f"<@{ALICE}>")]}, {ALICE}),
        ({"text": "x", "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": f"<@{BOB}>"}]}]}, {BOB}),
        ({"text": "x", "blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "<!here>"}]}]}, {"here"}),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "<!here>"}}]}, set()),
        ({"text": "x", "blocks": [actions(button("<!channel>"))]}, set()),
        ({"text": "x", "blocks": [{"type": "markdown", "text": f"<@{ALICE}>"}]}, {ALICE}),
        ({"text": "x", "blocks": [rich({"type": "user", "user_id": ALICE})]}, {ALICE}),
        ({"text": "x", "blocks": [rich({"type": "usergroup", "usergroup_id": "S0TEAM"})]}, {"S0TEAM"}),
        ({"text": "x", "blocks": [rich({"type": "broadcast", "range": "channel"})]}, {"channel"}),
        ({"text": "x", "blocks": [rich({"type": "text", "text": "<!channel>"})]}, set()),
        ({"attachments": [{"text": f"<@{ALICE}>", "blocks": [section("<!here>")]}]}, {ALICE, "here"}),
    ],
)
async def test_a_new_message_notifies_whom_it_mentions(
    slack: SlackSandbox, client: AsyncWebClient, fields: dict[str, Any], expected: set[str]
) -> None:
    await client.api_call("chat.postMessage", json={"channel": HERE, **fields})
    assert slack.pings(slack.messages(HERE)[0]) == expected


async def test_an_edit_notifies_nobody(slack: SlackSandbox, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    await client.chat_update(channel=HERE, ts=ts, text=f"<@{ALICE}> <!channel>")
    assert slack.pings(slack.messages(HERE)[0]) == set()


async def test_what_is_whispered_notifies_nobody(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=HERE, user=ALICE, text=f"<@{BOB}>")
    assert slack.pings(slack.ephemerals(ALICE)[0]) == set()
