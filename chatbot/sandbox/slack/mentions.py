"""Whom a new message notifies. Reads text and blocks as Slack does; plain text never notifies anybody.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MENTION = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^([A-Z0-9]+)|!(here|channel|everyone))(?:\|[^>]*)?>")
_NAMED = re.compile(r"(?<![\w<])@([a-z0-9][\w.-]*)")
_PARTS_OF_ATTACHMENTS = ("pretext", "text", "fields", "blocks", "value")


def mentioned(text: str) -> frozenset[str]:
    """Ids of users and groups, and `here`, `channel`, `everyone`, that this mrkdwn mentions."""
    return frozenset(user or group or broad for user, group, broad in _MENTION.findall(text))


def named(text: str, names: Mapping[str, str]) -> frozenset[str]:
    """What `link_names` turns into mentions: `@name` for each known name (name -> id)."""
    broad = {"here": "here", "channel": "channel", "everyone": "everyone"}
    known = {**names, **broad}
    return frozenset(known[name] for name in _NAMED.findall(text) if name in known)


def pings(text: str, blocks: Sequence[Any], attachments: Sequence[Any]) -> frozenset[str]:
    """Everybody a new message with this content notifies."""
    found = set(mentioned(text))
    for part in (*_texts(list(blocks)), *_of_attachments(attachments)):
        found |= mentioned(part)
    return frozenset(found)


def _of_attachments(attachments: Sequence[Any]) -> Iterator[str]:
    for attachment in attachments:
        for key in _PARTS_OF_ATTACHMENTS:
            value = attachment.get(key, "")
            yield from [value] if isinstance(value, str) else _texts(value)


def _texts(value: Any) -> Iterator[str]:
    """Every mrkdwn text in blocks, and the mentions that rich text spells as elements."""
    if isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        yield from _own(value)
        for key, part in value.items():
            if key != "text" or isinstance(part, dict):
                yield from _texts(part)


def _own(value: dict[str, Any]) -> Iterator[str]:
    match value:
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            yield text
        case {"type": "user", "user_id": str(user)}:
            yield f"<@{user}>"
        case {"type": "usergroup", "usergroup_id": str(group)}:
            yield f"<!subteam^{group}>"
        case {"type": "broadcast", "range": str(broad)}:
            yield f"<!{broad}>"
