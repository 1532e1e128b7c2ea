"""How Slack is spoken to over HTTP: by a session that is sent on nowhere and reads no more than it must.

The SDK by itself follows redirects with what it posts, and reads an answer of whatever size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp
from yarl import URL

LARGEST: Final = 64_000_000
"""Bytes of an answer, unpacked: 200 messages of 50 blocks of 3,000 characters are half of it."""
_PART: Final = 1 << 16
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class SentOn(aiohttp.ClientError):
    """The answer is a redirect, to the host that is its text. It is not followed, whatever it carries."""

    def __init__(self, host: str, *, status: int) -> None:
        super().__init__(host)
        self.status = status


class TooLarge(aiohttp.ClientError):
    """The answer is larger than `LARGEST`."""


class _Answer(aiohttp.ClientResponse):
    """An answer whose body ends at `LARGEST`; everything that reads one comes through here."""

    async def read(self) -> bytes:
        if self._body is None:
            body = bytearray()
            async for part in self.content.iter_chunked(_PART):
                body += part
                if len(body) > LARGEST:
                    self.close()
                    raise TooLarge(f"the answer is larger than {LARGEST // 1_000_000} MB")
            self._body = bytes(body)
        return await super().read()


async def _stay(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    answer = await send(request)
    if answer.status in _REDIRECTS:
        answer.close()
        raise SentOn(_host(answer), status=answer.status)
    return answer


def _host(answer: aiohttp.ClientResponse) -> str:
    """The host that a redirect leads to; never the whole address, which may hold what is secret."""
    try:
        return answer.url.join(URL(answer.headers.get("location", ""), encoded=True)).host or "no address"
    except ValueError:
        return "no address"


def session(timeout: aiohttp.ClientTimeout, traces: Sequence[aiohttp.TraceConfig]) -> aiohttp.ClientSession:
    """A session for Slack's API and the addresses that it names; the caller closes it. Slack's cookies are not kept."""
    return aiohttp.ClientSession(
        timeout=timeout,
        trace_configs=list(traces),
        middlewares=(_stay,),
        response_class=_Answer,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
