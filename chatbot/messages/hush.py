"""A message without the mentions of those who do not want any now: their names stand there instead.

User groups, `here` and `channel` are left as they are: Slack decides whom of a group it notifies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from chatbot.messages.blocks import Block, Lines, Payload
from chatbot.messages.escape import Text, Untrusted, escape, mrkdwn

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def mentioned(payload: Payload) -> tuple[str, ...]:
    """The people whom *payload* mentions, each once, in order."""
    found = [user for text in _texts(payload) for user in _MENTION.findall(text)]
    return tuple(dict.fromkeys(found))


def hushed(payload: Payload, names: Mapping[str, str]) -> Payload:
    """*payload* in which the users that are keys of *names* are called by those names."""
    shown = {
        user: mrkdwn("{name} (quiet hours)", name=escape(Untrusted(name), limit=60)) for user, name in names.items()
    }

    def calm(text: str) -> Text:
        return Text(_MENTION.sub(lambda match: shown.get(match[1], match[0]), text))

    return structs.replace(
        payload, text=calm(payload.text), blocks=tuple(_calmed(block, calm) for block in payload.blocks)
    )


def _texts(payload: Payload) -> list[str]:
    found: list[str] = [payload.text]
    for block in payload.blocks:
        found += [block.title, *block.lines] if isinstance(block, Lines) else _mrkdwn(block.body)
    return found


def _mrkdwn(body: Any) -> list[str]:
    """Every mrkdwn text in a block's JSON."""
    if isinstance(body, list):
        return [text for part in body for text in _mrkdwn(part)]
    if not isinstance(body, dict):
        return []
    if body.get("type") == "mrkdwn":
        return [str(body.get("text") or "")]
    return [text for part in body.values() for text in _mrkdwn(part)]


def _calmed(block: Block | Lines, calm: Any) -> Block | Lines:
    if isinstance(block, Lines):
        return structs.replace(block, lines=tuple(calm(line) for line in block.lines), title=calm(block.title))
    return structs.replace(block, body=_calm_json(block.body, calm))


def _calm_json(body: Any, calm: Any) -> Any:
    if isinstance(body, list):
        return [_calm_json(part, calm) for part in body]
    if not isinstance(body, dict):
        return body
    if body.get("type") == "mrkdwn":
        return {**body, "text": calm(str(body.get("text") or ""))}
    return {key: _calm_json(part, calm) for key, part in body.items()}
