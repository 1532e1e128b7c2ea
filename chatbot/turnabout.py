"""Giving way: long work in one loop, cut into pieces, lets others get on between them."""

from __future__ import annotations

import asyncio


async def give_way() -> None:
    """Let everybody who is due get on. Twice: who became due during our piece is queued behind us the first time."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
