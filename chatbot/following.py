"""What is done under the lease on a trunk: its source is opened and polled, and closed again. Knows no handler.

`following` makes the parts this takes, of those that the app has opened.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

import aiohttp

from chatbot import loglines, routes
from chatbot.config import Config
from chatbot.delivery import Delivery
from chatbot.evidence import Evidence
from chatbot.observing import Observing
from chatbot.outages import Outages
from chatbot.poller import Poller
from chatbot.recovery import Recovery
from chatbot.settings import Settings
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.sources.open import opened
from chatbot.staleness import Staleness
from chatbot.store import Lease, Store


@dataclass(frozen=True)
class Following:
    """What polling needs, and `pollers`, where whoever polls a trunk is found meanwhile."""

    store: Store
    http: aiohttp.ClientSession
    delivery: Delivery
    evidence: Evidence
    recovery: Recovery
    staleness: Staleness
    observing: Observing
    config: Callable[[], Config]
    settings: Settings
    now: Callable[[], datetime]
    pollers: dict[str, Poller]

    async def follow(self, lease: Lease) -> None:
        """Poll the trunk of *lease*, as configured now, until cancelled."""
        config = self.config()
        trunk = config.trunk(lease.name)
        source = opened(trunk, self.settings, self.http)
        poller = Poller(
            trunk,
            [watch for watch in config.watches if watch.trunk == trunk.id],
            source=source,
            store=self.store,
            delivery=self.delivery,
            evidence=self.evidence,
            recovery=self.recovery,
            staleness=self.staleness,
            outages=Outages(self.store, self.evidence, config=self.config),
            telemetry=self.observing.telemetry,
            turns=self.observing.turns,
            api=self.observing.api(trunk.id),
            now=self.now,
            jitter=random.random,
        )
        self.pollers[trunk.id] = poller
        try:
            await poller.run(lease)
        finally:
            self.pollers.pop(trunk.id, None)
            await source.close()


def following(
    store: Store,
    slack: Slack,
    pacer: Pacer,
    http: aiohttp.ClientSession,
    observing: Observing,
    *,
    config: Callable[[], Config],
    settings: Settings,
    now: Callable[[], datetime],
    pollers: dict[str, Poller],
    lease: Callable[[str], Lease | None],
) -> Following:
    """The parts put together. *config* is asked each time, for it may be loaded anew; *lease* is ours on a trunk."""

    def fallback() -> str | None:
        return config().slack.fallback_channel

    delivery = Delivery(
        store,
        slack,
        pacer,
        about=lambda alert: routes.about(alert, config(), now=now(), github_url=settings.github_api_url),
        channel=lambda alert: routes.channel(alert, config()),
        fallback=fallback,
        now=now,
        nonce=lambda: token_hex(8),
        lease=lease,
        look_again=settings.look_again,
        telemetry=observing.telemetry,
    )
    return Following(
        store,
        http,
        delivery,
        Evidence(store, delivery, rules=lambda: _rules(config()), now=now),
        Recovery(
            store,
            slack,
            channels=lambda watch: routes.channels(watch, config()),
            now=now,
            gather=lambda: min(1.0, 0.02 * len(config().trunks)),  # about as long as leases on them take
        ),
        Staleness(store, delivery, fallback=fallback, now=now),
        observing,
        config=config,
        settings=settings,
        now=now,
        pollers=pollers,
    )


def _rules(config: Config) -> loglines.Rules:
    added = (loglines.failure_rule(rule.name, rule.pattern, rule.priority) for rule in config.failure_rules)
    return loglines.with_failure_rules(added)
