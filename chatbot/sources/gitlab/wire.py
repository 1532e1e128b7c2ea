"""What GitLab sends, as far as we read it, and its translation into our words. Nothing else knows its field names.

https://docs.gitlab.com/api/pipelines/, https://docs.gitlab.com/api/jobs/, https://docs.gitlab.com/api/commits/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from msgspec import Struct

from chatbot.ci import Attempt, Author, ChangedFile, Commit, Conclusion, Failure, Number, Status
from chatbot.errors import TransientError
from chatbot.sources.titles import first_line, pull_number, reverted
from chatbot.sources.values import Moment, landed, name

_MERGED = re.compile(r"^See merge request \S*!(\d{1,9})\s*$", re.MULTILINE)
_ENDED = frozenset({"success", "failed", "canceled", "skipped", "manual"})
_TIMED_OUT = frozenset({"job_execution_timeout", "stuck_or_timeout_failure"})
_UNTOLD = frozenset({"script_failure", "unknown_failure"})
_STATUSES = {"pending": Status.QUEUED, "running": Status.IN_PROGRESS, "canceling": Status.IN_PROGRESS}
_CONCLUSIONS = {
    "success": Conclusion.SUCCESS,
    "failed": Conclusion.FAILURE,
    "canceled": Conclusion.CANCELLED,
    "skipped": Conclusion.SKIPPED,
    "manual": Conclusion.SKIPPED,
}
_LONGEST_WAIT = 10_000_000.0  # seconds in a queue, a third of a year
_READ = 20_000  # characters of a commit message
DEFAULT_STAGE = "test"
"""What GitLab calls the stage of a job that names none."""


class GitCommit(Struct, frozen=True):
    """A commit as the commits list shows it."""

    id: str
    parent_ids: tuple[str, ...] | None = ()
    title: str | None = None
    message: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    committed_date: Moment | None = None
    created_at: Moment | None = None

    @property
    def first_parent(self) -> str | None:
        """The commit before it on the same branch."""
        return self.parent_ids[0] if self.parent_ids else None


class Head(Struct, frozen=True):
    """The commit of a branch."""

    id: str


class Branch(Struct, frozen=True):
    """A branch by itself."""

    commit: Head


class Diff(Struct, frozen=True):
    """One file of a commit; `diff` is empty for a binary file, and where it is too large to be shown."""

    new_path: str
    diff: str | None = None
    collapsed: bool | None = None
    too_large: bool | None = None


class Pipeline(Struct, frozen=True):
    """A pipeline as lists show it, and as a trigger job shows the one it started."""

    id: Number
    sha: str | None = None
    project_id: Number | None = None
    status: str | None = None
    source: str | None = None
    updated_at: Moment | None = None
    web_url: str | None = None

    @property
    def ended(self) -> bool:
        """Whether GitLab calls it finished, or waits for a person. A status unknown to us is not."""
        return self.status in _ENDED

    @property
    def mark(self) -> str:
        """Eight characters that change whenever its entry in the list does."""
        told = f"{self.status} {self.updated_at}"
        return blake2b(told.encode(), digest_size=4).hexdigest()

    def same_project(self, other: Pipeline) -> bool:
        """Whether both belong to one project. Old servers do not say so but by their pages' addresses."""
        if self.project_id is not None and other.project_id is not None:
            return self.project_id == other.project_id
        return self.web_url is not None and _project(self.web_url) == _project(other.web_url)


def _project(web_url: str | None) -> str:
    return (web_url or "").partition("/-/")[0].rpartition("/pipelines/")[0] or (web_url or "").partition("/-/")[0]


class Job(Struct, frozen=True):
    """One execution of a job, or a trigger job with the pipeline it started."""

    id: Number
    name: str | None = None
    stage: str | None = None
    status: str | None = None
    allow_failure: bool | None = None
    failure_reason: str | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    queued_duration: float | None = None
    web_url: str | None = None
    downstream_pipeline: Pipeline | None = None


def commit(seen: GitCommit) -> Commit:
    """*seen* in our words.

    Raises:
        TransientError: it has no time.
    """
    at = seen.committed_date or seen.created_at
    if at is None:
        raise TransientError(f"GitLab shows commit {seen.id} without a time")
    message = (seen.message or seen.title or "")[:_READ]
    merged = _MERGED.search(message)
    return Commit(
        sha=seen.id,
        committed_at=landed(at),
        title=first_line(seen.title or message),
        author=Author(name=seen.author_name, email=seen.author_email),
        pr=int(merged[1]) if merged else pull_number(message),
        reverts=reverted(message),
    )


def changed_file(seen: Diff) -> ChangedFile:
    """*seen* in our words; its lines are not known where the difference is not shown."""
    if not seen.diff or seen.collapsed or seen.too_large:
        return ChangedFile(path=seen.new_path, added=None, deleted=None)
    hunks = seen.diff[max(0, seen.diff.find("@@")) :]  # in front of them may be the names, which look like lines
    lines = hunks.split("\n")
    added, deleted = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return ChangedFile(path=seen.new_path, added=added, deleted=deleted)


def attempts(jobs: Iterable[Job], *, sha: str, pipeline: int, within: Sequence[str], now: datetime) -> list[Attempt]:
    """Executions in our words: of one name, the older are the earlier attempts.

    The workflow is the job's stage, behind the trigger jobs that the pipeline is *within*. *now* is the server's.
    """
    numbers: dict[tuple[str, str], int] = {}
    found = []
    for job in sorted({job.id: job for job in jobs}.values(), key=lambda job: job.id):
        workflow = " / ".join([*within, job.stage or DEFAULT_STAGE])
        key = name(workflow), name(job.name or str(job.id))
        numbers[key] = numbers.get(key, 0) + 1
        found.append(_attempt(job, *key, numbers[key], sha=sha, pipeline=pipeline, now=now))
    return found


def triggered(bridge: Job) -> Job:
    """A trigger job as a job that only says whether its pipeline came to be: what ran in that speaks for itself."""
    if bridge.downstream_pipeline is None:
        return bridge
    return Job(bridge.id, bridge.name, bridge.stage, "success", finished_at=bridge.finished_at, web_url=bridge.web_url)


def _attempt(job: Job, workflow: str, name: str, number: int, *, sha: str, pipeline: int, now: datetime) -> Attempt:
    conclusion = _CONCLUSIONS.get(job.status or "")
    if conclusion is Conclusion.FAILURE and job.failure_reason in _TIMED_OUT:
        conclusion = Conclusion.TIMED_OUT
    if conclusion is not None and conclusion.failed and job.allow_failure:
        conclusion = Conclusion.NEUTRAL  # the configuration says that it may fail
    queued = job.queued_duration if job.started_at or job.status == "pending" else None
    return Attempt(
        sha=sha,
        workflow=workflow,
        job=name,
        run_id=pipeline,
        job_id=job.id,
        attempt=number,
        status=Status.COMPLETED if conclusion else _STATUSES.get(job.status or "", Status.WAITING),
        conclusion=conclusion,
        queued_at=None
        if queued is None
        else (job.started_at or now) - timedelta(seconds=min(max(0.0, queued), _LONGEST_WAIT)),
        started_at=job.started_at,
        completed_at=job.finished_at if conclusion else None,
        url=job.web_url,
        failure=_failure(job.failure_reason) if conclusion is not None and conclusion.failed else None,
    )


def _failure(reason: str | None) -> Failure | None:
    """What GitLab itself knows, where it was not the script that failed."""
    if reason is None or reason in _UNTOLD:
        return None
    return Failure(line=f"GitLab: {reason.replace('_', ' ')} ({reason})")
