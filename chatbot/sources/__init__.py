"""Where results come from: one continuous integration service a file, each speaking our words.

A source only reads. It decides nothing, remembers nothing between polls but what it hands back in its
cursor, and raises `TransientError` or `PermanentError` for everything that goes wrong on the way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from chatbot.ci import Attempt, ChangedFile, Commit

Cursor = Mapping[str, Any]
"""What a source needs to go on from here; plain JSON, stored with the data it belongs to."""


class Poll(Struct, frozen=True):
    """What one poll saw.

    `commits` are in trunk order (first parent), oldest first: those that follow the known head, or, where
    `rewritten`, the whole window anew because the known head is gone. `attempts` are those that may have
    changed; applying one twice changes nothing. `requests` counts what was sent, `charged` those of them
    that cost rate limit. While not `complete`, a window that was never seen is still being read, newest commits
    first: poll again soon, and judge when it is.
    """

    commits: tuple[Commit, ...]
    attempts: tuple[Attempt, ...]
    cursor: Cursor
    at: datetime
    rewritten: bool = False
    complete: bool = True
    requests: int = 0
    charged: int = 0


class Source(Protocol):
    """One trunk as its CI service tells it."""

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """What changed since *cursor* (everything of the newest *window* commits where it is `None`)."""
        ...

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched."""
        ...

    def log(self, attempt: Attempt) -> AsyncIterator[bytes]:
        """The log of *attempt*, in chunks, bounded in size."""
        ...

    async def check(self) -> str:
        """One line that says what is reached and with which rights, for `trunkwatch check`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
