"""Trunk: its newest commits in order, and what every job said on each of them.

Trunk is the one thing here that changes in place (a poll touches a few of a quarter of a million
cells); everything read off it is a frozen value. It does no I/O and judges nothing but what one
commit's shards say together (deploy/docs/concepts.md).

The order in which results arrive never matters: of a job the latest run it appears in, of its shards the
latest attempt, then the most finished report counts. A workflow may run on a commit twice for different
jobs (PyTorch runs its unstable ones apart), so a run replaces only the jobs it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from chatbot.ci import Attempt, Commit, Failure, Job, Status
from chatbot.columns import (
    ATTEMPT,
    CONCLUSIONS,
    FAILED_STATES,
    REDDENED,
    RUNNING,
    STATE,
    WAITING,
    Cell,
    Column,
    Outcome,
    Shard,
    Workflow,
    moment,
    seconds,
)
from chatbot.history import History
from chatbot.shards import Shards

__all__ = ["Cell", "Change", "Column", "Outcome", "Trunk"]


class Change(Struct, frozen=True):
    """What one application of news changed: jobs whose outcome differs, cells to store, commits that left."""

    jobs: frozenset[Job]
    cells: frozenset[tuple[str, str]]  # (sha, workflow)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rewritten: bool = False


class Trunk:
    """The newest *window* commits of one branch, oldest first, and every job's cells on them."""

    def __init__(self, id: str, *, window: int = 200, shards: Shards | None = None) -> None:  # noqa: A002  the field's name everywhere
        self.id = id
        self.window = window
        self._slack = max(1, window // 16)  # commits that pile up in front of it before the columns are cut
        self.history = History()  # of commits that have left the window
        self._shards = shards or Shards()
        self._forget()

    def _forget(self) -> None:
        self.commits: list[Commit] = []
        self.jobs: dict[Job, Column] = {}
        self.workflows: dict[str, Workflow] = {}
        self.details: dict[int, tuple[str | None, Failure | None]] = {}  # of red cells, by job id
        self.start = 0  # index of the window's first commit
        self.room = 0  # commits that the columns have room for
        self._dropped = 0  # commits ever cut off in front: position = index + dropped
        self._positions: dict[str, int] = {}

    # ---- commits

    @property
    def head(self) -> Commit | None:
        """The newest commit."""
        return self.commits[-1] if self.commits else None

    def __len__(self) -> int:
        return len(self.commits) - self.start

    def __contains__(self, sha: object) -> bool:
        return sha in self._positions

    def index(self, sha: str) -> int | None:
        """Where *sha* stands in the columns, `None` if it is not in the window."""
        position = self._positions.get(sha)
        return None if position is None else position - self._dropped

    def position(self, sha: str) -> int | None:
        """A number that grows along trunk and never changes for a commit (until trunk is rewritten)."""
        return self._positions.get(sha)

    def commit(self, sha: str) -> Commit | None:
        """The commit *sha*, where it is in the window."""
        index = self.index(sha)
        return None if index is None else self.commits[index]

    def find(self, prefix: str) -> tuple[Commit, ...]:
        """The commits of the window whose sha starts with *prefix*, newest first."""
        return tuple(c for c in reversed(self.commits[self.start :]) if c.sha.startswith(prefix.lower()))

    def between(self, after: str | None, until: str) -> tuple[Commit, ...]:
        """The commits after *after* (the window's first where `None`) up to and with *until*, oldest first."""
        last = self.index(until)
        if last is None:
            return ()
        first = self.index(after) if after is not None else None
        return tuple(self.commits[self.start if first is None else first + 1 : last + 1])

    def extend(self, commits: Iterable[Commit], *, first: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Append the new ones of *commits*; shas that came and shas that left. An empty trunk starts at *first*."""
        self._dropped = self._dropped if self.commits else first
        new = [c for c in dict((c.sha, c) for c in commits).values() if c.sha not in self._positions]  # noqa: C402  keeps the last of equal shas
        if not new:
            return (), ()
        for offset, commit in enumerate(new, len(self.commits) + self._dropped):
            self._positions[commit.sha] = offset
        self.commits += new
        if len(self.commits) > self.room:
            self._resize(0, len(self.commits) + self._slack)
        return tuple(c.sha for c in new), self._slide()

    def _resize(self, cut: int, room: int) -> None:
        """Drop *cut* commits in front of every column and make it *room* long.

        What lies beyond the newest commit is unknown and changes no count.
        """
        for workflow in self.workflows.values():
            for column in workflow.jobs.values():
                column.resize(cut, room)
            for shard in workflow.shards.values():
                shard.resize(cut, room)
        self.room = room

    def _slide(self) -> tuple[str, ...]:
        start = max(self.start, len(self.commits) - self.window)
        left = [c.sha for c in self.commits[self.start : start]]
        for index, sha in enumerate(left, self.start):
            self.history.take(self.jobs.values(), index, sha)
            del self._positions[sha]
        self.start = start
        if start >= self._slack:
            self._cut()
        return tuple(left)

    def _cut(self) -> None:
        """Drop what lies in front of the window, and the jobs that have not been seen in it at all."""
        count = self.start
        del self.commits[:count]
        self._resize(count, self.room - count)
        for workflow in list(self.workflows.values()):
            workflow.shards = {n: s for n, s in workflow.shards.items() if any(s.states)}
            for name, job in list(workflow.jobs.items()):
                job.shards = [s for s in job.shards if s.name in workflow.shards]
                if not job.shards:
                    del workflow.jobs[name], self.jobs[job.job]
        kept = {i for w in self.workflows.values() for s in w.shards.values() for i in s.red_ids()}
        self.details = {job_id: detail for job_id, detail in self.details.items() if job_id in kept}
        self._dropped += count
        self.start = 0

    # ---- results

    def apply(self, commits: Iterable[Commit], attempts: Iterable[Attempt], *, rewritten: bool = False) -> Change:
        """Take in what a poll saw. Applying the same news twice changes nothing the second time."""
        gone: tuple[str, ...] = ()
        if rewritten:
            gone = tuple(self._positions)
            self._forget()
        added, left = self.extend(commits)
        jobs: set[Job] = set()
        cells: set[tuple[str, str]] = set()
        for attempt in attempts:
            changed, told = self.record(attempt)
            jobs.update(changed)
            if told:
                cells.add((attempt.sha, attempt.workflow))
        removed = tuple(sha for sha in (*gone, *left) if sha not in self._positions)
        return Change(frozenset(jobs), frozenset(cells), added, removed, rewritten)

    def record(self, attempt: Attempt) -> tuple[tuple[Job, ...], bool]:
        """Take in one report: the jobs whose outcome it changed, and whether it said anything new at all."""
        position = self._positions.get(attempt.sha)
        if position is None:
            return (), False
        index = position - self._dropped
        workflow = self.workflows.get(attempt.workflow) or self.workflow(attempt.workflow)
        shard = workflow.shards.get(attempt.job) or self.shard(workflow, attempt.job)
        column = shard.job
        if attempt.run_id < column.runs[index]:
            return (), self._older_run(attempt, shard, index)
        if attempt.run_id > column.runs[index]:
            column.begin(index, attempt.run_id)
        if not self._write(attempt, shard, index):
            return (), False
        if shard.states[index] <= RUNNING and not column.outcomes[index]:
            return (), True  # one more that is awaited: still nothing is known
        return ((column.job,) if column.settle(index) else ()), True

    def _older_run(self, attempt: Attempt, shard: Shard, index: int) -> bool:
        """A run that no longer counts can still tell that the shard failed there once."""
        failed = attempt.conclusion is not None and attempt.conclusion.failed
        if not failed or shard.marks[index] >= REDDENED:
            return False
        shard.marks[index] |= REDDENED
        shard.job.settle(index)
        return True

    def _write(self, attempt: Attempt, shard: Shard, index: int) -> bool:
        conclusion, number = attempt.conclusion, min(attempt.attempt, ATTEMPT)
        if conclusion is not None and attempt.status is Status.COMPLETED:
            state = STATE[conclusion]
        else:
            state = RUNNING if attempt.status is Status.IN_PROGRESS else WAITING
        known, mark = shard.states[index], shard.marks[index]
        completed = seconds(attempt.completed_at)
        # The common cases, kept cheap: something began, or something that was under way has ended.
        if known and not (known <= RUNNING < state and number >= mark & ATTEMPT):
            rank = number, min(state, 3), completed, attempt.job_id, state
            if shard.rank(index) >= rank:
                return self._late(attempt, shard, index, state)
        shard.states[index] = state
        shard.marks[index] = number | (REDDENED if state in FAILED_STATES else mark & REDDENED)
        shard.job_ids[index] = attempt.job_id
        shard.began[index] = seconds(attempt.queued_at if state == WAITING else attempt.started_at)
        shard.completed[index] = completed
        if state in FAILED_STATES:
            self.details[attempt.job_id] = (attempt.url, attempt.failure)
        return True

    def _late(self, attempt: Attempt, shard: Shard, index: int, state: int) -> bool:
        """An attempt that was overtaken: all it can add is that the shard failed there once, or why."""
        if state not in FAILED_STATES:
            return False
        news = shard.marks[index] < REDDENED
        shard.marks[index] |= REDDENED
        shard.job.settle(index)
        if attempt.failure is not None and self.details.get(attempt.job_id, (None, None))[1] is None:
            self.details[attempt.job_id] = (attempt.url, attempt.failure)
        return news

    def workflow(self, name: str) -> Workflow:
        """The columns of workflow *name*, made if it is new."""
        return self.workflows.setdefault(name, Workflow(name))

    def shard(self, workflow: Workflow, name: str) -> Shard:
        """A new column for shard *name*, under the job it belongs to."""
        merged = self._shards.merge(name)
        column = workflow.jobs.get(merged)
        if column is None:
            column = workflow.jobs[merged] = Column(Job(workflow.name, merged), self.room)
            self.jobs[column.job] = column
        shard = workflow.shards[name] = Shard(name, column, self.room)
        workflow.numbers.setdefault(name, len(workflow.numbers))
        column.shards.append(shard)
        return shard

    # ---- reading

    def cells(self, job: Job, sha: str) -> tuple[Cell, ...]:
        """Every shard of *job* that was seen on commit *sha*, by name."""
        index, column = self.index(sha), self.jobs.get(job)
        if index is None or column is None:
            return ()
        run_id = column.runs[index]
        shards = sorted((s for s in column.shards if s.states[index]), key=lambda s: s.name)
        return tuple(self._cell(shard, index, run_id) for shard in shards)

    def _cell(self, shard: Shard, index: int, run_id: int) -> Cell:
        state, job_id = shard.states[index], shard.job_ids[index]
        url, failure = self.details.get(job_id, (None, None)) if state in FAILED_STATES else (None, None)
        return Cell(
            shard=shard.name,
            run_id=run_id,
            job_id=job_id,
            attempt=shard.marks[index] & ATTEMPT,
            status=Status.COMPLETED if state > RUNNING else Status.IN_PROGRESS if state == RUNNING else Status.QUEUED,
            conclusion=CONCLUSIONS[state - 3] if state > RUNNING else None,
            queued_at=moment(shard.began[index]) if state == WAITING else None,
            started_at=moment(shard.began[index]) if state >= RUNNING else None,
            completed_at=moment(shard.completed[index]),
            url=url,
            failure=failure,
            reddened=shard.marks[index] >= REDDENED,
        )

    def outcomes(self, sha: str) -> Mapping[Job, Outcome]:
        """What every job that has an outcome says about commit *sha*."""
        index = self.index(sha)
        if index is None:
            return {}
        return {job: Outcome(c.outcomes[index]) for job, c in self.jobs.items() if c.outcomes[index]}
