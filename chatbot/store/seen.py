"""Which deliveries were taken already, for an hour: Slack sends envelopes, events and presses twice at times."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from secrets import token_hex
from typing import Any

from chatbot.store.keys import SEEN, Keys
from chatbot.store.wire import Wire


class Seen:
    """Remembers identifiers; it does not know what they identify."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._keys = keys

    def first_time(self, *identity: str) -> asyncio.Future[Any]:
        """Whether *identity* (an envelope id, or `action_ts, user, action`) was not seen in the last hour: 1 or 0.

        It is asked at once; the answer can be waited for later.
        """
        return self._wire.quick("first", (self._key(identity),), (token_hex(8), int(SEEN.total_seconds())))

    async def forget(self, *identity: str) -> None:
        """Let *identity* be new again: what it asked for was not done."""
        await self._wire.call("DEL", self._key(identity))

    def _key(self, identity: tuple[str, ...]) -> str:
        name = "\0".join(identity).encode(errors="surrogatepass")
        return self._keys.bot(f"seen:{blake2b(name, digest_size=12).hexdigest()}")
