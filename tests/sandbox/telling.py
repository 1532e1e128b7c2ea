"""Telling a recording to a small server of the sandbox, line by line: what tellers share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Self, TypeVar

from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.serving import Served

S = TypeVar("S", bound=Served)


class Telling(Generic[S]):
    """A teller as `tests.sandbox.tellers` wants it, but for `open`. Subclasses say what a line is to their server."""

    def __init__(self, lines: Sequence[Recorded], serve: Callable[[Callable[[], datetime]], S]) -> None:
        """*serve* makes the server, given its clock."""
        self._waiting = deque(lines)
        self._now = lines[0].at
        self.server = serve(lambda: self._now)

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.__aexit__(None, None, None)

    def show(self, until: datetime) -> None:
        while self._waiting and self._waiting[0].at <= until:
            line = self._waiting.popleft()
            self._now = line.at
            self.job(line) if isinstance(line, RecordedJob) else self.commit(line)
        self._now = until

    def commit(self, line: RecordedCommit) -> None:
        """A commit became visible."""
        raise NotImplementedError

    def job(self, line: RecordedJob) -> None:
        """A job began, or became something else."""
        raise NotImplementedError


def written(at: datetime | None) -> str | None:
    """*at* as services write times."""
    return at.isoformat().replace("+00:00", "Z") if at else None
