"""One request to GitHub: who asks, under which headers, and what its answer or refusal means.

Never leaves the configured host, never sends the token elsewhere, never retries by itself (but once where an
App's token was refused). gidgethub writes the headers and reads the limits, aiohttp carries the bytes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
from gidgethub import sansio
from msgspec import Struct
from yarl import URL

from chatbot.budgets import Budget
from chatbot.errors import AmbiguousError, PermanentError, TransientError, TrunkwatchError
from chatbot.sources import addresses, bodies
from chatbot.sources.github.credentials import Credentials
from chatbot.sources.github.refusals import limits, refusal
from chatbot.sources.github.wire import decode
from chatbot.sources.headers import Headers, date

API_URL = "https://api.github.com"
VERSION = "2022-11-28"
REQUESTER = "trunkwatch"
LARGEST = 50_000_000
"""Bytes of an answer: a hundred jobs or files are some megabytes."""
MOVED = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
FOLLOWED = frozenset({HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT})


class Answer(Struct, frozen=True):
    """A success. `body` is `None` where nothing changed since the ETag that was sent (304)."""

    body: bytes | None
    etag: str | None = None
    following: str | None = None


class _Repository(Struct, frozen=True):
    full_name: str


class _Raw(Struct, frozen=True):
    status: int
    headers: Headers
    body: bytes
    following: str | None


class Transport:
    """GitHub's API at one address with one set of credentials; all readers share its connections and limits."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        credentials: Credentials,
        *,
        api_url: str,
        clock: Callable[[], datetime],
        timeout: float,
    ) -> None:
        """*timeout* is in seconds, for one request."""
        self.http = http
        self.credentials = credentials
        self.budget: Budget | None = None
        self.api = URL(api_url.rstrip("/"))
        self._clock = clock
        self._skew = clock() - clock()
        self.slots = asyncio.Semaphore(CONCURRENT)
        self.timeout = timeout
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    def now(self) -> datetime:
        """The server's time, as its last answer told it."""
        return self._clock() + self._skew

    def absolute(self, url: str) -> URL:
        """*url* on the configured host.

        Raises:
            PermanentError: it points to another host; following it would hand over the token.
            TransientError: it is no address.
        """
        return addresses.within(self.api, url, name="GitHub", setting="GITHUB_API_URL")

    async def send(self, url: str, *, etag: str | None) -> Answer:
        """Ask for *url*, unchanged since *etag* or anew.

        Raises:
            TransientError: limits, outages, broken connections.
            PermanentError: refusals that stay.
        """
        at = self.absolute(url)
        for _ in range(HOPS):
            raw = await self._authorized(at, etag)
            if raw.status not in FOLLOWED:
                break
            at = self._sent_on(at, raw.headers.get("location", ""))
        if raw.status in MOVED:
            raise await self._moved(raw)
        return self._answer(raw, at)

    def _sent_on(self, at: URL, location: str) -> URL:
        """Where a redirect from *at* leads on the configured host."""
        found = addresses.target(at, location)
        return self.absolute("://" if found is None else str(found))

    @property
    def graphql(self) -> str:
        """GraphQL's address: beside REST's `/api/v3` on an own server, below the host of GitHub's own."""
        return f"{str(self.api).removesuffix('/v3')}/graphql"

    async def change(self, url: str, body: bytes) -> bytes:
        """Post *body* to *url*, once; what is answered.

        Raises:
            AmbiguousError: it was sent, and nobody knows whether it was carried out.
            TransientError: limits, or a connection that was never made.
            PermanentError: refusals that stay.
        """
        at = self.absolute(url)
        raw = await self._authorized(at, None, method="POST", body=body)
        if raw.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AmbiguousError(f"GitHub is out of order ({raw.status}) for {at.path}: it may have been carried out")
        if raw.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(raw, at.path)
        return raw.body

    async def location(self, url: str) -> URL:
        """Where *url*, a log's address, redirects to, on whatever host keeps logs; nothing is sent there.

        Raises:
            TransientError, PermanentError: as `send`, and where it does not redirect, or not to a safe address.
        """
        at = self.absolute(url)
        raw = await self._authorized(at, None)
        target = raw.headers.get("location")
        if raw.status not in FOLLOWED or target is None:
            if raw.status < HTTPStatus.BAD_REQUEST:
                raise TransientError(f"GitHub answers {at.path} without saying where to read it")
            raise self._refused(raw, at.path)
        return addresses.storage(addresses.target(at, target), api=self.api, name="GitHub")

    def _answer(self, raw: _Raw, at: URL) -> Answer:
        if raw.status == HTTPStatus.NOT_MODIFIED:
            return Answer(None)
        if raw.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(raw, at.path)
        kind = raw.headers.get("content-type", "")
        if "json" not in kind:
            raise TransientError(f"GitHub answers {at.path} with {kind or 'something'} instead of JSON: is it a proxy?")
        return Answer(raw.body, etag=raw.headers.get("etag"), following=raw.following)

    def _refused(self, raw: _Raw, what: str) -> TrunkwatchError:
        """The error for *raw*; *what* was asked for."""
        return refusal(raw.status, raw.headers, raw.body, what=what, now=self.now(), prefixed=self._prefixed)

    @property
    def _prefixed(self) -> bool:
        """Whether the address is GitHub's own, or has what comes before every path of an own server's API."""
        return self.api.host == URL(API_URL).host or self.api.path.endswith("/v3")

    async def _authorized(self, url: URL, etag: str | None, *, method: str = "GET", body: bytes | None = None) -> _Raw:
        header = await self.credentials.header(self._exchange, self.now)
        raw = await self._raw(method, url, header, etag, body)
        if raw.status == HTTPStatus.UNAUTHORIZED and self.credentials.renewable:
            self.credentials.forget()
            header = await self.credentials.header(self._exchange, self.now)
            raw = await self._raw(method, url, header, etag, body)
        return raw

    async def _exchange(self, method: str, path: str, authorization: str) -> bytes:
        raw = await self._raw(method, self.absolute(path), authorization, None)
        if raw.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(raw, f"the App's {path}")
        return raw.body

    async def _raw(
        self, method: str, url: URL, authorization: str | None, etag: str | None, data: bytes | None = None
    ) -> _Raw:
        headers = sansio.create_headers(REQUESTER) | {"x-github-api-version": VERSION}
        if authorization:
            headers["authorization"] = authorization
        if etag:
            headers["if-none-match"] = etag
        try:
            async with self.http.request(
                method, url, data=data, headers=headers, allow_redirects=False, timeout=self._timeout
            ) as response:
                body = bytes(await bodies.whole(response, largest=LARGEST, name="GitHub"))
                following = bodies.following(response, name="GitHub")
        except aiohttp.ClientConnectorError as error:
            raise TransientError(f"GitHub at {url.host} cannot be reached: {_reason(error)}") from error
        except TimeoutError as error:
            raise _lost(f"GitHub did not answer {url.path} within {self._timeout.total:g} s", data) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _lost(f"GitHub at {url.host} cannot be reached: {_reason(error)}", data) from error
        self._learn(response.headers)
        return _Raw(response.status, response.headers, body, following)

    def _learn(self, headers: Headers) -> None:
        at = date(headers.get("date"))
        if at is not None:
            self._skew = at.astimezone(UTC) - self._clock()
        limit = limits(headers)
        if limit is not None:
            self.budget = Budget(limit.remaining, limit.limit, limit.reset_datetime)

    async def _moved(self, raw: _Raw) -> PermanentError:
        """The error that names the repository's new name, asked for at the address GitHub gives."""
        name = "another name"
        found = _REPOSITORY.match(raw.headers.get("location", ""))
        if found:
            try:
                answer = await self._authorized(self.absolute(found[0]), None)
                name = decode(answer.body, _Repository, "the moved repository").full_name
            except (TransientError, PermanentError):
                name = "another name"
        return PermanentError(f"The repository has moved to {name}: put its new name into `repo`", code="301")


_REPOSITORY = re.compile(r".*?/(?:repositories/\d+|repos/[^/]+/[^/?]+)")
HOPS = 3
"""Temporary redirects followed on the same host."""


def _lost(said: str, data: bytes | None) -> TransientError:
    """No answer: what was to change something may have."""
    return TransientError(said) if data is None else AmbiguousError(f"{said}; it may have been carried out")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


class Reader:
    """A sequence of requests that counts what it sent and what of that was charged."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.requests = 0
        self.charged = 0
        self.began: datetime | None = None

    async def get(self, url: str, *, etag: str | None = None) -> Answer:
        """As `Transport.send`, counted, at most `CONCURRENT` at a time."""
        async with self.transport.slots:
            self.requests += 1
            self.charged += 1
            answer = await self.transport.send(url, etag=etag)
        if answer.body is None:
            self.charged -= 1
        if self.began is None:
            self.began = self.transport.now()
        return answer


CONCURRENT = 8
"""Requests under way at once in one poll; GitHub allows 100 in all and asks for few."""
