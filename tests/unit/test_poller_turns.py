"""A trunk that waits for its turn is not yet read: nobody may say of its source that it is silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from chatbot import loglines
from chatbot.alert import SOURCE
from chatbot.budgets import Budgets
from chatbot.ci import Attempt, ChangedFile
from chatbot.config import Config, GithubSource, TrunkConfig
from chatbot.errors import PermanentError
from chatbot.evidence import Evidence
from chatbot.outages import Outages
from chatbot.poller import Poller
from chatbot.recovery import Recovery
from chatbot.sources import Cursor, Poll
from chatbot.staleness import Staleness
from chatbot.store import Lease, Store
from chatbot.telemetry import Telemetry
from chatbot.turns import Turns
from tests.delivering import FALLBACK, FASTER, PATIENCE, Stage, stage

BEGAN = time.monotonic()


def now() -> datetime:
    """An hour passes in a few seconds."""
    return datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(seconds=(time.monotonic() - BEGAN) * FASTER)


class Silent:
    """A source that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def poll(self, _cursor: Cursor | None, *, window: int) -> Poll:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError(window)

    async def files(self, _sha: str) -> Sequence[ChangedFile]:
        return ()

    async def log(self, _attempt: Attempt) -> AsyncIterator[bytes]:
        yield b""

    async def check(self) -> str:
        return ""

    async def close(self) -> None:
        return


@asynccontextmanager
async def followed(
    scene: Stage, source: Silent, turns: Turns, recovery: type[Recovery] = Recovery
) -> AsyncIterator[None]:
    """A trunk that is followed meanwhile, its source asked every minute."""
    store, config = scene.store, TrunkConfig(source=GithubSource(kind="github", repo="pytorch/pytorch"))
    evidence = Evidence(store, scene.delivery, rules=lambda: loglines.with_failure_rules(()), now=now)
    poller = Poller(
        config,
        (),
        source=source,
        store=store,
        delivery=scene.delivery,
        evidence=evidence,
        recovery=recovery(store, scene.client, channels=lambda _: (), now=now),
        staleness=Staleness(store, scene.delivery, fallback=lambda: FALLBACK, now=now),
        outages=Outages(store, evidence, config=lambda: Config(version=1, trunks=(config,))),
        telemetry=Telemetry(),
        turns=turns,
        api="",
        now=now,
        sleep=scene.sleep,
        clock=lambda: time.monotonic() * FASTER,
        jitter=lambda: 0.5,
    )
    assert scene.lease is not None
    task = asyncio.create_task(poller.run(scene.lease))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Refusing(Recovery):
    """One that never gets to an end."""

    async def run(self, watches: Sequence[str], lease: Lease, *, since: float) -> int:
        raise PermanentError(f"Slack refuses to be read: {watches}, {lease}, {since}")


async def told(store: Store) -> bool:
    return bool(await store.alerts.recent(f"{SOURCE}pytorch", 1))


async def test_a_source_is_silent_only_once_it_was_asked(store: Store) -> None:
    async with stage(store) as scene:
        source, turns = Silent(), Turns(Budgets(), now=now)
        async with turns.window(), turns.window(), followed(scene, source, turns):
            await scene.sleep(600)
            assert not await told(store)
            assert not source.asked.is_set()
        async with followed(scene, source, turns), asyncio.timeout(PATIENCE):
            await source.asked.wait()
            while not await told(store):
                await scene.sleep(10)


async def test_what_keeps_a_source_from_being_asked_is_told_all_the_same(store: Store) -> None:
    async with stage(store) as scene:
        source, turns = Silent(), Turns(Budgets(), now=now)
        async with followed(scene, source, turns, Refusing), asyncio.timeout(PATIENCE):
            while not await told(store):
                await scene.sleep(10)
        assert not source.asked.is_set()
