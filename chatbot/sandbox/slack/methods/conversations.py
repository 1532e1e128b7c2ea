"""`conversations.*`: what channels there are and what was said in them.

https://docs.slack.dev/reference/methods/conversations.history and its neighbours
"""

from __future__ import annotations

from chatbot.sandbox.slack.methods.call import Call, method
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Change, Channel, Json, Message


def shape(call: Call, channel: Channel) -> Json:
    """Slack's shape of a channel."""
    if channel.dm_with is not None:
        return {"id": channel.id, "is_im": True, "user": channel.dm_with, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_member": channel.bot_in,
        "context_team_id": call.workspace.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(members(call, channel)),
    }


def members(call: Call, channel: Channel) -> list[str]:
    """Who is in it, the bot included where it is."""
    bot = call.workspace.bot_user
    people = [user for user in call.workspace.people if user != bot and channel.has(user)]
    return people + [bot] * channel.bot_in


def _message(call: Call, message: Message, threads: dict[str, list[Message]]) -> Json:
    """Slack's shape of a message in a listing, with what a root says of its thread."""
    found = message.as_json(metadata=call.args.flag("include_all_metadata"))
    if message.broadcast:
        found["subtype"] = "thread_broadcast"
    replies = [] if message.is_reply else threads.get(message.ts, [])
    if replies:
        writers = list(dict.fromkeys(reply.user or "" for reply in replies))
        found |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts,
                  "reply_users": writers, "reply_users_count": len(writers), "subscribed": False}  # fmt: skip
    return found


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """Those between `oldest` and `latest`, the bounds themselves only where `inclusive`."""
    oldest, latest = _moment(call, "oldest", "0"), _moment(call, "latest", "99999999999")
    if call.args.flag("inclusive"):
        return [m for m in messages if oldest <= _micros(m.ts) <= latest]
    return [m for m in messages if oldest < _micros(m.ts) < latest]


def _moment(call: Call, name: str, default: str) -> int:
    try:
        return _micros(call.args.text(name) or default)
    except ValueError:
        raise RefusalError(f"invalid_ts_{name}") from None


def _micros(ts: str) -> int:
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, "0"))


@method("conversations.history")
def history(call: Call) -> Json:
    """Roots, newest first, a page at a time."""
    channel = call.channel()
    call.need_typed_scope(channel, "history")
    call.joined_channel()
    found = _within(call, call.workspace.roots(channel.id))[::-1]
    rows, metadata = call.page(found, default=100, most=999)
    threads = call.workspace.threads(channel.id)
    return {
        "messages": [_message(call, message, threads) for message in rows],
        "has_more": bool(metadata["next_cursor"]),
        "pin_count": len(call.workspace.pins.get(channel.id, ())),
        "response_metadata": metadata,
    }


@method("conversations.replies")
def replies(call: Call) -> Json:
    """A root and its replies, oldest first, a page at a time."""
    channel = call.channel()
    call.need_typed_scope(channel, "history")
    call.joined_channel()
    named = call.workspace.message(channel.id, call.args.need("ts"))
    if named is None:
        raise RefusalError("thread_not_found")
    ts = named.thread_ts or named.ts
    root = call.workspace.message(channel.id, ts)
    threads = call.workspace.threads(channel.id)
    rows, metadata = call.page(_within(call, threads.get(ts, [])), default=999, most=999)
    shown = [m for m in (root, *rows) if m is not None]
    return {
        "messages": [_message(call, message, threads) for message in shown],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


@method("conversations.info")
def info(call: Call) -> Json:
    """One channel."""
    channel = call.channel()
    call.need_typed_scope(channel, "read")
    return {"channel": shape(call, channel)}


@method("conversations.list")
def listing(call: Call) -> Json:
    """Channels of the `types` asked for, a page at a time."""
    types = call.args.words("types") or ("public_channel",)
    scopes = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
    for kind in types:
        if kind in scopes:
            call.need_scope(scopes[kind])
    found = [c for c in call.workspace.channels.values() if _kind(c) in types and (c.bot_in or not c.private)]
    if call.args.flag("exclude_archived"):
        found = [c for c in found if not c.archived]
    rows, metadata = call.page(found, default=100, most=1000)
    return {"channels": [shape(call, channel) for channel in rows], "response_metadata": metadata}


def _kind(channel: Channel) -> str:
    if channel.dm_with:
        return "im"
    return "private_channel" if channel.private else "public_channel"


@method("conversations.join", "channels:join")
def join(call: Call) -> Json:
    """Put the bot into a public channel."""
    channel = call.channel()
    if channel.private:
        raise RefusalError("method_not_supported_for_channel_type")
    if channel.archived:
        raise RefusalError("is_archived")
    if channel.bot_in:
        return {"channel": shape(call, channel), "warning": "already_in_channel"}
    joined = call.workspace.alter_channel(channel.id, bot_in=True)
    call.workspace.announce(Change("joined", channel=channel.id, user=call.workspace.bot_user))
    return {"channel": shape(call, joined)}


@method("conversations.members")
def list_members(call: Call) -> Json:
    """Who is in a channel, a page at a time."""
    channel = call.channel()
    call.need_typed_scope(channel, "read")
    rows, metadata = call.page(members(call, channel), default=100, most=1000)
    return {"members": rows, "response_metadata": metadata}


@method("conversations.open", "im:write")
def open_dm(call: Call) -> Json:
    """The direct message with one person."""
    users = call.args.words("users")
    if not users:
        raise RefusalError("users_list_not_supplied")
    unknown = [user for user in users if user not in call.workspace.people]
    if unknown or len(users) > 1:
        raise RefusalError("user_not_found" if unknown else "method_not_supported_for_channel_type")
    return {"channel": shape(call, call.workspace.dm(users[0])), "no_op": False, "already_open": False}
