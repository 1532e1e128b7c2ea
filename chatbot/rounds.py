"""The loops of everything that is due at a time and not because of a poll: escalations, hand-overs, digests, pictures.

Every replica goes round; each acts for the trunks whose lease is its own. It never takes more than a twentieth of
the time, however many alerts are open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from secrets import token_hex
from typing import Any, Protocol

import structlog

from chatbot.bot import Bot
from chatbot.config import Config
from chatbot.digests import Digests
from chatbot.errors import PermanentError, TransientError
from chatbot.escalating import Escalating
from chatbot.gallery import Gallery
from chatbot.notices import Notices
from chatbot.shifts import Shifts
from chatbot.slack.pacing import Pacer
from chatbot.store import Lease
from chatbot.watchdog import Beats
from chatbot.whois import Whois

log = structlog.get_logger("rounds")

EVERY = 1.0
"""Seconds between two rounds at the least."""
_SHARE = 20
_GRACE = 480.0  # seconds more than others: a round asks for many things in turn, each of which may time out


def loops(
    bot: Bot, pacer: Pacer, *, lease: Callable[[str], Lease | None], look_again: float, beats: Beats
) -> Sequence[Coroutine[Any, Any, None]]:
    """Everything to be run. *lease* is ours on a trunk; *look_again* is in seconds, as `Notices` has it.

    *beats* see each of them come by.
    """
    store, now = bot.store, bot.now

    def config() -> Config:
        return bot.config

    whois = Whois(store, bot.slack, pacer)
    notices = Notices(store, bot.slack, pacer, now=now, nonce=lambda: token_hex(8), look_again=look_again)
    escalating = Escalating(store, bot.delivery, whois, config=config, lease=lease, now=now)
    shifts = Shifts(store, notices, whois, config=config, lease=lease, now=now)
    return (
        go_round([escalating, shifts], sleep=beats.sleep("rounds", grace=_GRACE)),
        go_round([Gallery(bot, pacer, lease=lease)], sleep=beats.sleep("gallery", grace=_GRACE)),
        Digests(bot, pacer, sleep=beats.sleep("digests", grace=_GRACE)).run(),
    )


class Looks(Protocol):
    """Something that looks at what is due."""

    async def look(self) -> None:
        """Do what is due now."""


async def go_round(
    parts: Sequence[Looks],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Let each of *parts* look, until cancelled. *clock* is in seconds."""
    while True:
        began = clock()
        for part in parts:
            try:
                await part.look()
            except (TransientError, PermanentError) as error:
                log.warning("round_failed", part=type(part).__name__, reason=str(error))
        await sleep(max(EVERY, _SHARE * (clock() - began)))
