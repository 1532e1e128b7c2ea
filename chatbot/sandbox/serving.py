"""What the small services of the sandbox share: a port, a token, a log of requests, a rate limit, pages and faults.

Which addresses there are, and what they show, is each service's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web
from msgspec import Struct

MOST_PER_PAGE = 100

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(StrEnum):
    """Ways in which services and the network between have been seen to fail."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TRUNCATED = "truncated"
    """A whole answer's headers over the first half of its body."""
    REFUSED = "refused"
    """The connection closes without an answer."""
    BROKEN_OFF = "broken_off"
    """The connection closes in the middle of the body."""
    SLOW = "slow"
    HTML = "html"
    LOGIN = "login"
    """A redirect to the page where people sign in."""
    MOVED = "moved"
    OTHER_HOST = "other_host"
    """The `Link` header leads to another host."""
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    EMPTY = "empty"
    """A list without entries."""
    REPEATED = "repeated"
    """The first entry of a page was on the page before: the list has grown meanwhile."""
    STRANGE = "strange"
    """Every object has a field that nobody knows, and `null` where a text was that may be missing."""


class Misbehaviour(Struct):
    """A fault that waits for requests whose path and query contain the glob *pattern*."""

    pattern: str
    kind: Fault
    times: int | None


class Asked(Struct, frozen=True):
    """A request and how it was answered; `status` is 0 where it got no answer. `path` has the query."""

    path: str
    status: int
    token: str | None


