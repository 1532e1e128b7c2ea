"""Where results come from: one continuous integration service a file, each speaking our words.

A source only reads. It decides nothing, remembers nothing between polls but what it hands back in its
cursor, and raises `TransientError` or `PermanentError` for everything that goes wrong on the way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from chatbot.ci import Attempt, ChangedFile, Commit
from chatbot.hints import Hint
from chatbot.strips import Page
from chatbot.strips import attempts as cells

Cursor = Mapping[str, Any]
"""What a source needs to go on from here; plain JSON, stored with the data it belongs to."""


class Poll(Struct, frozen=True):
    """What one poll saw.

    `commits` are in trunk order (first parent), oldest first: those that follow the known head, or, where
    `rewritten`, the whole window anew because the known head is gone. `attempts` are those that may have
    changed; applying one twice changes nothing. A source that shows everything each time gives `pages` instead,
    whose commits are known or among `commits`: a tenth of the work. `requests` counts what was sent, `charged` those
    of them that cost rate limit. While not `complete`, a window that was never seen is still being read, newest
    commits first: poll again soon, and judge when it is.
    """

    commits: tuple[Commit, ...]
    attempts: tuple[Attempt, ...]
    cursor: Cursor
    at: datetime
    rewritten: bool = False
    complete: bool = True
    requests: int = 0
    charged: int = 0
    pages: tuple[Page, ...] = ()

    def each_attempt(self) -> Iterator[Attempt]:
        """Every attempt one by one, the cells of pages too."""
        yield from self.attempts
        for page in self.pages:
            yield from cells(page)


@runtime_checkable
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


@runtime_checkable
class Looks(Protocol):
    """A source that can look at what a hint names alone, for less than a poll."""

    async def look(self, cursor: Cursor, hint: Hint, *, window: int) -> Poll:
        """What changed since *cursor* where *hint* says so; what changed elsewhere is left to the next poll."""
        ...


class Opened(Struct, frozen=True):
    """A pull request that was opened."""

    number: int
    url: str


@runtime_checkable
class Writer(Protocol):
    """A source that people may set something off at. Everything is sent once.

    Every method raises `AmbiguousError` where nobody knows whether it happened, `PermanentError` with what to do about
    a refusal (its code is `running` for a run that has not ended), and `TransientError` for what may work later.
    """

    async def rerun_failed(self, run_id: int) -> None:
        """Run the failed jobs of a run again."""
        ...

    async def rerun_job(self, job_id: int) -> None:
        """Run one job again."""
        ...

    async def revert(self, sha: str, pr: int, *, body: str) -> Opened:
        """Open a pull request that undoes *pr*, which brought commit *sha*."""
        ...

    async def comment(self, pr: int, text: str) -> str | None:
        """Write a comment on a pull request; its address, where there is one."""
        ...
