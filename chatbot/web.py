"""The bot's own HTTP: does it live, is it ready, and Slack's deliveries where there is no socket.

Signatures are checked by Bolt before anything else sees a delivery.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from chatbot.errors import TransientError
from chatbot.health import Row
from chatbot.metrics import CONTENT_TYPE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TIME = re.compile(r"[0-9]{1,20}")
PATIENCE = 10.0
"""Seconds in which a delivery of Slack's has to be here."""
_LARGEST = 1024 * 1024  # bytes of a request; Slack's largest payloads are a tenth of it


class Web:
    """A small server on the configured host and port."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        ready: Callable[[], Awaitable[Sequence[Row]]],
        bolt: AsyncApp | None,
        hooks: Mapping[str, Handler] | None = None,
        metrics: Callable[[], Awaitable[bytes]],
        stuck: Callable[[], Sequence[str]],
    ) -> None:
        """*port* 0 lets the system choose; *bolt* takes Slack's deliveries where HTTP is how they come.

        *hooks* take what others post, by path; *stuck* are the loops that make no progress.
        """
        self._host = host
        self._port = port
        self._ready = ready
        self._metrics = metrics
        self._stuck = stuck
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._numbers)
        if bolt is not None:
            app.router.add_post("/slack/events", _deliveries(bolt))
        for path, take in (hooks or {}).items():
            app.router.add_post(path, take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)

    async def start(self) -> int:
        """Listen; the port.

        Raises:
            TransientError: the address is taken or not ours.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            raise TransientError(
                f"cannot listen on {self._host}:{self._port} ({error.strerror or error}): "
                "set TRUNKWATCH_HTTP_HOST and TRUNKWATCH_HTTP_PORT to an address that is free"
            ) from error
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Let what is being answered finish, and stop listening."""
        await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        stuck = list(self._stuck())
        return web.json_response({"alive": not stuck, "stuck": stuck}, status=503 if stuck else 200)

    async def _numbers(self, _request: web.Request) -> web.Response:
        return web.Response(body=await self._metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def _readyz(self, _request: web.Request) -> web.Response:
        rows = await self._ready()
        body = [{"name": row.name, "good": row.good, "text": row.text} for row in rows]
        good = all(row.good for row in rows)
        return web.json_response({"ready": good, "rows": body}, status=200 if good else 503)


def _deliveries(bolt: AsyncApp) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def take(request: web.Request) -> web.Response:
        if not _TIME.fullmatch(request.headers.get("X-Slack-Request-Timestamp", "0")):
            return web.Response(status=401, text="the timestamp is no number")  # Bolt would fail on it
        try:
            async with asyncio.timeout(PATIENCE):
                parsed = await to_bolt_request(request)
        except TimeoutError:
            return web.Response(status=408, text="the body did not come in time")
        except UnicodeDecodeError:
            return web.Response(status=400, text="the body is not UTF-8")
        except (ValueError, TypeError, AttributeError, RecursionError):  # Bolt reads it before it checks who sent it
            return web.Response(status=400, text="the body is no delivery of Slack's")
        return await to_aiohttp_response(await bolt.async_dispatch(parsed))

    return take
