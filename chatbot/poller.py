"""Follows one trunk: fetch -> apply -> evaluate -> settle -> deliver, again and again, under its lease.

A poll is stored in one transaction with its cursor; a crash in between repeats it, and applying it twice
changes nothing. Whatever goes wrong while fetching or storing leaves verdicts as they were: data that is
old or half read neither fires nor resolves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta

import msgspec
import structlog

from chatbot import failpoints, history, inhibition, window
from chatbot.alert import INFRASTRUCTURE, SOURCE, Alert
from chatbot.config import TrunkConfig, WatchConfig
from chatbot.delivery import Delivery
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.evidence import Evidence
from chatbot.health import SourceHealth
from chatbot.hints import EVERYTHING, Hint
from chatbot.inbox import Inbox, fetched
from chatbot.intake import take_in
from chatbot.outages import Outages
from chatbot.recovery import Recovery
from chatbot.settling import Settling
from chatbot.sources import Looks, Source
from chatbot.staleness import Staleness
from chatbot.store import Lease, LostLease, Store
from chatbot.summary import Tally
from chatbot.telemetry import Telemetry, timed
from chatbot.trunk import Change, Trunk
from chatbot.turns import Turns, pause
from chatbot.watch import Board, Watch

log = structlog.get_logger("poller")

_LONGEST = 300.0  # seconds between two tries, however often it failed


class Poller:
    """One trunk's loop. The caller gives it a lease and takes it away by cancelling `run`."""

    def __init__(
        self,
        config: TrunkConfig,
        watches: Sequence[WatchConfig],
        *,
        source: Source,
        store: Store,
        delivery: Delivery,
        evidence: Evidence,
        recovery: Recovery,
        staleness: Staleness,
        outages: Outages,
        telemetry: Telemetry,
        turns: Turns,
        api: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float],
    ) -> None:
        """*api* names what *source* reads; *turns* are shared by all polls, *jitter*, in [0, 1), keeps them apart."""
        self.config = config
        self.health = SourceHealth(config.id, config.poll_every)
        self._watches = [Watch(watch) for watch in inhibition.in_order(watches)]
        self._inhibitors = sorted({name for watch in watches for name in watch.inhibited_by})
        self._source = source
        self._store = store
        self._delivery = delivery
        self._settling = Settling(store, delivery, evidence, source, telemetry)
        self._recovery = recovery
        self._staleness = staleness
        self._outages = outages
        self._telemetry = telemetry
        self._turns = turns
        self._api = api
        self._now = now
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self.trunk: Trunk | None = None  # as in memory: what a poll brought is in it before it is stored
        self._boards: list[Board] = []
        self._tallies: dict[str, Tally] = {}
        self._cursor: bytes | None = None  # packed: a tenth of the dict's size, for every trunk
        self._whole = False  # whether all of the window is known
        self._inbox = Inbox(partly=isinstance(source, Looks), sleep=sleep)
        self._retry_after: float | None = None
        self._failures = 0
        self._good = 0
        self._recovered = False
        self._since = time.monotonic()  # by then the lease was ours
        self._heard: float | None = None  # the last answer, or since when it is asked: before that nobody says "silent"

    def hint(self, hint: Hint = EVERYTHING) -> None:
        """Something is said to have changed: look there soon, by default at everything at once."""
        self._inbox.put(hint)

    async def run(self, lease: Lease) -> None:
        """Poll until cancelled, and notice when that leads to nothing for too long."""
        with suppress(TransientError, PermanentError):  # it is done again every second
            await self._delivery.sweep()  # what the holder before us left half done
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._poll(lease))
                group.create_task(self._watch_the_source(lease))
        finally:
            await self._outages.close()

    async def _poll(self, lease: Lease) -> None:
        """Poll for ever. Errors that may pass are waited out, others are waited out longer."""
        while True:
            await self._try(lease)
            await self._until_due(lease)

    async def _until_due(self, lease: Lease) -> None:
        """Until the next poll is due, look where hints say. After a failure the source is left alone until then."""
        if not self._failures:
            pause = asyncio.ensure_future(self._sleep(self._pause()))
            try:
                while (hint := await self._inbox.next(pause)) is not None and not hint.everything:
                    if not await self._try(lease, hint):
                        break
                else:
                    return
            finally:
                pause.cancel()
        await self._sleep(self._pause())
        self._inbox.clear()

    async def _try(self, lease: Lease, hint: Hint | None = None) -> bool:
        """Whether the poll went well."""
        try:
            await self.once(lease, hint)
        except LostLease:
            raise
        except (TransientError, PermanentError, ConfigError) as error:
            self._failed(error)
            return False
        self._failures = 0
        return True

    async def _watch_the_source(self, lease: Lease) -> None:
        """Beside the polling, which may hang in the source."""
        while True:
            every = min(30.0, max(1.0, self.config.poll_every.total_seconds()))
            await self._sleep(pause(every, self._jitter(), first=True))  # fifty trunks must not all ask at once
            try:
                silent = timedelta(seconds=self._clock() - (self._heard or self._clock()))
                await self._staleness.look(self.health, silent=max(silent, timedelta()), lease=lease)
            except LostLease:
                raise
            except (TransientError, PermanentError) as error:
                log.warning("source_not_watched", trunk=self.config.id, reason=str(error))

    async def once(self, lease: Lease, hint: Hint | None = None) -> None:
        """One poll, of what *hint* names or of everything; applied, evaluated and told."""
        trunk = await self._remembered(lease)
        await self._recover(lease)
        async with nullcontext() if self._whole else self._turns.window():
            with self._telemetry.span("poll", trunk=trunk.id), timed(self._telemetry.metrics.poll_seconds):
                await self._once(trunk, lease, hint)

    async def _once(self, trunk: Trunk, lease: Lease, hint: Hint | None) -> None:
        async with self._turns.one():
            self._heard = self._heard or self._clock()
            with self._telemetry.span("fetch"):
                poll = await fetched(self._source, self._cursor, hint, window=self.config.window)
        if hint and self._inbox.partly and poll.complete and not (poll.commits or poll.attempts or poll.rewritten):
            if hint.urgent:  # perhaps told before the API knows it: once more in a while
                self._inbox.put(msgspec.structs.replace(hint, urgent=False))
            self._read("good")
            return
        failpoints.reach("polled")
        try:
            with self._telemetry.span("apply"):
                change = await take_in(trunk, poll)
                await self._keep_history(trunk)
                stored = await window.to_store(trunk, change, cursor=poll.cursor, polled_at=self._now())
                await self._store.trunks.apply(trunk.id, stored, lease)
        except BaseException:
            self._forget()  # what is in memory is ahead of what is stored: read it again
            raise
        self._cursor, self._whole = msgspec.msgpack.encode(poll.cursor), poll.complete
        failpoints.reach("applied")
        if not poll.complete:
            self._read("partial")
            self._boards = self._fresh_boards(trunk)  # half a window says nothing yet
            return
        try:
            with self._telemetry.span("evaluate"):
                await self._evaluate(trunk, change, lease)
        except BaseException:
            self._boards = self._fresh_boards(trunk)  # what changed must be looked at again
            raise
        failpoints.reach("evaluated")
        self._read("good")

    async def _keep_history(self, trunk: Trunk) -> None:
        """What left the window, before the window is stored without it: after a crash nothing is counted twice."""
        fields = trunk.history.to_store()
        if fields:
            await self._store.flakes.write(trunk.id, fields)
            await self._store.flakes.drop(trunk.id, trunk.history.superfluous(trunk.jobs))
            trunk.history.stored()

    def _read(self, outcome: str) -> None:
        """Note a poll that went well."""
        self._telemetry.metrics.polls.labels(self.config.id, outcome).inc()
        self._good += 1
        self._heard = self._clock()
        budget, every = self._turns.budget(self._api), timedelta(seconds=self._interval())
        saving = every > self.config.poll_every
        self.health = self.health.answered(self._now(), every=every, saving=saving, budget=budget)

    async def _recover(self, lease: Lease) -> None:
        """Before the first evaluation: what a store that lost its memory should know of our alerts."""
        if not self._recovered:
            names = [*(watch.id for watch in self._watches), SOURCE + self.config.id, INFRASTRUCTURE + self.config.id]
            await self._recovery.run(names if self._watches else [], lease, since=self._since)
            self._recovered = True

    async def _remembered(self, lease: Lease) -> Trunk:
        """The trunk in memory, read from the store after a start or a failure."""
        if self.trunk is None:
            stored = await self._store.trunks.load(self.config.id)
            try:
                trunk = window.restored(self.config, stored)
                self._whole = stored.cursor is not None
                self._cursor = msgspec.msgpack.encode(stored.cursor) if self._whole else None
            except (ValueError, msgspec.MsgspecError) as error:
                log.error("window_unreadable", trunk=self.config.id, reason=str(error), fence=lease.fence)
                trunk, self._cursor = window.empty(self.config), None
            trunk.history = history.restored(await self._store.flakes.read(trunk.id), {c.sha for c in trunk.commits})
            self._boards = self._fresh_boards(trunk)
            self.trunk = trunk
        return self.trunk

    def _fresh_boards(self, trunk: Trunk) -> list[Board]:
        self._tallies.clear()
        self._outages.forget()
        return [Board(watch, trunk) for watch in self._watches]

    def _forget(self) -> None:
        self.trunk, self._cursor, self._boards = None, None, []

    async def _evaluate(self, trunk: Trunk, change: Change, lease: Lease) -> None:
        now = self._now()
        alerts = await self._inhibiting(trunk, change, lease, now)
        for board in self._boards:
            verdict = board.update(change, now=now)
            by = inhibition.inhibitors(board.watch.config, verdict, alerts)
            alert = await self._settling.follow(board.watch, verdict, trunk, lease, by)
            if alert is not None:
                alerts[alert.watch] = alert
            ranked = alert.groups if alert and alert.open else ()
            tally = self._tallies.get(board.watch.id) or Tally(board.watch, trunk)
            tally.take_in(change)
            summary = tally.summary(verdict, ranked=ranked, inhibited_by=by)
            self._tallies[board.watch.id] = tally
            await self._store.watches.put(board.watch.id, msgspec.json.encode(summary), lease)

    async def _inhibiting(self, trunk: Trunk, change: Change, lease: Lease, now: datetime) -> dict[str, Alert]:
        """Open alerts, by watch, that may keep watches of ours quiet; that about the infrastructure follows first."""
        alerts = await self._store.alerts.open_of(self._inhibitors)
        judged = await self._outages.judge(trunk, change, self._source, now=now)
        if judged is not None:
            alert = await self._settling.follow(*judged, trunk, lease)
            self._outages.followed(alert)
            alerts |= {alert.watch: alert} if alert is not None else {}
        return alerts

    def _failed(self, error: TransientError | PermanentError | ConfigError) -> None:
        self._failures += 1
        self._heard = self._heard or self._clock()  # or what comes before asking fails: somebody has to hear of that
        self._telemetry.metrics.polls.labels(self.config.id, "failed").inc()
        self.health = msgspec.structs.replace(self.health, trouble=str(error))
        log.warning("poll_failed", trunk=self.config.id, reason=str(error), failures=self._failures)
        self._retry_after = getattr(error, "retry_after", None)

    def _pause(self) -> float:
        """Seconds until the next poll: the interval, longer after failures, never less than the source asked for."""
        if not self._failures:
            return pause(self._interval(), self._jitter(), first=self._good == 1, partly=not self._whole)
        interval = self.config.poll_every.total_seconds()
        backoff = min(_LONGEST, max(1.0, min(60.0, interval) / 4) * 2 ** min(self._failures - 1, 8))
        wait: float = backoff * (0.5 + self._jitter())
        return max(self._retry_after or 0.0, wait)

    def _interval(self) -> float:
        return self._turns.interval(self._api, self.config.poll_every.total_seconds())
