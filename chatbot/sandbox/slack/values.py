"""What the sandbox's Slack remembers, as frozen values: a change gives a new one.

`as_json` is Slack's own shape of the thing. Nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chatbot.sandbox.slack import shown

Json = dict[str, Any]


class Person(Struct, frozen=True):
    """Somebody with an account, the bot's own user included; who *left* has a deactivated one."""

    id: str
    name: str
    real_name: str = ""
    email: str | None = None
    color: str = "4a154b"
    timezone: str = "Etc/UTC"
    bot_id: str | None = None
    left: bool = False


class Channel(Struct, frozen=True):
    """A place to post: public, private, or (with `dm_with`) a direct message. `members` is `None` for everybody."""

    id: str
    name: str
    topic: str = ""
    bot_in: bool = True
    archived: bool = False
    private: bool = False
    dm_with: str | None = None
    members: frozenset[str] | None = None

    def has(self, user: str) -> bool:
        """Whether that person reads it."""
        return self.members is None or user in self.members


class Usergroup(Struct, frozen=True):
    """A user group, mentioned as `<!subteam^ID>`."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...] = ()


class File(Struct, frozen=True):
    """An uploaded file; `shared` says that an upload was completed, not only begun."""

    id: str
    name: str
    title: str
    length: int
    content: bytes = b""
    shared: bool = False
    channels: tuple[str, ...] = ()
    created: int = 0


class Message(Struct, frozen=True, kw_only=True):
    """A message as it is shown now. `pings` is whom it notified when it was new; an edit notifies nobody."""

    channel: str
    ts: str
    thread_ts: str | None = None
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    subtype: str | None = None
    edits: int = 0
    edited: Json | None = None
    files: tuple[Json, ...] = ()
    reactions: dict[str, tuple[str, ...]] = {}
    pings: frozenset[str] = frozenset()
    only_for: str | None = None
    broadcast: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it belongs to a thread that another message began."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def all_blocks(self) -> tuple[Json, ...]:
        """Its blocks and those of its attachments."""
        return self.blocks + tuple(block for part in self.attachments for block in part.get("blocks", ()))

    @property
    def shown(self) -> str:
        """Everything a person can read in it: the words of its blocks, or its text where it has none."""
        return shown.words(self.all_blocks) or self.text

    @property
    def labels(self) -> tuple[str, ...]:
        """The visible labels of what can be pressed or picked in it."""
        return shown.labels(self.all_blocks)

    def as_json(self, *, metadata: bool = True) -> Json:
        """Slack's shape of a message."""
        optional: Json = {
            "thread_ts": self.thread_ts,
            "user": self.user,
            "bot_id": self.bot_id,
            "username": self.username,
            "subtype": self.subtype,
            "blocks": [*self.blocks],
            "attachments": [*self.attachments],
            "metadata": self.metadata if metadata else None,
            "edited": self.edited,
            "files": [*self.files],
            "reactions": [{"name": n, "users": [*us], "count": len(us)} for n, us in self.reactions.items()],
        }
        filled = {key: value for key, value in optional.items() if value}
        return {"type": "message", "ts": self.ts, "text": self.text, **filled}


class View(Struct, frozen=True, kw_only=True):
    """A modal or a Home as one person sees it. `state` is what they have filled in so far."""

    id: str
    user: str
    hash: str
    content: Json
    root_id: str
    previous_id: str | None = None
    state: Json = {}
    errors: dict[str, str] = {}

    @property
    def callback_id(self) -> str:
        """The name the bot gave to this kind of view."""
        return str(self.content.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        """What the bot hid in it."""
        return str(self.content.get("private_metadata", ""))

    @property
    def title(self) -> str:
        """Its heading; empty for a Home."""
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        """Its blocks."""
        return tuple(self.content.get("blocks", ()))

    @property
    def shown(self) -> str:
        """Everything a person can read in it."""
        return shown.words(self.blocks)

    @property
    def labels(self) -> tuple[str, ...]:
        """The visible labels of what can be pressed or picked in it."""
        return shown.labels(self.blocks)

    def as_json(self, team: str, app: str, bot: str) -> Json:
        """Slack's shape of a view."""
        given = {key: self.content.get(key) for key in ("title", "submit", "close")}
        return {
            "id": self.id,
            "team_id": team,
            "type": self.content.get("type", "modal"),
            "blocks": [*self.blocks],
            "private_metadata": self.private_metadata,
            "callback_id": self.callback_id,
            "state": {"values": self.state},
            "hash": self.hash,
            **given,
            "clear_on_close": bool(self.content.get("clear_on_close")),
            "notify_on_close": bool(self.content.get("notify_on_close")),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": app,
            "external_id": self.content.get("external_id", ""),
            "app_installed_team_id": team,
            "bot_id": bot,
        }


class Request(Struct, frozen=True):
    """A call the bot made. `outcome` is `ok`, Slack's error code, or the kind of the fault it met."""

    method: str
    at: float
    args: Json
    outcome: str


class FailedAck(Struct, frozen=True):
    """A delivery the bot did not acknowledge in time, or refused."""

    kind: str
    at: float
    reason: str
    payload: Json


class Answer(Struct, frozen=True):
    """What a person got for a command, a press or a submission."""

    acknowledged: bool
    messages: tuple[Message, ...] = ()
    modal: View | None = None
    errors: dict[str, str] = {}
    error: str | None = None

    @property
    def text(self) -> str:
        """The `text` of all that came back, a line each."""
        return "\n".join(message.text for message in self.messages)

    @property
    def shown(self) -> str:
        """All that can be read in what came back."""
        return "\n".join(message.shown for message in self.messages)


class Change(Struct, frozen=True):
    """Something that just became different; `kind` is the word the page and the events use for it."""

    kind: str
    channel: str | None = None
    user: str | None = None
    message: Message | None = None
    before: Message | None = None
    view: View | None = None
    text: str = ""
