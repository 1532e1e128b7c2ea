"""Messages that belong to no alert and are said exactly once: a hand-over, one a shift.

For each owner the last one is remembered, with what became of it. Before a message leaves it is written down with a
nonce; one whose fate is unknown is looked for by that and only sent again where it is not there. It words nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from msgspec import Struct

from chatbot import config
from chatbot.courtesy import Courtesy
from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.messages.blocks import Payload
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import POST, Call, Priority
from chatbot.store import Store

log = structlog.get_logger("notices")

_BACK = timedelta(days=1)  # clocks differ and jump; the newest come first, so looking far back costs little
LOOK_AGAIN = 3.0
"""Seconds between the two looks for a message that may still be on its way."""


class Notice(Struct, frozen=True):
    """The last message of an owner. With a `nonce` and no `ts` it may or may not have arrived."""

    key: str
    nonce: str | None = None
    channel: str | None = None
    at: datetime | None = None
    ts: str | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing left to be done about it."""
        return self.nonce is None or self.ts is not None


class Notices:
    """Says things once."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        pacer: Pacer,
        *,
        now: Callable[[], datetime],
        nonce: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        """*look_again* is in seconds."""
        self._store = store
        self._slack = slack
        self._courtesy = Courtesy(store, slack, now=now)
        self._pacer = pacer
        self._now = now
        self._nonce = nonce
        self._sleep = sleep
        self._look_again = look_again

    async def last(self, owner: str) -> Notice | None:
        """The last notice of *owner*; one that cannot be read counts as none."""
        return (await self._held(owner))[1]

    async def skip(self, owner: str, key: str) -> None:
        """Remember that there was nothing to say for *key*."""
        revision, last = await self._held(owner)
        if last is None or last.key != key:
            await self._put(owner, Notice(key), after=revision)

    async def once(
        self, owner: str, key: str, payload: Payload, *, channels: Sequence[str], held: Callable[[], object]
    ) -> bool:
        """Post *payload* as *key* of *owner* into the first of *channels* that takes it; whether it is there now.

        *held* raises where posting is another replica's business by now; it is asked at the last moment.

        Raises:
            TransientError: try again later; it is not said twice for that.
        """
        revision, last = await self._held(owner)
        if last is not None and last.key == key:
            if last.over:
                return last.ts is not None
            ts = await self._find(last)
            if ts is not None:
                return await self._put(owner, msgspec.structs.replace(last, ts=ts), after=revision)
        for channel in channels:
            written = Notice(key, self._nonce(), channel, self._now())
            if not await self._put(owner, written, after=revision):
                return False  # another replica is about to say it
            revision += 1
            ts = await self._post(owner, written, payload, held, revision, last)
            if ts is not None:
                await self._put(owner, msgspec.structs.replace(written, ts=ts), after=revision)
                return True
        await self._put(owner, Notice(key), after=revision)
        return False

    async def _post(
        self,
        owner: str,
        written: Notice,
        payload: Payload,
        held: Callable[[], object],
        revision: int,
        before: Notice | None,
    ) -> str | None:
        """The ts of the post; `None` where the channel refuses it for good."""
        channel = written.channel or ""

        async def when_it_is_our_turn() -> str:
            calm = await self._courtesy.spared(payload, config.Priority.P3)
            held()
            return await self._slack.post(channel, calm, nonce=written.nonce)

        try:
            return await self._pacer.run(Call(POST, channel, Priority.DIGEST), when_it_is_our_turn)
        except AmbiguousError:
            raise
        except TransientError:
            await self._put(owner, before or Notice(""), after=revision)
            raise
        except PermanentError as error:
            log.error("notice_refused", owner=owner, channel=channel, reason=str(error))
            return None

    async def _find(self, notice: Notice) -> str | None:
        for look in range(2):
            if look:
                await self._sleep(self._look_again)
            oldest = (notice.at or self._now()) - _BACK
            try:
                ts = await self._slack.find(notice.channel or "", notice.nonce or "", oldest=oldest)
            except PermanentError as error:
                log.warning("notice_not_looked_for", channel=notice.channel, reason=str(error))
                return None
            if ts is not None:
                return ts
        return None

    async def _held(self, owner: str) -> tuple[int, Notice | None]:
        kept = await self._store.notices.get(owner)
        try:
            return kept.revision, msgspec.json.decode(kept.document, type=Notice) if kept.document else None
        except msgspec.MsgspecError as error:
            log.warning("notice_unreadable", owner=owner, reason=str(error))
            return kept.revision, None

    async def _put(self, owner: str, notice: Notice, *, after: int) -> bool:
        return await self._store.notices.put(owner, msgspec.json.encode(notice), after=after)
