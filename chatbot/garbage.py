"""Keeps Python's full garbage collections short: each looks at what is new since the one before.

A full collection looks at every object there is: with fifty trunks in memory a tenth of a second in which nobody gets
an answer, every ten seconds. What survived one will survive the next, so it is set aside. What becomes garbage after
all, as a circle that nothing else points to, waits for the next thorough collection. After a full one is also the
moment to give back what is free.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

THOROUGH_EVERY: Final = 3600.0
"""Seconds between two collections that look at everything."""
AFTERWARDS_EVERY: Final = 60.0
"""Seconds between two moments to give back what is free."""
_FULL = 2


class Survivors:
    """Sets aside what survives full collections, from `begin` to `end`."""

    def __init__(
        self,
        *,
        every: float = THOROUGH_EVERY,
        now: Callable[[], float] = time.monotonic,
        afterwards: Callable[[], object] = lambda: None,
    ) -> None:
        """*afterwards* is called after full collections, at most once in `AFTERWARDS_EVERY`."""
        self._every = every
        self._now = now
        self._afterwards = afterwards
        self._thorough_at = self._afterwards_at = now()

    def begin(self) -> None:
        """From now on, in the whole process."""
        gc.callbacks.append(self._collecting)

    def end(self) -> None:
        """Everything is looked at again."""
        gc.callbacks.remove(self._collecting)
        gc.unfreeze()

    def _collecting(self, phase: str, info: Mapping[str, Any]) -> None:
        if info["generation"] != _FULL:
            return
        if phase == "stop":
            gc.freeze()
            if self._now() - self._afterwards_at >= AFTERWARDS_EVERY:
                self._afterwards_at = self._now()
                self._afterwards()
        elif self._now() - self._thorough_at >= self._every:
            self._thorough_at = self._now()
            gc.unfreeze()
