"""The columns trunk is made of: a shard, a job and a workflow along the commits of the window.

A column a property, a byte (or a machine word) a commit: `bytearray.rfind` and `count` then answer "since
when is it red" at the speed of C, and fifty trunks fit into memory. Pure, and private to `trunk`.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from enum import IntEnum

from msgspec import Struct

from chatbot.ci import Conclusion, Failure, Job, Status


class Outcome(IntEnum):
    """What a job says about a commit, all its shards taken together."""

    UNKNOWN = 0
    GREEN = 1
    RED = 2


class Cell(Struct, frozen=True):
    """One shard on one commit as last reported. `reddened`: some attempt of it failed there.

    `queued_at` is known while it waits, `started_at` from its start on.
    """

    shard: str
    run_id: int
    job_id: int
    attempt: int
    status: Status
    conclusion: Conclusion | None
    queued_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    url: str | None = None
    failure: Failure | None = None
    reddened: bool = False


# A cell's state in one byte: 0 never seen, 1 waiting, 2 running, then the conclusions in this order.
ABSENT, WAITING, RUNNING = 0, 1, 2
CONCLUSIONS = tuple(Conclusion)
STATE = {conclusion: index + 3 for index, conclusion in enumerate(CONCLUSIONS)}
FAILED_STATES = frozenset(STATE[c] for c in CONCLUSIONS if c.failed)
ASIDE_STATES = frozenset({ABSENT} | {STATE[c] for c in CONCLUSIONS if c.stands_aside})
SUCCESS_STATE = STATE[Conclusion.SUCCESS]

# A cell's mark in one byte: the number of its attempt, and whether some attempt failed there.
ATTEMPT, REDDENED = 0x7F, 0x80
"""Attempts beyond the 127th count as that one; GitHub allows fewer."""

# The same for many cells at once: what each says as a bit, and what any sum of bits comes to.
_GREEN_BIT, _WAITING_BIT, _RED_BIT = 1, 2, 4


def _bit(state: int) -> int:
    if state in FAILED_STATES:
        return _RED_BIT
    return _GREEN_BIT if state == SUCCESS_STATE else 0 if state in ASIDE_STATES else _WAITING_BIT


def _sum(bits: int) -> Outcome:
    if bits & _RED_BIT:
        return Outcome.RED
    return Outcome.GREEN if bits == _GREEN_BIT else Outcome.UNKNOWN


_BITS = bytes(map(_bit, range(256)))
_OUTCOMES = bytes(map(_sum, range(256)))
_SUCCEEDED = bytes(state == SUCCESS_STATE for state in range(256))
_GREENS = bytes(outcome == Outcome.GREEN for outcome in range(256))
_NOT_REDDENED = bytes(range(REDDENED))
_REDDENED = bytes(mark >= REDDENED for mark in range(256))


_LAST_SECOND = 2**32 - 1  # what four bytes hold, in the year 2106


def seconds(at: datetime | None) -> int:
    """Seconds since 1970 as the columns keep them, 0 for unknown, and for what no clock of a CI can have said."""
    said = int(at.timestamp()) if at is not None else 0
    return said if 0 <= said <= _LAST_SECOND else 0


def moment(since_epoch: int) -> datetime | None:
    """The way back from `seconds`."""
    return datetime.fromtimestamp(since_epoch, UTC) if since_epoch else None


def _zeros(kind: str, length: int) -> array[int]:
    """An array without room to spare, which one that is made of bytes or extended has: an eighth of all memory."""
    return array(kind, (0,)) * length


class Shard:
    """One shard's cells along trunk, a column each property."""

    __slots__ = ("began", "completed", "job", "job_ids", "marks", "name", "states")

    def __init__(self, name: str, job: Column, length: int) -> None:
        self.name = name
        self.job = job
        self.states = bytearray(length)
        self.marks = bytearray(length)  # `ATTEMPT` and `REDDENED`
        self.job_ids = _zeros("q", length)
        self.began = _zeros("I", length)  # to wait, and to run once it does
        self.completed = _zeros("I", length)

    def rank(self, index: int) -> tuple[int, int, int, int, int]:
        """What is known at *index* as it compares: later attempts outrank earlier ones, ends outrank beginnings."""
        state = self.states[index]
        return self.marks[index] & ATTEMPT, min(state, 3), self.completed[index], self.job_ids[index], state

    def red_ids(self) -> list[int]:
        """The job ids of the cells where some attempt failed."""
        if not self.marks.translate(None, _NOT_REDDENED):
            return []
        return [self.job_ids[index] for index, mark in enumerate(self.marks) if mark >= REDDENED]

    def resize(self, cut: int, room: int) -> None:
        """Drop the first *cut* commits of every column, and make it *room* long."""
        more = room - len(self.states) + cut
        self.states = self.states[cut:] + bytes(more)
        self.marks = self.marks[cut:] + bytes(more)
        self.job_ids = self.job_ids[cut:] + _zeros("q", more)
        self.began = self.began[cut:] + _zeros("I", more)
        self.completed = self.completed[cut:] + _zeros("I", more)


