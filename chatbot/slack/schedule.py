"""Which call to Slack goes next, and when: decided on values that take `now`. Sends nothing.

`now` is in seconds of a monotonic clock.

- A channel gets one message a second. After quiet seconds it may have up to three at once; those are paid back before
  the next, so that no stretch of seconds carries more than Slack tolerates
  (docs.slack.dev/apis/web-api/rate-limits).
- People's actions go before new alerts, these before thread entries, edits and digests; but calls of one thread keep
  their order, so a thread goes as early as the most urgent of its calls.
- Of what a method may do at once, edits and digests leave half to people: who presses just after a burst would wait
  until that is paid back.
- An edit that waits is replaced by a newer one of the same message. Nothing else is ever dropped.
- After a 429 every call of that method waits as long as Slack said; the refused call keeps its place.
- Channels wait for themselves only: one that is slow or limited holds up no other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import count
from math import inf
from typing import Final, NamedTuple

from msgspec import Struct

POST: Final = "chat.postMessage"
EDIT: Final = "chat.update"
_MARGIN: Final = 1.05  # requests do not arrive as evenly as they are sent, and a 429 costs a second or more
MESSAGE_EVERY: Final = 1.0 * _MARGIN
MESSAGES_AT_ONCE: Final = 3
_MINUTE: Final = 60.0 * _MARGIN
_BURST: Final = 10
_FOR_PEOPLE: Final = 5
_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100
PER_MINUTE: Final = {
    EDIT: _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "files.completeUploadExternal": _TIER_4,
    "files.getUploadURLExternal": _TIER_4,
    "usergroups.users.list": _TIER_2,
    "users.info": _TIER_4,
    "users.lookupByEmail": _TIER_3,
    "views.publish": _TIER_4,
}
_IN_ORDER: Final = frozenset({POST, EDIT})  # one at a time in a channel; others may overlap


class Priority(IntEnum):
    """What goes first."""

    ACTION = 0
    ALERT = 1
    ENTRY = 2
    EDIT = 3
    DIGEST = 4


class Call(Struct, frozen=True):
    """A call that waits for its turn.

    `thread` names what must stay in order (an alert's id does). `replaces` names the message an edit changes.
    """

    method: str
    channel: str = ""
    priority: Priority = Priority.ENTRY
    thread: str = ""
    replaces: str = ""


class Added(NamedTuple):
    """The call's ticket; *replaced*: it is that of the waiting edit it took the place of."""

    ticket: int
    replaced: bool = False


class Turn(NamedTuple):
    """The ticket whose turn it is, or when to ask again; neither while only a running call can change anything."""

    ticket: int | None
    at: float | None


class Pace:
    """At most one every *interval* seconds, after quiet ones up to *burst* at once that are paid back afterwards.

    `due` is when the next may go without being one of several at once, `spare` how many may go before that.
    """

    def __init__(self, interval: float, burst: int) -> None:
        self._interval = interval
        self._burst = burst
        self.spare = burst - 1
        self.due = -inf

    def ready_at(self) -> float:
        """When the next may go."""
        return -inf if self.spare else self.due

    def take(self, now: float) -> None:
        """One goes."""
        if now >= self.due:
            quiet = min((now - self.due) / self._interval, self._burst - 1)
            self.spare = int(quiet)
            self.due = now + self._interval
        else:
            self.spare -= 1
            self.due += self._interval

    def wait_until(self, moment: float) -> None:
        """Slack said no: nothing before *moment*, and no burst then."""
        self.due = max(self.due, moment)
        self.spare = 0


class Lane:
    """What waits for one method in one channel."""

    def __init__(self, method: str, pace: Pace | None) -> None:
        self.method = method
        self.pace = pace
        self.waiting: dict[int, Call] = {}
        self.running: set[int] = set()

    @property
    def busy(self) -> bool:
        """Whether the next has to wait for one that runs."""
        return bool(self.running) and self.method in _IN_ORDER

    def best(self) -> tuple[Priority, int]:
        """The most urgent: a thread is as urgent as its most urgent call, and its oldest call goes first."""
        urgency: dict[str, Priority] = {}
        for ticket, call in self.waiting.items():
            key = call.thread or str(ticket)
            urgency[key] = min(urgency.get(key, call.priority), call.priority)
        heads: dict[str, int] = {}
        for ticket in sorted(self.waiting):
            heads.setdefault(self.waiting[ticket].thread or str(ticket), ticket)
        return min((urgency[key], ticket) for key, ticket in heads.items())

    def edit_of(self, message: str) -> int | None:
        """The ticket of the edit of *message* that waits."""
        if not message:
            return None
        return next((ticket for ticket, call in self.waiting.items() if call.replaces == message), None)


class Schedule:
    """Calls that wait and calls that run. `limited` says which methods Slack has stopped, and until when."""

    def __init__(self) -> None:
        self.limited: dict[str, float] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._places: dict[int, Lane] = {}
        self._calls: dict[int, Call] = {}
        self._methods = {method: Pace(_MINUTE / most, _BURST) for method, most in PER_MINUTE.items()}
        self._tickets = count(1)

    def __len__(self) -> int:
        return sum(len(lane.waiting) for lane in self._lanes.values())

    @property
    def running(self) -> int:
        """How many calls are on their way."""
        return len(self._places) - len(self)

    def waiting(self) -> dict[Priority, int]:
        """How many wait, by priority."""
        counts: defaultdict[Priority, int] = defaultdict(int)
        for lane in self._lanes.values():
            for call in lane.waiting.values():
                counts[call.priority] += 1
        return dict(counts)

    def add(self, call: Call) -> Added:
        """Let *call* wait for its turn. It takes the place, and the urgency, of a waiting edit of the same message."""
        lane = self._lane(call)
        older = lane.edit_of(call.replaces)
        ticket = next(self._tickets) if older is None else older
        if older is not None:
            urgency = min(lane.waiting[older].priority, call.priority)
            call = Call(call.method, call.channel, urgency, call.thread, call.replaces)
        self._places[ticket] = lane
        self._calls[ticket] = call
        lane.waiting[ticket] = call
        return Added(ticket, older is not None)

    def next(self, now: float) -> Turn:
        """Whose turn it is at *now*; that call then counts as running until `done`."""
        ready: list[tuple[Priority, int]] = []
        later: list[float] = []
        for lane in self._lanes.values():
            if not lane.waiting or lane.busy:
                continue
            at = self._ready_at(lane)
            if at <= now:
                ready.append(lane.best())
            else:
                later.append(at)
        if not ready:
            return Turn(None, min(later, default=None))
        ticket = min(ready)[1]
        self._start(ticket, now)
        return Turn(ticket, now)

    def done(self, ticket: int, *, now: float, retry_after: float | None = None) -> int | None:
        """The call came back. With *retry_after* it was refused by a limit, and waits again in its old place.

        The answer is the ticket of a newer edit of the same message, if the refused one gave way to it.
        """
        lane = self._places[ticket]
        if retry_after is None:
            self._forget(ticket)
            return None
        lane.running.discard(ticket)
        self.limited[lane.method] = max(self.limited.get(lane.method, -inf), now + retry_after)
        for pace in self._paces(lane):
            pace.wait_until(now + retry_after)
        call = self._calls[ticket]
        newer = lane.edit_of(call.replaces)
        if newer is None:
            lane.waiting[ticket] = call
        else:
            self._forget(ticket)
        return newer

    def drop(self, ticket: int) -> None:
        """Nobody wants it any more."""
        if ticket in self._places:
            self._forget(ticket)

    def tidy(self, now: float) -> None:
        """Forget channels that have nothing to do and methods that are free again, so that neither grow for ever."""
        self.limited = {method: until for method, until in self.limited.items() if until > now}
        idle = [key for key, lane in self._lanes.items() if _idle(lane, now)]
        for key in idle:
            del self._lanes[key]

    def _lane(self, call: Call) -> Lane:
        key = (call.method, call.channel)
        if key not in self._lanes:
            pace = Pace(MESSAGE_EVERY, MESSAGES_AT_ONCE) if call.method == POST else None
            self._lanes[key] = Lane(call.method, pace)
        return self._lanes[key]

    def _paces(self, lane: Lane) -> Iterator[Pace]:
        method = self._methods.get(lane.method)
        return (pace for pace in (lane.pace, method) if pace is not None)

    def _ready_at(self, lane: Lane) -> float:
        at = _latest(self.limited.get(lane.method, -inf), (pace.ready_at() for pace in self._paces(lane)))
        method = self._methods.get(lane.method)
        if method is None or at >= method.due or method.spare > _FOR_PEOPLE or lane.best()[0] < Priority.EDIT:
            return at
        return method.due

    def _start(self, ticket: int, now: float) -> None:
        lane = self._places[ticket]
        del lane.waiting[ticket]
        lane.running.add(ticket)
        for pace in self._paces(lane):
            pace.take(now)

    def _forget(self, ticket: int) -> None:
        lane = self._places.pop(ticket)
        lane.waiting.pop(ticket, None)
        lane.running.discard(ticket)
        del self._calls[ticket]


def _latest(first: float, others: Iterable[float]) -> float:
    return max((first, *others))


def _idle(lane: Lane, now: float) -> bool:
    """Nothing in it, and so long quiet that a new lane would be paced alike."""
    rested = lane.pace is None or lane.pace.ready_at() + MESSAGES_AT_ONCE * MESSAGE_EVERY <= now
    return rested and not lane.waiting and not lane.running
