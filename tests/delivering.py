"""A delivery with a real store and the sandbox's Slack, where time passes as fast as a test wants."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, TypeVar

import msgspec
from aiohttp import ClientTimeout

from chatbot.alert import Alert, AlertJob, Entry, Kind, Seen
from chatbot.ci import Job
from chatbot.config import WatchConfig
from chatbot.delivery import Delivery
from chatbot.messages.alert import About
from chatbot.metrics import Metrics
from chatbot.sandbox.slack import Message, SlackSandbox
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer, Sleep
from chatbot.slack.schedule import Call
from chatbot.store import Lease, Store
from chatbot.telemetry import Telemetry

T = TypeVar("T")
NOW = datetime.now(UTC)
HERE, FALLBACK = "C0HERE", "C0FALLBACK"
FASTER = 1000.0
"""Seconds of the pacer and of every wait in one real second."""
PATIENCE = 20.0
"""Real seconds until an effect that does not come is missed; a busy machine needs some of them."""


def an_alert(watch: str = "inductor", tail: str = "1", **fields: Any) -> Alert:
    """An open alert that nobody has been told of."""
    job = AlertJob(Job("inductor", "test (inductor)"), 3, "b" * 40, "a" * 40, "failed on 3 commits in a row", "+xxx")
    seen = Seen("b" * 40, "Break it", "Ada")
    alert = Alert(
        id=f"{watch}:{tail}", watch=watch, trunk="pytorch", opened_at=NOW, opened_on="b" * 40, changed_at=NOW,
        jobs=(job,), failing=(seen,),
    )  # fmt: skip
    return msgspec.structs.replace(alert, **fields)


def told(alert: Alert, name: str) -> Alert:
    """With another entry in its thread, and changed."""
    entry = Entry(name, Kind.FAILING_COMMIT, NOW, commit=Seen(name, f"Commit {name}", "Ada"))
    return alert.changed(at=NOW + timedelta(seconds=alert.version), note=f"version {alert.version + 1}").said(entry)


class Watched(Pacer):
    """A pacer that remembers what it was asked for."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.calls: list[Call] = []

    async def run(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        self.calls.append(call)
        return await super().run(call, do)


class Stage:
    """What the tests hold in their hands. `lease` may be taken away; `clock` moved."""

    def __init__(self, store: Store, slack: SlackSandbox, client: Slack, lease: Lease) -> None:
        self.store, self.slack, self.client = store, slack, client
        self.lease: Lease | None = lease
        self.fallback: str | None = FALLBACK
        self.channel = HERE
        self.ping: tuple[str, ...] = ()
        self.ahead = 0.0
        self.pacer = Watched(clock=_fast, sleep=self.sleep)
        self.delivery = self.another()

    def another(self, *, sleep: Sleep | None = None, metrics: Metrics | None = None) -> Delivery:
        """A delivery that remembers nothing, as after a restart; *sleep* is how it waits."""
        watch = WatchConfig(id="inductor", title="Inductor is broken", trunk="pytorch", team="inductor")
        return Delivery(
            self.store, self.client, self.pacer, about=lambda _: About(watch, ping=self.ping),
            channel=lambda _: self.channel, fallback=lambda: self.fallback, now=lambda: datetime.now(UTC),
            nonce=lambda: token_hex(8),
            lease=self.lease_on, sleep=sleep or self.sleep, clock=self.clock, telemetry=Telemetry(metrics),
        )  # fmt: skip

    def lease_on(self, trunk: str) -> Lease | None:
        """Ours on the one trunk there is."""
        return {"pytorch": self.lease}.get(trunk)

    def clock(self) -> float:
        """The delivery's: a second for each sweep, and what a test adds."""
        return self.ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / FASTER)

    async def crash(self) -> None:
        """The process dies, another one takes over."""
        await self.delivery.drain(within=0)
        await self.pacer.close()
        self.pacer = Watched(clock=_fast, sleep=self.sleep)
        self.delivery = self.another()

    async def create(self, alert: Alert) -> Alert:
        assert await self.store.alerts.create(alert, self.lease)
        return alert

    async def get(self, alert: Alert) -> Alert:
        found = await self.store.alerts.get(alert.id)
        assert found is not None
        return found

    async def deliver(self) -> None:
        """Sweep until nothing is under way."""
        self.ahead += 1
        await self.delivery.sweep()
        while self.delivery.busy:
            await asyncio.sleep(0.002)

    async def settle(self, *alerts: Alert, within: float = PATIENCE) -> None:
        """Sweep until Slack shows everything of *alerts*, doubts apart."""
        async with asyncio.timeout(within):
            while not all([_shown(await self.get(alert)) for alert in alerts]):
                await self.deliver()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what nobody announces."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.002)

    async def sending(self, alert: Alert) -> None:
        """Wait until a post of *alert* is written down."""
        async with asyncio.timeout(PATIENCE):
            while (await self.get(alert)).delivery.sending is None:
                await asyncio.sleep(0.002)

    def roots(self, alert: Alert, channel: str = HERE) -> list[Message]:
        return [m for m in self.slack.messages(channel) if _of(m, alert) == "root"]

    def entries(self, alert: Alert, channel: str = HERE) -> list[str]:
        """Entries of the thread under the newest root, in order."""
        return [str(_of(m, alert)) for m in self.slack.thread(channel, self.roots(alert, channel)[-1].ts)]

    def asked(self, method: str) -> int:
        return sum(request.method == method for request in self.slack.requests)


def _fast() -> float:
    return time.monotonic() * FASTER


def _of(message: Message, alert: Alert) -> object:
    payload = (message.metadata or {}).get("event_payload", {})
    return payload.get("entry") if payload.get("alert") == alert.id else None


def _shown(alert: Alert) -> bool:
    return alert.shown(msgspec.structs.replace(alert.delivery, doubts=())).settled


@asynccontextmanager
async def stage(store: Store, *, patience: float = 0.3) -> AsyncIterator[Stage]:
    """A stage with two channels, and an answer from Slack expected within *patience* seconds."""
    async with SlackSandbox() as slack:
        slack.add_channel(HERE, "here")
        slack.add_channel(FALLBACK, "fallback")
        slack.add_person("U01ALICE", "alice")
        lease = await store.leases.acquire("pytorch", token_hex(4), ttl=600)
        assert lease is not None
        async with Slack(slack.bot_token, base_url=slack.api_url, timeout=ClientTimeout(total=patience)) as client:
            made = Stage(store, slack, client, lease)
            yield made
            await made.delivery.drain(within=0)
            await made.pacer.close()
