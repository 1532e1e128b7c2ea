"""Brings hints to whoever follows the trunk: the poller in this process, or the replica that holds the lease.

Storms are gathered: while one message to the others is under way, what comes in makes up the next. What cannot be
passed on is dropped and logged; the next poll finds it. Nothing here reads a source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog

from chatbot.errors import PermanentError, TransientError
from chatbot.hints import Hint, packed, unpacked
from chatbot.store import Store

log = structlog.get_logger("hinting")

_AGAIN, _REFUSED = 1.0, 60.0  # seconds until Redis is asked again after a failure, after a refusal


class Hinted(Protocol):
    """Somebody who follows a trunk."""

    def hint(self, hint: Hint) -> None:
        """Look there soon."""


class Hinting:
    """Takes hints about any trunk."""

    def __init__(
        self,
        store: Store,
        pollers: Mapping[str, Hinted],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*pollers* are ours by trunk, as they are now."""
        self._store = store
        self._pollers = pollers
        self._sleep = sleep
        self._waiting: dict[str, Hint] = {}
        self._news = asyncio.Event()

    def tell(self, trunk: str, hint: Hint) -> None:
        """Have *trunk* looked at, wherever it is followed. Returns at once."""
        poller = self._pollers.get(trunk)
        if poller is not None:
            poller.hint(hint)
            return
        before = self._waiting.get(trunk)
        self._waiting[trunk] = before | hint if before else hint
        self._news.set()

    async def run(self) -> None:
        """Pass on and listen, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(), name="pass hints on")
            group.create_task(self._listen(), name="listen for hints")

    async def _pass_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            told, self._waiting = self._waiting, {}
            for trunk, hint in told.items():
                try:
                    await self._store.hints.send(trunk, packed(hint))
                except (TransientError, PermanentError) as error:
                    log.warning("hint_lost", trunk=trunk, reason=str(error))

    async def _listen(self) -> None:
        place = None
        while True:
            try:
                place = place or await self._store.hints.newest()
                place, said = await self._store.hints.after(place)
            except (TransientError, PermanentError) as error:
                log.warning("hints_not_heard", reason=str(error))
                await self._sleep(_AGAIN if isinstance(error, TransientError) else _REFUSED)
                continue
            for trunk, message in said:
                hint, poller = unpacked(message), self._pollers.get(trunk)
                if hint is not None and poller is not None:
                    poller.hint(hint)
