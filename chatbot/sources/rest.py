"""Asking a service's REST API: one request, and what its answer or refusal means.

Shared by services that speak alike. Never leaves the configured host, never sends the token elsewhere, follows no
redirect, never retries. What a status means to a person is the service's own table; nothing of results is known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from chatbot import budgets
from chatbot.budgets import Budget
from chatbot.errors import PermanentError, TransientError, TrunkwatchError
from chatbot.sources import addresses, bodies, logs
from chatbot.sources.headers import Headers, date, retry_after

CONCURRENT = 8
"""Requests under way at once at one service."""
LARGEST = 200_000_000
"""Bytes of an answer: ten thousand jobs of 20 kB."""
REQUESTER = "trunkwatch"
LIMITED_WAIT = 60.0
"""Seconds to wait after a limit that names no time."""

_MOVED = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_REDIRECTS = _MOVED | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}


class Words(Struct, frozen=True):
    """How a service is spoken of: its *name*, what to do about each refusal, where its address is configured."""

    name: str
    address: str
    remedies: Mapping[int, str]
    moved: str
    """What to do about something that has another address now."""
    html: str
    """What to do where a web page answers instead of the API."""


class Answer(Struct, frozen=True):
    """A success. `body` is `None` where nothing changed since the ETag that was sent (304)."""

    body: bytes | bytearray | None
    etag: str | None = None
    following: str | None = None


class _Raw(Struct, frozen=True):
    status: int
    headers: Headers
    body: bytes | bytearray
    following: str | None


class Rest:
    """One service's API at one address with one token; *headers* carry it and appear in no error."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        words: Words,
        *,
        headers: Mapping[str, str],
        clock: Callable[[], datetime],
        timeout: float,
    ) -> None:
        """*http* stays the caller's to close; *timeout* is in seconds, for one request."""
        self.budget: Budget | None = None
        self.words = words
        self.api = URL(url.rstrip("/"))
        self._http = http
        self._headers = {"user-agent": REQUESTER, **headers}
        self._clock = clock
        self._skew = clock() - clock()
        self._timeout = timeout
        self.slots = asyncio.Semaphore(CONCURRENT)

    def now(self) -> datetime:
        """The server's time, as its last answer told it."""
        return self._clock() + self._skew

    def absolute(self, url: str) -> URL:
        """*url* on the configured host, below the configured address where it is a path.

        Raises:
            PermanentError: it points to another host; following it would hand over the token.
            TransientError: it is no address.
        """
        return addresses.within(self.api, url, name=self.words.name, setting=self.words.address)

    async def get(self, url: str, *, etag: str | None = None) -> Answer:
        """Ask for *url*, unchanged since *etag* or anew.

        Raises:
            TransientError: limits, outages, broken connections, answers that are cut off.
            PermanentError: refusals that stay, and whatever is not the API.
        """
        at = self.absolute(url)
        headers = {"accept": "application/json"} | ({"if-none-match": etag} if etag else {})
        raw = await self._raw(at, headers)
        if raw.status == HTTPStatus.NOT_MODIFIED:
            return Answer(None, etag=etag)
        if raw.status != HTTPStatus.OK:
            raise self._refusal(raw, at)
        kind = raw.headers.get("content-type", "")
        if "html" in kind:
            raise PermanentError(
                f"{self.words.name} at {self.api.origin()} answers {at.path} with a web page: {self.words.html}",
                code="html",
            )
        if "json" not in kind:
            raise TransientError(f"{self.words.name} answers {at.path} with {kind or 'something'} instead of JSON")
        return Answer(raw.body, etag=raw.headers.get("etag"), following=raw.following)

    async def log(self, url: str, *, limit: int, suffix: bool = False) -> AsyncIterator[bytes]:
        """The end of a log, at most *limit* bytes; from the storage host without the token where it is kept there.

        *suffix*: the service understands `Range: bytes=-N`, so that no more than that is sent.

        Raises:
            PermanentError: there is none any more, or it may not be read.
            TransientError: it cannot be read now.
        """
        at = self.absolute(url)
        end = {"range": f"bytes=-{limit}"} if suffix else {}
        headers = self._headers | {"accept": "text/plain", "accept-encoding": "identity"} | end
        waits = aiohttp.ClientTimeout(total=None, sock_connect=self._timeout, sock_read=self._timeout)
        elsewhere: str | None = None
        try:
            async with self._http.get(at, headers=headers, allow_redirects=False, timeout=waits) as response:
                self._learn(response.headers)
                if response.status in _REDIRECTS and "location" in response.headers:
                    elsewhere = response.headers["location"]
                elif response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and suffix:
                    return  # the log is empty
                elif response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                    raise await self._no_log(response, at)
                else:
                    async for chunk in _tail(response, limit):
                        yield chunk
        except TimeoutError as error:
            raise TransientError(f"{self.words.name}'s log came to a halt for {self._timeout:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        if elsewhere is not None:
            found = addresses.target(at, elsewhere)
            if found is not None and found.origin() == self.api.origin():
                raise self._sent_on(found, at, str(HTTPStatus.FOUND.value))
            kept = addresses.storage(found, api=self.api, name=self.words.name)
            async for chunk in logs.read(self._http, kept, limit=limit, wait=self._timeout):
                yield chunk

    async def _no_log(self, response: aiohttp.ClientResponse, at: URL) -> TrunkwatchError:
        if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            said = f"{self.words.name} has no log at {at.path}: it was deleted, or the job has not begun"
            return PermanentError(said, code="no_log")
        raw = _Raw(response.status, response.headers, await response.content.read(10_000), None)
        return self._refusal(raw, at)

    async def _raw(self, url: URL, headers: dict[str, str]) -> _Raw:
        wait = aiohttp.ClientTimeout(total=self._timeout)
        try:
            async with self._http.get(
                url, headers=self._headers | headers, allow_redirects=False, timeout=wait
            ) as response:
                body = await bodies.whole(response, largest=LARGEST, name=self.words.name)
                following = _following(response, self.words.name)
        except TimeoutError as error:
            said = f"{self.words.name} did not answer {url.path} within {self._timeout:g} s"
            raise TransientError(said) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        self._learn(response.headers)
        return _Raw(response.status, response.headers, body, following)

    def _unreachable(self, error: Exception) -> TransientError:
        reason = str(error) or type(error).__name__
        return TransientError(f"{self.words.name} at {self.api.host} cannot be reached: {reason}")

    def _learn(self, headers: Headers) -> None:
        at = date(headers.get("date"))
        if at is not None:
            self._skew = at.astimezone(UTC) - self._clock()
        self.budget = budgets.read(headers, self.now()) or self.budget

    def _refusal(self, raw: _Raw, at: URL) -> TrunkwatchError:
        """The error for an answer that is no success."""
        name, now = self.words.name, self.now()
        if raw.status in _REDIRECTS:
            found = addresses.target(at, raw.headers.get("location", ""))
            return self._sent_on(found, at, str(raw.status))
        message = _message(raw)
        if raw.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = retry_after(raw.headers, now)
            if wait is None:
                budget = budgets.read(raw.headers, now)
                wait = max(1.0, (budget.reset - now).total_seconds() + 1.0) if budget else LIMITED_WAIT
            return TransientError(f"{name}'s rate limit is reached ({raw.status} {message})", retry_after=wait)
        if raw.status >= HTTPStatus.INTERNAL_SERVER_ERROR or raw.status == HTTPStatus.REQUEST_TIMEOUT:
            after = retry_after(raw.headers, now)
            return TransientError(f"{name} is out of order ({raw.status} {message}) for {at.path}", retry_after=after)
        remedy = self.words.remedies.get(raw.status, f"see {name}'s answer")
        return PermanentError(f"{name} refuses {at.path} ({raw.status} {message}): {remedy}", code=str(raw.status))

    def _sent_on(self, target: URL | None, at: URL, code: str) -> PermanentError:
        name = self.words.name
        if target is None:
            return PermanentError(f"{name} sends us on to no address: {self.words.html}", code=code)
        if target.origin() != self.api.origin():
            return PermanentError(
                f"{name} at {self.api.origin()} sends us on to {target.origin()}: if that is where it is now, put it"
                f" into {self.words.address}; if it is a login page, {self.words.html}",
                code=code,
            )
        if int(code) in _MOVED:
            said = f"What is at {at.path} has moved to {target.path}: {self.words.moved}"
            return PermanentError(said, code=code)
        return PermanentError(f"{name} sends us on to {target.path}: {self.words.html}", code=code)


def _following(response: aiohttp.ClientResponse, name: str) -> str | None:
    """The address of the next page: its link, or, where a proxy lost that, the page's number."""
    link, number = bodies.following(response, name=name), response.headers.get("x-next-page")
    if link:
        return link
    return str(response.url.update_query(page=number)) if number else None


async def _tail(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    """The body; of one that says that it is longer, the last *limit* bytes, of one that does not, the first."""
    skip, left = max(0, (response.content_length or 0) - limit), limit
    async for chunk in response.content.iter_chunked(logs.CHUNK):
        kept = chunk[skip:][:left]
        skip = max(0, skip - len(chunk))
        left -= len(kept)
        if kept:
            yield kept
        if left <= 0:
            return


class _Refused(Struct, frozen=True):
    message: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"null")


def _message(raw: _Raw) -> str:
    """What the body says of itself, 200 characters at most; else what the status is called."""
    try:
        said = msgspec.json.decode(raw.body, type=_Refused)
        for part in (said.message, said.error):
            text = msgspec.json.decode(part)
            if text:
                return (text if isinstance(text, str) else msgspec.json.encode(text).decode())[:200]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return HTTPStatus(raw.status).phrase
    except ValueError:
        return "an unknown status"
