"""What goes wrong on request: a fault waits for the next call it fits, and happens to that call once.

Faults are taken in the order in which they were added.
"""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from chatbot.sandbox.slack.values import Json


class FaultKind(StrEnum):
    """What happens to a call."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    LOST_ANSWER = "lost_answer"
    REFUSED = "refused"
    SLOW = "slow"
    ERROR = "error"
    GARBAGE = "garbage"


_DETAILS: dict[FaultKind, frozenset[str]] = {
    FaultKind.RATE_LIMITED: frozenset({"retry_after"}),
    FaultKind.SERVER_ERROR: frozenset({"status", "executed"}),
    FaultKind.LOST_ANSWER: frozenset(),
    FaultKind.REFUSED: frozenset(),
    FaultKind.SLOW: frozenset({"seconds", "executed"}),
    FaultKind.ERROR: frozenset({"code"}),
    FaultKind.GARBAGE: frozenset({"executed"}),
}


class Fault(Struct):
    """One kind of trouble for calls of *method* (a name or a glob), *times* times, in one channel or in all."""

    method: str
    kind: FaultKind
    times: int
    channel: str | None
    detail: Json

    @property
    def executed(self) -> bool:
        """Whether the call is carried out although it goes wrong."""
        return self.kind is FaultKind.LOST_ANSWER or bool(self.detail.get("executed"))


class Faults:
    """Those still to happen."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, method: str, kind: str, times: int = 1, *, channel: str | None = None, **detail: Any) -> None:
        """Make the next *times* calls of *method* go wrong.

        `method` is a Web API method, `response_url`, `upload` or a glob of these. Details by kind: `rate_limited`
        takes `retry_after` (seconds, 1), `server_error` takes `status` (500) and `executed` (False), `slow` takes
        `seconds` (1.0) and `executed` (True: carried out before the wait), `error` takes `code` (internal_error),
        `garbage` takes `executed`. `lost_answer` is carried out and then the connection drops; `refused` drops before.

        Raises:
            ValueError: no such kind, or a detail it does not have.
        """
        try:
            known = FaultKind(kind)
        except ValueError:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(FaultKind)}") from None
        unknown = detail.keys() - _DETAILS[known]
        if unknown:
            raise ValueError(f"{kind} has no {', '.join(sorted(unknown))}; it has {sorted(_DETAILS[known])}")
        if known is FaultKind.SLOW:
            detail.setdefault("executed", True)
        self._waiting.append(Fault(method, known, times, channel, detail))

    def take(self, method: str, args: Json) -> Fault | None:
        """The fault for this call, if one waits for it."""
        for fault in self._waiting:
            fits = fnmatchcase(method, fault.method) and fault.channel in (None, args.get("channel"))
            if fits and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    @property
    def left(self) -> int:
        """How many calls are still to go wrong."""
        return sum(fault.times for fault in self._waiting)
