"""The client against the sandbox's Slack: what it says, what it finds again, and what each trouble becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatbot.errors import PermanentError
from chatbot.messages.blocks import Payload, actions, button, image, lines, section
from chatbot.messages.escape import escape, mrkdwn, plain
from chatbot.messages.views import home, modal
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack.client import Slack
from tests.sandbox.client.saying import AGES_AGO, CHANNEL, HELLO, calls


async def test_a_post_shows_its_blocks_and_carries_its_metadata(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO, nonce="n1")
    message = sandbox.messages(CHANNEL)[0]
    assert (message.ts, message.text, message.shown) == (ts, "hello", "*hello*")
    assert message.metadata == {
        "event_type": "trunkwatch",
        "event_payload": {"alert": "a1", "entry": "root", "nonce": "n1"},
    }


async def test_a_message_without_metadata_of_its_own_still_says_whose_it_is(
    sandbox: SlackSandbox, slack: Slack
) -> None:
    await slack.post(CHANNEL, Payload(escape("x")))
    assert sandbox.messages(CHANNEL)[0].metadata == {"event_type": "trunkwatch", "event_payload": {}}


async def test_a_reply_stays_in_its_thread(sandbox: SlackSandbox, slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO)
    await slack.reply(CHANNEL, root, HELLO, nonce="n2")
    assert [reply.thread_ts for reply in sandbox.workspace.replies(CHANNEL, root)] == [root]
    assert len(sandbox.messages(CHANNEL)) == 1


async def test_text_from_outside_pings_nobody_and_links_nothing(sandbox: SlackSandbox, slack: Slack) -> None:
    nasty = escape("<!channel> <@U01ALICE> @alice @here #inductor-ci https://x.y/")
    await slack.post(CHANNEL, Payload(nasty, (section(nasty),)))
    assert sandbox.messages(CHANNEL)[0].pings == frozenset()


async def test_an_edit_replaces_everything_but_the_metadata(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO, nonce="n1")
    await slack.edit(CHANNEL, ts, Payload(escape("bye")))
    message = sandbox.messages(CHANNEL)[0]
    assert (message.shown, message.blocks) == ("bye", ())
    assert message.metadata is not None
    assert message.metadata["event_payload"]["nonce"] == "n1"


async def test_an_edit_with_metadata_changes_it_too(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO)
    await slack.edit(CHANNEL, ts, Payload(escape("bye"), metadata={"alert": "a2"}))
    message = sandbox.messages(CHANNEL)[0]
    assert message.metadata is not None
    assert message.metadata["event_payload"] == {"alert": "a2"}


async def test_a_colour_bar_comes_and_goes_with_an_edit(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, Payload(escape("x"), HELLO.blocks, colour="#cc0000"))
    assert sandbox.messages(CHANNEL)[0].attachments[0]["color"] == "#cc0000"
    await slack.edit(CHANNEL, ts, HELLO)
    assert sandbox.messages(CHANNEL)[0].attachments == ()
    assert sandbox.messages(CHANNEL)[0].blocks != ()


async def test_only_the_person_asked_for_sees_an_ephemeral_message(sandbox: SlackSandbox, slack: Slack) -> None:
    await slack.ephemeral(CHANNEL, "U01ALICE", HELLO)
    assert [message.only_for for message in sandbox.workspace.ephemerals("U01ALICE")] == ["U01ALICE"]
    assert sandbox.messages(CHANNEL) == []


async def test_an_overlong_message_is_fitted_before_it_is_sent(sandbox: SlackSandbox, slack: Slack) -> None:
    many = lines([mrkdwn("line {n} {x}", n=n, x="é<&" * 20) for n in range(2000)], more=mrkdwn("`/trunk`"))
    await slack.post(CHANNEL, Payload(escape("x" * 9000), (many, actions(button(plain("Go"), "go")))))
    message = sandbox.messages(CHANNEL)[0]
    assert "more:_ `/trunk`" in message.shown
    assert message.labels == ("Go",)


async def test_a_message_is_found_again_by_its_nonce(slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO, nonce="n1")
    reply = await slack.reply(CHANNEL, root, HELLO, nonce="n2")
    assert await slack.find(CHANNEL, "n1", oldest=AGES_AGO) == root
    assert await slack.find(CHANNEL, "n2", oldest=AGES_AGO, thread_ts=root) == reply
    assert await slack.find(CHANNEL, "n2", oldest=AGES_AGO) is None


async def test_a_message_is_found_on_a_later_page(sandbox: SlackSandbox, slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO, nonce="n1")
    for _ in range(450):
        sandbox.workspace.post(CHANNEL, text="noise", user="U01ALICE")
    assert await slack.find(CHANNEL, "n1", oldest=AGES_AGO) == ts
    assert calls(sandbox, "conversations.history") == 3


async def test_a_message_older_than_asked_for_is_not_found(slack: Slack) -> None:
    await slack.post(CHANNEL, HELLO, nonce="n1")
    assert await slack.find(CHANNEL, "n1", oldest=datetime.now(UTC) + timedelta(hours=1)) is None


async def test_somebody_elses_message_with_our_metadata_is_not_ours(sandbox: SlackSandbox, slack: Slack) -> None:
    forged = {"event_type": "trunkwatch", "event_payload": {"nonce": "n1"}}
    sandbox.workspace.post(CHANNEL, text="x", user="U01ALICE", bot_id="B0OTHER", metadata=forged)
    assert await slack.find(CHANNEL, "n1", oldest=AGES_AGO) is None


async def test_nothing_is_found_in_a_thread_that_is_gone(slack: Slack) -> None:
    assert await slack.find(CHANNEL, "n1", oldest=AGES_AGO, thread_ts="1700000000.000100") is None


async def test_looking_into_a_channel_without_the_bot_is_an_error(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.invite_bot(CHANNEL, invited=False)
    with pytest.raises(PermanentError, match="/invite it there"):
        await slack.find(CHANNEL, "n1", oldest=AGES_AGO)


async def test_the_identity_names_workspace_bot_and_scopes(sandbox: SlackSandbox, slack: Slack) -> None:
    identity = await slack.auth()
    assert identity.bot_id == sandbox.workspace.bot_id
    assert identity.bot_user == sandbox.workspace.bot_user
    assert "chat:write" in identity.scopes
    await slack.identity()
    assert calls(sandbox, "auth.test") == 1


async def test_people_and_groups_are_looked_up(slack: Slack) -> None:
    alice = await slack.person("U01ALICE")
    assert (alice.name, alice.email, alice.is_bot) == ("alice", "alice@example.com", False)
    assert await slack.person_by_email("alice@example.com") == alice
    assert await slack.person_by_email("nobody@example.com") is None
    assert await slack.usergroup_members("S0LEADS") == ("U01ALICE",)


async def test_a_channel_tells_whether_the_bot_can_post(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.archive(CHANNEL)
    channel = await slack.channel(CHANNEL)
    assert (channel.name, channel.is_archived, channel.is_member) == ("inductor-ci", True, True)


async def test_the_bot_opens_direct_messages(slack: Slack) -> None:
    assert await slack.post(await slack.direct("U01ALICE"), HELLO)


async def test_a_permalink_leads_to_the_message(slack: Slack) -> None:
    ts = await slack.post(CHANNEL, HELLO)
    assert ts.replace(".", "") in await slack.permalink(CHANNEL, ts)


async def test_a_picture_is_uploaded_once_and_shown_by_its_id(sandbox: SlackSandbox, slack: Slack) -> None:
    file = await slack.upload(b"\x89PNG...", filename="rate.png", title="Pass rate")
    await slack.post(CHANNEL, Payload(escape("x"), (image(plain("Pass rate"), file=file),)))
    assert sandbox.messages(CHANNEL)[0].blocks[0]["slack_file"] == {"id": file}
    with pytest.raises(ValueError, match="empty"):
        await slack.upload(b"", filename="x.png")


async def test_the_home_tab_is_published(sandbox: SlackSandbox, slack: Slack) -> None:
    view = await slack.publish_home("U01ALICE", home([section(mrkdwn("*Open alerts*"))]))
    again = await slack.publish_home("U01ALICE", home([section(mrkdwn("none"))]), expected=view.hash)
    assert again.hash != view.hash
    with pytest.raises(PermanentError, match="changed by somebody else"):
        await slack.publish_home("U01ALICE", home([]), expected=view.hash)


async def test_a_window_needs_a_fresh_trigger(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.faults.add("views.open", "error", code="expired_trigger_id")
    with pytest.raises(PermanentError, match="Press again"):
        await slack.open_view("1.2.3", modal(plain("Assign"), [section(mrkdwn("x"))]))
    with pytest.raises(PermanentError) as refusal:
        await slack.update_view("V0GONE", modal(plain("Assign"), [section(mrkdwn("x"))]))
    assert refusal.value.code == "not_found"


async def test_a_response_address_answers_five_times(sandbox: SlackSandbox, slack: Slack) -> None:
    issued = sandbox.workspace.response_urls.issue("U01ALICE", CHANNEL)
    url = f"{sandbox.url}/response/{issued.id}"
    await slack.respond(url, HELLO, share=True)
    assert sandbox.messages(CHANNEL)[0].metadata is not None
    for _ in range(4):
        await slack.respond(url, HELLO)
    assert len(sandbox.workspace.ephemerals("U01ALICE")) == 4
    with pytest.raises(PermanentError, match="five times"):
        await slack.respond(url, HELLO)


async def test_an_ephemeral_message_may_stand_in_a_thread(sandbox: SlackSandbox, slack: Slack) -> None:
    root = await slack.post(CHANNEL, HELLO)
    await slack.ephemeral(CHANNEL, "U01ALICE", HELLO, thread_ts=root)
    assert sandbox.workspace.ephemerals("U01ALICE")[0].thread_ts == root


async def test_an_answer_replaces_or_deletes_the_message_that_was_pressed(sandbox: SlackSandbox, slack: Slack) -> None:
    await slack.post(CHANNEL, HELLO)
    issued = sandbox.workspace.response_urls.issue("U01ALICE", CHANNEL, sandbox.messages(CHANNEL)[0])
    url = f"{sandbox.url}/response/{issued.id}"
    await slack.respond(url, Payload(escape("new"), (section(mrkdwn("new")),)), replace=True)
    assert sandbox.messages(CHANNEL)[0].shown == "new"
    await slack.respond(url, HELLO, delete=True)
    assert sandbox.messages(CHANNEL) == []
