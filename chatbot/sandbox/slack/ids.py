"""Ids that Slack adds where the bot gave none: a `block_id` for each block, an `action_id` for each element."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

_SHORT = 4
_UNNAMED = frozenset({"image", "mrkdwn", "plain_text", "rich_text_section", "rich_text_list", "rich_text_quote",
                      "rich_text_preformatted"})  # fmt: skip
_INTERACTIVE = frozenset({"actions", "section", "input", "context_actions", "card"})


def filled(blocks: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """The blocks with every id in place; what was given is kept."""
    return tuple(_block(block) for block in blocks)


def _block(block: dict[str, Any]) -> dict[str, Any]:
    with_id = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(_SHORT)}
    if block.get("type") == "container":
        return {**with_id, "child_blocks": list(filled(block.get("child_blocks", ())))}
    if block.get("type") == "carousel":
        return {**with_id, "elements": list(filled(block.get("elements", ())))}
    if block.get("type") not in _INTERACTIVE:
        return with_id
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            with_id[key] = _element(block[key])
    for key in ("elements", "actions"):
        if isinstance(block.get(key), list):
            with_id[key] = [_element(element) for element in block[key]]
    return with_id


def _element(element: dict[str, Any]) -> dict[str, Any]:
    if element.get("type") in _UNNAMED or element.get("action_id"):
        return element
    return {**element, "action_id": secrets.token_urlsafe(_SHORT)}
