"""What arrives: a body no larger than is allowed once it is unpacked, and the link to the next page.

aiohttp unpacks a body piece by piece and stops where nobody reads on, so that a small answer that unpacks to a huge one
costs no more than the limit. What is in a body is not looked at.
"""

from __future__ import annotations

import aiohttp

from chatbot.errors import PermanentError, TransientError
from chatbot.turnabout import give_way

_PART = 1 << 20  # bytes that are read before others get their turn


async def whole(response: aiohttp.ClientResponse, *, largest: int, name: str) -> bytearray:
    """The body of *name*'s answer, of at most *largest* bytes.

    Raises:
        PermanentError: it is larger.
    """
    body = bytearray()  # it grows where it is; a copy of a large page at the end would hold up everybody
    async for chunk in response.content.iter_chunked(_PART):
        body += chunk
        if len(body) > largest:
            raise PermanentError(f"{name} answers with more than {largest // 1_000_000} MB", code="too_large")
        if len(body) > _PART:  # what is there already is handed out without a pause
            await give_way()
    return body


def following(response: aiohttp.ClientResponse, *, name: str) -> str | None:
    """The address of the next page, where the `Link` header names one.

    Raises:
        TransientError: what it names is no address.
    """
    try:
        link = response.links.get("next")
    except ValueError as error:
        raise TransientError(f"{name}'s Link header cannot be read") from error
    return str(link["url"]) if link else None
