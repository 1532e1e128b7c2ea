"""What every request passes: the log, the token, the faults, the rate limit, and GitHub's headers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

import msgspec
from aiohttp import web
from msgspec import Struct

from chatbot.sandbox.github import shown
from chatbot.sandbox.github.faults import Fault, Faults, Misbehaviour
from chatbot.sandbox.github.login import Login
from chatbot.sandbox.github.replies import Refused
from chatbot.sandbox.serving import broken_off

WINDOW = timedelta(hours=1)
REMEMBERED = 100_000
"""Requests kept in the log."""

Handler = Callable[[web.Request, Misbehaviour | None], Awaitable[web.Response]]


class Asked(Struct, frozen=True):
    """A request and how it was answered; `status` is 0 where it got no answer. `path` has the query."""

    method: str
    path: str
    status: int
    charged: bool
    conditional: bool
    version: str | None


class Limit:
    """GitHub's primary rate limit: requests an hour of story time."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.remaining = limit
        self.reset: datetime | None = None

    def turn(self, now: datetime) -> datetime:
        """Begin a new hour where the last is over; give its end."""
        if self.reset is None:
            self.reset = now + WINDOW
        elif now >= self.reset:
            self.reset, self.remaining = now + WINDOW, self.limit
        return self.reset

    def take(self, now: datetime) -> None:
        """Let a request in.

        Raises:
            Refused: nothing is left.
        """
        self.turn(now)
        if self.remaining == 0:
            raise Refused(403, "API rate limit exceeded for installation ID 1.")

    def headers(self, now: datetime) -> dict[str, str]:
        """As GitHub tells it in every answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.limit - self.remaining),
            "X-RateLimit-Reset": str(int(self.turn(now).timestamp())),
            "X-RateLimit-Resource": "core",
        }


class Door:
    """Lets requests in, or answers them as GitHub does when it does not."""

    def __init__(self, login: Login, limit: Limit, clock: Callable[[], datetime]) -> None:
        self.login = login
        self.limit = limit
        self.faults = Faults()
        self.asked: deque[Asked] = deque(maxlen=REMEMBERED)
        self._clock = clock

    def now(self) -> datetime:
        """The story time."""
        return self._clock()

    async def through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The answer of *handler*, or another."""
        fault = self.faults.take(request.path_qs)
        response = await self._answer(request, handler, fault)
        now = self._clock()
        charged = response.status != 304 and request.path != "/rate_limit"  # noqa: PLR2004  Not Modified
        self.limit.turn(now)
        if charged:
            self.limit.remaining = max(0, self.limit.remaining - 1)
        told = self.limit.headers(now) | {"Date": format_datetime(now, usegmt=True), "X-GitHub-Media-Type": "github.v3"}
        for name, value in told.items():
            response.headers.setdefault(name, value)
        response.headers["Date"] = told["Date"]
        self._log(request, response.status, charged=charged)
        if fault and fault.kind is Fault.BROKEN_OFF:
            return await broken_off(request, response)
        return response

    async def _answer(self, request: web.Request, handler: Handler, fault: Misbehaviour | None) -> web.Response:
        now = self._clock()
        try:
            if fault and fault.kind is Fault.SLOW:
                await asyncio.sleep(fault.seconds)
            if fault and fault.kind is Fault.REFUSED:
                self._hang_up(request)
            if fault and (made := _made(fault, now)):
                return made
            if request.path != "/rate_limit":
                self.limit.take(now)
            if not request.path.startswith("/app/") and not request.path.endswith("/installation"):
                self.login.admit(request.headers.get("Authorization"), now)
            return await handler(request, fault)
        except Refused as refused:
            return _refused(refused.status, refused.text)

    def _hang_up(self, request: web.Request) -> None:
        self._log(request, 0, charged=False)
        if request.transport is not None:
            request.transport.close()
        raise asyncio.CancelledError

    def _log(self, request: web.Request, status: int, *, charged: bool) -> None:
        conditional = "If-None-Match" in request.headers
        version = request.headers.get("X-GitHub-Api-Version")
        self.asked.append(Asked(request.method, request.path_qs, status, charged, conditional, version))


def _refused(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    body = msgspec.json.encode(shown.refusal(status, text))
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8", headers=headers)


def _made(fault: Misbehaviour, now: datetime) -> web.Response | None:
    """The answer that *fault* is by itself, `None` where it spoils another."""
    if fault.kind is Fault.HTML:
        return web.Response(text="<!DOCTYPE html><title>Unicorn!</title>", content_type="text/html")
    if fault.kind not in _REFUSALS:
        return None
    status, text = _REFUSALS[fault.kind]
    reset = str(int((now + timedelta(seconds=fault.seconds)).timestamp()))
    told = {
        Fault.RATE_LIMITED_PRIMARY: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset},
        Fault.RATE_LIMITED_SECONDARY: {"Retry-After": f"{fault.seconds:g}"},
        Fault.SSO: {"X-GitHub-SSO": "required; url=https://github.com/orgs/sandbox/sso?authorization_request=A"},
    }
    return _refused(status, text, told.get(fault.kind))


_REFUSALS = {
    Fault.RATE_LIMITED_PRIMARY: (403, "API rate limit exceeded for user ID 1."),
    Fault.RATE_LIMITED_SECONDARY: (429, "You have exceeded a secondary rate limit. Please wait a few minutes."),
    Fault.SERVER_ERROR: (502, "Server Error"),
    Fault.FORBIDDEN: (403, "Resource not accessible by personal access token"),
    Fault.NOT_FOUND: (404, "Not Found"),
    Fault.SSO: (403, "Resource protected by organization SAML enforcement."),
}
