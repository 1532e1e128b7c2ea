"""Puts the bot together, starts it and stops it. The only module that knows the handlers and every part."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import aiohttp
import structlog

import handlers
from chatbot import loglines, rounds, routes
from chatbot.alert import GRAFANA
from chatbot.bolt import Socket, bolt_app, signed_in
from chatbot.bot import Bot
from chatbot.config import Config, load
from chatbot.delivery import Delivery
from chatbot.desk import Desk
from chatbot.duty import Duty, Work
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.evidence import Evidence
from chatbot.firings import Firings
from chatbot.health import Row
from chatbot.hinting import Hinting
from chatbot.outages import Outages
from chatbot.poller import Poller
from chatbot.recovery import Recovery
from chatbot.settings import Settings
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.sources.open import open_source
from chatbot.staleness import Staleness
from chatbot.stopping import unless
from chatbot.store import Lease
from chatbot.store.connect import connect
from chatbot.vitals import Vitals
from chatbot.web import Web
from chatbot.webhooks.doors import doors, set_up

log = structlog.get_logger("app")

_SWEEP = 1.0  # seconds between two looks for alerts that are not shown in full
_DRAIN = 3.0  # seconds for what is under way at the end
_DEADLINE = 9.0  # seconds for all of the end; the promise is ten


def _now() -> datetime:
    return datetime.now(UTC)


class App:
    """The running bot. `run` returns when a signal or `stop` asks it to."""

    def __init__(
        self,
        config_file: Path,
        config: Config,
        settings: Settings,
        *,
        prefix: str = "tw",
        now: Callable[[], datetime] = _now,
        pacer: Callable[[], Pacer] = Pacer,
    ) -> None:
        """*prefix* begins every key in Redis; *now* and *pacer* are for those who tell another time."""
        self.config = config
        self.port = 0  # of our own HTTP, once `started`
        self.started = asyncio.Event()
        self._file = config_file
        self._settings = settings
        self._prefix = prefix
        self._now = now
        self._make_pacer = pacer
        self._stopping = asyncio.Event()
        self._reloaded = asyncio.Event()
        self._reload_error: str | None = None
        self._pollers: dict[str, Poller] = {}
        self._holder = f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"

    async def run(self) -> None:
        """Start everything, wait, and stop everything in order.

        Raises:
            ConfigError, TransientError, PermanentError: it cannot start; the text says what to do.
        """
        self._listen()
        async with AsyncExitStack() as stack:
            if not await unless(self._stopping, self._open(stack)):
                return
            self.started.set()
            try:
                async with asyncio.TaskGroup() as group:
                    loops = [group.create_task(loop) for loop in (self._sweep(), *self._rounds())]
                    following = group.create_task(self._follow(), name="follow")
                    await self._stopping.wait()
                    await self._wind_down(loops, following)
            finally:
                await self._evidence.close()
        self._deadline.cancel()
        log.info("stopped")

    def stop(self) -> None:
        """Ask the bot to stop."""
        self._stopping.set()

    # ---- parts

    async def _open(self, stack: AsyncExitStack) -> None:
        settings, mode = self._settings, self._settings.slack_mode(self.config.slack.mode)
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        self._store = await stack.enter_async_context(await connect(redis_url, settings.data_path, prefix=self._prefix))
        self._http = await stack.enter_async_context(aiohttp.ClientSession())
        self._slack = await stack.enter_async_context(Slack(token, base_url=f"{settings.slack_api_url}/"))
        self._pacer = await stack.enter_async_context(self._make_pacer())
        identity = await signed_in(self._slack)
        self._delivery = self._make_delivery()
        self._evidence = Evidence(self._store, self._delivery, rules=self._rules, now=self._now)
        self._recovery = Recovery(
            self._store, self._slack, channels=lambda watch: routes.channels(watch, self.config), now=self._now
        )
        self._staleness = Staleness(
            self._store, self._delivery, fallback=lambda: self.config.slack.fallback_channel, now=self._now
        )
        self._firings = Firings(self._store, self._delivery, self._recovery, config=lambda: self.config, now=self._now)
        self._duty = self._make_duty()
        self._hinting = Hinting(self._store, self._pollers)
        self._bot = Bot(
            config=lambda: self.config,
            store=self._store,
            slack=self._slack,
            delivery=self._delivery,
            now=self._now,
            health=self.health,
            github_url=settings.github_api_url,
            open_source=lambda trunk: open_source(self.config.trunk(trunk), settings, self._http),
            words=[(word.usage, word.does) for word in handlers.router.words.values()],
        )
        secret = settings.slack_signing_secret
        bolt = bolt_app(
            self._slack,
            identity,
            token=token,
            signing_secret=secret.get_secret_value() if secret and mode == "http" else None,
        )
        Desk(handlers.router, self._bot).bind(bolt)
        self._socket: Socket | None = None
        if mode == "socket" and settings.slack_app_token is not None:
            self._socket = Socket(bolt, settings.slack_app_token.get_secret_value())
            stack.push_async_callback(self._socket.close)
        self._vitals = Vitals(
            self._store,
            self._delivery,
            self._pollers,
            config=lambda: self.config,
            connected=self._socket.connected if self._socket else None,
            now=self._now,
        )
        taking = bolt if mode == "http" else None
        hooks = doors(settings, self._store, self._hinting, self._firings, config=lambda: self.config, now=self._now)
        web = Web(host=settings.http_host, port=settings.http_port, ready=self.health, bolt=taking, hooks=hooks)
        self.port = await web.start()
        stack.push_async_callback(web.stop)
        if self._socket is not None:
            await self._socket.open()
        log.info("started", team=identity.team, mode=mode, port=self.port, holder=self._holder)

    def _make_delivery(self) -> Delivery:
        github = self._settings.github_api_url
        return Delivery(
            self._store,
            self._slack,
            self._pacer,
            about=lambda alert: routes.about(alert, self.config, now=self._now(), github_url=github),
            channel=lambda alert: routes.channel(alert, self.config),
            fallback=lambda: self.config.slack.fallback_channel,
            now=self._now,
            nonce=lambda: token_hex(8),
            lease=self._lease,
            look_again=self._settings.look_again,
        )

    def _lease(self, trunk: str) -> Lease | None:
        """Ours on *trunk*. Asked of whoever is on duty now: a reload replaces them."""
        return self._duty.lease(trunk)

    def _make_duty(self) -> Duty:
        work: dict[str, Work] = {trunk.id: self._follower(trunk.id) for trunk in self.config.trunks}
        if self._settings.grafana_webhook_token is not None:
            work[GRAFANA] = self._firings.look_after
        return Duty(self._store, self._holder, work, ttl=self._settings.lease_seconds)

    def _follower(self, trunk: str) -> Callable[[Lease], Awaitable[None]]:
        """What is done under the lease on *trunk*."""

        async def follow(lease: Lease) -> None:
            config = self.config.trunk(trunk)
            source = open_source(config, self._settings, self._http)
            watches = [watch for watch in self.config.watches if watch.trunk == trunk]
            poller = Poller(
                config,
                watches,
                source=source,
                store=self._store,
                delivery=self._delivery,
                evidence=self._evidence,
                recovery=self._recovery,
                staleness=self._staleness,
                outages=Outages(self._store, self._evidence, config=lambda: self.config),
                now=self._now,
                jitter=random.random,
            )
            self._pollers[trunk] = poller
            try:
                await poller.run(lease)
            finally:
                self._pollers.pop(trunk, None)
                await source.close()

        return follow

    def _rounds(self) -> Sequence[Coroutine[Any, Any, None]]:
        others = rounds.loops(self._bot, self._pacer, lease=self._lease, look_again=self._settings.look_again)
        return [*others, self._hinting.run()] if set_up(self._settings) else others

    def _rules(self) -> loglines.Rules:
        added = (loglines.failure_rule(rule.name, rule.pattern, rule.priority) for rule in self.config.failure_rules)
        return loglines.with_failure_rules(added)

    # ---- loops

    async def _sweep(self) -> None:
        while True:
            try:
                await self._delivery.sweep()
            except (TransientError, PermanentError) as error:
                log.warning("sweep_failed", reason=str(error))
            await asyncio.sleep(_SWEEP)

    async def _follow(self) -> None:
        """Follow trunks as configured; a new configuration starts this anew."""
        while True:
            running = asyncio.ensure_future(self._duty.run())
            try:
                await self._reloaded.wait()
                self._reloaded.clear()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def _wind_down(self, loops: Sequence[asyncio.Task[None]], following: asyncio.Task[None]) -> None:
        log.info("stopping")
        # Whatever hangs by then is in the hands of others who do not answer; all that matters is stored.
        self._deadline = asyncio.get_running_loop().call_later(_DEADLINE, os._exit, 0)
        for loop in loops:
            loop.cancel()
        closing = [self._bot.drain(within=_DRAIN), self._delivery.drain(within=_DRAIN)]
        await asyncio.gather(*closing, *([self._socket.close()] if self._socket is not None else []))
        following.cancel()

    # ---- signals

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)

    def reload(self) -> None:
        """Read the configuration again; a bad file is refused and the old one stays."""
        try:
            self.config = load(self._file)
        except ConfigError as error:
            self._reload_error = str(error)
            log.error("configuration_refused", reason=str(error))
            return
        self._reload_error = None
        self._duty = self._make_duty()
        self._reloaded.set()
        log.info("configuration_loaded", watches=len(self.config.watches), trunks=len(self.config.trunks))

    # ---- health

    async def health(self) -> Sequence[Row]:
        """A row for each thing the bot depends on."""
        rows = await self._vitals.rows()
        if self._reload_error:
            rows.append(Row("configuration", good=False, text=f"the changed file was refused: {self._reload_error}"))
        return rows
