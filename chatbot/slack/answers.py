"""What Slack answers, parsed once into frozen values."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Identity(Struct, frozen=True):
    """Whose token it is and what it may do."""

    team_id: str
    team: str
    url: str
    bot_user: str
    bot_id: str
    scopes: frozenset[str]


class Person(Struct, frozen=True):
    """Somebody in the workspace. `timezone` is a name of the tz database."""

    id: str
    name: str
    email: str | None
    timezone: str | None
    is_bot: bool
    deleted: bool


class Channel(Struct, frozen=True):
    """A channel as the bot sees it."""

    id: str
    name: str = ""
    is_archived: bool = False
    is_member: bool = False
    is_im: bool = False


class Posted(Struct, frozen=True):
    """A message of our own, found again. `metadata` is its `event_payload`."""

    ts: str
    thread_ts: str | None
    metadata: dict[str, Any]


class OpenView(Struct, frozen=True):
    """A view that is open; `hash` refuses an update of what somebody else changed."""

    id: str
    hash: str | None = None


class MessageAnswer(Struct, frozen=True):
    """To a post or an edit."""

    ts: str


class WhisperAnswer(Struct, frozen=True):
    """To an ephemeral message."""

    message_ts: str


class PermalinkAnswer(Struct, frozen=True):
    """To the question for an address."""

    permalink: str


class AuthAnswer(Struct, frozen=True):
    """To `auth.test`."""

    team_id: str
    user_id: str
    team: str = ""
    url: str = ""
    bot_id: str = ""


class Profile(Struct, frozen=True):
    """The part of a person that they fill in."""

    display_name: str = ""
    real_name: str = ""
    email: str | None = None


class User(Struct, frozen=True):
    """A person as Slack spells them."""

    id: str
    name: str = ""
    tz: str | None = None
    is_bot: bool = False
    deleted: bool = False
    profile: Profile = Profile()

    def person(self) -> Person:
        """In our words."""
        name = self.profile.display_name or self.profile.real_name or self.name
        return Person(self.id, name, self.profile.email, self.tz, self.is_bot, self.deleted)


class UserAnswer(Struct, frozen=True):
    """One person."""

    user: User


class MembersAnswer(Struct, frozen=True):
    """A user group's members."""

    users: tuple[str, ...]


class ChannelAnswer(Struct, frozen=True):
    """One channel."""

    channel: Channel


class ViewAnswer(Struct, frozen=True):
    """A view that was opened or changed."""

    view: OpenView


class UploadAnswer(Struct, frozen=True):
    """Where to send a file's bytes."""

    upload_url: str
    file_id: str


class Metadata(Struct, frozen=True):
    """Message metadata; other apps' too."""

    event_type: str = ""
    event_payload: dict[str, Any] = {}


class Message(Struct, frozen=True):
    """A message in a listing."""

    ts: str
    thread_ts: str | None = None
    bot_id: str | None = None
    metadata: Metadata | None = None


class Cursor(Struct, frozen=True):
    """Where the next page begins; empty on the last."""

    next_cursor: str = ""


class MessagesAnswer(Struct, frozen=True):
    """A page of a channel or a thread."""

    messages: tuple[Message, ...]
    response_metadata: Cursor | None = None


class Anything(Struct, frozen=True):
    """An answer of which nothing is needed but that it came."""
