"""One set of rules along one replayed trunk: which alerts it makes, over whom, and how good they were. Pure.

The same `Board`, `settle` and `rank` as in the running bot, and it learns like that: from the reverts on trunk.
Several trials may follow one trunk; none changes it. Watches of one trunk keep each other quiet as they do there;
what only the logs of the moment could tell (an infrastructure alert) is not replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from chatbot import culprits, inhibition, inquiry
from chatbot.alert import Alert, AlertJob, Group
from chatbot.ci import Job
from chatbot.settle import settle
from chatbot.suspects import Case, Model, Ranking, rank
from chatbot.trunk import Change, Outcome, Trunk
from chatbot.watch import Board, Watch

_NO_COMMIT = 0.5  # probability of "no commit" from which an alert counts as one over a flake


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


class Quality(Struct, frozen=True):
    """How good an alert was. `commits`: how many landed from the first failing one until it opened, both counted.

    `doubted`: the model held a flake or the runners for likelier than any commit. `undone`: it resolved because the
    very commits it opened over turned green when they ran again.
    """

    commits: int | None
    doubted: bool
    undone: bool = False

    @property
    def flake(self) -> bool:
        """Whether nothing was broken."""
        return self.doubted or self.undone


class Trial:
    """The boards of some watches on one trunk, the newest alert of each watch, and what fired so far."""

    def __init__(self, trunk: Trunk, watches: Iterable[Watch]) -> None:
        self.trunk = trunk
        self.fired: dict[str, Fired] = {}
        self.quality: dict[str, Quality] = {}
        by_name = {watch.id: watch for watch in watches}
        ordered = inhibition.in_order([watch.config for watch in by_name.values()])
        self._boards = [Board(by_name[config.id], trunk) for config in ordered]
        self._quieted = {
            name: {c.id for c in ordered if name in c.inhibited_by} for c in ordered for name in c.inhibited_by
        }
        self._timed = [board for board in self._boards if board.watch.timed]
        self._selecting: dict[Job, list[Board]] = {}
        self._alerts: dict[str, Alert] = {}
        self._jobs: dict[str, frozenset[Job]] = {}  # of each watch's newest alert
        self._model = Model()

    @property
    def timed(self) -> bool:
        """Whether the passing of time alone can change a verdict."""
        return bool(self._timed)

    def follow(self, change: Change, *, at: datetime) -> None:
        """Let the alerts follow *change*, which has been applied to trunk."""
        landed = [commit for sha in change.added if (commit := self.trunk.commit(sha)) is not None]
        reverting = any(culprits.read(commit) for commit in landed)
        concerned = self._boards if landed else self._concerned(change.jobs)
        if not self._quieted:
            for board in concerned:
                self._evaluate(board, change, at, reverting=reverting)
            return
        due = {board.watch.id for board in concerned}
        for board in self._boards:  # what keeps others quiet comes before them
            name, before = board.watch.id, self._is_open(board.watch.id)
            if name in due:
                self._evaluate(board, change, at, reverting=reverting)
                due |= self._quieted.get(name, set()) if self._is_open(name) is not before else set()

    def _is_open(self, watch: str) -> bool:
        alert = self._alerts.get(watch)
        return alert is not None and alert.open

    def _concerned(self, jobs: frozenset[Job]) -> Sequence[Board]:
        """The boards whose verdict can be another once the outcomes of *jobs* are: most news alters no outcome."""
        if len(jobs) != 1:
            return self._boards if jobs else self._timed
        (job,) = jobs
        known = self._selecting.get(job)
        if known is None:
            known = [board for board in self._boards if board.watch.timed or board.watch.selects(job)]
            self._selecting[job] = known
        return known

    def _evaluate(self, board: Board, change: Change, at: datetime, *, reverting: bool) -> None:
        broken, before = board.take_in(change, now=at), self._alerts.get(board.watch.id)
        if not broken and (before is None or not (before.open or reverting)):
            return
        verdict = board.verdict(now=at)
        by = inhibition.inhibitors(board.watch.config, verdict, self._alerts) if self._quieted else ()
        if before is not None and before.open and not change.added and not self._touches(board, before, change):
            return
        after = settle(before, board.watch, verdict, self.trunk, inhibited_by=by)
        if after is None or after is before:
            return
        after = self._taught(after, board.watch)
        self._alerts[board.watch.id] = after
        self._jobs[after.watch] = frozenset(job.job for job in after.jobs)
        if before is None or before.id != after.id:
            self._open(after, board.watch)
        elif (before.resolved_at, before.reopened) != (after.resolved_at, after.reopened):
            self._go_on(after)

    def _touches(self, board: Board, alert: Alert, change: Change) -> bool:
        """Whether *change* can make another alert of *alert*: it is about its jobs, or one that is broken now."""
        jobs = self._jobs.get(alert.watch, frozenset())
        return board.watch.timed or any(job in jobs or board.holds(job) for job in change.jobs)

    def _open(self, alert: Alert, watch: Watch) -> None:
        # The range with the most jobs; the others are replies in the thread.
        group = next(iter(alert.groups), None)
        ranking = rank(self._case(group, alert, watch), self._model) if group else None
        self.fired[alert.id] = Fired(
            watch=alert.watch,
            trunk=alert.trunk,
            opened_at=alert.opened_at,
            opened_on=alert.opened_on,
            resolved_at=None,
            reopened=0,
            jobs=tuple(_job(job) for job in alert.jobs),
            suspects=self._suspects(group, ranking) if group and ranking else (),
        )
        self.quality[alert.id] = Quality(
            commits=self._commits(alert), doubted=ranking is not None and ranking.not_a_commit > _NO_COMMIT
        )

    def _go_on(self, alert: Alert) -> None:
        self.fired[alert.id] = msgspec.structs.replace(
            self.fired[alert.id], resolved_at=alert.resolved_at, reopened=alert.reopened
        )
        undone = alert.resolved_at is not None and all(map(self._undone, alert.jobs))
        self.quality[alert.id] = msgspec.structs.replace(self.quality[alert.id], undone=undone)

    def _suspects(self, group: Group, ranking: Ranking) -> tuple[FiredSuspect, ...]:
        kept, _ = inquiry.within(group, ranking, self.trunk)
        return tuple(FiredSuspect(one.sha, round(one.probability, 4), one.reasons) for one in kept)

    def _case(self, group: Group, alert: Alert, watch: Watch) -> Case:
        files = {c.sha: c.files for c in inquiry.range_of(group, self.trunk) if c.files is not None}
        return inquiry.case_of(group, alert, self.trunk, files=files, paths=watch.config.paths)

    def _commits(self, alert: Alert) -> int | None:
        first = [at for job in alert.jobs if (at := self.trunk.position(job.first_failing or "")) is not None]
        opened = self.trunk.position(alert.opened_on)
        return opened - min(first) + 1 if first and opened is not None else None

    def _undone(self, job: AlertJob) -> bool:
        """Whether *job* is green by now on the first commit that it failed on."""
        return self.trunk.outcomes(job.first_failing or "").get(job.job) is Outcome.GREEN

    def _taught(self, alert: Alert, watch: Watch) -> Alert:
        """*alert* with its culprits taken in by the model."""
        for culprit in alert.culprits:
            if not culprit.taught:
                case = self._case(inquiry.question(culprit, self.trunk), alert, watch)
                self._model = self._model.learn(case, culprit.commit.sha)
                alert = alert.taught(culprit.commit.sha)
        return alert


def _job(job: AlertJob) -> FiredJob:
    return FiredJob(job.job.workflow, job.job.name, job.streak, job.first_failing, job.last_green)
