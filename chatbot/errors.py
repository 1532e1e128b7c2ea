"""What can go wrong, sorted by what the caller should do about it.

    TrunkwatchError
    ├── UserError            say it to the person who asked; the text says what to do
    │   └── ConfigError      the configuration or the command line is wrong: exit code 2
    ├── TransientError       may work later; `retry_after` says when, if the other side told us
    │   └── AmbiguousError   it may or may not have happened: look before doing it again
    └── PermanentError       will not work however often it is tried

Foreign exceptions are translated where they enter, `from` the original. Nothing here knows where an
error came from; that is in its text.
"""

from __future__ import annotations


class TrunkwatchError(Exception):
    """Root of everything this project raises on purpose."""


class UserError(TrunkwatchError):
    """A person asked for something that cannot be done; the text tells them what to do instead."""


class ConfigError(UserError):
    """The configuration or the command line is wrong. The text names the place and the remedy."""


class TransientError(TrunkwatchError):
    """May work later."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """*retry_after* is in seconds, `None` where the other side did not say."""
        super().__init__(message)
        self.retry_after = retry_after


class AmbiguousError(TransientError):
    """The request may have been carried out although no answer came back."""


class PermanentError(TrunkwatchError):
    """Will not work however often it is tried. `code` is the other side's own word for it."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code
