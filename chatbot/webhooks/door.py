"""The door of every webhook: how large it may be, who may knock, whether it came before. What it says is not read here.

In this order: is it set up, is the sender known (before the body, where the header alone proves it), is the body
small enough, is it signed. Only then is it parsed, and only what is of use is remembered, so that it counts once.
Answers say what to do about a refusal and never repeat what came in.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError
from msgspec import Struct

from chatbot.errors import PermanentError, TransientError
from chatbot.store import Store

log = structlog.get_logger("webhooks")

PATIENCE = 10.0
"""Seconds in which a body has to be here."""

Headers = Mapping[str, str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """A delivery that is not taken: the status, and a sentence for whoever set the sender up."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Once:
    """What was taken through this door before, for an hour."""

    def __init__(self, store: Store, path: str) -> None:
        self._store = store
        self._path = path
        self._noted: list[str] = []

    async def first_time(self, delivery: str) -> bool:
        """Whether the sender's *delivery* has not come before."""
        new = bool(await self._store.seen.first_time(self._path, delivery))
        if new:
            self._noted.append(delivery)
        return new

    async def undone(self) -> None:
        """What was noted has not been done: let it come again."""
        for delivery in self._noted:
            with contextlib.suppress(TransientError, PermanentError):
                await self._store.seen.forget(self._path, delivery)


class Answer(Struct, frozen=True):
    """What the sender hears: a sentence, and a status, by default that it was accepted."""

    text: str = ""
    status: int = 202


class Hook(Protocol):
    """One sender. `path` is where it knocks, `largest` the bytes of a body that are taken."""

    path: str
    largest: int

    def admit(self, headers: Headers) -> None:
        """Look at the headers, before the body is read.

        Raises:
            Refused: it is not set up (503), or who knocks is not known (401).
        """
        ...

    def prove(self, headers: Headers, body: bytes) -> None:
        """Look at the signature, where there is one.

        Raises:
            Refused: it is not the sender's (401).
        """
        ...

    async def take(self, headers: Headers, body: bytes, once: Once) -> Answer:
        """Do what it asks for, and say what that was. *once* knows replays.

        Raises:
            Refused: it cannot be understood (400).
            TransientError, PermanentError: it cannot be done now; it may be sent again.
        """
        ...


def door(hook: Hook, store: Store) -> Handler:
    """What answers at the hook's path."""

    async def answer(request: web.Request) -> web.Response:
        try:
            said = await _taken(hook, store, request)
        except Refused as refused:
            log.warning("delivery_refused", path=hook.path, status=refused.status, reason=str(refused))
            return web.Response(status=refused.status, text=f"{refused}\n")
        except (TransientError, PermanentError) as error:
            log.warning("delivery_failed", path=hook.path, reason=str(error))
            return web.Response(status=503, text="This cannot be taken now; send it again later.\n")
        return web.Response(status=said.status, text=f"{said.text}\n" if said.text else None)

    return answer


async def _taken(hook: Hook, store: Store, request: web.Request) -> Answer:
    hook.admit(request.headers)
    body = await _body(request, hook.largest)
    hook.prove(request.headers, body)
    once = Once(store, hook.path)
    try:
        return await hook.take(request.headers, body, once)
    except (TransientError, PermanentError):
        await once.undone()
        raise


async def _body(request: web.Request, largest: int) -> bytes:
    """The body, which is read no further than it may be long.

    Raises:
        Refused: it is compressed, too large, or does not come.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "Send the body as it is, without a Content-Encoding.")
    too_large = Refused(413, f"The body is larger than the {largest} bytes that are taken here.")
    if (request.content_length or 0) > largest:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > largest:
                    raise too_large
    except TimeoutError as error:
        raise Refused(408, "The body did not come in time.") from error
    except (ConnectionError, web.RequestPayloadError, HttpProcessingError) as error:
        raise Refused(400, "The body ended early.") from error
    return bytes(body)


def same(given: str, wanted: str) -> bool:
    """Whether a secret is the right one; how long that takes tells nothing about it."""
    return hmac.compare_digest(given.encode(errors="surrogateescape"), wanted.encode())


def bearer(headers: Headers, token: str) -> None:
    """See to it that the sender knows *token*.

    Raises:
        Refused: it does not.
    """
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not same(given.strip(), token):
        raise Refused(401, "The Authorization header has to be `Bearer` and the token that is set here.")
