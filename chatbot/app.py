"""Puts the bot together, starts it and stops it. The only module that knows the handlers and every part."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import aiohttp
import structlog

import handlers
from chatbot import rounds
from chatbot.alert import GRAFANA
from chatbot.bolt import Socket, bolt_app, signed_in
from chatbot.bot import Bot
from chatbot.config import Config, load
from chatbot.desk import Desk
from chatbot.duty import Duty, Work
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.firings import Firings
from chatbot.following import Following, following
from chatbot.gauges import Parts
from chatbot.health import Row
from chatbot.hinting import Hinting
from chatbot.observing import Observing
from chatbot.poller import Poller
from chatbot.settings import Settings
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.sources.open import open_source
from chatbot.stopping import unless
from chatbot.store import Lease
from chatbot.store.connect import connect
from chatbot.traffic import SLACK
from chatbot.vitals import Vitals
from chatbot.watchdog import PATIENCE
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
        patience: float = PATIENCE,
    ) -> None:
        """*prefix* begins every key in Redis; *now* and *pacer* are for those who tell another time.

        *patience* is how long it may do nothing before it leaves, in seconds.

        Raises:
            ConfigError: something is asked for that is not installed.
        """
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
        self._trouble: str | None = None
        self._observing = Observing(settings, config=lambda: self.config, now=now, patience=patience)
        self._pollers: dict[str, Poller] = {}
        self._holder = f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"

    async def run(self) -> None:
        """Start everything, wait, and stop everything in order.

        Raises:
            ConfigError, TransientError, PermanentError: it cannot start, or did nothing any more; the text says why.
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
                await self._observing.close()
        self._deadline.cancel()
        log.info("stopped")
        if self._trouble:
            raise TransientError(f"Left, to be started anew: {self._trouble}")

    def stop(self) -> None:
        """Ask the bot to stop."""
        self._stopping.set()

    def _leave(self, reason: str) -> None:
        """Stop, and say so with the exit code."""
        self._trouble = reason
        self.stop()

    # ---- parts

    async def _open(self, stack: AsyncExitStack) -> None:
        settings, mode = self._settings, self._settings.slack_mode(self.config.slack.mode)
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        traffic = self._observing.traffic
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        self._store = await stack.enter_async_context(await connect(redis_url, settings.data_path, prefix=self._prefix))
        self._http = await stack.enter_async_context(aiohttp.ClientSession(trace_configs=[traffic.trace()]))
        slack = Slack(token, base_url=f"{settings.slack_api_url}/", traces=[traffic.trace(SLACK)])
        self._slack = await stack.enter_async_context(slack)
        self._pacer = await stack.enter_async_context(self._make_pacer())
        identity = await signed_in(self._slack)
        self._following = self._make_following()
        self._delivery, self._evidence = self._following.delivery, self._following.evidence
        recovery = self._following.recovery
        self._firings = Firings(self._store, self._delivery, recovery, config=lambda: self.config, now=self._now)
        self._duty = self._make_duty()
        self._hinting = Hinting(self._store, self._pollers)
        self._bot = Bot(
            config=lambda: self.config,
            store=self._store,
            slack=self._slack,
            delivery=self._delivery,
            now=self._now,
            held=lambda trunk: poller.trunk if (poller := self._pollers.get(trunk)) else None,
            health=self.health,
            github_url=settings.github_api_url,
            open_source=lambda trunk: open_source(self.config.trunk(trunk), settings, self._http),
            words=[(word.usage, word.does) for word in handlers.router.words.values()],
            telemetry=self._observing.telemetry,
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
            token = settings.slack_app_token.get_secret_value()
            self._socket = Socket(bolt, token, base_url=f"{settings.slack_api_url}/")
            stack.push_async_callback(self._socket.close)
        self._vitals = Vitals(
            self._store,
            self._delivery,
            self._pollers,
            config=lambda: self.config,
            connected=self._socket.connected if self._socket else None,
            now=self._now,
        )
        self._observing.look_at(self._parts())
        taking = bolt if mode == "http" else None
        hooks = doors(settings, self._store, self._hinting, self._firings, config=lambda: self.config, now=self._now)
        web = Web(
            host=settings.http_host,
            port=settings.http_port,
            ready=self.health,
            bolt=taking,
            hooks=hooks,
            metrics=self._observing.exposition,
            stuck=self._observing.stuck,
        )
        self.port = await web.start()
        stack.push_async_callback(web.stop)
        if self._socket is not None:
            await self._socket.open()
        log.info("started", team=identity.team, mode=mode, port=self.port, holder=self._holder)

    def _make_following(self) -> Following:
        return following(
            self._store,
            self._slack,
            self._pacer,
            self._http,
            self._observing,
            config=lambda: self.config,
            settings=self._settings,
            now=self._now,
            pollers=self._pollers,
            lease=self._lease,
        )

    def _parts(self) -> Parts:
        held, config = (lambda: self._duty.held), (lambda: self.config)
        return Parts(
            self._store, self._pacer, self._pollers, held, self._socket, config, lambda: self._reload_error is None
        )

    def _lease(self, trunk: str) -> Lease | None:
        """Ours on *trunk*. Asked of whoever is on duty now: a reload replaces them."""
        return self._duty.lease(trunk)

    def _make_duty(self) -> Duty:
        work: dict[str, Work] = {trunk.id: self._following.follow for trunk in self.config.trunks}
        if self._settings.grafana_webhook_token is not None:
            work[GRAFANA] = self._firings.look_after
        beat = self._observing.beats.sleep("duty")
        return Duty(self._store, self._holder, work, ttl=self._settings.lease_seconds, rest=beat)

    def _rounds(self) -> Sequence[Coroutine[Any, Any, None]]:
        beats, look_again = self._observing.beats, self._settings.look_again
        others = rounds.loops(self._bot, self._pacer, lease=self._lease, look_again=look_again, beats=beats)
        hinting = [self._hinting.run()] if set_up(self._settings) else []
        return [*others, *hinting, self._observing.run(self._leave)]

    # ---- loops

    async def _sweep(self) -> None:
        rest = self._observing.beats.sleep("sweep")
        while True:
            try:
                await self._delivery.sweep()
            except (TransientError, PermanentError) as error:
                log.warning("sweep_failed", reason=str(error))
            await rest(_SWEEP)

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
        self._observing.stopping()
        # Whatever hangs by then is in the hands of others who do not answer; all that matters is stored.
        self._deadline = asyncio.get_running_loop().call_later(_DEADLINE, os._exit, int(bool(self._trouble)))
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
        if hasattr(self, "_duty"):  # while it starts there is none, and it begins with what was just read
            self._duty = self._make_duty()
            self._reloaded.set()
        log.info("configuration_loaded", watches=len(self.config.watches), trunks=len(self.config.trunks))

    # ---- health

    async def health(self) -> Sequence[Row]:
        """A row for each thing the bot depends on."""
        rows = [*await self._vitals.rows(), *self._observing.rows()]
        if self._reload_error:
            rows.append(Row("configuration", good=False, text=f"the changed file was refused: {self._reload_error}"))
        return rows
