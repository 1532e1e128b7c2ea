"""One call of a Web API method: what it may touch, the checks methods share, and the table of methods.

A method is a function of a `Call`; it answers with the body beside `ok: true`, or raises `RefusalError`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from chatbot.sandbox.slack.arguments import Arguments
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.scopes import Manifest
from chatbot.sandbox.slack.values import Channel, Json, Message, Person
from chatbot.sandbox.slack.workspace import Workspace

T = TypeVar("T")


class Token(StrEnum):
    """Which token a method takes."""

    BOT = "bot"
    APP = "app"


class Call(NamedTuple):
    """The workspace, what was said, and what the app may do."""

    workspace: Workspace
    args: Arguments
    manifest: Manifest
    new_socket: Callable[[], str]

    def need_scope(self, *scopes: str) -> None:
        """Any one of *scopes* will do.

        Raises:
            RefusalError: `missing_scope`, with `needed` and `provided`.
        """
        if not self.manifest.scopes.intersection(scopes):
            raise RefusalError("missing_scope", needed=",".join(scopes), provided=self.manifest.scope_header)

    def channel(self, name: str = "channel") -> Channel:
        """The channel that argument means: an id, a `#name`, or a person's id for their direct message.

        Raises:
            RefusalError: `channel_not_found`, also for a private channel the bot is not in.
        """
        wanted = self.args.text(name)
        channel = self.workspace.channels.get(wanted)
        if channel is None and wanted.startswith("#"):
            named = (c for c in self.workspace.channels.values() if c.name == wanted[1:])
            channel = next(named, None)
        if channel is None and wanted in self.workspace.people:
            channel = self.workspace.dm(wanted)
        if channel is None or (channel.private and not channel.bot_in):
            raise RefusalError("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """A channel the bot has to be in, else `not_in_channel`."""
        channel = self.channel(name)
        if not channel.bot_in:
            raise RefusalError("not_in_channel")
        return channel

    def need_typed_scope(self, channel: Channel, verb: str) -> None:
        """`channels:verb`, `groups:verb` or `im:verb`, by what kind of channel it is."""
        kind = "im" if channel.dm_with else "groups" if channel.private else "channels"
        self.need_scope(f"{kind}:{verb}")

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """The message that argument means, else `message_not_found`."""
        message = self.workspace.message(channel.id, self.args.need(name))
        if message is None or message.subtype == "tombstone":
            raise RefusalError("message_not_found")
        return message

    def person(self, name: str = "user", code: str = "user_not_found") -> Person:
        """The person that argument means."""
        person = self.workspace.people.get(self.args.need(name))
        if person is None:
            raise RefusalError(code)
        return person

    def page(self, rows: Sequence[T], *, default: int, most: int) -> tuple[list[T], Json]:
        """A page of *rows* by `cursor` and `limit`, and the `response_metadata` that leads to the next."""
        limit = self.args.number("limit", default, most=most)
        start = _offset(self.args.text("cursor"))
        end = start + limit
        cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(rows) else ""
        return list(rows[start:end]), {"next_cursor": cursor}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise RefusalError("invalid_cursor") from None


Run = Callable[[Call], Json]


class Method(NamedTuple):
    """A Web API method: `scopes` are all needed, and more may be asked for once it knows the channel."""

    name: str
    run: Run
    scopes: tuple[str, ...]
    token: Token


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, token: Token = Token.BOT) -> Callable[[Run], Run]:
    """Put a function into the table of methods."""

    def add(run: Run) -> Run:
        METHODS[name] = Method(name, run, scopes, token)
        return run

    return add
