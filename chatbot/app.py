"""Puts the bot together, starts it and stops it. The only module that knows the handlers and every part."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import aiohttp
import structlog

import handlers
from chatbot import loglines, routes
from chatbot.bolt import Socket, bolt_app
from chatbot.bot import Bot
from chatbot.config import Config, load
from chatbot.delivery import Delivery
from chatbot.duty import Duty, Work
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.evidence import Evidence
from chatbot.health import Row, SourceHealth, source_row
from chatbot.poller import Poller
from chatbot.router import Desk
from chatbot.settings import Settings
from chatbot.slack.answers import Identity
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.sources.open import open_source
from chatbot.store import Lease
from chatbot.store.connect import connect
from chatbot.web import Web

log = structlog.get_logger("app")

_SWEEP = 1.0  # seconds between two looks for alerts that are not shown in full
_DRAIN = 3.0  # seconds for what is under way at the end, twice; the promise is ten in all


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
        self._began = now()
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
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._listen()
            self.started.set()
            try:
                async with asyncio.TaskGroup() as group:
                    sweeping = group.create_task(self._sweep(), name="sweep")
                    following = group.create_task(self._follow(), name="follow")
                    await self._stopping.wait()
                    await self._wind_down(sweeping, following)
            finally:
                await self._evidence.close()
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
        identity = await self._sign_in()
        self._delivery = self._make_delivery()
        self._evidence = Evidence(self._store, self._delivery, rules=self._rules, now=self._now)
        self._duty = self._make_duty()
        self._bot = Bot(
            config=lambda: self.config,
            store=self._store,
            slack=self._slack,
            delivery=self._delivery,
            now=self._now,
            health=self.health,
            github_url=settings.github_api_url,
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
        taking = bolt if mode == "http" else None
        web = Web(host=settings.http_host, port=settings.http_port, ready=self.health, bolt=taking)
        self.port = await web.start()
        stack.push_async_callback(web.stop)
        self._socket: Socket | None = None
        if mode == "socket" and settings.slack_app_token is not None:
            self._socket = Socket(bolt, settings.slack_app_token.get_secret_value())
            stack.push_async_callback(self._socket.close)
            await self._socket.open()
        log.info("started", team=identity.team, mode=mode, port=self.port, holder=self._holder)

    async def _sign_in(self) -> Identity:
        """Whose token it is, asked a few times where Slack does not answer."""
        for attempt in range(5):
            try:
                return await self._slack.auth()
            except TransientError as error:
                log.warning("slack_not_reached", reason=str(error), attempt=attempt)
                await asyncio.sleep(error.retry_after or 2.0**attempt / 2)
        return await self._slack.auth()

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
            lease=lambda alert: self._duty.lease(alert.trunk),
        )

    def _make_duty(self) -> Duty:
        work: dict[str, Work] = {trunk.id: self._follower(trunk.id) for trunk in self.config.trunks}
        return Duty(self._store, self._holder, work)

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

    async def _wind_down(self, sweeping: asyncio.Task[None], following: asyncio.Task[None]) -> None:
        log.info("stopping")
        if self._socket is not None:
            await self._socket.close()
        sweeping.cancel()
        await self._bot.drain(within=_DRAIN)
        await self._delivery.drain(within=_DRAIN)
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
        rows = [await self._redis_row(), await self._slack_row()]
        now = self._now()
        for trunk in self.config.trunks:
            poller = self._pollers.get(trunk.id)
            seen = poller.health if poller else await self._elsewhere(trunk.id)
            rows.append(source_row(seen, now=now, started=self._began))
        if self._reload_error:
            rows.append(Row("configuration", good=False, text=f"the changed file was refused: {self._reload_error}"))
        return [*rows, *await self._delivery_rows()]

    async def _redis_row(self) -> Row:
        try:
            await self._store.ping()
        except (TransientError, PermanentError) as error:
            return Row("redis", good=False, text=str(error))
        return Row("redis", good=True, text="answers")

    async def _slack_row(self) -> Row:
        if self._socket is not None and not await self._socket.connected():
            return Row("slack", good=False, text="the socket is not connected; it is being renewed")
        return Row("slack", good=True, text="connected" if self._socket else "deliveries come over HTTP")

    async def _elsewhere(self, trunk: str) -> SourceHealth:
        """How reading goes where another replica does it: by when it last stored a poll."""
        config = self.config.trunk(trunk)
        try:
            polled = await self._store.trunks.polled_at([trunk])
        except (TransientError, PermanentError) as error:
            return SourceHealth(trunk, config.poll_every, trouble=str(error), ours=False)
        return SourceHealth(trunk, config.poll_every, polled_at=polled.get(trunk), ours=False)

    async def _delivery_rows(self) -> list[Row]:
        """Alerts that cannot be shown, and documents that were set aside."""
        try:
            unfinished = await self._store.alerts.unfinished()
            aside = await self._store.alerts.set_aside()
        except (TransientError, PermanentError) as error:
            return [Row("alerts", good=False, text=str(error))]
        rows = [Row(f"alert {a.id}", good=False, text=a.delivery.trouble) for a in unfinished if a.delivery.trouble]
        if aside:
            rows.append(Row("set aside", good=False, text=f"{len(aside)} documents in Redis could not be read"))
        return rows
