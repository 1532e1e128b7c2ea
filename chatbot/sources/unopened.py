"""A source that could not be opened, and says so whatever is asked of it: its trunk then has a reason to be stale."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import ConfigError
from chatbot.sources import Cursor, Poll


class Unopened:
    """Every question is answered with *error*."""

    def __init__(self, error: ConfigError) -> None:
        self._error = error

    def _refuse(self) -> NoReturn:
        raise ConfigError(str(self._error)) from self._error

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:  # noqa: ARG002  the protocol's
        """Never: `ConfigError`."""
        self._refuse()

    async def files(self, sha: str) -> Sequence[ChangedFile]:  # noqa: ARG002  the protocol's
        """Never: `ConfigError`."""
        self._refuse()

    async def log(self, attempt: Attempt) -> AsyncIterator[bytes]:  # noqa: ARG002  the protocol's
        """Never: `ConfigError`."""
        for _ in ():
            yield b""
        self._refuse()

    async def check(self) -> str:
        """Never: `ConfigError`."""
        self._refuse()

    async def close(self) -> None:
        """Nothing is held."""
