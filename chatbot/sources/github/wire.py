"""What GitHub sends, as far as we read it: small structs, and their translation into our words.

The only place that knows GitHub's field names. Unknown statuses and conclusions become the nearest thing that
decides nothing, because GitHub adds new ones without a new version.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from chatbot.ci import Attempt, Author, ChangedFile, Commit, Conclusion, Number, Status, Try
from chatbot.errors import TransientError
from chatbot.sources.titles import first_line, pull_number, reverted
from chatbot.sources.values import Moment, landed, name

T = TypeVar("T")


def decode(body: bytes, kind: type[T], what: str) -> T:
    """*body* as *kind*.

    Raises:
        TransientError: it is cut off, is not JSON, or lacks what it must have; *what* says which answer it was.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise TransientError(f"GitHub's answer for {what} cannot be read: {error}") from error


class Person(Struct, frozen=True):
    """An account."""

    login: str | None = None


class Signature(Struct, frozen=True):
    """Name, address and time in a git commit."""

    name: str | None = None
    email: str | None = None
    date: Moment | None = None


class GitPart(Struct, frozen=True):
    """The git side of a commit."""

    message: str
    author: Signature | None = None
    committer: Signature | None = None


class Parent(Struct, frozen=True):
    """A commit's parent."""

    sha: str


class FileChange(Struct, frozen=True):
    """One file of a commit."""

    filename: str
    additions: Number = 0
    deletions: Number = 0


class GitCommit(Struct, frozen=True):
    """A commit as the commits list shows it, and with files as `commits/{sha}` does."""

    sha: str
    commit: GitPart
    parents: tuple[Parent, ...] = ()
    author: Person | None = None
    files: tuple[FileChange, ...] = ()

    @property
    def first_parent(self) -> str | None:
        """The commit before it on the same branch."""
        return self.parents[0].sha if self.parents else None


class Comparison(Struct, frozen=True):
    """How two commits relate: `identical`, `ahead`, `behind` or `diverged`."""

    status: str


class Run(Struct, frozen=True):
    """One run of a workflow on a commit."""

    id: Number
    head_sha: str
    name: str | None = None
    path: str | None = None
    head_branch: str | None = None
    event: str | None = None
    status: str | None = None
    conclusion: str | None = None
    run_attempt: Try | None = 1
    updated_at: str | None = None

    @property
    def workflow(self) -> str:
        """The workflow's name, or its file's where it has none."""
        return self.name or (self.path or str(self.id)).rsplit("/", 1)[-1]

    @property
    def finished(self) -> bool:
        """Whether GitHub calls it completed."""
        return self.status == Status.COMPLETED


class RunPage(Struct, frozen=True):
    """One page of `actions/runs`."""

    total_count: Number
    workflow_runs: tuple[Run, ...]

    @property
    def entries(self) -> tuple[Run, ...]:
        """The runs."""
        return self.workflow_runs


class JobShard(Struct, frozen=True):
    """One attempt of one job of a run."""

    id: Number
    run_id: Number
    name: str
    status: str | None = None
    conclusion: str | None = None
    run_attempt: Try | None = 1
    created_at: Moment | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    html_url: str | None = None

    @property
    def finished(self) -> bool:
        """Whether GitHub calls it completed."""
        return self.status == Status.COMPLETED


class JobPage(Struct, frozen=True):
    """One page of a run's jobs."""

    total_count: Number
    jobs: tuple[JobShard, ...]

    @property
    def entries(self) -> tuple[JobShard, ...]:
        """The jobs."""
        return self.jobs


def commit(seen: GitCommit) -> Commit:
    """*seen* in our words. `committed_at` is when it landed: the committer's time."""
    author = seen.commit.author or Signature()
    committer = seen.commit.committer or author
    at = committer.date or author.date
    if at is None:
        raise TransientError(f"GitHub shows commit {seen.sha} without a time")
    return Commit(
        sha=seen.sha,
        committed_at=landed(at),
        title=first_line(seen.commit.message),
        author=Author(name=author.name, login=seen.author.login if seen.author else None, email=author.email),
        pr=pull_number(seen.commit.message),
        reverts=reverted(seen.commit.message),
    )


def changed_file(seen: FileChange) -> ChangedFile:
    """*seen* in our words."""
    return ChangedFile(path=seen.filename, added=seen.additions, deleted=seen.deletions)


_STATUSES = {status.value: status for status in Status}
_CONCLUSIONS = {conclusion.value: conclusion for conclusion in Conclusion}


def attempt(seen: JobShard, *, sha: str, workflow: str) -> Attempt:
    """*seen* in our words. A status unknown to us counts as waiting, a conclusion unknown to us as `stale`."""
    status = _STATUSES.get(seen.status or "", Status.WAITING)
    finished = status is Status.COMPLETED
    started = status in {Status.IN_PROGRESS, Status.COMPLETED}
    return Attempt(
        sha=sha,
        workflow=name(workflow),
        job=name(seen.name),
        run_id=seen.run_id,
        job_id=seen.id,
        attempt=seen.run_attempt or 1,
        status=status,
        conclusion=_CONCLUSIONS.get(seen.conclusion or "", Conclusion.STALE) if finished else None,
        queued_at=seen.created_at,
        started_at=seen.started_at if started else None,
        completed_at=seen.completed_at if finished else None,
        url=seen.html_url,
    )