class Column:
    """One job along trunk: its `Outcome` on each commit, whether it flaked there, and the run that counts."""

    __slots__ = ("flakes", "job", "outcomes", "runs", "shards")

    def __init__(self, job: Job, length: int) -> None:
        self.job = job
        self.outcomes = bytearray(length)
        self.flakes = bytearray(length)
        self.runs = _zeros("q", length)
        self.shards: list[Shard] = []

    def resize(self, cut: int, room: int) -> None:
        """As `Shard.resize`."""
        more = room - len(self.outcomes) + cut
        self.outcomes = self.outcomes[cut:] + bytes(more)
        self.flakes = self.flakes[cut:] + bytes(more)
        self.runs = self.runs[cut:] + _zeros("q", more)

    def begin(self, index: int, run_id: int) -> None:
        """Let *run_id* count at *index* from now on, and no shard of an older run."""
        self.runs[index] = run_id
        for shard in self.shards:
            shard.states[index] = ABSENT
            shard.marks[index] &= REDDENED

    def settle(self, index: int) -> bool:
        """Work out the outcome at *index* from the shards; whether it changed."""
        green = waiting = reddened = False
        outcome = Outcome.UNKNOWN
        for shard in self.shards:
            state = shard.states[index]
            if state in FAILED_STATES:
                outcome = Outcome.RED
                break
            if state == SUCCESS_STATE:
                green = True
                reddened = reddened or shard.marks[index] >= REDDENED
            elif state not in ASIDE_STATES:
                waiting = True
        else:
            if green and not waiting:
                outcome = Outcome.GREEN
        self.flakes[index] = outcome == Outcome.GREEN and reddened
        if self.outcomes[index] == outcome:
            return False
        self.outcomes[index] = outcome
        return True

    def settle_range(self, where: slice) -> bool:
        """`settle` at each index of *where*, at the price of one; whether any outcome changed."""
        length = where.stop - where.start
        bits = flaked = 0
        for shard in self.shards:
            states = shard.states[where]
            bits |= int.from_bytes(states.translate(_BITS), "big")
            reddened = int.from_bytes(shard.marks[where].translate(_REDDENED), "big")
            flaked |= int.from_bytes(states.translate(_SUCCEEDED), "big") & reddened
        outcomes = bits.to_bytes(length, "big").translate(_OUTCOMES)
        flaked &= int.from_bytes(outcomes.translate(_GREENS), "big")
        self.flakes[where] = flaked.to_bytes(length, "big")
        changed = self.outcomes[where] != outcomes
        self.outcomes[where] = outcomes
        return changed


class Workflow:
    """The jobs and shards of one workflow."""

    __slots__ = ("jobs", "name", "numbers", "shards")

    def __init__(self, name: str) -> None:
        self.name = name
        self.jobs: dict[str, Column] = {}
        self.shards: dict[str, Shard] = {}
        self.numbers: dict[str, int] = {}  # what a shard is called in storage; only ever grows
