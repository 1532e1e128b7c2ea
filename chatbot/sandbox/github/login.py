"""Who may ask: holders of the token, and a GitHub App that exchanges its signed claim for one of an hour."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import jwt
from msgspec import Struct

from chatbot.sandbox.github.replies import Refused

LASTS = timedelta(hours=1)
INSTALLATION = 4711


class AppKey(Struct, frozen=True):
    """An App by its number and the public half of its key, as PEM."""

    app_id: str
    public_key: str


class Login:
    """Tokens that are good, and until when."""

    def __init__(self, token: str | None, app: AppKey | None) -> None:
        """Without *token* and *app* anybody may ask."""
        self._token = token
        self._app = app
        self._granted: dict[str, datetime] = {}
        self.grants = 0

    def admit(self, header: str | None, now: datetime) -> None:
        """Let a request in.

        Raises:
            Refused: 401, in GitHub's words.
        """
        if self._token is None and self._app is None:
            return
        _, _, token = (header or "").partition(" ")
        if not header:
            raise Refused(401, "Requires authentication")
        if token != self._token and not self._granted.get(token, now) > now:
            raise Refused(401, "Bad credentials")

    def claim(self, header: str | None, now: datetime) -> None:
        """Check an App's claim: its signature, and its times against the server's."""
        _, _, claim = (header or "").partition(" ")
        if self._app is None:
            raise Refused(404, "Integration not found")
        try:
            told = jwt.decode(
                claim,
                self._app.public_key,
                algorithms=["RS256"],
                issuer=self._app.app_id,
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise Refused(401, "A JSON web token could not be decoded") from error
        left = told["exp"] - now.timestamp()
        if left <= 0:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        if left > timedelta(minutes=10).total_seconds():
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")

    def grant(self, now: datetime) -> tuple[str, datetime]:
        """A new installation token and its end."""
        self.grants += 1
        token = "ghs_" + hashlib.sha256(f"{self.grants} {now}".encode()).hexdigest()[:36]
        self._granted[token] = now + LASTS
        return token, now + LASTS

    def revoke(self) -> None:
        """Let no token granted so far count any more."""
        self._granted.clear()