class Served:
    """A service on 127.0.0.1 while the context lasts. Subclasses say what is shown."""

    moved_to = "/moved"
    login = "/login"
    ranges = False
    """Whether the end of a log can be asked for by itself."""
    optional: frozenset[str] = frozenset()
    """Fields of text that may be missing."""

    def __init__(self, token: str | None, *, clock: Callable[[], datetime] | None = None) -> None:
        """Without *token* anybody may ask."""
        self.token = token or ""
        self.url = ""
        self.limit, self.remaining, self.resets_in = 2000, 2000, 60
        self.asked: list[Asked] = []
        self.faults: list[Misbehaviour] = []
        self.linked = True
        """Whether lists say where they go on."""
        self.now = clock or (lambda: datetime.now(UTC))
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._through)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, pattern: str, kind: Fault | str, times: int | None = 1) -> None:
        """Do *kind* to the next *times* requests whose path and query contain *pattern*; `None` is until cleared."""
        self.faults.append(Misbehaviour(pattern, Fault(kind), times))

    def paths(self) -> list[str]:
        """What was asked since this was asked last."""
        asked, self.asked = self.asked, []
        return [one.path for one in asked]

    # ---- what a service says

    def show(self, request: web.Request) -> Any:
        """The body of the answer: a list in pages, anything else as it is, bytes as a log.

        Raises:
            web.HTTPException: it is another answer.
        """
        raise NotImplementedError

    def who(self, request: web.Request) -> str | None:
        """The token that comes with *request*."""
        raise NotImplementedError

    def reset(self) -> int:
        """`RateLimit-Reset` as this service writes it: seconds."""
        return self.resets_in

    # ---- how it is said

    async def _through(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault(request.path_qs)
        try:
            response = await self._answer(request, fault)
        except web.HTTPException as refused:
            body = msgspec.json.encode({"message": refused.reason})
            response = web.Response(status=refused.status, body=body, content_type="application/json")
            for name in ("Location", "Retry-After"):
                if name in refused.headers:
                    response.headers[name] = refused.headers[name]
        self.remaining = max(0, self.remaining - 1)
        response.headers["RateLimit-Remaining"] = str(self.remaining)
        response.headers["RateLimit-Limit"] = str(self.limit)
        response.headers["RateLimit-Reset"] = str(self.reset())
        response.headers["Date"] = format_datetime(self.now(), usegmt=True)
        self.asked.append(Asked(request.path_qs, response.status, self.who(request)))
        return await broken_off(request, response) if fault is Fault.BROKEN_OFF else response

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fnmatchcase(path, f"*{fault.pattern}*"):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self.faults.remove(fault)
                return fault.kind
        return None

    async def _answer(self, request: web.Request, fault: Fault | None) -> web.Response:
        if fault is Fault.SLOW:
            await asyncio.sleep(60)
        if fault is Fault.REFUSED:
            self.asked.append(Asked(request.path_qs, 0, None))
            if request.transport is not None:
                request.transport.close()
            raise asyncio.CancelledError
        if made := self._made(fault):
            return made
        if self.remaining == 0:
            raise web.HTTPTooManyRequests
        if self.token and self.who(request) != self.token:
            raise web.HTTPUnauthorized
        shown = self.show(request)
        if isinstance(shown, bytes):
            return self._log_of(request, shown)
        return self._json(request, [] if fault is Fault.EMPTY else shown, fault)

    def _log_of(self, request: web.Request, log: bytes) -> web.Response:
        """A log, or the end of it where that alone is asked for and known."""
        asked = re.fullmatch(r"bytes=-(\d+)", request.headers.get("Range", "")) if self.ranges else None
        if asked is None:
            return web.Response(body=log, content_type="text/plain")
        if not log:
            raise web.HTTPRequestRangeNotSatisfiable
        return web.Response(status=206, body=log[-int(asked[1]) :], content_type="text/plain")

    def _json(self, request: web.Request, shown: Any, fault: Fault | None) -> web.Response:
        headers: dict[str, str] = {}
        if isinstance(shown, list):
            shown, headers = self._page(request, shown, fault)
        body = msgspec.json.encode(self._strange(shown) if fault is Fault.STRANGE else shown)
        headers["ETag"] = etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag and fault is None:
            return web.Response(status=304, headers=headers)
        if fault is Fault.TRUNCATED:
            body = body[: len(body) // 2]
        return web.Response(body=body, content_type="application/json", charset="utf-8", headers=headers)

    def _page(
        self, request: web.Request, entries: Sequence[Any], fault: Fault | None
    ) -> tuple[list[Any], dict[str, str]]:
        size = min(int(request.query.get("per_page", "20")), MOST_PER_PAGE)
        page = int(request.query.get("page", "1"))
        first = (page - 1) * size - (fault is Fault.REPEATED and page > 1)
        shown = list(entries[first : first + size])
        if first + size >= len(entries):
            return shown, {"X-Next-Page": ""}
        host = "http://elsewhere.invalid" if fault is Fault.OTHER_HOST else self.url
        following = request.url.update_query(page=page + 1)
        link = f'<{host}{following.raw_path_qs}>; rel="next"'
        return shown, {"X-Next-Page": str(page + 1)} | ({"Link": link} if self.linked else {})

    def _strange(self, shown: Any) -> Any:
        """*shown* with unknown fields, and without the texts that may be missing."""
        if isinstance(shown, list):
            return [self._strange(one) for one in shown]
        if not isinstance(shown, dict):
            return shown
        known = {key: None if key in self.optional else self._strange(value) for key, value in shown.items()}
        return known | {"новое поле": {"ünbekannt": [1, None]}}

    def _made(self, fault: Fault | None) -> web.Response | None:
        """The answer that *fault* is by itself, `None` where it spoils another."""
        match fault:
            case Fault.HTML:
                return web.Response(text="<!DOCTYPE html><title>Sign in</title>", content_type="text/html")
            case Fault.RATE_LIMITED:
                raise web.HTTPTooManyRequests(headers={"Retry-After": "90"})
            case Fault.SERVER_ERROR:
                raise web.HTTPBadGateway
            case Fault.FORBIDDEN:
                raise web.HTTPForbidden
            case Fault.NOT_FOUND:
                raise web.HTTPNotFound
            case Fault.LOGIN:
                raise web.HTTPFound(f"{self.url}{self.login}")
            case Fault.MOVED:
                raise web.HTTPMovedPermanently(f"{self.url}{self.moved_to}")
        return None


async def broken_off(request: web.Request, response: web.Response) -> web.StreamResponse:
    """The headers of *response* and half of its body, then nothing."""
    body = response.body if isinstance(response.body, bytes) else b""
    broken = web.StreamResponse(status=response.status, headers=response.headers)
    broken.content_length = len(body)
    await broken.prepare(request)
    await broken.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return broken
