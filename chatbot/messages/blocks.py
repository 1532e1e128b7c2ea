"""Slack's blocks as typed builders: only `Text` and `Plain` go in, only blocks that Slack accepts come out.

Every builder keeps Slack's limits for its own block; `budget` keeps those for a whole message. State is shown by an
emoji in the header, not by the colour bar of an attachment: Slack calls attachments legacy, folds them behind "Show
more" and shows `text` above them. `Payload.colour` is there for who wants the bar all the same.
Limits: docs.slack.dev/reference/block-kit and the constants in python-slack-sdk 3.47.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from chatbot.messages.escape import Plain, Text, mrkdwn, safe_url

EVENT_TYPE: Final = "trunkwatch"
TEXT_LIMIT: Final = 4000
SECTION_LIMIT: Final = 3000
FIELD_LIMIT: Final = 2000
FIELDS_LIMIT: Final = 10
HEADER_LIMIT: Final = 150
CONTEXT_LIMIT: Final = 10
ACTIONS_LIMIT: Final = 25
OPTIONS_LIMIT: Final = 100
LABEL_LIMIT: Final = 75
VALUE_LIMIT: Final = 2000
OPTION_VALUE_LIMIT: Final = 150
ALT_LIMIT: Final = 2000
ID_LIMIT: Final = 255
OVERFLOW_LIMIT: Final = 5
NOWHERE: Final = Text("")


class Element(Struct, frozen=True):
    """Something inside a block: a button, a picker, a picture. `body` is Slack's JSON."""

    body: dict[str, Any]


class Option(Struct, frozen=True):
    """One choice of a menu; `value` comes back when it is taken."""

    label: Plain
    value: str

    def body(self) -> dict[str, Any]:
        """Slack's JSON. Raises `ValueError` for a value Slack would refuse."""
        return {
            "text": plain_object(self.label, LABEL_LIMIT),
            "value": checked(self.value, OPTION_VALUE_LIMIT, "value"),
        }


class Block(Struct, frozen=True):
    """One block. `keep`: it goes last when the message has to become shorter. `body` is Slack's JSON."""

    body: dict[str, Any]
    keep: bool = False


class Lines(Struct, frozen=True):
    """Lines under a title, the most important first; the last are dropped when a message is too long.

    `more` says where to see those, for the words after "+N more"; empty: as the whole message says.
    `hidden` counts lines the caller left out already.
    """

    lines: tuple[Text, ...]
    title: Text = NOWHERE
    more: Text = NOWHERE
    hidden: int = 0


class Payload(Struct, frozen=True):
    """A message. `text` is its whole sense for a notification or a screen reader.

    `metadata` becomes `event_payload` under the event type `trunkwatch`. `more` says where to see what does not fit.
    """

    text: Text
    blocks: tuple[Block | Lines, ...] = ()
    metadata: dict[str, str] = {}
    colour: str | None = None
    more: Text = NOWHERE


def header(text: Plain) -> Block:
    """A large line."""
    return Block({"type": "header", "text": plain_object(text, HEADER_LIMIT)}, keep=True)


def section(text: Text | None = None, *, fields: Sequence[Text] = (), accessory: Element | None = None) -> Block:
    """A paragraph, up to 10 fields in two columns, or both; *accessory* stands to its right."""
    body: dict[str, Any] = {"type": "section"}
    if text is not None or not fields:
        body["text"] = mrkdwn_object(text or mrkdwn("-"), SECTION_LIMIT)
    if fields:
        body["fields"] = [mrkdwn_object(field or mrkdwn("-"), FIELD_LIMIT) for field in _first(fields, FIELDS_LIMIT)]
    if accessory is not None:
        body["accessory"] = accessory.body
    return Block(body)


def lines(shown: Sequence[Text], *, title: Text = NOWHERE, more: Text = NOWHERE, hidden: int = 0) -> Lines:
    """Lines that may be dropped from the end with "+N more"."""
    return Lines(tuple(shown), title=title, more=more, hidden=hidden)


def context(*texts: Text, keep: bool = False) -> Block:
    """Small grey text, up to 10 pieces."""
    pieces = [mrkdwn_object(text, SECTION_LIMIT) for text in _first([text for text in texts if text], CONTEXT_LIMIT)]
    return Block({"type": "context", "elements": pieces or [mrkdwn_object(mrkdwn("-"), SECTION_LIMIT)]}, keep=keep)


def divider() -> Block:
    """A thin line across."""
    return Block({"type": "divider"})


def image(alt: Plain, *, url: str | None = None, file: str | None = None) -> Block:
    """A picture by address or by the id of an uploaded file. Raises `ValueError` where neither is usable."""
    source = {"slack_file": {"id": file}} if file else {"image_url": safe_url(url)}
    if None in source.values():
        raise ValueError(f"a picture needs an http(s) address or a file id, got {url!r}")
    return Block({"type": "image", "alt_text": alt.clipped(ALT_LIMIT) or "picture", **source})


