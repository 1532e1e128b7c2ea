"""What a person sees in blocks: the words, the labels of what can be pressed, and where each of those sits.

Reads Slack's JSON and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]

_WORDS = (
    "text", "title", "subtitle", "body", "label", "fields", "elements", "accessory", "element", "hint", "rows",
    "caption",
    "alt_text", "placeholder", "options", "option_groups", "description", "child_blocks", "actions",
)  # fmt: skip
_PRESSED = frozenset({"button", "workflow_button", "feedback_buttons", "icon_button"})
_MENU_MARKS = frozenset({"more", "…", "...", "⋮"})


class Place(NamedTuple):
    """An interactive element and the block it sits in."""

    block: Json
    element: Json


def words(blocks: Sequence[Json]) -> str:
    """Everything readable, a line each, in reading order."""
    return "\n".join(piece for block in blocks for piece in _pieces(block) if piece)


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _pieces(part)
    elif isinstance(value, dict):
        if value.get("type") == "user" and "user_id" in value:
            yield f"<@{value['user_id']}>"
        for key in _WORDS:
            if key in value:
                yield from _pieces(value[key])


def places(blocks: Sequence[Json]) -> Iterator[Place]:
    """Every interactive element, in reading order."""
    for block in blocks:
        held = [*block.get("elements", ()), block.get("accessory"), block.get("element"), *block.get("actions", ())]
        for element in held:
            if isinstance(element, dict) and "action_id" in element:
                yield Place(block, element)
        inner = block.get("elements", ()) if block.get("type") == "carousel" else block.get("child_blocks", ())
        yield from places(inner)


def label(place: Place) -> str:
    """What is written on it, in it, or (an input) above it."""
    element = place.element
    text = element.get("text") or element.get("placeholder") or place.block.get("label") or {}
    return str(text.get("text", "")) if isinstance(text, dict) else str(text)


def options(element: Json) -> list[Json]:
    """What can be picked in it."""
    grouped = [option for group in element.get("option_groups", ()) for option in group.get("options", ())]
    return [*element.get("options", ()), *grouped]


def labels(blocks: Sequence[Json]) -> tuple[str, ...]:
    """Labels of buttons and menus, and of the options in menus."""
    found: list[str] = []
    for place in places(blocks):
        found.append(label(place))
        found.extend(option["text"]["text"] for option in options(place.element))
    return tuple(text for text in found if text)


def button(blocks: Sequence[Json], wanted: str) -> Place | None:
    """The button with that label."""
    return next((p for p in places(blocks) if p.element["type"] in _PRESSED and label(p) == wanted), None)


def menu(blocks: Sequence[Json], wanted: str, kind: str | None = None) -> Place | None:
    """The menu with that placeholder, label, or action id; an overflow menu answers to "More"."""
    for place in places(blocks):
        element = place.element
        if element["type"] in _PRESSED or (kind is not None and element["type"] != kind):
            continue
        above = place.block.get("label", {}).get("text") if place.block["type"] == "input" else None
        marked = element["type"] == "overflow" and wanted.lower() in _MENU_MARKS
        if marked or wanted in (label(place), above, element["action_id"], element.get("accessibility_label")):
            return place
    return None


def option(blocks: Sequence[Json], wanted: str) -> tuple[Place, Json] | None:
    """The first menu that offers an option with that label, and the option."""
    for place in places(blocks):
        for offered in options(place.element):
            if offered["text"]["text"] == wanted:
                return place, offered
    return None
