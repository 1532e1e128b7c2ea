"""Who we are to GitHub: a token, or an App that exchanges a signed claim for a token of an hour.

Secrets are kept out of every `repr`. Nothing here talks: an exchange is handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from msgspec import Struct

from chatbot.errors import ConfigError, PermanentError
from chatbot.sources.github.wire import decode

EARLY = timedelta(minutes=5)
"""How long before its end an installation token is replaced."""

CLAIM_LASTS = timedelta(minutes=9)
"""GitHub refuses claims that last longer than ten minutes."""

CLAIM_BACKDATED = timedelta(minutes=1)
"""GitHub's own advice against clocks that differ."""


@dataclass(frozen=True)
class Token:
    """A personal access token, or one from Actions."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class App:
    """A GitHub App installed on the repository; *private_key* is PEM text or the path of a PEM file."""

    app_id: str
    private_key: str = field(repr=False)

    def pem(self) -> str:
        """The key as PEM text.

        Raises:
            ConfigError: it is neither a PEM nor a readable path, or not an RSA key without a passphrase.
        """
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  8 MB that only an App needs
            load_pem_private_key,
        )

        text = self.private_key.replace("\\n", "\n").strip()
        if not text.startswith("-----BEGIN"):
            text = _file_text(text)
        try:
            load_pem_private_key(text.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise ConfigError(
                "GITHUB_APP_PRIVATE_KEY is not a private key in PEM form: download one from the App's settings page"
            ) from error
        return text


def _file_text(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise ConfigError(
            "GITHUB_APP_PRIVATE_KEY is neither PEM text nor the path of a file that can be read"
        ) from error


Now = Callable[[], datetime]

Exchange = Callable[[str, str, str], Awaitable[bytes]]
"""Send (method, path, authorization) and give the answer's body."""


class Credentials:
    """The `authorization` header for a request, renewed when it must be."""

    renewable = False

    def __init__(self, token: Token | None) -> None:
        """Without a token GitHub is asked anonymously: 60 requests an hour, no logs."""
        self._token = token

    def __str__(self) -> str:
        return "with a token" if self._token else "anonymously"

    async def header(self, exchange: Exchange, now: Now) -> str | None:
        """The header's value; *now* gives the server's time."""
        del exchange, now
        return f"token {self._token.text}" if self._token else None

    def forget(self) -> None:
        """Nothing to renew."""


class _Installation(Struct, frozen=True):
    id: int


class _Grant(Struct, frozen=True):
    token: str
    expires_at: datetime


class AppCredentials(Credentials):
    """Installation tokens of an App, one at a time, shared by all requests."""

    renewable = True

    def __init__(self, app: App, repo: str) -> None:
        """*repo* is what the App must be installed on."""
        super().__init__(None)
        self._app = app
        self._pem = app.pem()
        self._repo = repo
        self._grant: _Grant | None = None
        self._lock = asyncio.Lock()

    def __str__(self) -> str:
        return f"as GitHub App {self._app.app_id}"

    async def header(self, exchange: Exchange, now: Now) -> str:
        """The header's value, after an exchange where the token at hand ends within five minutes."""
        async with self._lock:
            if self._grant is None or now() >= self._grant.expires_at - EARLY:
                self._grant = await self._granted(exchange, now)
            return f"token {self._grant.token}"

    def forget(self) -> None:
        """The token was refused: ask for another next time."""
        self._grant = None

    async def _granted(self, exchange: Exchange, now: Now) -> _Grant:
        try:
            return await self._asked(exchange, now)
        except PermanentError as error:
            if error.code != str(HTTPStatus.UNAUTHORIZED.value):
                raise
        return await self._asked(exchange, now)  # the refusal has told us the server's time, if ours was wrong

    async def _asked(self, exchange: Exchange, now: Now) -> _Grant:
        claim = f"bearer {self._claim(now())}"
        found = await exchange("GET", f"/repos/{self._repo}/installation", claim)
        installation = decode(found, _Installation, "the App's installation")
        answer = await exchange("POST", f"/app/installations/{installation.id}/access_tokens", claim)
        return decode(answer, _Grant, "the installation token")

    def _claim(self, now: datetime) -> str:
        import jwt  # noqa: PLC0415  as above

        claims = {
            "iat": int((now - CLAIM_BACKDATED).timestamp()),
            "exp": int((now - CLAIM_BACKDATED + CLAIM_LASTS).timestamp()),
            "iss": self._app.app_id,
        }
        return jwt.encode(claims, self._pem, algorithm="RS256")


def credentials(auth: Token | App | None, repo: str) -> Credentials:
    """What asks as *auth*."""
    return AppCredentials(auth, repo) if isinstance(auth, App) else Credentials(auth)
