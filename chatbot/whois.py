"""Who somebody is in Slack, asked of Slack and remembered: by e-mail address, by id. It decides nothing.

What Slack refuses for good (a missing scope, somebody who is not there) is an answer too: nobody. What may work later
is raised.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

import structlog

from chatbot.errors import PermanentError
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import Call, Priority
from chatbot.store import Store

log = structlog.get_logger("whois")

_OWNER: Final = "slack/people"
_FRESH: Final = 600.0  # seconds for which an answer is not even looked up in the store
_MOST: Final = 5_000


class Whois:
    """Asks once a day for each question; every replica has the answer then."""

    def __init__(
        self, store: Store, slack: Slack, pacer: Pacer, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """*clock* is in seconds."""
        self._store = store
        self._slack = slack
        self._pacer = pacer
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}

    async def by_email(self, email: str) -> str | None:
        """The id of the person with that address; `None` where there is none, it is a robot, or they left.

        Raises:
            TransientError: Slack or Redis cannot say now.
        """

        async def ask() -> str:
            person = await self._pacer.run(
                Call("users.lookupByEmail", priority=Priority.DIGEST), lambda: self._slack.person_by_email(email)
            )
            return person.id if person is not None and not person.is_bot and not person.deleted else ""

        return await self._answer(f"email {email.lower()}", ask) or None

    async def name(self, user: str) -> str | None:
        """What a person is called, for saying so without pinging them; `None` for whom Slack does not know.

        Raises:
            TransientError: Slack or Redis cannot say now.
        """

        async def ask() -> str:
            call = Call("users.info", priority=Priority.DIGEST)
            return (await self._pacer.run(call, lambda: self._slack.person(user))).name

        return await self._answer(f"name {user}", ask) or None

    async def direct(self, user: str) -> str | None:
        """The channel in which the bot can speak to *user* alone; `None` where it cannot.

        Raises:
            TransientError: Slack or Redis cannot say now.
        """

        async def ask() -> str:
            call = Call("conversations.open", priority=Priority.DIGEST)
            return await self._pacer.run(call, lambda: self._slack.direct(user))

        return await self._answer(f"direct {user}", ask) or None

    async def _answer(self, question: str, ask: Callable[[], Awaitable[str]]) -> str:
        until, answer = self._known.get(question, (0.0, ""))
        if self._clock() < until:
            return answer
        name = blake2b(question.encode(), digest_size=12).hexdigest()  # no address is spelled in a key
        kept = await self._store.people.get(_OWNER, name)
        if kept is None:
            try:
                kept = (await ask()).encode()
            except PermanentError as error:
                log.warning("slack_does_not_know", question=question.partition(" ")[0], reason=str(error))
                kept = b""
            await self._store.people.put(_OWNER, name, kept)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[question] = (self._clock() + _FRESH, kept.decode(errors="replace"))
        return self._known[question][1]
