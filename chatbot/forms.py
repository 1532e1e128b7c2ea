"""Says a thing in the best form that Slack takes: its own chart or table, else a picture, else words.

A workspace may refuse a block that others take, a file may not be ready yet, a scope may be missing. Each form is
made only when it is its turn; what a form says is `messages`' matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from msgspec import Struct

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.messages.blocks import Block, Payload, image
from chatbot.messages.escape import plain
from chatbot.slack.client import Slack

log = structlog.get_logger("forms")

T = TypeVar("T")
NOT_THIS = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_arguments",
        "invalid_attachments",
        "msg_blocks_too_long",
        "http_400",  # how a response address refuses blocks at times
    }
)
"""Refusals of what a message is made of, and of nothing else."""
READY_AFTER = 2.0
"""Seconds after which a file that was just uploaded is tried again: Slack takes a moment to look at it."""


class Form(Struct, frozen=True):
    """One way to say it. `make` may talk to Slack, for an upload; `tries` is how often Slack is asked to take it."""

    make: Callable[[], Awaitable[Payload]]
    tries: int = 1


def words(payload: Payload) -> Form:
    """A form that needs nothing."""

    async def make() -> Payload:
        return payload

    return Form(make)


def pictured(slack: Slack, draw: Callable[[], bytes], show: Callable[[Block], Payload], *, name: str, alt: str) -> Form:
    """A form with a picture: *draw* makes the PNG in a thread of its own, *show* the message around its block."""

    async def make() -> Payload:
        png = await asyncio.to_thread(draw)
        file = await slack.upload(png, filename=f"{name}.png", title=name)
        return show(image(plain(alt), file=file))

    return Form(make, tries=2)


async def first_taken(
    forms: Sequence[Form],
    send: Callable[[Payload], Awaitable[T]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Send the first of *forms* that can be made and is taken; what *send* answers.

    Raises:
        TransientError, PermanentError: not even the last could be sent, or the refusal is not one of its form.
    """
    for left, form in zip(reversed(range(len(forms))), forms, strict=True):
        try:
            payload = await form.make()
        except (TransientError, PermanentError) as error:
            if not left:
                raise
            log.info("form_not_made", reason=str(error))
            continue
        for tries in reversed(range(form.tries)):
            try:
                return await send(payload)
            except AmbiguousError:
                raise
            except PermanentError as error:
                if error.code not in NOT_THIS or not (left or tries):
                    raise
                log.info("form_not_taken", reason=str(error))
            if tries:
                await sleep(READY_AFTER)
    raise ValueError("there is no form to send")
