"""Servers on real sockets that answer everything with one thing, and remember everything that they were sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from aiohttp import web
from msgspec import Struct

SECRET = "canary-5f2c9e"
"""The token of every client in these tests."""

Answers = Callable[[web.Request], web.StreamResponse]


class Got(Struct, frozen=True):
    """A request: its method, its path with the query, and everything it carried as one text."""

    method: str
    path: str
    said: str


class Stranger:
    """A server on 127.0.0.1 for as long as the `async with` lasts; `answer` may be changed."""

    def __init__(self, answer: Answers) -> None:
        self.answer = answer
        self.url = ""
        self.got: list[Got] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._any)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        body = (await request.read()).decode(errors="replace")
        self.got.append(Got(request.method, request.path_qs, f"{request.path_qs} {headers} {body}"))
        return self.answer(request)

    @property
    def leaked(self) -> list[str]:
        """What it was told of the secret."""
        return [got.said for got in self.got if SECRET in got.said]


def ok(_: web.Request) -> web.StreamResponse:
    """What everybody would like to hear."""
    return web.json_response({"ok": True})


def redirect(status: int, location: str) -> Answers:
    """Sends everybody on."""
    return lambda _: web.Response(status=status, headers={"Location": location})


def linking(url: str, body: Any = ()) -> Answers:
    """A list that goes on at *url*."""
    return lambda _: web.json_response(body, headers={"Link": f'<{url}>; rel="next"'})


def saying(body: Any, headers: Mapping[str, str] | None = None) -> Answers:
    """One body for everybody."""
    return lambda _: web.json_response(body, headers=headers)