def actions(*elements: Element, block_id: str = "") -> Block:
    """A row of buttons and menus. Raises `ValueError` for none or more than 25."""
    if not 1 <= len(elements) <= ACTIONS_LIMIT:
        raise ValueError(f"a row of actions has 1 to {ACTIONS_LIMIT} elements, got {len(elements)}")
    return Block(named({"type": "actions", "elements": [one.body for one in elements]}, block_id), keep=True)


def raw(body: Mapping[str, Any]) -> Block:
    """A block this module has no builder for. The caller answers for its text and its limits."""
    return Block(dict(body))


class Confirm(Struct, frozen=True):
    """The question asked before a button acts."""

    title: Plain
    text: Text
    yes: Plain
    no: Plain = Plain("Cancel")
    dangerous: bool = False

    def body(self) -> dict[str, Any]:
        """Slack's JSON."""
        body = {
            "title": plain_object(self.title, 100),
            "text": mrkdwn_object(self.text, 300),
            "confirm": plain_object(self.yes, 30),
            "deny": plain_object(self.no, 30),
        }
        return body | ({"style": "danger"} if self.dangerous else {})


def button(
    label: Plain,
    action_id: str,
    *,
    value: str = "",
    style: Literal["", "primary", "danger"] = "",
    url: str | None = None,
    confirm: Confirm | None = None,
) -> Element:
    """A button; with *url* it also opens a page, and an address that is not http(s) is left out."""
    body: dict[str, Any] = {
        "type": "button",
        "text": plain_object(label, LABEL_LIMIT),
        "action_id": named_action(action_id),
    }
    if value:
        body["value"] = checked(value, VALUE_LIMIT, "value")
    if style:
        body["style"] = style
    if (target := safe_url(url)) is not None:
        body["url"] = target
    return Element(body | ({"confirm": confirm.body()} if confirm else {}))


def overflow(action_id: str, options: Sequence[Option]) -> Element:
    """A menu behind three dots. Slack allows 5 options; `ValueError` for none or more."""
    return Element(
        {"type": "overflow", "action_id": named_action(action_id), "options": option_bodies(options, OVERFLOW_LIMIT)}
    )


def users_select(action_id: str, *, placeholder: Plain, initial: str | None = None) -> Element:
    """A picker of one person."""
    body = {"type": "users_select", "action_id": named_action(action_id), "placeholder": plain_object(placeholder, 150)}
    return Element(body | ({"initial_user": initial} if initial else {}))


def static_select(
    action_id: str, options: Sequence[Option], *, placeholder: Plain, initial: Option | None = None
) -> Element:
    """A menu of up to 100 options. Raises `ValueError` for none or more."""
    body = {
        "type": "static_select",
        "action_id": named_action(action_id),
        "placeholder": plain_object(placeholder, 150),
        "options": option_bodies(options, OPTIONS_LIMIT),
    }
    return Element(body | ({"initial_option": initial.body()} if initial else {}))


def plain_object(text: Plain, limit: int) -> dict[str, Any]:
    """Slack's `plain_text` object, shortened to *limit*."""
    if not isinstance(text, Plain):
        raise TypeError(f"plain_text takes Plain, got {type(text).__name__}: wrap it in plain()")
    return {"type": "plain_text", "text": text.clipped(limit) or "-", "emoji": False}


def mrkdwn_object(text: Text, limit: int) -> dict[str, Any]:
    """Slack's `mrkdwn` object, shortened to *limit*; nothing in it becomes a link by itself."""
    if not isinstance(text, Text):
        raise TypeError(f"mrkdwn takes Text, got {type(text).__name__}: wrap it in escape(), code() or mrkdwn()")
    return {"type": "mrkdwn", "text": text.clipped(limit), "verbatim": True}


def option_bodies(options: Sequence[Option], most: int) -> list[dict[str, Any]]:
    """Slack's JSON of a menu. Raises `ValueError` for none or more than *most*."""
    if not 1 <= len(options) <= most:
        raise ValueError(f"a menu has 1 to {most} options, got {len(options)}")
    return [option.body() for option in options]


def _first(texts: Sequence[Text], most: int) -> Sequence[Text]:
    """All, or the first with the number of the rest as the last."""
    return texts if len(texts) <= most else [*texts[: most - 1], mrkdwn("+{rest} more", rest=len(texts) - most + 1)]


def named(body: dict[str, Any], block_id: str) -> dict[str, Any]:
    """*body* with its block id, where there is one."""
    return body | ({"block_id": checked(block_id, ID_LIMIT, "block_id")} if block_id else {})


def named_action(action_id: str) -> str:
    """*action_id*, which Slack wants from every element. Raises `ValueError` for none or one too long."""
    if not action_id:
        raise ValueError("an element needs an action_id")
    return checked(action_id, ID_LIMIT, "action_id")


def checked(value: str, limit: int, what: str) -> str:
    """What the program reads back is never cut. Raises `ValueError` where Slack would refuse it."""
    if not 0 < len(value) <= limit:
        raise ValueError(f"{what} must have 1 to {limit} characters, got {len(value)}")
    return value
