"""The state of the sandbox's Slack: who is there, what was said, what is open on whose screen.

It changes only through its methods, every change is announced to whoever listens, and none of them refuses anything:
whether the bot may do it is decided in `methods`, whether a person can is decided in `act`.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from chatbot.sandbox.slack.ids import filled
from chatbot.sandbox.slack.mentions import named, pings
from chatbot.sandbox.slack.response_urls import ResponseUrls
from chatbot.sandbox.slack.triggers import Triggers
from chatbot.sandbox.slack.values import Change, Channel, File, Json, Message, Person, Usergroup, View

Listener = Callable[[Change], None]

_TOMBSTONE = "This message was deleted."


class Workspace:
    """One team with one bot in it. Times are POSIX seconds from *clock*."""

    team_id = "T0SANDBOX"
    team_name = "Sandbox"
    app_id = "A0TRUNKWATCH"
    bot_id = "B0TRUNKWATCH"
    bot_user = "U0TRUNKWATCH"

    def __init__(self, clock: Callable[[], float], *, bot_name: str) -> None:
        self.clock = clock
        self.bot_name = bot_name
        self.url = ""
        self.people: dict[str, Person] = {self.bot_user: Person(self.bot_user, bot_name, bot_name, bot_id=self.bot_id)}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.files: dict[str, File] = {}
        self.pins: dict[str, tuple[str, ...]] = {}
        self.modals: defaultdict[str, list[View]] = defaultdict(list)
        self.homes: dict[str, View] = {}
        self.toasts: defaultdict[str, list[str]] = defaultdict(list)
        self.triggers = Triggers(clock)
        self.response_urls = ResponseUrls(clock)
        self._messages: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        self._ephemerals: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        self._listeners: list[Listener] = []
        self._last = 0

    # -- listening

    def listen(self, listener: Listener) -> None:
        """Call *listener* at every change, in the order in which they were added."""
        self._listeners.append(listener)

    def ignore(self, listener: Listener) -> None:
        """Call *listener* no more."""
        self._listeners.remove(listener)

    def announce(self, change: Change) -> None:
        """Tell everybody who listens."""
        for listener in tuple(self._listeners):
            listener(change)

    def next_ts(self) -> str:
        """A timestamp no message has had: seconds, a point, six digits; always greater than the last."""
        self._last = max(int(self.clock() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    # -- reading

    def message(self, channel: str, ts: str) -> Message | None:
        """The message as it is now."""
        return self._messages[channel].get(ts)

    def roots(self, channel: str) -> list[Message]:
        """Messages that stand in the channel itself, oldest first, tombstones and broadcast replies included."""
        return [m for m in self._messages[channel].values() if not m.is_reply or m.broadcast]

    def replies(self, channel: str, ts: str) -> list[Message]:
        """What is in the thread under that message, oldest first."""
        return [m for m in self._messages[channel].values() if m.thread_ts == ts and m.is_reply]

    def threads(self, channel: str) -> dict[str, list[Message]]:
        """Every thread of a channel: the root's timestamp, and its replies, oldest first."""
        found: dict[str, list[Message]] = {}
        for message in self._messages[channel].values():
            if message.is_reply and message.thread_ts is not None:
                found.setdefault(message.thread_ts, []).append(message)
        return found

    def everything(self, channel: str) -> list[Message]:
        """Roots and replies, oldest first."""
        return [*self._messages[channel].values()]

    def ephemerals(self, user: str) -> list[Message]:
        """What only that person sees, oldest first."""
        return [*self._ephemerals[user].values()]

    def ephemeral(self, user: str, ts: str) -> Message | None:
        """One of those."""
        return self._ephemerals[user].get(ts)

    def handles(self) -> dict[str, str]:
        """Names of people and groups, to the ids they mention."""
        return {p.name: p.id for p in self.people.values()} | {g.handle: g.id for g in self.usergroups.values()}

    # -- messages

    def post(self, channel: str, *, link_names: bool = False, **fields: Any) -> Message:
        """A new message; *fields* are those of `Message`."""
        message = self._new(channel, fields)
        found = pings(message.text, message.blocks, message.attachments)
        if link_names:
            found |= named(message.text, self.handles())
        message = replace(message, pings=found)
        self._messages[channel][message.ts] = message
        self.announce(Change("message", channel=channel, message=message, user=message.user))
        return message

    def whisper(self, reader: str, channel: str, **fields: Any) -> Message:
        """A new message that only *reader* sees."""
        message = self._new(channel, {**fields, "only_for": reader})
        self._ephemerals[reader][message.ts] = message
        self.announce(Change("ephemeral", channel=channel, user=reader, message=message))
        return message

    def _new(self, channel: str, fields: Json) -> Message:
        fields["blocks"] = filled(fields.get("blocks", ()))
        return Message(channel=channel, ts=self.next_ts(), **fields)

    def edit(self, message: Message, **fields: Any) -> Message:
        """Other content for the message, for everybody who sees it."""
        if "blocks" in fields:
            fields["blocks"] = filled(fields["blocks"])
        after = replace(message, edits=message.edits + 1, **fields)
        # Slack marks a message as edited only where its text is what is shown.
        mark = None if after.blocks else {"user": message.user or self.bot_user, "ts": self.next_ts()}
        return self._put(message, replace(after, edited=mark))

    def mark(self, message: Message, **fields: Any) -> Message:
        """Another reaction, another file: a change that is not an edit."""
        return self._put(message, replace(message, **fields))

    def _put(self, before: Message, after: Message) -> Message:
        if after.only_for is not None:
            self._ephemerals[after.only_for][after.ts] = after
            self.announce(Change("ephemeral", channel=after.channel, user=after.only_for, message=after))
        else:
            self._messages[after.channel][after.ts] = after
            self.announce(Change("changed", channel=after.channel, message=after, before=before))
        return after

    def delete(self, message: Message) -> None:
        """Take it away; a root with replies leaves a tombstone, as Slack does."""
        if message.only_for is not None:
            self._ephemerals[message.only_for].pop(message.ts, None)
        elif self.replies(message.channel, message.ts):
            gone = Message(
                channel=message.channel, ts=message.ts, thread_ts=message.ts, text=_TOMBSTONE, subtype="tombstone"
            )
            self._messages[message.channel][message.ts] = gone
        else:
            self._messages[message.channel].pop(message.ts, None)
        self.announce(Change("deleted", channel=message.channel, message=message, user=message.only_for))

    # -- views and notices

    def show_modal(self, user: str, stack: list[View]) -> None:
        """Replace what is open on that person's screen; an empty stack is nothing open."""
        self.modals[user] = stack
        self.announce(Change("modal", user=user, view=stack[-1] if stack else None))

    def show_home(self, user: str, view: View) -> None:
        """What that person sees in the bot's Home tab."""
        self.homes[user] = view
        self.announce(Change("home", user=user, view=view))

    def toast(self, user: str, text: str) -> None:
        """A notice of Slack's own on that person's screen."""
        self.toasts[user].append(text)
        self.announce(Change("toast", user=user, text=text))

    def new_view(self, user: str, content: Json, *, kind: str = "V", **fields: Any) -> View:
        """A view with ids of its own, not yet shown."""
        ready = {**content, "blocks": list(filled(content.get("blocks", ())))}
        own = kind + secrets.token_hex(5).upper()
        return View(id=own, user=user, hash=self.new_hash(), content=ready, **{"root_id": own, **fields})

    def new_hash(self) -> str:
        """A hash no view has had."""
        return f"{int(self.clock())}.{secrets.token_hex(4)}"

    def view(self, view_id: str) -> View | None:
        """The view with that id, wherever it is open."""
        opened = [view for stack in self.modals.values() for view in stack] + [*self.homes.values()]
        return next((view for view in opened if view.id == view_id), None)

    def put_view(self, view: View) -> None:
        """A view that is open, with other content."""
        if view.user in self.homes and self.homes[view.user].id == view.id:
            self.show_home(view.user, view)
        else:
            self.show_modal(view.user, [view if v.id == view.id else v for v in self.modals[view.user]])

    # -- channels

    def dm(self, user: str) -> Channel:
        """The direct message between the bot and that person."""
        channel_id = "D" + user[1:]
        if channel_id not in self.channels:
            both = frozenset({user, self.bot_user})
            self.channels[channel_id] = Channel(channel_id, user, private=True, dm_with=user, members=both)
        return self.channels[channel_id]

    def alter_channel(self, channel: str, **fields: Any) -> Channel:
        """Archive, invite, rename: the channel with other *fields*."""
        self.channels[channel] = replace(self.channels[channel], **fields)
        self.announce(Change("channel", channel=channel))
        return self.channels[channel]
