"""What people ask of us through Slack, parsed once: a command typed, a button pressed, a modal handed in.

Pure, and the only place that knows the shape of Slack's payloads. What a modal must remember of the press that
opened it travels in its private metadata as an `Origin`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chatbot.errors import UserError
from chatbot.messages import answers
from chatbot.messages.home import PAGE

T = TypeVar("T")


class Origin(Struct, frozen=True, omit_defaults=True):
    """Where a modal was opened from: the alert and its turn then, and where its answers go.

    `home` is the page of the Home it was opened from, which remembers it the same way; 0 elsewhere.
    """

    alert: str
    turn: int | None = None
    channel: str = ""
    response_url: str = ""
    home: int = 0


class OpenModal(Struct, frozen=True):
    """A modal on somebody's screen; `hash` refuses to change what changed meanwhile."""

    id: str
    hash: str | None = None


class Command(Struct, frozen=True):
    """What somebody typed after the slash command: the first word as the handler knows it, then the rest."""

    name: str
    words: tuple[str, ...]
    user: str
    user_name: str
    channel: str
    response_url: str
    trigger: str
    share: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same command."""
        return ("command", self.trigger)


class Press(Struct, frozen=True):
    """A button pressed or a choice made. `alert` and `turn` are the message's, `chosen` is what was picked.

    In a modal, `modal` is that one and `values` is what is filled in so far, by block id. In the Home, `home` is the
    page to be shown afterwards, and there may be no alert.
    """

    action: str
    alert: str
    turn: int | None
    chosen: str | None
    user: str
    user_name: str
    channel: str
    thread: str
    response_url: str
    trigger: str
    at: str
    modal: OpenModal | None = None
    values: Mapping[str, str] = {}
    home: int = 0

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same press, different for the next press of the same button."""
        return ("press", self.at, self.user, self.action)

    @property
    def origin(self) -> Origin:
        """What a modal opened by this press has to remember."""
        return Origin(self.alert, self.turn, self.channel, self.response_url, self.home)


class Submission(Struct, frozen=True):
    """A modal handed in. `values` is what was filled in, by block id; what was left empty is not there."""

    name: str
    alert: str
    turn: int | None
    values: Mapping[str, str]
    user: str
    user_name: str
    channel: str
    response_url: str
    modal: OpenModal

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery, and for every try to hand in the same modal again."""
        return ("submission", self.modal.id)


def shaped(parse: Callable[[Mapping[str, Any]], T]) -> Callable[[Mapping[str, Any]], T]:
    """*parse*, which raises `UserError` where a payload does not have the shape that Slack documents."""

    @wraps(parse)
    def parsed(body: Mapping[str, Any]) -> T:
        try:
            return parse(body)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise UserError(answers.outdated_button()) from error

    return parsed


@shaped
def press(body: Mapping[str, Any]) -> Press:
    """A `block_actions` payload; a choice of the `More` menu is the press of what was chosen.

    Raises:
        UserError: the message is not one of ours, or older than what we understand.
    """
    action = (body.get("actions") or [{}])[0]
    view, message = body.get("view") or {}, body.get("message") or {}
    place = where(body, view, action)
    chosen = (action.get("selected_option") or {}).get("value") or action.get("selected_user") or action.get("value")
    name = str(action.get("action_id") or "")
    if not name or not (place.alert or place.home):
        raise UserError(answers.outdated_button())
    user, user_name = who(body)
    return Press(
        action=str(chosen) if name == "more" and chosen else name,
        alert=place.alert,
        turn=place.turn,
        chosen=str(chosen) if chosen else None,
        user=user,
        user_name=user_name,
        channel=place.channel,
        thread=str(message.get("thread_ts") or message.get("ts") or ""),
        response_url=place.response_url,
        trigger=str(body.get("trigger_id") or ""),
        at=str(action.get("action_ts") or ""),
        modal=_open(view) if view and view.get("type") != "home" else None,
        values=_values(view),
        home=place.home,
    )


@shaped
def submission(body: Mapping[str, Any]) -> Submission:
    """A `view_submission` payload.

    Raises:
        UserError: the modal is not one of ours, or older than what we understand.
    """
    view = body.get("view") or {}
    place, name = origin(view), str(view.get("callback_id") or "")
    if not name:
        raise UserError(answers.outdated_button())
    user, user_name = who(body)
    return Submission(
        name=name,
        alert=place.alert,
        turn=place.turn,
        values=_values(view),
        user=user,
        user_name=user_name,
        channel=place.channel,
        response_url=place.response_url,
        modal=_open(view),
    )


def where(body: Mapping[str, Any], view: Mapping[str, Any], action: Mapping[str, Any]) -> Origin:
    """Where something was pressed: in a message, a modal, the Home."""
    row = str(action.get("block_id") or "")
    if not view:
        return _of_row(body, row)
    if view.get("type") != "home":
        return origin(view)
    wanted = str(action.get("value") or "")
    turned = int(wanted) if action.get("action_id") == PAGE and wanted.isdecimal() else 0
    return msgspec.structs.replace(_of_row(body, row), home=max(1, turned or page_of(view)))


def page_of(view: Mapping[str, Any]) -> int:
    """Which page a Home shows; the first where it does not say."""
    try:
        return max(1, origin(view).home)
    except UserError:
        return 1


def _of_row(body: Mapping[str, Any], block_id: str) -> Origin:
    """What the id of a row of buttons says: the alert and its turn."""
    alert, _, rest = block_id.partition("|")
    turn = rest.partition("|")[0]
    channel = str((body.get("channel") or {}).get("id") or "")
    return Origin(alert, int(turn) if turn.isdecimal() else None, channel, str(body.get("response_url") or ""))


def origin(view: Mapping[str, Any]) -> Origin:
    """What the modal remembers.

    Raises:
        UserError: it is not one of ours, or older than what we understand.
    """
    try:
        return msgspec.json.decode(str(view.get("private_metadata") or ""), type=Origin)
    except msgspec.MsgspecError as error:
        raise UserError(answers.outdated_button()) from error


def _open(view: Mapping[str, Any]) -> OpenModal:
    return OpenModal(str(view.get("id") or ""), view.get("hash"))


def who(body: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of who did it."""
    user = body.get("user") or {}
    return str(user.get("id") or ""), str(user.get("name") or user.get("username") or "")


def _values(view: Mapping[str, Any]) -> dict[str, str]:
    """What is filled in, by block id; our blocks have one element each."""
    blocks: Mapping[str, Mapping[str, Any]] = (view.get("state") or {}).get("values") or {}
    given = {block: _value(next(iter(elements.values()), {})) for block, elements in blocks.items()}
    return {block: value for block, value in given.items() if value}


_FIELDS: Sequence[str] = ("value", "selected_user", "selected_date", "selected_time")


def _value(element: Mapping[str, Any]) -> str:
    option = element.get("selected_option")
    if option:
        return str(option.get("value") or "")
    return next((str(element[field]).strip() for field in _FIELDS if element.get(field)), "")
