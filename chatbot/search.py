"""Looks for posts of ours in Slack, and takes doubles away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from chatbot import outbox
from chatbot.alert import Alert, Sending
from chatbot.detours import GONE, NO_TOKEN, SHUT, Detours
from chatbot.errors import PermanentError, TransientError
from chatbot.fenced import Fenced
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import Call, Priority

log = structlog.get_logger("delivery")

_BACK = timedelta(days=1)  # clocks differ and jump; the newest come first, so looking far back costs little
_FIRST = 10.0  # seconds until a post that could not be found is looked for again; then twice as long, and so on
_LONG = 3600.0  # seconds after which one that nobody looked for when it was due is another replica's to look for


class Search:
    """Finds posts by their nonce."""

    def __init__(
        self,
        fenced: Fenced,
        slack: Slack,
        pacer: Pacer,
        detours: Detours,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        """*clock* is in seconds."""
        self._fenced = fenced
        self._slack = slack
        self._pacer = pacer
        self._detours = detours
        self._now = now
        self._clock = clock
        self._due: dict[str, tuple[float, float]] = {}  # by nonce: when to look, and how long to wait after that

    async def find(self, sending: Sending, root: str | None, *, priority: Priority = Priority.ACTION) -> str | None:
        """The ts of what *sending* became, in the thread of *root* where that is given; `None` where it is not there.

        Raises:
            TransientError: Slack cannot say now.
        """
        method = "conversations.history" if root is None else "conversations.replies"

        async def look() -> str | None:
            return await self._slack.find(sending.channel, sending.nonce, oldest=sending.at - _BACK, thread_ts=root)

        try:
            return await self._pacer.run(Call(method, sending.channel, priority), look)
        except PermanentError as error:
            if error.code in GONE | SHUT:
                return None
            if error.code in NO_TOKEN:
                self._detours.silence(error)
                raise TransientError(str(error)) from error
            raise

    async def take_away(self, sending: Sending, ts: str) -> None:
        """Delete a double."""
        log.warning("double_taken_away", entry=sending.entry, channel=sending.channel, ts=ts)
        try:
            await self._slack.delete(sending.channel, ts)
        except PermanentError as error:
            if error.code not in GONE | SHUT:
                raise

    async def look_for_doubles(self, alert: Alert) -> None:
        """Look again for posts that could not be found and were sent anew; what turned up late is taken away."""
        if alert.delivery.doubts:
            past = self._clock() - _LONG
            self._due = {nonce: due for nonce, due in self._due.items() if due[0] > past}
        for doubt in alert.delivery.doubts:
            at, pause = self._due.setdefault(doubt.nonce, (self._clock() + _FIRST, _FIRST))
            if self._clock() >= at:
                self._due[doubt.nonce] = (self._clock() + pause * 2, pause * 2)
                await self._look_for(alert, doubt)

    async def _look_for(self, alert: Alert, doubt: Sending) -> None:
        # after everything else: after a bad hour there are many of these, and Slack answers 50 a minute
        ts = await self.find(doubt, outbox.thread_of(alert, doubt), priority=Priority.DIGEST)
        if ts is not None and not outbox.holds(alert, ts):
            self._fenced.held(alert.trunk)
            await self.take_away(doubt, ts)
        if ts is not None or abs(self._now() - doubt.at) > outbox.DOUBTED:
            await self._fenced.change(alert, partial(outbox.cleared, nonce=doubt.nonce))
            self._due.pop(doubt.nonce, None)
