"""One message of a thread as people wrote it, and which alert's thread that is."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chatbot.errors import PermanentError
from chatbot.messages.blocks import EVENT_TYPE
from chatbot.slack.answers import Metadata
from chatbot.slack.client import Slack

_NOTHING_THERE = frozenset({"thread_not_found", "message_not_found", "channel_not_found", "not_in_channel"})


class Said(Struct, frozen=True):
    """A message. `alert` is the id of the alert whose thread it is in, `None` where that is no alert's.

    `user` is who wrote it, `name` what a robot without a user is called; `ours`: the bot itself wrote it.
    """

    ts: str
    text: str
    user: str | None
    name: str
    ours: bool
    root: str
    alert: str | None


class _Message(Struct, frozen=True):
    ts: str
    text: str = ""
    user: str | None = None
    username: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    metadata: Metadata | None = None


class _Messages(Struct, frozen=True):
    messages: tuple[_Message, ...]


async def said(slack: Slack, channel: str, ts: str) -> Said | None:
    """The message *ts* of *channel*; `None` where the bot sees none.

    Slack's own answer to the ts of a reply is not the same everywhere (that reply, or its whole thread), so the root is
    asked for apart where it did not come along.

    Raises:
        PermanentError, TransientError: as every method of `Slack`.
    """
    found = await _asked(slack, channel, ts, {"oldest": ts, "latest": ts, "inclusive": True, "limit": 15})
    message = next((one for one in found if one.ts == ts), None)
    if message is None:
        return None
    root_ts = message.thread_ts or ts
    root = next((one for one in found if one.ts == root_ts), None)
    if root is None:
        root = next((one for one in await _asked(slack, channel, root_ts, {"limit": 1}) if one.ts == root_ts), None)
    me = (await slack.identity()).bot_id
    return Said(
        ts=ts,
        text=message.text,
        user=message.user,
        name=message.username or "",
        ours=message.bot_id is not None and message.bot_id == me,
        root=root_ts,
        alert=_alert_of(root, me) if root is not None else None,
    )


async def _asked(slack: Slack, channel: str, ts: str, more: dict[str, Any]) -> tuple[_Message, ...]:
    params = {"channel": channel, "ts": ts, "include_all_metadata": True, **more}
    try:
        answer, _ = await slack.transport.ask("conversations.replies", _Messages, params, where=channel)
    except PermanentError as error:
        if error.code in _NOTHING_THERE:
            return ()
        raise
    return answer.messages


def _alert_of(root: _Message, me: str) -> str | None:
    """What our metadata says; that of others is not believed."""
    told = root.metadata
    if told is None or told.event_type != EVENT_TYPE or root.bot_id not in {me, None}:
        return None
    alert = told.event_payload.get("alert")
    return alert if isinstance(alert, str) and alert else None
