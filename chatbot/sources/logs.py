"""Reading a log from the storage host that a service redirects to: without the token, and no more than its end.

That host sends nobody on: a redirect of its own is an error. `addresses.storage` says which hosts may keep logs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
from yarl import URL

from chatbot.errors import PermanentError, TransientError

LIMIT = 50_000_000
"""Bytes of a log that are read, its last ones."""

CHUNK = 65_536

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def read(http: aiohttp.ClientSession, url: URL, *, limit: int, wait: float) -> AsyncIterator[bytes]:
    """The last *limit* bytes at *url* in chunks; *wait* is in seconds, between two of them.

    Raises:
        PermanentError: the log has expired.
        TransientError: the storage host cannot be reached, or breaks off.
    """
    try:
        async with _get(http, url, wait, start=0) as response:
            length = response.content_length or 0
            if length <= limit:
                async for chunk in _bounded(response, skip=0, limit=limit):
                    yield chunk
                return
        start = length - limit
        async with _get(http, url, wait, start=start) as response:
            skip = 0 if response.status == HTTPStatus.PARTIAL_CONTENT else start
            async for chunk in _bounded(response, skip=skip, limit=limit):
                yield chunk
    except TimeoutError as error:
        raise TransientError(f"The log at {url.host} came to a halt for {wait:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TransientError(f"The log at {url.host} cannot be read: {str(error) or type(error).__name__}") from error


def _get(http: aiohttp.ClientSession, url: URL, wait: float, *, start: int) -> aiohttp.client._RequestContextManager:
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={start}-"} if start else {})
    waits = aiohttp.ClientTimeout(total=None, sock_connect=wait, sock_read=wait)
    return http.get(url, headers=headers, timeout=waits, allow_redirects=False)


async def _bounded(response: aiohttp.ClientResponse, *, skip: int, limit: int) -> AsyncIterator[bytes]:
    """The body without its first *skip* bytes, at most *limit* of it."""
    if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise PermanentError("The log has expired", code=str(response.status))
    if response.status in _REDIRECTS:
        raise PermanentError(f"The log's host {response.url.host} sends us on, which is not followed", code="log_moved")
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise TransientError(f"The log's host answers {response.status} {response.reason}")
    left = limit
    async for chunk in response.content.iter_chunked(CHUNK):
        kept = chunk[skip:]
        skip = max(0, skip - len(chunk))
        if kept:
            yield kept[:left]
            left -= len(kept)
        if left <= 0:
            return
