"""What becomes visible when: recorded lines, and those that people's re-runs add, by story time.

Story time stands still until it is moved, or runs by itself at a speed; it never goes back.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from chatbot.recording import Recorded


class Schedule:
    """Lines in order of time, and the time."""

    def __init__(
        self, lines: Iterable[Recorded], *, start: datetime | None, speed: float | None, monotonic: Callable[[], float]
    ) -> None:
        """Without *speed*, story seconds a second, time moves by `advance` alone."""
        self._order = itertools.count()
        self._waiting = [(line.at, next(self._order), line) for line in lines]
        heapq.heapify(self._waiting)
        self.total = len(self._waiting)
        self.applied = 0
        first = self._waiting[0][0] if self._waiting else datetime(2025, 12, 9, 16, tzinfo=UTC)
        self._from = start or first - timedelta(seconds=1)
        self._speed = speed
        self._monotonic = monotonic
        self._began = monotonic()

    @property
    def now(self) -> datetime:
        """The story time."""
        if self._speed is None:
            return self._from
        return self._from + timedelta(seconds=(self._monotonic() - self._began) * self._speed)

    @property
    def end(self) -> datetime:
        """The time of the last line that waits, or now."""
        return max((at for at, _, _ in self._waiting), default=self.now)

    def begin(self) -> None:
        """Let the time run from here."""
        self._began = self._monotonic()

    def move(self, to: datetime) -> None:
        """Set the time to *to*, unless it is past."""
        self._from = max(to, self.now)
        self._began = self._monotonic()

    def move_by(self, count: int) -> None:
        """Set the time to that of the *count*-th line from the beginning."""
        missing = count - self.applied
        if missing > 0:
            times = heapq.nsmallest(missing, self._waiting)
            self.move(times[-1][0])

    def add(self, line: Recorded) -> None:
        """Let *line* become visible at its time."""
        heapq.heappush(self._waiting, (line.at, next(self._order), line))
        self.total += 1

    def due(self) -> Iterator[Recorded]:
        """The lines whose time has come, each once."""
        now = self.now
        while self._waiting and self._waiting[0][0] <= now:
            self.applied += 1
            yield heapq.heappop(self._waiting)[2]
