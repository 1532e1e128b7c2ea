"""Limits of interactive elements and of what they are made of: options, confirmations, placeholders.

https://docs.slack.dev/reference/block-kit/block-elements, and the constants of python-slack-sdk 3.47.
"""

from __future__ import annotations

from collections.abc import Callable

from chatbot.sandbox.slack.limits.problems import Part

ID = 255
_URL = 3000
_STYLES = ("primary", "danger")
_OWN = ("type", "action_id", "confirm", "focus_on_load")
_SOURCED = ("users_select", "conversations_select", "channels_select")
_PICKED = ("datepicker", "timepicker", "datetimepicker")
_INPUTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")

IN_ACTIONS = frozenset({
    "button", "overflow", "static_select", "external_select", *_SOURCED, "checkboxes", "radio_buttons", *_PICKED,
    "workflow_button",
})  # fmt: skip
MULTI = frozenset({"multi_static_select", "multi_external_select", *(f"multi_{kind}" for kind in _SOURCED)})
IN_SECTION = IN_ACTIONS | MULTI | {"image"}
IN_INPUT = (
    (IN_ACTIONS - {"button", "overflow", "workflow_button"}) | MULTI | {*_INPUTS, "rich_text_input", "file_input"}
)


def element(part: Part, allowed: frozenset[str]) -> None:
    """One element, which has to be of an *allowed* type."""
    if not part.is_object:
        return
    if part.type not in allowed:
        part.complain(f"unsupported type: {part.type or 'missing'}", "type", "unsupported_type")
        return
    if part.type != "image":
        part.string("action_id", ID, least=1)
        _confirm(part)
    _CHECKS[part.type](part)


def _confirm(part: Part) -> None:
    confirm = part.part("confirm")
    if confirm is not None and confirm.need("title", "text"):
        confirm.only(("title", "text", "confirm", "deny", "style"))
        confirm.text("title", 100, plain=True)
        confirm.text("text", 300)
        confirm.text("confirm", 30, plain=True)
        confirm.text("deny", 30, plain=True)
        confirm.one_of("style", _STYLES)


def _button(part: Part) -> None:
    part.only((*_OWN, "text", "value", "url", "style", "accessibility_label", "workflow"))
    if part.need("text"):
        part.text("text", 75, plain=True)
    part.string("value", 2000)
    part.string("url", _URL)
    part.string("accessibility_label", 75)
    part.one_of("style", _STYLES)


def _placeholder(part: Part) -> None:
    part.text("placeholder", 150, plain=True)


def options(part: Part, name: str, most: int, *, least: int = 1, plain: bool = True) -> None:
    """A list of options, whose values may not repeat."""
    seen: set[str] = set()
    for option in part.items(name, most, least=least):
        option.only(("text", "value", "description", "url"))
        if not option.need("text", "value"):
            continue
        option.text("text", 75, plain=plain)
        option.string("value", 150, least=1)
        option.text("description", 75, plain=plain)
        value = str(option.value["value"])
        if value in seen:
            option.complain("`value` must be unique among the options", "value")
        seen.add(value)


def _overflow(part: Part) -> None:
    part.only((*_OWN, "options"))
    if part.need("options"):
        options(part, "options", 5)


def _static_select(part: Part) -> None:
    part.only((*_OWN, "placeholder", "options", "option_groups", "initial_option", "initial_options",
               "max_selected_items"))  # fmt: skip
    _placeholder(part)
    both = part.value.get("options") is not None, part.value.get("option_groups") is not None
    if both == (False, False):
        part.complain("missing required field: options", code="missing_required_field")
    if both == (True, True):
        part.complain("cannot provide both options and option_groups")
    options(part, "options", 100)
    for group in part.items("option_groups", 100):
        group.text("label", 75, plain=True)
        options(group, "options", 100)
    _initial(part)


def _initial(part: Part) -> None:
    """An initial option has to be one of those offered."""
    initial = part.value.get("initial_option")
    groups = part.value.get("option_groups") or []
    offered = [*(part.value.get("options") or []), *(o for group in groups for o in group.get("options", []))]
    if initial is not None and initial not in offered:
        part.complain("initial_option must match one of the options", "initial_option")


def _external_select(part: Part) -> None:
    part.only((*_OWN, "placeholder", "initial_option", "initial_options", "min_query_length", "max_selected_items"))
    _placeholder(part)


def _sourced(part: Part) -> None:
    kind = part.type.removeprefix("multi_").removesuffix("s_select")
    part.only((*_OWN, "placeholder", f"initial_{kind}", f"initial_{kind}s", "response_url_enabled", "filter",
               "max_selected_items", "default_to_current_conversation"))  # fmt: skip
    _placeholder(part)


def _choices(part: Part) -> None:
    part.only((*_OWN, "options", "initial_option", "initial_options"))
    if part.need("options"):
        options(part, "options", 10, plain=False)


def _picker(part: Part) -> None:
    part.only((*_OWN, "placeholder", "initial_date", "initial_time", "initial_date_time", "timezone"))
    _placeholder(part)


def _input(part: Part) -> None:
    part.only((*_OWN, "placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config",
               "is_decimal_allowed", "min_value", "max_value"))  # fmt: skip
    _placeholder(part)
    part.string("initial_value", 3000)
    part.range("max_length", 1, 3000)
    part.range("min_length", 0, 3000)


def image(part: Part) -> None:
    """An image as an element, by address or by uploaded file."""
    part.only(("type", "image_url", "slack_file", "alt_text"))
    if part.value.get("image_url") is None and part.value.get("slack_file") is None:
        part.complain("missing required field: image_url", code="missing_required_field")
    part.string("image_url", _URL, least=1)
    if part.need("alt_text"):
        part.string("alt_text", 2000, least=1)


def _anything(_part: Part) -> None:
    """Rarely used elements are taken as they are."""


_CHECKS: dict[str, Callable[[Part], None]] = {
    "button": _button,
    "workflow_button": _button,
    "overflow": _overflow,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    **dict.fromkeys(_SOURCED, _sourced),
    **dict.fromkeys((f"multi_{kind}" for kind in _SOURCED), _sourced),
    "checkboxes": _choices,
    "radio_buttons": _choices,
    **dict.fromkeys(_PICKED, _picker),
    **dict.fromkeys(_INPUTS, _input),
    "rich_text_input": _anything,
    "file_input": _anything,
    "image": image,
}
