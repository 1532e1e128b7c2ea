"""What Slack tells of by itself, parsed once: events, and shortcuts used on a message.

Pure. The requests that have a form of ours (commands, presses, modals) are in `requests`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chatbot.errors import UserError
from chatbot.requests import page_of, shaped, where, who

HOME_OPENED = "app_home_opened"


class Event(Struct, frozen=True):
    """What Slack calls an event: something happened that nobody asks us about. `ts` is the message's it is about."""

    name: str
    id: str
    user: str
    channel: str = ""
    ts: str = ""
    reaction: str = ""
    home: int = 0

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same event."""
        return ("event", self.id)


class Shortcut(Struct, frozen=True):
    """A shortcut used on a message."""

    name: str
    user: str
    user_name: str
    channel: str
    ts: str
    response_url: str
    at: str

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same use."""
        return ("shortcut", self.at, self.user, self.name)


@shaped
def event(body: Mapping[str, Any]) -> Event:
    """An `event_callback` payload.

    Raises:
        UserError: it is not shaped like one.
    """
    told = body.get("event") or {}
    item = told.get("item") or {}
    return Event(
        name=str(told.get("type") or ""),
        id=str(body.get("event_id") or ""),
        user=str(told.get("user") or ""),
        channel=str(item.get("channel") or told.get("channel") or ""),
        ts=str(item.get("ts") or ""),
        reaction=str(told.get("reaction") or ""),
        home=page_of(told.get("view") or {}) if told.get("tab") == "home" else 0,
    )


@shaped
def shortcut(body: Mapping[str, Any]) -> Shortcut:
    """A `message_action` payload.

    Raises:
        UserError: it is not shaped like one.
    """
    user, user_name = who(body)
    message = body.get("message") or {}
    return Shortcut(
        name=str(body.get("callback_id") or ""),
        user=user,
        user_name=user_name,
        channel=str((body.get("channel") or {}).get("id") or ""),
        ts=str(message.get("ts") or body.get("message_ts") or ""),
        response_url=str(body.get("response_url") or ""),
        at=str(body.get("action_ts") or ""),
    )


def home_again(body: Mapping[str, Any]) -> Event | None:
    """The Home in which something was pressed, or whose modal was handed in: to be drawn anew. `None` elsewhere."""
    try:
        return _again(body)
    except UserError:
        return None


@shaped
def _again(body: Mapping[str, Any]) -> Event | None:
    view = body.get("view") or {}
    action = (body.get("actions") or [{}])[0]
    page = where(body, view, action).home if view else 0
    return Event(HOME_OPENED, "", who(body)[0], home=page) if page else None
