"""The client and what Slack refuses, limits, answers too late or not at all: sorted by what the caller should do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack.client import Slack
from tests.sandbox.client.saying import AGES_AGO, CHANNEL, HELLO


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("channel_not_found", f"no channel {CHANNEL} .* Use the channel's ID"),
        ("not_in_channel", f"not in {CHANNEL}. /invite it there"),
        ("is_archived", "is archived. Unarchive it or give the team another channel"),
        ("message_not_found", "somebody deleted it"),
        ("cant_update_message", "not the bot's own"),
        ("invalid_auth", "set SLACK_BOT_TOKEN"),
        ("token_revoked", "set SLACK_BOT_TOKEN"),
        ("account_inactive", "set SLACK_BOT_TOKEN"),
        ("missing_scope", "lacks the scope .*manifest"),
        ("invalid_blocks", "does not accept the blocks"),
        ("msg_too_long", "smaller message"),
        ("msg_blocks_too_long", "smaller message"),
        ("restricted_action", "Ask an admin"),
        ("something_new", r"Slack refused it. \(chat.postMessage: something_new\)"),
    ],
)
async def test_a_refusal_keeps_slacks_word_and_says_what_to_do(
    sandbox: SlackSandbox, slack: Slack, code: str, advice: str
) -> None:
    sandbox.faults.add("chat.postMessage", "error", code=code)
    with pytest.raises(PermanentError, match=advice) as refusal:
        await slack.post(CHANNEL, HELLO)
    assert refusal.value.code == code


async def test_real_refusals_are_told_apart(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO)
    sandbox.archive(CHANNEL)
    assert await refusal_of(slack.post(CHANNEL, HELLO)) == "is_archived"
    assert await refusal_of(slack.edit(CHANNEL, ts, HELLO)) == "is_inactive"
    assert await refusal_of(slack.post("C0NOWHERE", HELLO)) == "channel_not_found"
    sandbox.archive(CHANNEL, archived=False)
    await sandbox.delete(sandbox.messages(CHANNEL)[0])
    assert await refusal_of(slack.edit(CHANNEL, ts, HELLO)) == "message_not_found"
    assert await refusal_of(slack.ephemeral(CHANNEL, "U0NOBODY", HELLO)) == "user_not_in_channel"
    assert await refusal_of(slack.person("U0NOBODY")) == "user_not_found"
    assert await refusal_of(slack.usergroup_members("S0NONE")) == "no_such_subteam"


async def refusal_of(call: Awaitable[object]) -> str:
    with pytest.raises(PermanentError) as refusal:
        await call
    return refusal.value.code


async def test_a_missing_scope_is_named() -> None:
    manifest = {"oauth_config": {"scopes": {"bot": ["channels:read"]}}}
    async with SlackSandbox(manifest=manifest) as sandbox, Slack(sandbox.bot_token, base_url=sandbox.api_url) as slack:
        sandbox.add_channel(CHANNEL, "inductor-ci")
        with pytest.raises(PermanentError, match="lacks the scope chat:write"):
            await slack.post(CHANNEL, HELLO)


async def test_a_wrong_token_says_which_setting_to_change(sandbox: SlackSandbox) -> None:
    async with Slack("xoxb-wrong", base_url=sandbox.api_url) as slack:
        with pytest.raises(PermanentError, match="SLACK_BOT_TOKEN"):
            await slack.auth()
        assert "xoxb" not in repr(slack) + repr(slack.transport)
    async with Slack(sandbox.app_token, base_url=sandbox.api_url) as slack:
        assert await refusal_of(slack.post(CHANNEL, HELLO)) == "not_allowed_token_type"


async def test_a_rate_limit_says_how_long_to_wait_and_posted_nothing(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.faults.add("chat.postMessage", "rate_limited", retry_after=7)
    with pytest.raises(TransientError) as limit:
        await slack.post(CHANNEL, HELLO)
    assert limit.value.retry_after == 7
    assert not isinstance(limit.value, AmbiguousError)
    assert sandbox.messages(CHANNEL) == []


Call = Callable[[Slack, str], Awaitable[object]]
POST: Call = lambda slack, _: slack.post(CHANNEL, HELLO)  # noqa: E731  a table of calls reads best
WHISPER: Call = lambda slack, _: slack.ephemeral(CHANNEL, "U01ALICE", HELLO)  # noqa: E731  as above
EDIT: Call = lambda slack, ts: slack.edit(CHANNEL, ts, HELLO)  # noqa: E731  as above
READ: Call = lambda slack, _: slack.person("U01ALICE")  # noqa: E731  as above
UNKNOWN = [
    ("lost_answer", {}),
    ("refused", {}),
    ("server_error", {"executed": True}),
    ("server_error", {"status": 503}),
    ("slow", {"seconds": 2.0}),
    ("garbage", {"executed": True}),
    ("error", {"code": "internal_error"}),
]


@pytest.mark.parametrize("call", [POST, WHISPER])
@pytest.mark.parametrize(("kind", "detail"), UNKNOWN)
async def test_an_outcome_nobody_knows_is_ambiguous_where_it_must_not_happen_twice(
    sandbox: SlackSandbox, slack: Slack, call: Call, kind: str, detail: dict[str, Any]
) -> None:
    sandbox.faults.add("chat.post*", kind, **detail)
    with pytest.raises(AmbiguousError, match="may have been carried out"):
        await call(slack, "")
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("call", [EDIT, READ])
@pytest.mark.parametrize(("kind", "detail"), UNKNOWN)
async def test_an_outcome_nobody_knows_is_worth_another_try_where_that_does_no_harm(
    sandbox: SlackSandbox, slack: Slack, call: Call, kind: str, detail: dict[str, Any]
) -> None:
    ts = await slack.post(CHANNEL, HELLO)
    sandbox.faults.add("*", kind, 2, **detail)
    with pytest.raises(TransientError) as trouble:
        await call(slack, ts)
    assert not isinstance(trouble.value, AmbiguousError)
    sandbox.faults.clear()
    await call(slack, ts)


async def test_a_lost_answer_is_found_by_its_nonce(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.faults.add("chat.postMessage", "lost_answer")
    with pytest.raises(AmbiguousError):
        await slack.post(CHANNEL, HELLO, nonce="n1")
    assert await slack.find(CHANNEL, "n1", oldest=AGES_AGO) == sandbox.messages(CHANNEL)[0].ts
    assert len(sandbox.messages(CHANNEL)) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "server_error", "rate_limited"])
async def test_trouble_with_a_response_address_or_an_upload_is_translated_too(
    sandbox: SlackSandbox, slack: Slack, kind: str
) -> None:
    issued = sandbox.workspace.response_urls.issue("U01ALICE", CHANNEL)
    sandbox.faults.add("response_url", kind)
    sandbox.faults.add("upload", kind)
    with pytest.raises(TransientError):
        await slack.respond(f"{sandbox.url}/response/{issued.id}", HELLO)
    with pytest.raises(TransientError):
        await slack.upload(b"x", filename="x.png")


async def test_nothing_was_sent_where_nobody_listens(sandbox: SlackSandbox) -> None:
    address = sandbox.api_url
    await sandbox.stop()
    async with Slack("xoxb-1", base_url=address) as slack:
        with pytest.raises(TransientError, match="cannot be reached") as trouble:
            await slack.post(CHANNEL, HELLO)
        assert not isinstance(trouble.value, AmbiguousError)
        with pytest.raises(TransientError, match="cannot be reached"):
            await slack.respond(f"{address}x", HELLO)
        with pytest.raises(PermanentError, match="no safe address"):
            await slack.respond("not an address", HELLO)


async def test_a_look_up_that_fails_is_not_an_unknown_address(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.faults.add("users.lookupByEmail", "error", code="missing_scope")
    assert await refusal_of(slack.person_by_email("alice@example.com")) == "missing_scope"
