"""Limits of each block type, and which types may stand where.

https://docs.slack.dev/reference/block-kit/blocks, and the constants of python-slack-sdk 3.47.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from chatbot.sandbox.slack.limits import tables
from chatbot.sandbox.slack.limits.elements import ID, IN_ACTIONS, IN_INPUT, IN_SECTION, element
from chatbot.sandbox.slack.limits.elements import image as image_element
from chatbot.sandbox.slack.limits.problems import Part

_CONTEXT = frozenset({"image", "mrkdwn", "plain_text"})
_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
_OWN = ("type", "block_id")


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


_NOT_IN = {
    Surface.MESSAGE: frozenset({"alert"}),
    Surface.MODAL: frozenset({"file", "table", "data_table", "data_visualization", "context_actions"}),
    Surface.HOME: frozenset({"file", "table", "data_table", "data_visualization", "context_actions", "alert"}),
}


def block(part: Part, surface: Surface) -> None:
    """One block, which has to be of a type that *surface* takes."""
    if not part.is_object:
        return
    check = _CHECKS.get(part.type)
    if check is None or part.type in _NOT_IN[surface]:
        part.complain(f"unsupported type: {part.type or 'missing'}", "type", "unsupported_type")
        return
    part.string("block_id", ID)
    check(part)
    _unique_actions(part)


def _unique_actions(part: Part) -> None:
    seen: set[str] = set()
    elements = part.value.get("elements")
    for number, inner in enumerate(elements if isinstance(elements, list) else []):
        own = inner.get("action_id") if isinstance(inner, dict) else None
        if own is not None and own in seen:
            part.complain(f"`action_id` {own!r} already exists in this block", f"elements/{number}/action_id")
        seen.add(str(own))


def _section(part: Part) -> None:
    part.only((*_OWN, "text", "fields", "accessory", "expand"))
    if part.value.get("text") is None and part.value.get("fields") is None:
        part.complain("missing required field: text", code="missing_required_field")
    part.text("text", 3000)
    for field in part.items("fields", 10):
        field.as_text(2000)
    accessory = part.part("accessory")
    if accessory is not None:
        element(accessory, IN_SECTION)


def _header(part: Part) -> None:
    part.only((*_OWN, "text"))
    if part.need("text"):
        part.text("text", 150, plain=True)


def _divider(part: Part) -> None:
    part.only(_OWN)


def _context(part: Part) -> None:
    part.only((*_OWN, "elements"))
    if not part.need("elements"):
        return
    for inner in part.items("elements", 10):
        if inner.type not in _CONTEXT:
            inner.complain(f"unsupported type: {inner.type or 'missing'}", "type", "unsupported_type")
        elif inner.type == "image":
            image_element(inner)
        else:
            inner.as_text(3000)


def _actions(part: Part) -> None:
    part.only((*_OWN, "elements"))
    if part.need("elements"):
        for inner in part.items("elements", 25):
            element(inner, IN_ACTIONS)


def _context_actions(part: Part) -> None:
    part.only((*_OWN, "elements"))
    if part.need("elements"):
        for inner in part.items("elements", 5):
            if inner.type not in _CONTEXT_ACTIONS:
                inner.complain(f"unsupported type: {inner.type or 'missing'}", "type", "unsupported_type")


def _input(part: Part) -> None:
    part.only((*_OWN, "label", "element", "hint", "optional", "dispatch_action"))
    if part.need("label", "element"):
        part.text("label", 2000, plain=True)
        inner = part.part("element")
        if inner is not None:
            element(inner, IN_INPUT)
    part.text("hint", 2000, plain=True)


def _image(part: Part) -> None:
    part.only((*_OWN, "image_url", "slack_file", "alt_text", "title"))
    if part.value.get("image_url") is None and part.value.get("slack_file") is None:
        part.complain("missing required field: image_url", code="missing_required_field")
    part.string("image_url", 3000, least=1)
    if part.need("alt_text"):
        part.string("alt_text", 2000)
    part.text("title", 2000, plain=True)


def _markdown(part: Part) -> None:
    part.only((*_OWN, "text"))
    if part.need("text"):
        part.string("text", 12_000, least=1)


def _card(part: Part) -> None:
    part.text("title", 150)
    part.text("subtitle", 150)
    part.text("body", 200)
    for inner in part.items("actions", 25):
        element(inner, IN_ACTIONS)


def _carousel(part: Part) -> None:
    if part.need("elements"):
        for inner in part.items("elements", 10):
            _card(inner)


def _container(part: Part) -> None:
    part.text("title", 150, plain=True)
    if part.need("child_blocks"):
        for inner in part.items("child_blocks", 10):
            block(inner, Surface.MESSAGE)


def _anything(_part: Part) -> None:
    """Rarely used blocks are taken as they are."""


_CHECKS: dict[str, Callable[[Part], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "rich_text": tables.rich_text,
    "table": tables.table,
    "data_table": tables.data_table,
    "data_visualization": tables.data_visualization,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "alert": _anything,
    "video": _anything,
    "file": _anything,
    "plan": _anything,
    "task_card": _anything,
}
