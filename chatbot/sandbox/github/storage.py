"""The host that GitHub's log addresses redirect to: plain text, ranges, and no liking for tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from aiohttp import web
from msgspec import Struct

from chatbot.ci import Attempt

Logs = Mapping[int, str | bytes]
"""Logs by job number."""

QUIET = ("Preparing the workspace", "Downloading artifacts", "Compiling", "collected 412 items", "PASSED [0.0%ds]")


class Fetched(Struct, frozen=True):
    """A request for a log: whose, which bytes, and whether it brought a token along."""

    job_id: int
    range: str | None
    authorized: bool


class Storage:
    """Logs behind signed addresses."""

    def __init__(self, logs: Logs, attempt: Callable[[int], Attempt | None], *, ranges: bool = True) -> None:
        """Jobs without an entry in *logs* get one made of what is known about them."""
        self._logs = logs
        self._attempt = attempt
        self.ranges = ranges
        self.fetched: list[Fetched] = []

    def application(self) -> web.Application:
        """What aiohttp serves."""
        app = web.Application()
        app.router.add_get(r"/logs/{id:\d+}", self.log)
        return app

    async def log(self, request: web.Request) -> web.Response:
        """`/logs/{id}`, whole or from a byte on."""
        job_id = int(request.match_info["id"])
        wanted = request.headers.get("Range")
        authorized = "Authorization" in request.headers
        self.fetched.append(Fetched(job_id, wanted, authorized))
        if authorized:
            return web.Response(status=400, text="InvalidAuthenticationInfo: the address is signed already")
        attempt = self._attempt(job_id)
        if attempt is None:
            return web.Response(status=404, text="BlobNotFound")
        text = self._logs.get(job_id)
        body = "".join(made(attempt)) if text is None else text
        data = body.encode() if isinstance(body, str) else body
        start = request.http_range.start if self.ranges else None
        if start:
            span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            return web.Response(status=206, body=data[start:], headers=span, content_type="text/plain")
        return web.Response(body=data, content_type="text/plain")


def made(attempt: Attempt) -> Iterator[str]:
    """A log for *attempt*, its explaining line where the recording says it was."""
    failure = attempt.failure
    line = (failure.line if failure else None) or ""
    number = (failure.line_number if failure else None) or 40
    at = attempt.started_at or attempt.completed_at
    for index in range(1, number):
        stamp = f"{at + timedelta(seconds=index // 10):%Y-%m-%dT%H:%M:%S.0000000Z} " if at else ""
        yield f"{stamp}{QUIET[index % len(QUIET)].replace('%d', str(index % 9))}\n"
    end = f"{attempt.completed_at:%Y-%m-%dT%H:%M:%S.0000000Z} " if attempt.completed_at else ""
    if line:
        yield f"{end}{line}\n"
    failed = attempt.conclusion is not None and attempt.conclusion.failed
    yield f"{end}##[error]Process completed with exit code 1.\n" if failed else f"{end}Cleaning up orphan processes\n"
