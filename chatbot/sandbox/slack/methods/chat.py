"""`chat.*`: posting, editing, deleting, whispering.

https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours
"""

from __future__ import annotations

from chatbot.sandbox.slack.methods.call import Call, method
from chatbot.sandbox.slack.methods.content import content, need_something
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Channel, Json, Message


def _thread(call: Call, channel: Channel) -> str | None:
    """The root of the thread that `thread_ts` means, whichever of its messages was named."""
    wanted = call.args.text("thread_ts")
    if not wanted:
        return None
    message = call.workspace.message(channel.id, wanted)
    if message is None:
        raise RefusalError("thread_not_found")
    return message.thread_ts or message.ts


def _own(call: Call, channel: Channel, code: str) -> Message:
    message = call.message(channel)
    if message.bot_id != call.workspace.bot_id:
        raise RefusalError(code)
    return message


def posting_channel(call: Call) -> Channel:
    """Where the bot may post.

    Raises:
        RefusalError: `channel_not_found`, `is_archived`, `not_in_channel` (a public channel the bot is not in, without
            the scope `chat:write.public`).
    """
    channel = call.channel()
    if channel.archived:
        raise RefusalError("is_archived")
    if not channel.bot_in and "chat:write.public" not in call.manifest.scopes:
        raise RefusalError("not_in_channel")
    return channel


def _answer(call: Call, message: Message) -> Json:
    shape = message.as_json()
    whose = {"team": call.workspace.team_id, "app_id": call.workspace.app_id}
    return {"channel": message.channel, "ts": message.ts, "message": {**shape, **whose}}


@method("chat.postMessage", "chat:write")
def post_message(call: Call) -> Json:
    """Post; the answer has the `ts`."""
    channel = posting_channel(call)
    found = need_something(content(call.args, call.workspace))
    thread = _thread(call, channel)
    for part in ("username", "icon_emoji", "icon_url"):
        if call.args.given(part):
            call.need_scope("chat:write.customize")
    message = call.workspace.post(
        channel.id,
        link_names=call.args.flag("link_names") or call.args.text("parse") == "full",
        thread_ts=thread,
        broadcast=thread is not None and call.args.flag("reply_broadcast"),
        user=call.workspace.bot_user,
        bot_id=call.workspace.bot_id,
        username=call.args.text("username") or None,
        **found,
    )
    return _answer(call, message)


@method("chat.update", "chat:write")
def update(call: Call) -> Json:
    """Edit. What is not given stays: blocks, attachments and metadata go only where they are given empty."""
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if channel.archived:
        raise RefusalError("is_inactive")
    found = content(call.args, call.workspace)
    if not found.keys() & {"text", "blocks", "attachments"}:
        raise RefusalError("no_text")
    kept = {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}
    need_something(kept | found)
    after = call.workspace.edit(message, **found)
    return {**_answer(call, after), "text": after.text}


@method("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    """Delete one of the bot's own messages."""
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    call.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> Json:
    """Say something to one person in a channel."""
    channel = posting_channel(call)
    user = call.args.need("user")
    if user not in call.workspace.people or not channel.has(user):
        raise RefusalError("user_not_in_channel")
    if not channel.bot_in:
        raise RefusalError("not_in_channel")
    found = need_something(content(call.args, call.workspace))
    found.pop("metadata", None)
    message = call.workspace.whisper(
        user,
        channel.id,
        thread_ts=call.args.text("thread_ts") or None,
        user=call.workspace.bot_user,
        bot_id=call.workspace.bot_id,
        **found,
    )
    return {"message_ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: Call) -> Json:
    """An address for a message, within the sandbox's page."""
    channel = call.channel()
    message = call.message(channel, "message_ts")
    anchor = f"{call.workspace.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    return {"channel": channel.id, "permalink": anchor + thread}
