"""A recording as a source: its lines become visible as the clock passes their times.

With today's clock an old recording is visible at once, and its end is where trunk stands. Only what falls into
the window is kept in memory. A recording says why jobs failed, so a log is its explaining line and no more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chatbot import recording
from chatbot.ci import Attempt, ChangedFile, Commit
from chatbot.errors import PermanentError
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sources import Cursor, Poll

REMEMBERED = 5_000
"""Commits whose files are kept: the widest window there is."""


def _now() -> datetime:
    return datetime.now(UTC)


class ReplaySource:
    """One trunk of a recording."""

    def __init__(self, path: Path, trunk: str, *, clock: Callable[[], datetime] = _now) -> None:
        """*trunk* is the recording's name for it; lines of others are passed over."""
        self._path = path
        self._trunk = trunk
        self._clock = clock
        self._lines: Iterator[Recorded] | None = None
        self._next: Recorded | None = None
        self._taken = 0
        self._files: dict[str, tuple[ChangedFile, ...]] = {}

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """The lines whose time has come since *cursor*; everything of the window where it is not of this recording.

        Raises:
            ConfigError: the recording cannot be read, or a line of it is broken.
        """
        after = cursor.get("lines") if cursor is not None and cursor.get("recording") == str(self._path) else None
        return await asyncio.to_thread(self._poll, after if isinstance(after, int) else None, cursor, window)

    def _poll(self, after: int | None, cursor: Cursor | None, window: int) -> Poll:
        now = self._clock()
        if after is None or after != self._taken:
            self._rewind(after or 0)
        commits: deque[Commit] = deque()
        attempts: dict[str, dict[tuple[int, int], Attempt]] = {}
        for line in self._due(now):
            if isinstance(line, RecordedJob):
                attempts.setdefault(line.sha, {})[line.job_id, line.attempt] = line
            else:
                self._keep_files(line)
                commits.append(line)
            if len(commits) > window:
                attempts.pop(commits.popleft().sha, None)
        return Poll(
            commits=tuple(commits),
            attempts=tuple(each for of_sha in attempts.values() for each in of_sha.values()),
            cursor={"recording": str(self._path), "lines": self._taken},
            at=now,
            rewritten=after is None and cursor is not None,
        )

    def _rewind(self, after: int) -> None:
        """Open the recording behind its first *after* lines."""
        self._lines = recording.read(self._path)
        self._taken = 0
        self._next = next(self._lines, None)
        while self._taken < after and self._next is not None:
            if isinstance(self._next, RecordedCommit) and self._next.trunk == self._trunk:
                self._keep_files(self._next)
            self._step()

    def _keep_files(self, commit: Commit) -> None:
        self._files[commit.sha] = commit.files or ()
        if len(self._files) > REMEMBERED:
            del self._files[next(iter(self._files))]

    def _step(self) -> None:
        assert self._lines is not None, "opened by the first poll"
        self._taken += 1
        self._next = next(self._lines, None)

    def _due(self, now: datetime) -> Iterator[Recorded]:
        while self._next is not None and self._next.at <= now:
            line = self._next
            self._step()
            if line.trunk == self._trunk:
                yield line

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched, as far as the recording says."""
        return self._files.get(sha, ())

    async def log(self, attempt: Attempt) -> AsyncIterator[bytes]:
        """The explaining line.

        Raises:
            PermanentError: the recording has none.
        """
        line = attempt.failure.line if attempt.failure else None
        if line is None:
            raise PermanentError("The recording does not say why this job failed", code="no_log")
        yield line.encode() + b"\n"

    async def check(self) -> str:
        """How much there is in the recording, and when.

        Raises:
            ConfigError: it cannot be read, or is broken, or does not know the trunk.
        """
        return await asyncio.to_thread(self._summary)

    def _summary(self) -> str:
        commits = lines = 0
        others: set[str] = set()
        first = last = None
        for line in recording.read(self._path):
            if line.trunk != self._trunk:
                others.add(line.trunk)
                continue
            lines += 1
            commits += isinstance(line, RecordedCommit)
            first, last = first or line.at, line.at
        if first is None or last is None:
            known = ", ".join(sorted(others)) or "nothing"
            raise PermanentError(f"{self._path} has no lines of trunk {self._trunk!r}; it speaks of {known}")
        return f"{self._path}: {commits} commits in {lines} lines, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"

    async def close(self) -> None:
        """Close the recording."""
        self._lines = self._next = None
        self._taken = 0
