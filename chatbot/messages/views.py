"""Modals and the Home tab: their frames and the inputs that only they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from chatbot.messages.blocks import (
    NOWHERE,
    VALUE_LIMIT,
    Block,
    Element,
    Lines,
    Option,
    checked,
    named,
    named_action,
    option_bodies,
    plain_object,
)
from chatbot.messages.escape import Plain, Text

TITLE_LIMIT: Final = 24
METADATA_LIMIT: Final = 3000
RADIO_LIMIT: Final = 10
INPUT_LIMIT: Final = 3000
CLOSE: Final = Plain("Close")


class View(Struct, frozen=True):
    """A modal or the Home tab. `body` is everything but its blocks; `more` says where to see what does not fit."""

    body: dict[str, Any]
    blocks: tuple[Block | Lines, ...] = ()
    more: Text = NOWHERE


def modal(
    title: Plain,
    blocks: Sequence[Block | Lines],
    *,
    callback_id: str = "",
    submit: Plain | None = None,
    close: Plain = CLOSE,
    private_metadata: str = "",
    more: Text = NOWHERE,
) -> View:
    """A modal. `private_metadata` (up to 3,000 characters) comes back with every press; longer raises `ValueError`."""
    body: dict[str, Any] = {
        "type": "modal",
        "title": plain_object(title, TITLE_LIMIT),
        "close": plain_object(close, TITLE_LIMIT),
    }
    if submit is not None:
        body["submit"] = plain_object(submit, TITLE_LIMIT)
    if callback_id:
        body["callback_id"] = checked(callback_id, 255, "callback_id")
    if private_metadata:
        body["private_metadata"] = checked(private_metadata, METADATA_LIMIT, "private_metadata")
    return View(body, tuple(blocks), more)


def carrying(view: View, private_metadata: str) -> View:
    """*view* with what comes back with every press and when it is handed in, up to 3,000 characters."""
    remembered = checked(private_metadata, METADATA_LIMIT, "private_metadata")
    return msgspec.structs.replace(view, body={**view.body, "private_metadata": remembered})


def home(blocks: Sequence[Block | Lines], *, more: Text = NOWHERE) -> View:
    """The Home tab of one person."""
    return View({"type": "home"}, tuple(blocks), more)


def input_block(
    label: Plain,
    element: Element,
    *,
    block_id: str,
    optional: bool = False,
    hint: Plain | None = None,
    tells_at_once: bool = False,
) -> Block:
    """A question with something to fill in; its value comes back under *block_id* and the element's action id.

    With *tells_at_once* a choice is a press too, so that the rest of the modal can follow it.
    """
    body = {
        "type": "input",
        "label": plain_object(label, VALUE_LIMIT),
        "element": element.body,
        "optional": optional,
    }
    if tells_at_once:
        body["dispatch_action"] = True
    if hint is not None:
        body["hint"] = plain_object(hint, VALUE_LIMIT)
    return Block(named(body, block_id), keep=True)


def text_input(
    action_id: str,
    *,
    placeholder: Plain | None = None,
    initial: str = "",
    multiline: bool = False,
    at_most: int = INPUT_LIMIT,
) -> Element:
    """A line, or several, of *at_most* characters to type into. *initial* is cut at Slack's 3,000."""
    body: dict[str, Any] = {"type": "plain_text_input", "action_id": named_action(action_id), "multiline": multiline}
    if placeholder is not None:
        body["placeholder"] = plain_object(placeholder, 150)
    if at_most != INPUT_LIMIT:
        body["max_length"] = at_most
    if initial:
        body["initial_value"] = Plain(initial).clipped(INPUT_LIMIT)
    return Element(body)


def radio_buttons(action_id: str, options: Sequence[Option], *, initial: Option | None = None) -> Element:
    """Up to 10 choices, one of which is taken. Raises `ValueError` for none or more."""
    body = {
        "type": "radio_buttons",
        "action_id": named_action(action_id),
        "options": option_bodies(options, RADIO_LIMIT),
    }
    return Element(body | ({"initial_option": initial.body()} if initial else {}))
