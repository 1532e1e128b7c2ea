"""A model of deliveries against a Slack that drops, delays, repeats and refuses whatever it likes.

Hypothesis finds an order of changes, faults, crashes and losses of the lease; at the end of each, once
everything goes right again, Slack has to show each alert once, each entry once and in order.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from secrets import token_hex
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace

from chatbot import presses
from chatbot.alert import Alert, State
from chatbot.store.connect import connect
from tests.delivering import FALLBACK, HERE, Stage, an_alert, stage, told

T = TypeVar("T")
EXAMPLES = int(os.environ.get("TRUNKWATCH_EXAMPLES", "8"))
"""Runs of the model; a thousand take an hour."""
WATCHES = ("a", "b", "c")
METHODS = st.sampled_from(["chat.postMessage", "chat.update", "conversations.*", "chat.*", "*"])
FAULTS = st.one_of(
    st.just(("lost_answer", {})),
    st.just(("refused", {})),
    st.builds(lambda executed: ("server_error", {"executed": executed}), st.booleans()),
    st.builds(lambda executed: ("garbage", {"executed": executed}), st.booleans()),
    st.builds(lambda wait: ("rate_limited", {"retry_after": wait}), st.integers(1, 30)),
    st.builds(
        lambda pause, executed: ("slow", {"seconds": pause, "executed": executed}),
        st.sampled_from([0.02, 0.12]),
        st.booleans(),
    ),
    st.builds(
        lambda code: ("error", {"code": code}),
        st.sampled_from(["internal_error", "fatal_error", "service_unavailable", "msg_too_long", "token_revoked"]),
    ),
)


class Deliveries(RuleBasedStateMachine):
    """Three alerts, one channel, and everything that can go wrong."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.alerts: dict[str, Alert] = {}
        self.expected: dict[str, list[str]] = {}
        self.count = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        async def begin() -> Stage:
            store = await self.stack.enter_async_context(await connect(self.url, prefix=f"m{token_hex(6)}"))
            return await self.stack.enter_async_context(stage(store, patience=0.08))

        self.stage = self.run(begin())

    @rule(watch=st.sampled_from(WATCHES))
    def opened(self, watch: str) -> None:
        if watch not in self.alerts:
            self.alerts[watch] = self.run(self.stage.create(an_alert(watch)))
            self.expected[watch] = []

    @precondition(lambda self: self.alerts)
    @rule(data=st.data())
    def news(self, data: st.DataObject) -> None:
        self.run(self.tell(data.draw(st.sampled_from(sorted(self.alerts)))))

    async def tell(self, watch: str) -> None:
        self.count += 1
        name = f"failing:{self.count}"
        await self.stage.store.alerts.change(self.alerts[watch].id, lambda a: told(a, name))
        self.expected[watch].append(name)

    @precondition(lambda self: self.alerts)
    @rule(data=st.data())
    def pressed(self, data: st.DataObject) -> None:
        watch = data.draw(st.sampled_from(sorted(self.alerts)))

        def press(alert: Alert) -> Alert:
            at = alert.changed_at + timedelta(seconds=1)
            change = presses.unacknowledged if alert.state is State.ACKNOWLEDGED else presses.acknowledged
            return change(alert, by="U01ALICE", at=at)

        _, after = self.run(self.stage.store.alerts.change(self.alerts[watch].id, press))
        self.expected[watch].append(after.entries[-1].id)

    @rule(method=METHODS, fault=FAULTS, times=st.integers(1, 3))
    def goes_wrong(self, method: str, fault: tuple[str, dict[str, Any]], times: int) -> None:
        self.stage.slack.faults.add(method, fault[0], times, **fault[1])

    @rule(seconds=st.sampled_from([0.0, 0.005, 0.03, 0.1]))
    def time_passes(self, seconds: float) -> None:
        async def work() -> None:
            await self.stage.delivery.sweep()
            await asyncio.sleep(seconds)

        self.run(work())

    @rule()
    def crashed(self) -> None:
        self.run(self.stage.crash())

    @rule(seconds=st.sampled_from([0.0, 0.02]))
    def lease_went_elsewhere(self, seconds: float) -> None:
        """Another process takes over while the first still believes; the first is heard of once more."""

        async def take_over() -> None:
            scene, old, first = self.stage, self.stage.lease, self.stage.delivery
            assert old is not None
            first._fenced.lease = lambda _: old
            await scene.store.leases.release(old)
            scene.lease = await scene.store.leases.acquire("pytorch", token_hex(4), ttl=600)
            scene.delivery = scene.another()
            await scene.delivery.sweep()
            await asyncio.sleep(seconds)
            await first.drain(within=0.5)

        self.run(take_over())

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.run(self.come_to_rest())
                self.look()
        finally:
            self.run(self.stack.aclose())
            self.run(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def come_to_rest(self) -> None:
        """Everything goes right again: what is late arrives, what is doubted is looked for."""
        scene = self.stage
        scene.slack.faults.clear()
        await asyncio.sleep(0.15)
        scene.ahead += 120
        await scene.deliver()
        for watch, alert in self.alerts.items():
            if (await scene.get(alert)).delivery.refused:  # too long however short: waits until the alert changes
                await self.tell(watch)
        await scene.settle(*self.alerts.values(), within=20)
        while any([(await scene.get(alert)).delivery.doubts for alert in self.alerts.values()]):
            scene.ahead += 700
            for alert in self.alerts.values():
                await scene.store.alerts.change(alert.id, _aged)
            await scene.deliver()

    def look(self) -> None:
        scene = self.stage
        assert not scene.slack.messages(FALLBACK)
        for watch, alert in self.alerts.items():
            assert len(scene.roots(alert, HERE)) == 1, scene.slack.summary()
            assert scene.entries(alert, HERE) == self.expected[watch], scene.slack.summary()
            final = self.run(scene.get(alert))
            assert (final.owner is not None) == ("<@U01ALICE> has it" in scene.roots(alert, HERE)[0].shown)


def _aged(alert: Alert) -> Alert:
    """With its doubts an hour old, so that one more look settles them."""
    doubts = tuple(replace(doubt, at=doubt.at - timedelta(hours=1)) for doubt in alert.delivery.doubts)
    return alert.shown(replace(alert.delivery, doubts=doubts))


@pytest.mark.chaos
def test_slack_shows_everything_once_whatever_happens(valkey_url: str) -> None:
    Deliveries.url = valkey_url
    run_state_machine_as_test(
        Deliveries,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
