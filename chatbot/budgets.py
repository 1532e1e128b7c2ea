"""What is left of each API's rate limit, and how much longer polls wait so that it lasts. Pure.

A tenth is kept for what is urgent: the evidence for an alert, and what people set off. While half of a limit is left,
nothing is saved. Below that, polls come as much later as less is left than the same share of the time until it is
renewed; once only the tenth is left, they wait for the renewal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

RESERVE = 0.1
"""The share of a limit that polls leave alone."""

_RESOURCES = frozenset(
    {"core", "graphql", "search", "code_search", "integration_manifest"}
)  # GitHub's, as it names them
_CORE = "core"
_EPOCH = 10**9  # a reset beyond it is a time, below it a number of seconds
_SAME = timedelta(seconds=3)  # resets that are closer mean one window


class Budget(Struct, frozen=True):
    """What the rate limit leaves: requests until *reset*."""

    remaining: int
    limit: int
    reset: datetime

    @property
    def usable(self) -> float:
        """Requests left for polls."""
        return max(0.0, self.remaining - RESERVE * self.limit)


class Budgets:
    """The budgets of every API that tells of one, by its name and the resource that is limited."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Budget] = {}
        self._windows: dict[tuple[str, str], timedelta] = {}

    def learn(self, api: str, headers: Mapping[str, str], *, now: datetime) -> None:
        """Take in what the headers of an answer say, if anything."""
        budget = read(headers, now)
        if budget is None:
            return
        said = headers.get("x-ratelimit-resource", _CORE)
        key = (api, said if said in _RESOURCES else _CORE)
        before = self._known.get(key)
        if before is not None and abs(before.reset - budget.reset) < _SAME and before.remaining < budget.remaining:
            return  # answers overtake each other
        self._known[key] = budget
        self._windows[key] = max(self._windows.get(key, timedelta(0)), budget.reset - now)

    def of(self, api: str, *, now: datetime) -> Budget | None:
        """What polls of *api* live on; `None` where nothing is known or all of it is back."""
        budget = self._known.get((api, _CORE))
        return budget if budget is not None and budget.reset > now else None

    def all(self, *, now: datetime) -> Mapping[tuple[str, str], Budget]:
        """Every budget whose window has not ended, by API and resource."""
        return {key: budget for key, budget in self._known.items() if budget.reset > now}

    def stretch(self, api: str, *, now: datetime) -> float:
        """How many times as long an interval of polls should be; infinite where they have to wait for the reset."""
        budget = self.of(api, now=now)
        if budget is None or budget.remaining * 2 > budget.limit:
            return 1.0
        if not budget.usable:
            return float("inf")
        left = (budget.reset - now) / max(self._windows[api, _CORE], timedelta(seconds=1))
        return max(1.0, left * budget.limit * (1 - RESERVE) / budget.usable)

    def interval(self, api: str, seconds: float, *, now: datetime) -> float:
        """An interval of *seconds*, longer where budget has to be saved, at most until there is new."""
        budget = self.of(api, now=now)
        if budget is None:
            return seconds
        until = (budget.reset - now).total_seconds() + 1.0
        return min(seconds * self.stretch(api, now=now), max(seconds, until))


def read(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """What the headers say: GitHub's `X-RateLimit-*` or the `RateLimit-*` of others, the reset a time or a wait.

    A time is the server's: what it differs from ours is read from its `Date`.
    """
    for prefix in ("x-ratelimit-", "ratelimit-"):
        words = [headers.get(prefix + name, "") for name in ("remaining", "limit", "reset")]
        if all(word.isascii() and word.isdecimal() and len(word) < 12 for word in words):  # noqa: PLR2004  as long as a time is
            remaining, limit, reset = map(int, words)
            wait = reset - _server_time(headers, now) if reset > _EPOCH else reset
            return Budget(min(remaining, limit), limit, now + timedelta(seconds=wait)) if limit else None
    return None


def _server_time(headers: Mapping[str, str], now: datetime) -> float:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return now.timestamp()
