"""Bolt, set up for our router: acknowledgements leave at once, and no request waits for a call to Slack.

With `process_before_response` Bolt answers as soon as the listener returns. Ours acknowledge and return;
the default runner would look for the acknowledgement only every 10 ms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from chatbot.errors import TransientError
from chatbot.slack.answers import Identity
from chatbot.slack.client import Slack
from chatbot.slack.lookup import try_socket

log = structlog.get_logger("app")

T = TypeVar("T")


def bolt_app(slack: Slack, identity: Identity, *, token: str, signing_secret: str | None) -> AsyncApp:
    """An app that knows who it is without asking Slack again. Without *signing_secret* it is for sockets only."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_token=token,
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user,
        )

    return AsyncApp(
        name="trunkwatch",  # without one Bolt reads the sources of everything that is imported, to be called as we are
        client=slack.transport.web,
        authorize=authorize,
        signing_secret=signing_secret or "",
        request_verification_enabled=signing_secret is not None,
        process_before_response=True,
    )


class Socket:
    """Socket Mode: one connection that Slack's SDK keeps open and renews."""

    def __init__(self, app: AsyncApp, app_token: str, *, base_url: str) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)
        self._token = app_token
        self._base_url = base_url
        self._seen: object = None
        self._since = 0.0

    async def open(self) -> None:
        """Connect.

        Raises:
            PermanentError: Slack refuses the app-level token.
            TransientError: it does not answer at all.
        """
        # The SDK would try a refused token again for ever, and log a traceback each time.
        await patiently(lambda: try_socket(self._token, base_url=self._base_url))
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped

    async def connected(self) -> bool:
        """Whether deliveries can arrive now."""
        connected = bool(await self._handler.client.is_connected())
        present = self._handler.client.current_session if connected else None
        if present is not self._seen:
            self._seen, self._since = present, monotonic()
        return connected

    def age(self) -> float:
        """Seconds since the connection was first seen by `connected`; 0 while there is none."""
        return monotonic() - self._since if self._seen is not None else 0.0

    async def close(self) -> None:
        """Disconnect for good."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


async def signed_in(slack: Slack) -> Identity:
    """Whose token it is, asked a few times where Slack does not answer.

    Raises:
        PermanentError: Slack refuses the token.
        TransientError: it does not answer at all.
    """
    return await patiently(slack.auth)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer to *ask*, which is asked a few times where Slack does not answer."""
    for attempt in range(5):
        try:
            return await ask()
        except TransientError as error:
            log.warning("slack_not_reached", reason=str(error), attempt=attempt)
            await asyncio.sleep(error.retry_after or 2.0**attempt / 2)
    return await ask()
