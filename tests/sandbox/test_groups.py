"""Who is in a user group, and which alert's thread a message is in: asked of Slack, and bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chatbot.groups import REMEMBERED, Groups
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import escape
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack.client import Slack
from chatbot.slack.threads import said
from tests.trunks import START


@pytest.fixture
async def workspace() -> AsyncIterator[tuple[SlackSandbox, Slack]]:
    """A workspace with two people, a group and a channel, and our client of it."""
    async with SlackSandbox(0) as sandbox:
        sandbox.add_person("U01ALICE", "alice")
        sandbox.add_person("U02BOB", "bob")
        sandbox.add_usergroup("S0LEADS", "leads", ["U01ALICE"])
        sandbox.add_channel("C0HERE", "here")
        async with Slack(sandbox.bot_token, base_url=f"{sandbox.api_url}/") as slack:
            yield sandbox, slack


def asked(sandbox: SlackSandbox, method: str) -> int:
    """How often that was asked."""
    return sum(one.method == method for one in sandbox.web_api.requests)


async def test_a_group_is_asked_about_once_in_a_while(workspace: tuple[SlackSandbox, Slack]) -> None:
    sandbox, slack = workspace
    moments = iter([START, START, START + REMEMBERED - timedelta(seconds=1), START + REMEMBERED])
    groups = Groups(slack, now=lambda: next(moments))
    assert await groups.of("U01ALICE", ["S0LEADS", "S0LEADS"]) == {"S0LEADS"}
    assert await groups.of("U02BOB", ["S0LEADS"]) == frozenset()
    assert await groups.of("U01ALICE", ["S0LEADS"]) == {"S0LEADS"}
    assert asked(sandbox, "usergroups.users.list") == 1
    sandbox.faults.add("usergroups.users.list", "error", code="fatal_error")
    assert await groups.of("U01ALICE", ["S0LEADS"]) == {"S0LEADS"}, "as last seen"
    assert asked(sandbox, "usergroups.users.list") == 2


async def test_a_group_that_nobody_knows_has_nobody(workspace: tuple[SlackSandbox, Slack]) -> None:
    _, slack = workspace
    assert await Groups(slack, now=lambda: START).of("U01ALICE", ["S0NOBODY"]) == frozenset()


async def test_a_reply_deep_in_a_long_thread_is_found_with_its_alert(workspace: tuple[SlackSandbox, Slack]) -> None:
    sandbox, slack = workspace
    root = await slack.post("C0HERE", Payload(escape("broken"), metadata={"alert": "inductor:1", "entry": "root"}))
    replies = [await sandbox.say("C0HERE", f"reply {n}", user="U01ALICE", thread_ts=root) for n in range(300)]
    found = await said(slack, "C0HERE", replies[211].ts)
    assert found is not None
    assert (found.text, found.alert, found.root, found.user, found.ours) == (
        "reply 211", "inductor:1", root, "U01ALICE", False,
    )  # fmt: skip
    assert asked(sandbox, "conversations.replies") == 1


async def test_metadata_of_others_is_not_believed(workspace: tuple[SlackSandbox, Slack]) -> None:
    sandbox, slack = workspace
    forged = sandbox.workspace.post(
        "C0HERE",
        text="mine",
        user="U02BOB",
        bot_id="B0FORGER",
        metadata={"event_type": "trunkwatch", "event_payload": {"alert": "inductor:1"}},
    )
    reply = await sandbox.say("C0HERE", "reply", user="U01ALICE", thread_ts=forged.ts)
    found = await said(slack, "C0HERE", reply.ts)
    assert found is not None
    assert found.alert is None


async def test_what_the_bot_cannot_see_is_nothing(workspace: tuple[SlackSandbox, Slack]) -> None:
    _, slack = workspace
    assert await said(slack, "C0HERE", "1.000001") is None
    assert await said(slack, "C0NOWHERE", "1.000001") is None
