"""Whether Slack would take a message or a view: Block Kit's limits, and the totals it does not document.

Problems are found, not raised: `methods` decides which error code they become.
"""

from __future__ import annotations

import json
from typing import Any

from chatbot.sandbox.slack.limits.blocks import Surface, block
from chatbot.sandbox.slack.limits.problems import Part, Problem

__all__ = ["BLOCKS_TOTAL", "METADATA_TOTAL", "TEXT_TOTAL", "Part", "Problem", "Surface", "blocks_problems", "length",
           "metadata_problem", "view_problems"]  # fmt: skip

# slackapi/bolt-js#2509 measured 13,297 characters in one markdown block and fewer with more blocks; #2867 was refused
# with 11,341 in `text` fields alone. Counting every string that is content, not only `text`, fits both best.
BLOCKS_TOTAL = 13_200
TEXT_TOTAL = 40_000
METADATA_TOTAL = 16_384
_VIEW_TOTAL = 250_000
_NOT_CONTENT = frozenset({"type", "block_id", "action_id", "style", "emoji", "verbatim"})
_VIEW_KEYS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
              "notify_on_close", "external_id", "submit_disabled")  # fmt: skip
_PER_MESSAGE = {"table": 1, "data_table": 1, "data_visualization": 2}
_MOST = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}


def blocks_problems(value: Any, surface: Surface, *, at: str = "") -> list[Problem]:
    """What is wrong with a list of blocks that is called `blocks` at the JSON pointer *at*."""
    problems: list[Problem] = []
    whole = Part({"blocks": value}, at, problems)
    parts = whole.items("blocks", _MOST[surface], least=0)
    seen: set[str] = set()
    for part in parts:
        block(part, surface)
        own = part.value.get("block_id")
        if own is not None and own in seen:
            part.complain(f"`block_id` {own!r} already exists", "block_id")
        seen.add(str(own))
    for kind, most in _PER_MESSAGE.items():
        if surface is Surface.MESSAGE and sum(part.type == kind for part in parts) > most:
            whole.complain(f"no more than {most} {kind} blocks allowed", "blocks")
    return problems


def length(value: Any) -> int:
    """Characters of content in a list of blocks."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(length(part) for part in value)
    if isinstance(value, dict):
        return sum(length(part) for key, part in value.items() if key not in _NOT_CONTENT)
    return 0


def view_problems(value: Any) -> list[Problem]:
    """What is wrong with a modal or a Home."""
    problems: list[Problem] = []
    part = Part(value, "/view", problems)
    if not part.is_object or not part.need("type", "blocks"):
        return problems
    part.one_of("type", tuple(Surface)[1:])
    part.only(_VIEW_KEYS)
    if part.type == "modal":
        _modal(part)
    part.string("private_metadata", 3000)
    part.string("callback_id", 255)
    part.string("external_id", 255)
    surface = Surface.HOME if part.type == "home" else Surface.MODAL
    problems += blocks_problems(part.value["blocks"], surface, at="/view")
    return problems


def _modal(part: Part) -> None:
    if part.need("title"):
        part.text("title", 24, plain=True)
    part.text("submit", 24, plain=True)
    part.text("close", 24, plain=True)
    blocks = part.value["blocks"]
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and part.value.get("submit") is None:
        part.complain("missing required field: submit (a modal with input blocks needs it)")


def view_too_large(value: Any) -> bool:
    """Whether a view is over 250 kB of JSON."""
    return len(json.dumps(value)) > _VIEW_TOTAL


def metadata_problem(value: Any) -> str | None:
    """The error code for message metadata that Slack refuses, `None` for good metadata."""
    if not isinstance(value, dict):
        return "invalid_metadata_format"
    if not value:
        return None
    if not isinstance(value.get("event_type"), str) or not isinstance(value.get("event_payload"), dict):
        return "invalid_metadata_format"
    if not value["event_type"]:
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(value)) > METADATA_TOTAL else None
