"""Makes Slack show what the store holds, exactly once: many alerts side by side, each step after step.

What is to be shown next is decided in `outbox`, one step of it is done in `posting`; here is when, how
often, and what waits. It words nothing and judges no alert.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from chatbot import outbox
from chatbot.alert import Alert
from chatbot.courtesy import Courtesy
from chatbot.detours import Detours
from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.fenced import Fenced
from chatbot.health import Row
from chatbot.messages import alert as drawn
from chatbot.outbox import Act, Step
from chatbot.posting import LOOK_AGAIN, Posting
from chatbot.search import Search
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import Priority
from chatbot.store import Lease, Store
from chatbot.telemetry import Telemetry

log = structlog.get_logger("delivery")

_ROUNDS = 200  # steps on one alert in a row before the others have their turn
_PAUSE, _LONGEST = 1.0, 15.0  # seconds until another try after a failure, doubled each time
_KINDS = {Act.POST_ROOT: "root", Act.POST_ENTRY: "reply", Act.EDIT_ROOT: "edit", Act.SETTLE: "lost"}
_HOLD = 300.0  # seconds until another try of what nobody here can mend


class Delivery:
    """Brings alerts to their channels."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        pacer: Pacer,
        *,
        about: Callable[[Alert], drawn.About],
        channel: Callable[[Alert], str],
        fallback: Callable[[], str | None],
        now: Callable[[], datetime],
        nonce: Callable[[], str],
        lease: Callable[[str], Lease | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        look_again: float = LOOK_AGAIN,
        telemetry: Telemetry | None = None,
    ) -> None:
        """*about*, *channel* and *fallback* are asked each time: the configuration may change meanwhile.

        *lease* is ours on a trunk; without one another replica shows the alert, and every write carries it. *clock*
        and *look_again* (between two looks for a post that may still be on its way) are in seconds.
        """
        self._store = store
        self._telemetry = telemetry or Telemetry()
        self._detours = Detours(slack, fallback, clock=clock)
        self._fenced = Fenced(store, lease)
        self._patient: set[str] = set()  # alerts whose task waits for something that may wait longer
        self._search = Search(self._fenced, slack, pacer, self._detours, now=now, clock=clock)
        self._posting = Posting(
            self._fenced,
            slack,
            pacer,
            self._detours,
            self._search,
            Courtesy(store, slack, now=now),
            about=about,
            channel=channel,
            now=now,
            sleep=sleep,
            nonce=nonce,
            look_again=look_again,
            patient=self._patient,
            telemetry=self._telemetry,
        )
        self._sleep = sleep
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._overtaking: set[asyncio.Task[None]] = set()
        self._resting: set[str] = set()
        self._failures: dict[str, int] = {}
        self._held_until: dict[str, float] = {}
        self._closing = False

    def nudge(self, alert_id: str, present: Alert | None = None) -> None:
        """Something about the alert may have to be shown: see to it soon.

        With *present*, the alert as it is now, it takes its place in the queue at once: before those nudged later.
        """
        if self._closing:
            return
        if alert_id in self._running:
            self._again.add(alert_id)
            if alert_id in self._patient:
                look = asyncio.get_running_loop().create_task(self._overtake(alert_id), name=f"overtake {alert_id}")
                self._overtaking.add(look)
                look.add_done_callback(self._overtaking.discard)
            return
        task = asyncio.get_running_loop().create_task(self._see_to(alert_id, present), name=f"deliver {alert_id}")
        self._running[alert_id] = task
        task.add_done_callback(lambda done: self._done(alert_id, done))

    def _done(self, alert_id: str, task: asyncio.Task[None]) -> None:
        del self._running[alert_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery_broke", alert=alert_id, exc_info=error)
            self._held_until[alert_id] = self._clock() + _PAUSE
        if alert_id in self._again:
            self._again.discard(alert_id)
            self.nudge(alert_id)

    async def _overtake(self, alert_id: str) -> None:
        """Begin anew where something urgent waits behind something that does not mind waiting.

        An edit may stand behind hundreds of others for minutes: a reply, or what a person did, must not.
        """
        try:
            alert = await self._store.alerts.get(alert_id)
        except (TransientError, PermanentError):
            return  # what is urgent comes in its turn
        step = None if alert is None else outbox.next_step(alert)
        if step is not None and step.priority < Priority.EDIT and alert_id in self._patient:
            self._running[alert_id].cancel()

    async def sweep(self) -> int:
        """See to every alert of ours that Slack does not show in full; how many those are."""
        unfinished = await self._store.alerts.unfinished()
        if await self._detours.look_again():
            return len(unfinished)
        now = self._clock()
        self._held_until = {name: until for name, until in self._held_until.items() if until > now}
        for alert in unfinished:
            ours = self._fenced.lease(alert.trunk) is not None
            if ours and alert.id not in self._running and alert.id not in self._held_until:
                self.nudge(alert.id, alert)
        return len(unfinished)

    async def drain(self, *, within: float) -> bool:
        """Let what is under way finish, *within* seconds at most, and begin nothing; whether it did."""
        self._closing = True
        for name in self._resting & self._running.keys():
            self._running[name].cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=within)
        left = list(self._running.values())
        over = [*left, *self._overtaking]
        for task in over:
            task.cancel()
        await asyncio.gather(*over, return_exceptions=True)
        return not left

    @property
    def busy(self) -> int:
        """Alerts that are being brought to Slack right now."""
        return len(self._running)

    def rows(self) -> Sequence[Row]:
        """What refuses us, for `/trunk health`."""
        return self._detours.rows()

    async def _see_to(self, alert_id: str, present: Alert | None) -> None:
        """Do step after step until Slack shows everything, or something has to be waited for."""
        try:
            for _ in range(_ROUNDS):
                alert, present = present or await self._store.alerts.get(alert_id), None
                if alert is None or self._fenced.lease(alert.trunk) is None or self._detours.silenced:
                    break
                step = outbox.next_step(alert)
                if step is None:
                    await self._look_for_doubles(alert)
                    break
                await self._do(alert, step)
            self._failures.pop(alert_id, None)
        except TransientError as error:
            await self._rest(alert_id, error)
        except PermanentError as error:
            log.error("delivery_stuck", alert=alert_id, reason=str(error), code=error.code)
            self._failures.pop(alert_id, None)
            self._held_until[alert_id] = self._clock() + _HOLD
            await self._trouble(alert_id, str(error))

    async def _look_for_doubles(self, alert: Alert) -> None:
        self._patient.add(alert.id)
        try:
            await self._search.look_for_doubles(alert)
        finally:
            self._patient.discard(alert.id)

    async def _do(self, alert: Alert, step: Step) -> None:
        with self._telemetry.span("deliver", alert=alert.id, step=step.act.value):
            try:
                await self._posting.do(alert, step)
            except (TransientError, PermanentError) as error:
                outcome = "ambiguous" if isinstance(error, AmbiguousError) else "failed"
                self._telemetry.metrics.deliveries.labels(_KINDS[step.act], outcome).inc()
                raise

    async def _rest(self, alert_id: str, error: TransientError) -> None:
        """Wait before another try: as long as asked for, else longer each time, and never in step with others."""
        failures = self._failures[alert_id] = self._failures.get(alert_id, 0) + 1
        backoff = min(_LONGEST, _PAUSE * 2 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311  spreads waits, guards nothing
        wait = max(error.retry_after or 0.0, backoff)
        log.warning("delivery_waits", alert=alert_id, reason=str(error), seconds=round(wait, 1))
        self._again.add(alert_id)
        self._resting.add(alert_id)
        try:
            await self._sleep(wait)
        finally:
            self._resting.discard(alert_id)

    async def _trouble(self, alert_id: str, reason: str) -> None:
        alert = await self._store.alerts.get(alert_id)
        if alert is None:
            return
        try:
            await self._fenced.change(alert, lambda a: outbox.troubled(a, reason))
        except (TransientError, PermanentError) as error:
            log.warning("trouble_not_noted", alert=alert_id, reason=str(error))
