"""What the sandbox does wrong on request: once, several times, or until told to stop."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase

from msgspec import Struct


class Fault(StrEnum):
    """Ways in which GitHub and the network between have been seen to fail."""

    RATE_LIMITED_PRIMARY = "rate_limited_primary"
    RATE_LIMITED_SECONDARY = "rate_limited_secondary"
    SERVER_ERROR = "server_error"
    TRUNCATED = "truncated"
    """A whole answer's headers, ETag included, over the first half of its body."""
    GROWING = "growing"
    """A list's last entry appears only after its first page was read."""
    SLOW = "slow"
    REFUSED = "refused"
    """The connection closes without an answer."""
    BROKEN_OFF = "broken_off"
    """The connection closes in the middle of the body."""
    HTML = "html"
    BACK_TO_IN_PROGRESS = "back_to_in_progress"
    """Finished jobs are shown as still running."""
    REVERSED = "reversed"
    """The entries of a page come in the opposite order."""
    STALE = "stale"
    """A list lacks its first entry, as a replica that lags behind shows it."""
    OTHER_HOST = "other_host"
    """The `Link` header leads to another host."""
    MOVED = "moved"
    """The repository has another name now."""
    SSO = "sso"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"


class Misbehaviour(Struct):
    """A fault that waits for requests that match."""

    pattern: str
    kind: Fault
    times: int | None
    seconds: float


class Faults:
    """The faults asked for, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Misbehaviour] = []

    def add(self, pattern: str, kind: Fault | str, times: int | None = 1, *, seconds: float = 60.0) -> None:
        """Do *kind* to the next *times* requests whose path and query contain the glob *pattern*.

        `None` is until `clear`. *seconds* is how long a limit lasts, or how slow an answer is.
        """
        self._waiting.append(Misbehaviour(pattern, Fault(kind), times, seconds))

    def clear(self) -> None:
        """Behave again."""
        self._waiting.clear()

    @property
    def waiting(self) -> int:
        """How many have not been used up."""
        return len(self._waiting)

    def take(self, path: str) -> Misbehaviour | None:
        """The first fault that fits the request for *path*, used up once."""
        for fault in self._waiting:
            if fnmatchcase(path, f"*{fault.pattern}*"):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                return fault
        return None
