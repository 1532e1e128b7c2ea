"""Replays a recording through the watches: which alerts would have fired, when, and over when.

The same `Board`, `settle` and `rank` as in the running bot, with the recording's clock. Lines with the same
`at` are one moment; after each moment the watches it can have changed are evaluated. Pure: it reads no
file, and its memory is bounded by the windows, not by the recording.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import msgspec
from msgspec import Struct

from chatbot import inquiry, window
from chatbot.alert import Alert, AlertJob
from chatbot.ci import Attempt, Commit, Job
from chatbot.config import Config, TrunkConfig
from chatbot.errors import ConfigError
from chatbot.recording import Recorded, RecordedCommit
from chatbot.settle import settle
from chatbot.suspects import Model, rank
from chatbot.trunk import Change
from chatbot.watch import Board, Watch


class FiredJob(Struct, frozen=True):
    """A job that was failing when the alert opened; `job` is the shard-merged name."""

    workflow: str
    job: str
    streak: int
    first_failing: str | None
    last_green: str | None


class FiredSuspect(Struct, frozen=True):
    """A commit that was suspected when the alert opened."""

    sha: str
    probability: float
    reasons: tuple[str, ...]


class Fired(Struct, frozen=True):
    """One alert of a backtest, as its JSON has it."""

    watch: str
    trunk: str
    opened_at: datetime
    opened_on: str
    resolved_at: datetime | None
    reopened: int
    jobs: tuple[FiredJob, ...]
    suspects: tuple[FiredSuspect, ...]


class Followed:
    """One trunk with its boards and the newest alert of each watch."""

    def __init__(self, config: TrunkConfig, watches: Iterable[Watch]) -> None:
        self.trunk = window.empty(config)
        self.boards = [Board(watch, self.trunk) for watch in watches]
        self.alerts: dict[str, Alert] = {}
        self.fired: dict[str, Fired] = {}
        self.model = Model()
        self._timed = [board for board in self.boards if board.timed]
        self._selecting: dict[Job, list[Board]] = {}

    def moment(self, commits: list[Commit], attempts: list[Attempt], *, at: datetime) -> None:
        """Take in what became visible at *at* and let the alerts follow."""
        if commits:
            change, boards = self.trunk.apply(commits, attempts), self.boards
        else:
            jobs = frozenset(job for attempt in attempts for job in self.trunk.record(attempt)[0])
            boards = self._concerned(jobs)
            if not boards:
                return
            change = Change(jobs, frozenset())
        for board in boards:
            self._evaluate(board, change, at)

    def _concerned(self, jobs: frozenset[Job]) -> list[Board]:
        """The boards whose verdict can be another once the outcomes of *jobs* are: most news alters no outcome."""
        if not jobs:
            return self._timed
        if len(jobs) > 1:
            return self.boards
        (job,) = jobs
        known = self._selecting.get(job)
        if known is None:
            known = [board for board in self.boards if board.timed or board.watch.selects(job)]
            self._selecting[job] = known
        return known

    def _evaluate(self, board: Board, change: Change, at: datetime) -> None:
        broken, before = board.take_in(change, now=at), self.alerts.get(board.watch.id)
        if not broken and (before is None or not before.open):
            return
        after = settle(before, board.watch, board.verdict(now=at), self.trunk)
        if after is None or after is before:
            return
        self.alerts[board.watch.id] = after
        if before is None or before.id != after.id:
            self.fired[after.id] = self._opened(after, board.watch)
        elif (before.resolved_at, before.reopened) != (after.resolved_at, after.reopened):
            self.fired[after.id] = msgspec.structs.replace(
                self.fired[after.id], resolved_at=after.resolved_at, reopened=after.reopened
            )

    def _opened(self, alert: Alert, watch: Watch) -> Fired:
        return Fired(
            watch=alert.watch,
            trunk=alert.trunk,
            opened_at=alert.opened_at,
            opened_on=alert.opened_on,
            resolved_at=None,
            reopened=0,
            jobs=tuple(_job(job) for job in alert.jobs),
            suspects=self._suspects(alert, watch),
        )

    def _suspects(self, alert: Alert, watch: Watch) -> tuple[FiredSuspect, ...]:
        """The candidates of the range with the most jobs, ranked by what the recording holds."""
        if not alert.groups:
            return ()
        group = alert.groups[0]
        files = {c.sha: c.files for c in self.trunk.commits if c.files is not None}
        case = inquiry.case_of(group, alert, self.trunk, files=files, paths=watch.config.paths)
        kept, _ = inquiry.within(group, rank(case, self.model), self.trunk)
        return tuple(FiredSuspect(one.sha, round(one.probability, 4), one.reasons) for one in kept)


def _job(job: AlertJob) -> FiredJob:
    return FiredJob(job.job.workflow, job.job.name, job.streak, job.first_failing, job.last_green)


class Backtest:
    """A configuration and how far its trunks have been replayed."""

    def __init__(self, config: Config) -> None:
        watches = defaultdict(list)
        for watch in config.watches:
            watches[watch.trunk].append(Watch(watch))
        self._trunks = {trunk.id: Followed(trunk, watches[trunk.id]) for trunk in config.trunks}
        self.lines = 0

    def replay(self, records: Iterable[Recorded]) -> Iterator[int]:
        """Take in *records*, moment after moment; yields how many lines were taken, now and then.

        Raises:
            ConfigError: a line speaks of a trunk that is not configured.
        """
        told = 0
        for at, lines in groupby(records, key=attrgetter("at")):
            self._moment(at, lines)
            if self.lines - told >= 1000:  # noqa: PLR2004  often enough for a progress bar
                yield self.lines - told
                told = self.lines
        yield self.lines - told

    def _moment(self, at: datetime, lines: Iterable[Recorded]) -> None:
        news: dict[str, tuple[list[Commit], list[Attempt]]] = {}
        for line in lines:
            self.lines += 1
            found = news.get(line.trunk)
            if found is None:
                found = news[line.trunk] = ([], [])
            if isinstance(line, RecordedCommit):
                found[0].append(line)
            else:
                found[1].append(line)
        for trunk, (commits, attempts) in news.items():
            self._followed(trunk).moment(commits, attempts, at=at)

    def _followed(self, trunk: str) -> Followed:
        found = self._trunks.get(trunk)
        if found is None:
            known = ", ".join(self._trunks)
            raise ConfigError(
                f"the recording speaks of a trunk {trunk!r}; the configuration knows {known}. "
                "Set the trunk's `id` to the name in the recording."
            )
        return found

    @property
    def fired(self) -> list[Fired]:
        """The alerts so far, in the order in which they opened."""
        every = (fired for followed in self._trunks.values() for fired in followed.fired.values())
        return sorted(every, key=lambda fired: (fired.opened_at, fired.watch))
