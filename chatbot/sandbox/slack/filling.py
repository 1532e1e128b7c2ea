"""What picking or typing puts into an element, in the shape that payloads and view states carry.

A plain value is what a person would say: an option's label, a user's id, a text, a date, or a list of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatbot.sandbox.slack import shown
from chatbot.sandbox.slack.shown import Json, Place

_ONE = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
}
_MANY = {
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "file_input": "files",
}
_KEPT_NOWHERE = frozenset({"overflow", "button", "workflow_button", "feedback_buttons", "icon_button", "image"})


def picked(element: Json, value: Any) -> Json:
    """The fields that say *value* was chosen in *element*.

    Raises:
        LookupError: the element offers no such option; the text lists those it offers.
    """
    kind = element["type"]
    if kind in _MANY:
        values = [value] if isinstance(value, (str, dict)) else list(value or ())
        return {_MANY[kind]: [_chosen(element, one) for one in values]}
    if kind in _ONE:
        return {_ONE[kind]: _chosen(element, value)}
    return {}


def _chosen(element: Json, value: Any) -> Any:
    offered = shown.options(element)
    if value is None or isinstance(value, dict) or not offered:
        return value
    for option in offered:
        if value in (option["text"]["text"], option["value"]):
            return option
    labels = ", ".join(repr(option["text"]["text"]) for option in offered)
    raise LookupError(f"no option {value!r} in {element['action_id']!r}; there are {labels}")


def initial(element: Json) -> Json:
    """What is in an element before anybody touched it."""
    kind = element["type"]
    if kind in _MANY:
        return {_MANY[kind]: element.get(_MANY[kind].replace("selected", "initial"), [])}
    field = _ONE[kind]
    return {field: element.get("initial_value" if field == "value" else field.replace("selected", "initial"))}


def states(blocks: Sequence[Json], known: Json) -> Json:
    """`state.values` for blocks: what is *known* of each element, else what is in it initially."""
    found: Json = {}
    for place in shown.places(blocks):
        element, block_id = place.element, place.block["block_id"]
        if element["type"] in _KEPT_NOWHERE:
            continue
        before = known.get(block_id, {}).get(element["action_id"])
        found.setdefault(block_id, {})[element["action_id"]] = before or {"type": element["type"], **initial(element)}
    return found


def with_value(state: Json, place: Place, fields: Json) -> Json:
    """*state* after *fields* were chosen at *place*."""
    element, block_id = place.element, place.block["block_id"]
    if element["type"] in _KEPT_NOWHERE:
        return state
    chosen = {element["action_id"]: {"type": element["type"], **fields}}
    return {**state, block_id: {**state.get(block_id, {}), **chosen}}


def is_empty(value: Json) -> bool:
    """Whether an element's state says that nothing was filled in."""
    return all(not field for key, field in value.items() if key != "type")
