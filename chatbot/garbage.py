"""Keeps Python's full garbage collections short: each looks at what is new since the one before.

A full collection looks at every object there is: with fifty trunks in memory a tenth of a second in which nobody gets
an answer, every ten seconds. What survived one will survive the next, so it is set aside. What becomes garbage after
all, as a circle that nothing else points to, waits for the next thorough collection.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

THOROUGH_EVERY: Final = 3600.0
"""Seconds between two collections that look at everything."""
_FULL = 2


class Survivors:
    """Sets aside what survives full collections, from `begin` to `end`."""

    def __init__(self, *, every: float = THOROUGH_EVERY, now: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._now = now
        self._thorough_at = now()

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
        elif self._now() - self._thorough_at >= self._every:
            self._thorough_at = self._now()
            gc.unfreeze()
