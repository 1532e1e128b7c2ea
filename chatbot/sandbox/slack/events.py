"""Turns changes in the workspace into the events the app subscribed to, and sends those.

https://docs.slack.dev/reference/events
"""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.sandbox.slack import payloads
from chatbot.sandbox.slack.deliveries import Deliveries
from chatbot.sandbox.slack.scopes import Manifest
from chatbot.sandbox.slack.values import Change, Channel, Json, Message
from chatbot.sandbox.slack.workspace import Workspace


class Events:
    """Listens to the workspace for as long as it lives."""

    def __init__(self, workspace: Workspace, deliveries: Deliveries, manifest: Manifest) -> None:
        self._workspace = workspace
        self._deliveries = deliveries
        self._subscribed = manifest.events
        workspace.listen(self._changed)

    def _changed(self, change: Change) -> None:
        for name, inner in self._events(change):
            if name in self._subscribed:
                self._deliveries.send_event(payloads.event(self._workspace, inner))

    def _events(self, change: Change) -> Iterator[tuple[str, Json]]:
        """Event names as the manifest has them (`message.channels`), and the events."""
        message = change.message
        if change.kind == "home_opened":
            yield "app_home_opened", self._home_opened(change)
        if message is None or change.channel is None:
            return
        channel = self._workspace.channels[change.channel]
        if not channel.bot_in:
            return
        if change.kind == "message":
            yield from self._posted(channel, message)
        elif change.kind == "changed" and change.before is not None and message.edits > change.before.edits:
            yield _name(channel), self._altered(channel, "message_changed", message, change.before)
        elif change.kind == "deleted" and message.only_for is None:
            yield _name(channel), self._altered(channel, "message_deleted", None, message)
        elif change.kind in ("reaction_added", "reaction_removed"):
            yield change.kind, self._reaction(change, message)

    def _posted(self, channel: Channel, message: Message) -> Iterator[tuple[str, Json]]:
        shape = message.as_json() | {
            "channel": channel.id,
            "channel_type": _type(channel),
            "team": self._workspace.team_id,
            "event_ts": message.ts,
        }
        yield _name(channel), shape
        if self._workspace.bot_user in message.pings and message.bot_id is None:
            yield "app_mention", {**shape, "type": "app_mention"}

    def _altered(self, channel: Channel, subtype: str, after: Message | None, before: Message) -> Json:
        ts = self._workspace.next_ts()
        shape: Json = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": _type(channel),
            "previous_message": before.as_json(),
            "ts": ts,
            "event_ts": ts,
        }
        return shape | ({"message": after.as_json()} if after else {"deleted_ts": before.ts})

    def _reaction(self, change: Change, message: Message) -> Json:
        return {
            "type": change.kind,
            "user": change.user,
            "reaction": change.text,
            "item_user": message.user,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "event_ts": self._workspace.next_ts(),
        }

    def _home_opened(self, change: Change) -> Json:
        user = change.user or ""
        opened: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": self._workspace.dm(user).id,
            "tab": "home",
            "event_ts": self._workspace.next_ts(),
        }
        if change.view is not None:
            workspace = self._workspace
            opened["view"] = change.view.as_json(workspace.team_id, workspace.app_id, workspace.bot_id)
        return opened


def _type(channel: Channel) -> str:
    if channel.dm_with:
        return "im"
    return "group" if channel.private else "channel"


def _name(channel: Channel) -> str:
    plural = {"im": "im", "group": "groups", "channel": "channels"}
    return f"message.{plural[_type(channel)]}"
