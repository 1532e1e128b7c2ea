"""Hints for whoever follows a trunk: a short stream that every replica reads along.

A stream, and not publish and subscribe: it needs no connection of its own kind, works alone, under Sentinel and in
a cluster alike, and a reader that was away for a moment goes on where it stood. It does not know what a hint says.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.store.keys import Keys
from chatbot.store.wire import Wire

KEPT = 200
"""Hints kept, about: a reader that is further behind has missed nothing that the next poll does not find."""
WAIT = 700
"""Milliseconds one read waits for news: shorter than a cluster's node may take to answer."""


class Hints:
    """Passes hints on."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._key = keys.bot("hints")

    async def send(self, trunk: str, hint: bytes) -> None:
        """Say *hint* about *trunk* to all replicas."""
        await self._wire.call("XADD", self._key, "MAXLEN", "~", KEPT, "*", "t", trunk, "h", hint)

    async def newest(self) -> str:
        """Where reading begins: after everything that was said so far."""
        answer = await self._wire.call("XREVRANGE", self._key, "+", "-", "COUNT", 1)
        return str(answer[0][0].decode()) if answer else "0-0"

    async def after(self, place: str) -> tuple[str, Sequence[tuple[str, bytes]]]:
        """What was said after *place*, waiting `WAIT` for it: the new place, and each hint with its trunk."""
        answer = await self._wire.call("XREAD", "COUNT", KEPT, "BLOCK", WAIT, "STREAMS", self._key, place)
        entries = answer[0][1] if answer else []
        hints = [(fields.get(b"t", b"").decode(errors="replace"), fields.get(b"h", b"")) for _, fields in entries]
        return (entries[-1][0].decode() if entries else place), hints
