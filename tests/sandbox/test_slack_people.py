"""Who and what is there, and what the app was allowed to know of it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, ELSEWHERE, HERE, OLD, SECRET, client_of, seed
from tests.sandbox.test_slack_messages import refused


def manifest(*scopes: str, **features: Any) -> dict[str, Any]:
    return {
        "display_information": {"name": "Trunkwatch"},
        "features": features,
        "oauth_config": {"scopes": {"bot": [*scopes]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
    }


async def test_the_bot_learns_who_it_is_and_what_it_may(slack: SlackSandbox, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == ("U0TRUNKWATCH", "B0TRUNKWATCH")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")
    assert (await client.bots_info(bot=answer["bot_id"]))["bot"]["user_id"] == answer["user_id"]
    assert (await client.team_info())["team"]["id"] == answer["team_id"]
    assert (await refused(client.bots_info(bot="B0OTHER")))["error"] == "bot_not_found"


async def test_people_are_found_by_id_by_address_and_in_a_list(client: AsyncWebClient) -> None:
    assert (await client.users_info(user=ALICE))["user"]["profile"]["email"] == "alice@example.org"
    assert (await client.users_lookupByEmail(email="Alice@Example.org"))["user"]["id"] == ALICE
    pages = [page["members"] async for page in await client.users_list(limit=2)]
    assert [[person["id"] for person in page] for page in pages] == [["U0TRUNKWATCH", ALICE], [BOB]]
    assert (await refused(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    assert (await refused(client.users_lookupByEmail(email="x@y.z")))["error"] == "users_not_found"


async def test_user_groups(client: AsyncWebClient) -> None:
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [(group["handle"], group["users"]) for group in groups] == [("inductor-team", [ALICE, BOB])]
    assert (await client.usergroups_users_list(usergroup="S0TEAM"))["users"] == [ALICE, BOB]
    assert (await refused(client.usergroups_users_list(usergroup="S0NONE")))["error"] == "no_such_subteam"


async def test_channels_are_listed_by_kind(client: AsyncWebClient) -> None:
    everything = await client.conversations_list(types="public_channel,private_channel")
    living = await client.conversations_list(exclude_archived=True)
    assert [channel["id"] for channel in everything["channels"]] == [HERE, ELSEWHERE, OLD]
    assert [channel["id"] for channel in living["channels"]] == [HERE, ELSEWHERE]


async def test_a_channel_says_whether_it_is_archived_and_whether_the_bot_is_in(client: AsyncWebClient) -> None:
    found = [(await client.conversations_info(channel=channel))["channel"] for channel in (HERE, ELSEWHERE, OLD)]
    assert [(channel["is_member"], channel["is_archived"]) for channel in found] == [
        (True, False),
        (False, False),
        (True, True),
    ]
    assert (await refused(client.conversations_info(channel=SECRET)))["error"] == "channel_not_found"


async def test_the_bot_can_join_public_channels_only(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await client.conversations_join(channel=ELSEWHERE)
    await client.chat_postMessage(channel=ELSEWHERE, text="hello")
    assert (await client.conversations_members(channel=ELSEWHERE))["members"] == [ALICE, BOB, "U0TRUNKWATCH"]
    slack.invite_bot(SECRET)
    answer = await refused(client.conversations_join(channel=SECRET))
    assert answer["error"] == "method_not_supported_for_channel_type"
    assert (await refused(client.conversations_join(channel=OLD)))["error"] == "is_archived"


async def test_a_direct_message_is_opened_or_posted_to_by_the_persons_id(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    opened = (await client.conversations_open(users=[ALICE]))["channel"]["id"]
    await client.chat_postMessage(channel=ALICE, text="hello")
    assert [message.text for message in slack.messages(opened)] == ["hello"]
    assert (await refused(client.conversations_open(users="U0NOBODY")))["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("method", "needed"),
    [
        ("chat.postMessage", "chat:write"),
        ("users.info", "users:read"),
        ("users.lookupByEmail", "users:read.email"),
        ("conversations.history", "channels:history"),
        ("conversations.info", "channels:read"),
        ("usergroups.list", "usergroups:read"),
        ("reactions.add", "reactions:write"),
        ("files.getUploadURLExternal", "files:write"),
    ],
)
async def test_a_scope_that_the_manifest_does_not_have_is_missing(method: str, needed: str) -> None:
    async with SlackSandbox(manifest=manifest("commands")) as slack:
        seed(slack)
        answer = await refused(client_of(slack).api_call(method, json={"channel": HERE, "user": ALICE}))
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", needed, "commands")


async def test_the_scope_for_all_public_channels_needs_no_membership() -> None:
    async with SlackSandbox(manifest=manifest("chat:write", "chat:write.public")) as slack:
        seed(slack)
        await client_of(slack).chat_postMessage(channel=ELSEWHERE, text="x")
        assert len(slack.messages(ELSEWHERE)) == 1


async def test_addresses_of_people_are_hidden_without_their_scope() -> None:
    async with SlackSandbox(manifest=manifest("users:read")) as slack:
        seed(slack)
        assert "email" not in (await client_of(slack).users_info(user=ALICE))["user"]["profile"]


async def test_the_manifest_decides_commands_shortcuts_and_the_name() -> None:
    commands = [{"command": "/trunk", "description": "", "should_escape": True}]
    shortcuts = [{"callback_id": "explain", "name": "Explain", "type": "message"}]
    declared = manifest("commands", slash_commands=commands, shortcuts=shortcuts)
    async with SlackSandbox(manifest=declared) as slack:
        seed(slack)
        with pytest.raises(LookupError, match=r"/trnk is not a valid command.*/trunk"):
            await slack.command("/trnk", user=ALICE, channel=HERE)
        with pytest.raises(LookupError, match="no shortcut 'x'"):
            await slack.shortcut("x", user=ALICE)
        assert (await client_of(slack).auth_test())["user"] == "Trunkwatch"


async def test_strangers_and_unknown_channels_are_refused_in_words(slack: SlackSandbox) -> None:
    with pytest.raises(LookupError, match="nobody is called 'U0X' here; add_person first"):
        await slack.say(HERE, "x", user="U0X")
    with pytest.raises(LookupError, match="no channel 'C0X' here; add_channel first"):
        await slack.say("C0X", "x", user=ALICE)
    with pytest.raises(PermissionError, match="#old is archived"):
        await slack.say(OLD, "x", user=ALICE)


async def test_the_sandbox_listens_on_localhost_only(slack: SlackSandbox) -> None:
    assert slack.url.startswith("http://127.0.0.1:")
    assert slack.api_url == f"{slack.url}/api/"


async def test_a_port_that_is_taken_is_an_error(slack: SlackSandbox) -> None:
    taken = int(slack.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        await SlackSandbox(port=taken).start()


async def test_an_error_of_the_sdk_carries_the_code(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.conversations_info(channel="C0NOSUCH")
