"""Notices that the bot does nothing any more: a loop that stands still, a socket that stays dead, a stuck event loop.

It mends nothing: it says so, and the process leaves with exit code 1, for its supervisor to start it anew. Whether
the event loop itself is stuck only a thread can see; that one writes where all threads are, without any values.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from chatbot.metrics import Metrics

log = structlog.get_logger("watchdog")

PATIENCE = 120.0
"""Seconds without progress, or without a socket, after which the process leaves."""

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]
_TICK = 0.5


class Beats:
    """When each loop was last seen, and until when it may be away. *clock* is in seconds."""

    def __init__(self, *, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def sleep(self, name: str, sleep: Sleep = asyncio.sleep, *, grace: float = 0.0) -> Sleep:
        """*sleep* for the loop *name*, which is seen whenever it comes by, and may be away *grace* seconds longer."""
        self._until[name] = self._clock() + grace

        async def seen(seconds: float) -> None:
            self._until[name] = self._clock() + seconds + grace
            await sleep(seconds)
            self._until[name] = self._clock() + grace

        return seen

    def late(self) -> dict[str, float]:
        """For how many seconds each loop has not been seen beyond its sleep."""
        now = self._clock()
        return {name: now - until for name, until in self._until.items() if now > until}


class Watchdog:
    """Looks at the loops and at the socket. *connected* is `None` where there is no socket; all times in seconds."""

    def __init__(
        self,
        beats: Beats,
        *,
        connected: Callable[[], Awaitable[bool]] | None,
        patience: float = PATIENCE,
        clock: Clock = time.monotonic,
    ) -> None:
        self._beats = beats
        self._connected = connected
        self._patience = patience
        self._clock = clock
        self._connected_at = clock()

    async def trouble(self) -> str | None:
        """Why the process should leave, if it should."""
        stuck = self.stuck(1.0)
        if stuck:
            return f"no progress of {', '.join(stuck)} for {self._patience:g} s"
        if self._connected is None or await self._connected():
            self._connected_at = self._clock()
        elif self._clock() - self._connected_at > self._patience:
            return f"the socket to Slack has not been connected for {self._patience:g} s"
        return None

    def stuck(self, share: float = 0.5) -> list[str]:
        """The loops that have made no progress for that *share* of the patience: a probe sees it before we leave."""
        late = self._beats.late().items()
        return sorted(name for name, seconds in late if seconds > share * self._patience)


class Pulse:
    """The event loop's own: how late it wakes up, and a thread that notices when it does not wake up at all."""

    def __init__(
        self, metrics: Metrics, *, patience: float = PATIENCE, leave: Callable[[int], object] = os._exit
    ) -> None:
        """*patience* is in seconds; *leave* ends the process at once."""
        self._lag = metrics.loop_lag
        self._patience = patience
        self._leave = leave
        self._at = time.monotonic()
        self._over = threading.Event()

    async def run(self, tick: Callable[[], Awaitable[None]]) -> None:
        """Beat until cancelled; *tick* is done at each beat."""
        self._at = time.monotonic()
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        thread.start()
        try:
            while True:
                due = time.monotonic() + _TICK
                await asyncio.sleep(_TICK)
                self._at = time.monotonic()
                self._lag.observe(max(0.0, self._at - due))
                await tick()
        finally:
            self._over.set()

    def _watch(self) -> None:
        seen = time.monotonic()
        while not self._over.wait(min(1.0, self._patience / 4)):
            woke, seen = seen, time.monotonic()
            if seen - woke > self._patience / 2:
                self._at = max(self._at, seen)  # the whole machine slept, or we were frozen: begin to count anew
            if seen - self._at > self._patience:
                self._stuck()
                return

    def _stuck(self) -> None:
        """Say where everything stands, and leave. The log's own lock may be what is stuck: nobody waits for it."""
        with suppress(OSError, ValueError, RuntimeError):  # standard error may be closed
            faulthandler.dump_traceback(all_threads=True)
        said = threading.Thread(target=self._say, daemon=True)
        said.start()
        said.join(timeout=2.0)
        self._leave(1)

    def _say(self) -> None:
        log.critical("event_loop_stuck", seconds=self._patience)
