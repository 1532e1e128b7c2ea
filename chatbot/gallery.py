"""Keeps a picture of trunk in the thread of every alert that stays: posted once, edited at most once a minute.

It acts for the trunks whose lease is ours. What was posted is written down before and after, and what was begun and
not finished is looked for by its nonce before it is posted again. A file belongs to no channel: the picture is seen in
the thread and nowhere else. An alert without one lacks nothing but the picture, so whatever Slack refuses is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from chatbot import drawing, forms
from chatbot.alert import Alert
from chatbot.bot import Bot
from chatbot.errors import PermanentError, TransientError
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Untrusted, escape
from chatbot.pictures import grid
from chatbot.pictures.grid import Grid
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import EDIT, POST, Call, Priority
from chatbot.store import Lease

log = structlog.get_logger("gallery")

STAYS: Final = timedelta(minutes=1)
"""How long an alert is broken before it gets a picture: most of what heals sooner nobody looks at."""
EVERY: Final = timedelta(minutes=1)
"""The least time between two edits of a picture."""
_LOOK_AGAIN: Final = 3.0  # seconds between two looks for a post that may still be on its way
_OLDER: Final = timedelta(minutes=5)  # clocks differ


class Picture(Struct, frozen=True):
    """The picture in the thread of `root`: its ts (`None` while it is being posted), and what it was drawn of.

    `left`: Slack refused it, or somebody took it away; that thread gets no other.
    """

    root: str
    at: datetime
    ts: str | None = None
    version: int = 0
    left: bool = False


class Gallery:
    """Looks after the pictures of all alerts of ours."""

    def __init__(
        self,
        bot: Bot,
        pacer: Pacer,
        *,
        lease: Callable[[str], Lease | None],
        stays: timedelta = STAYS,
        every: timedelta = EVERY,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*lease* is ours on a trunk, or `None`. *stays* and *every* are as the constants of that name."""
        self._bot = bot
        self._pacer = pacer
        self._lease = lease
        self._stays = stays
        self._every = every
        self._sleep = sleep
        self._watched: set[str] = set()  # alerts that may want another picture
        self._tried: dict[str, datetime] = {}

    async def look(self) -> None:
        """Post or edit what is due. What goes wrong with one picture holds up no other.

        Raises:
            TransientError: the alerts cannot be read.
        """
        shown = [alert for alert in await self._bot.store.alerts.all_open() if alert.jobs]
        over = self._watched - {alert.id for alert in shown}
        shown += await self._bot.store.alerts.get_many(sorted(over))  # the last picture shows how it ended
        self._tried = {one: at for one, at in self._tried.items() if one in self._watched}
        self._watched = {alert.id for alert in shown}
        for alert in shown:
            try:
                if await self._done(alert):
                    self._watched.discard(alert.id)
            except (TransientError, PermanentError) as error:
                log.warning("no_picture", alert=alert.id, reason=str(error))

    async def _done(self, alert: Alert) -> bool:
        """Draw *alert* if that is due; whether it will want no other picture."""
        root, now = alert.delivery.root, self._bot.now()
        if root is None or self._lease(alert.trunk) is None:
            return not alert.open
        known = await self._known(alert, root)
        if known is None and (not alert.open or now - alert.began < self._stays):
            return not alert.open
        if known is not None and (known.left or known.version == alert.version):
            return not alert.open
        last = max(filter(None, (self._tried.get(alert.id), known.at if known else None)), default=None)
        if last is not None and now - last < self._every:
            return False
        self._tried[alert.id] = now
        trunk, jobs = await self._bot.trunk(alert.trunk), [job.job for job in alert.jobs]
        drawn = drawing.grid(trunk, jobs, title=self._bot.title(alert), ranges=drawing.ranges_of(alert))
        await self._show(alert, drawn, known)
        return not alert.open

    async def _known(self, alert: Alert, root: str) -> Picture | None:
        """What is known of the picture in that thread; what cannot be read counts as nothing."""
        document = await self._bot.store.pictures.get(*_named(alert))
        try:
            known = msgspec.json.decode(document, type=Picture) if document else None
        except msgspec.MsgspecError:
            return None
        return known if known is not None and known.root == root else None

    async def _write(self, alert: Alert, picture: Picture) -> None:
        await self._bot.store.pictures.put(*_named(alert), msgspec.json.encode(picture))

    async def _show(self, alert: Alert, drawn: Grid, known: Picture | None) -> None:
        """Post the picture, or make the one that is there show *drawn*."""
        channel, root, now = alert.delivery.channel or "", alert.delivery.root or "", self._bot.now()
        ts = known.ts if known else None
        if known is not None and ts is None:
            ts = await self._there(alert, channel, root, known.at)
        elif known is None:
            await self._write(alert, Picture(root, now))
        send = partial(self._edit, channel, ts) if ts else partial(self._post, alert, channel, root)
        try:
            ts = await forms.first_taken([_form(self._bot, alert, drawn)], send, sleep=self._sleep)
        except PermanentError as error:
            log.info("picture_left", alert=alert.id, reason=str(error))
            await self._write(alert, Picture(root, now, ts, alert.version, left=True))
            return
        await self._write(alert, Picture(root, now, ts, alert.version))

    async def _post(self, alert: Alert, channel: str, root: str, payload: Payload) -> str:
        async def when_it_is_our_turn() -> str:
            if self._lease(alert.trunk) is None:
                raise TransientError(f"another replica looks after trunk {alert.trunk!r} by now")
            return await self._bot.slack.post(channel, payload, thread_ts=root, nonce=_nonce(alert, root))

        return await self._pacer.run(Call(POST, channel, Priority.DIGEST), when_it_is_our_turn)

    async def _edit(self, channel: str, ts: str, payload: Payload) -> str:
        async def when_it_is_our_turn() -> str:
            bare = msgspec.structs.replace(payload, metadata={})  # what it was posted with stays, and with it the nonce
            await self._bot.slack.edit(channel, ts, bare)
            return ts

        return await self._pacer.run(Call(EDIT, channel, Priority.DIGEST, replaces=ts), when_it_is_our_turn)

    async def _there(self, alert: Alert, channel: str, root: str, begun: datetime) -> str | None:
        """Where a picture is that was begun and not finished, looked for twice."""
        for look in range(2):
            if look:
                await self._sleep(_LOOK_AGAIN)
            nonce, oldest = _nonce(alert, root), begun - _OLDER
            ts = await self._bot.slack.find(channel, nonce, oldest=oldest, thread_ts=root)
            if ts is not None:
                return ts
        return None


def _form(bot: Bot, alert: Alert, drawn: Grid) -> forms.Form:
    alt = grid.described(drawn)
    text = escape(Untrusted(alt), limit=1900)
    return forms.pictured(
        bot.slack,
        partial(grid.draw, drawn),
        lambda block: Payload(text=text, blocks=(block,), metadata={"alert": alert.id, "entry": "picture"}),
        name=f"trunk {alert.watch}",
        alt=alt,
    )


def _named(alert: Alert) -> tuple[str, str]:
    return alert.watch, alert.id.rpartition(":")[2]


def _nonce(alert: Alert, root: str) -> str:
    return f"picture:{alert.id}:{root}"
