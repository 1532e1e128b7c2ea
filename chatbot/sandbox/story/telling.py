"""From landings, jobs and troubles to the lines of a recording: every state of every job at its time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from chatbot.ci import Commit, Conclusion, Status
from chatbot.recording import Recorded, RecordedJob, recorded
from chatbot.sandbox.story import failures, plot
from chatbot.sandbox.story.jobs import SHARDS, Shard
from chatbot.sandbox.story.landings import LANDINGS
from chatbot.sandbox.story.plot import Outcome

TRUNK = "pytorch"
REPO = "pytorch/pytorch"
BEGINS = datetime(2025, 12, 9, 8, tzinfo=UTC)
"""When the first commit lands unless the story is moved."""

PUSH = timedelta(seconds=4)
"""From landing to being seen."""

TAIL = timedelta(minutes=27)
"""How long the story goes on after the last commit landed; what has not ended by then stays unfinished."""

ASKED_AGAIN = timedelta(minutes=12)
"""After how long somebody re-runs a failed job."""

FIRST_RUN, FIRST_JOB = 19_500_000_000, 55_100_000_000

LENGTH = sum((timedelta(minutes=landing.minutes) for landing in LANDINGS), start=timedelta()) + TAIL
"""From the first landing to the last line."""


class Story(Struct, frozen=True):
    """Lines in order of time, the logs of failed jobs by their numbers, the commits oldest first, and when it plays."""

    lines: tuple[Recorded, ...]
    logs: dict[int, str]
    commits: tuple[Commit, ...]
    start: datetime
    end: datetime


def story(start: datetime | None = None, *, end: datetime | None = None) -> Story:
    """The story beginning at *start*, or ending at *end*; by default on 9 December 2025, 08:00 UTC."""
    begins = end - LENGTH if end else start or BEGINS
    begins = begins.astimezone(UTC).replace(microsecond=0)
    teller = _Teller(begins)
    lines = sorted(teller.tell(), key=lambda line: line.at)
    seen = tuple(line for line in lines if line.at <= begins + LENGTH)
    kept = {line.job_id for line in seen if isinstance(line, RecordedJob) and line.failure}
    logs = {job_id: text for job_id, text in teller.logs.items() if job_id in kept}
    return Story(seen, logs, tuple(teller.commits), begins, begins + LENGTH)


class _Teller:
    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._jobs = FIRST_JOB
        self.logs: dict[int, str] = {}
        self.commits: list[Commit] = []

    def tell(self) -> Iterator[Recorded]:
        at = self._begins
        times = []
        for index, landing in enumerate(LANDINGS):
            at += timedelta(minutes=landing.minutes)
            times.append(at)
            sha = hashlib.sha1(f"{index} {landing.title}".encode(), usedforsecurity=False).hexdigest()
            commit = Commit(sha, at, landing.title, landing.author, landing.pr, landing.files)
            self.commits.append(commit)
            yield recorded(commit, at=at + PUSH, trunk=TRUNK)
        for index, commit in enumerate(self.commits):
            yield from self._runs(index, commit, times[index + 1] if index + 1 < len(times) else None)

    def _runs(self, index: int, commit: Commit, pushed_over: datetime | None) -> Iterator[RecordedJob]:
        done: dict[str, datetime] = {}
        runs: dict[str, int] = {}
        for shard in SHARDS:
            if index % shard.every != shard.every // 2:
                continue
            run_id = runs.setdefault(shard.workflow, FIRST_RUN + 20 * index + len(runs))
            cancelled = pushed_over if plot.PUSHED_OVER.get(index) == shard.workflow else None
            queued = commit.committed_at + timedelta(seconds=20 + len(done))
            after = done.get(f"{shard.workflow} {shard.after}", queued)
            states = list(self._states(index, commit, shard, run_id, after, cancelled))
            done[f"{shard.workflow} {shard.name}"] = states[-1].at + timedelta(seconds=5)
            yield from states

    def _states(
        self, index: int, commit: Commit, shard: Shard, run_id: int, queued: datetime, cancelled: datetime | None
    ) -> Iterator[RecordedJob]:
        outcome = plot.outcome(index, shard)
        attempt = 1
        ended = cancelled
        for state in self._attempt(commit, shard, run_id, attempt, queued, outcome, cancelled):
            ended = state.at
            yield state
        if outcome.again is not None and ended is not None:
            reason = outcome.reason if outcome.again.failed else None
            again = Outcome(outcome.again, reason)
            yield from self._attempt(commit, shard, run_id, attempt + 1, ended + ASKED_AGAIN, again, None)

    def _attempt(
        self,
        commit: Commit,
        shard: Shard,
        run_id: int,
        attempt: int,
        queued: datetime,
        outcome: Outcome,
        cancelled: datetime | None,
    ) -> Iterator[RecordedJob]:
        """Queued, running, completed; cancelled jobs stop wherever they are."""
        self._jobs += 1
        chance = _chance(commit.sha, shard.name, attempt)
        started = queued + timedelta(seconds=int(15 + 150 * chance))
        ended = started + timedelta(seconds=int(shard.minutes * 60 * (0.92 + 0.16 * chance)))
        waiting = RecordedJob(
            sha=commit.sha,
            workflow=shard.workflow,
            job=shard.name,
            run_id=run_id,
            job_id=self._jobs,
            attempt=attempt,
            status=Status.QUEUED,
            at=queued,
            trunk=TRUNK,
            queued_at=queued,
            url=_url(run_id, self._jobs),
        )
        if cancelled is not None:
            yield from _cut_short(waiting, started, max(queued, cancelled))
            return
        if outcome.conclusion is Conclusion.SKIPPED:
            yield _completed(waiting, queued, Conclusion.SKIPPED)
            return
        yield waiting
        yield _running(waiting, started)
        yield self._ended(_running(waiting, started), ended, outcome)

    def _ended(self, running: RecordedJob, ended: datetime, outcome: Outcome) -> RecordedJob:
        done = _completed(running, ended, outcome.conclusion)
        if outcome.reason is None:
            return done
        started = running.started_at or running.at
        self.logs[done.job_id] = failures.log(outcome.reason, job=done.job, sha=done.sha, started=started, ended=ended)
        return msgspec.structs.replace(done, failure=failures.failure(outcome.reason))


def _running(waiting: RecordedJob, at: datetime) -> RecordedJob:
    return msgspec.structs.replace(waiting, at=at, status=Status.IN_PROGRESS, started_at=at)


def _completed(before: RecordedJob, at: datetime, conclusion: Conclusion) -> RecordedJob:
    return msgspec.structs.replace(before, at=at, status=Status.COMPLETED, conclusion=conclusion, completed_at=at)


def _cut_short(waiting: RecordedJob, started: datetime, at: datetime) -> Iterator[RecordedJob]:
    if waiting.at < at:
        yield waiting
        if started < at:
            waiting = _running(waiting, started)
            yield waiting
    yield _completed(waiting, at, Conclusion.CANCELLED)


def _chance(sha: str, job: str, attempt: int) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    digest = hashlib.blake2s(f"{sha} {job} {attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def _url(run_id: int, job_id: int) -> str:
    return f"https://github.com/{REPO}/actions/runs/{run_id}/job/{job_id}"
