"""The addresses that come with an act of a person and take answers to it: 5 times within 30 minutes.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec import Struct, field

from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Message

LIFETIME = 30 * 60.0
USES = 5


class ResponseUrl(Struct):
    """Where it answers to, what it came from, and what has come back through it."""

    id: str
    user: str
    channel: str
    at: float
    source: Message | None = None
    uses: int = 0
    answers: list[Message] = field(default_factory=list)


class ResponseUrls:
    """Those given out so far."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}
        self._asked: dict[str, ResponseUrl] = {}

    def issue(self, user: str, channel: str, source: Message | None = None) -> ResponseUrl:
        """A new one for what *user* did in *channel*, to *source* if it was done to a message."""
        issued = ResponseUrl(secrets.token_hex(12), user, channel, self._clock(), source)
        self._issued[issued.id] = issued
        return issued

    def spend(self, url_id: str) -> ResponseUrl:
        """Use it once.

        Raises:
            RefusalError: `expired_url` (unknown or older than 30 minutes), `used_url` (more than five times).
        """
        issued = self._issued.get(url_id)
        if issued is None or self._clock() - issued.at > LIFETIME:
            raise RefusalError("expired_url")
        if issued.uses >= USES:
            raise RefusalError("used_url")
        issued.uses += 1
        return issued

    def answer(self, url: ResponseUrl, message: Message) -> None:
        """*message* came back through *url*."""
        url.answers.append(message)
        self._asked[message.ts] = url

    def asked_by(self, message: Message) -> ResponseUrl | None:
        """The one that *message* came back through: two who ask at once are not shown each other's answers."""
        return self._asked.get(message.ts)
