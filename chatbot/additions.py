"""What people put on an alert's timeline: messages of its thread, bounded. Pure; where they come from is not known."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

LONGEST: Final = 1_000
"""Characters of a message that are kept."""
MOST: Final = 50
"""Messages that are kept of one alert."""


class Added(Struct, frozen=True):
    """A message: what it said when it was put there, who wrote it, and who wants it there."""

    ts: str
    at: datetime
    author: str
    text: str
    by: tuple[str, ...]


def put(held: tuple[Added, ...], new: Added) -> tuple[Added, ...]:
    """*held* with *new*, in the order they were written; the same where there is no room for it."""
    known = next((one for one in held if one.ts == new.ts), None)
    if known is None:
        if len(held) >= MOST:
            return held
        cut = replace(new, text=new.text[:LONGEST], author=new.author[:80])
        return tuple(sorted((*held, cut), key=lambda one: one.at))
    both = replace(known, by=tuple(dict.fromkeys((*known.by, *new.by))))
    return tuple(both if one.ts == new.ts else one for one in held)


def taken(held: tuple[Added, ...], ts: str, user: str) -> tuple[Added, ...]:
    """*held* without the message *ts*, where nobody but *user* wants it there."""
    less = (replace(one, by=tuple(by for by in one.by if by != user)) if one.ts == ts else one for one in held)
    return tuple(one for one in less if one.by)
