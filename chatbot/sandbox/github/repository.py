"""One repository as the sandbox holds it: a branch of commits, runs of workflows, attempts of jobs.

Lines of a recording are applied to it in order; nothing later than the last of them can be seen. Every change
raises the version of what it changes, so that an ETag needs no look at the content.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from chatbot.ci import Commit, Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob


class GitCommit:
    """A commit with its parents; the first is the one before it on the branch."""

    def __init__(self, commit: Commit, parents: tuple[str, ...]) -> None:
        self.commit = commit
        self.parents = parents


class Run:
    """A workflow's run on a commit, as its jobs make it. `jobs` are in the order they first appeared."""

    def __init__(self, run_id: int, number: int, first: RecordedJob, *, event: str, branch: str) -> None:
        self.id = run_id
        self.number = number
        self.sha = first.sha
        self.workflow = first.workflow
        self.event = event
        self.branch = branch
        self.created_at = first.queued_at or first.started_at or first.at
        self.updated_at: datetime = first.at
        self.version = 0
        self.jobs: dict[tuple[int, int], RecordedJob] = {}

    @property
    def attempt(self) -> int:
        """The newest attempt's number."""
        return max((attempt for _, attempt in self.jobs), default=1)

    def latest(self) -> list[RecordedJob]:
        """The newest attempt of each job."""
        newest: dict[str, RecordedJob] = {}
        for job in self.jobs.values():
            if job.job not in newest or newest[job.job].attempt <= job.attempt:
                newest[job.job] = job
        return list(newest.values())

    @property
    def status(self) -> Status:
        """Completed when every job is."""
        statuses = {job.status for job in self.latest()}
        if statuses <= {Status.COMPLETED}:
            return Status.COMPLETED
        started = statuses & {Status.IN_PROGRESS, Status.COMPLETED}
        return Status.IN_PROGRESS if started else Status.QUEUED

    @property
    def conclusion(self) -> Conclusion | None:
        """The gravest of its jobs' conclusions once it is completed."""
        if self.status is not Status.COMPLETED:
            return None
        found = {job.conclusion for job in self.latest()}
        if any(conclusion and conclusion.failed for conclusion in found):
            return Conclusion.FAILURE
        for conclusion in (Conclusion.CANCELLED, Conclusion.ACTION_REQUIRED, Conclusion.SUCCESS, Conclusion.SKIPPED):
            if conclusion in found:
                return conclusion
        return Conclusion.NEUTRAL


class Repository:
    """A repository with one branch that matters; runs of other branches and pull requests can be added to it."""

    def __init__(self, name: str, number: int, branch: str, trunk: str) -> None:
        self.name = name
        self.id = number
        self.branch = branch
        self.trunk = trunk
        self.commits: dict[str, GitCommit] = {}
        self.line: list[str] = []
        self.runs: dict[int, Run] = {}
        self.by_sha: dict[str, list[Run]] = {}
        self.jobs: dict[int, RecordedJob] = {}
        self.checks: dict[str, list[dict[str, Any]]] = {}
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.sha_versions: dict[str, int] = {}
        self.commits_version = 0
        self.runs_version = 0
        self._ids = itertools.count(9_000_000_001)

    @property
    def head(self) -> str | None:
        """The branch's newest commit."""
        return self.line[-1] if self.line else None

    def new_id(self) -> int:
        """A number that no recorded run or job has."""
        return next(self._ids)

    def apply(self, line: Recorded) -> None:
        """Make *line* visible."""
        if isinstance(line, RecordedCommit):
            self.land(line)
        else:
            self.note(line)

    def land(self, commit: Commit) -> None:
        """Put *commit* on top of the branch; a merge brings the two commits of its side branch along."""
        parents: tuple[str, ...] = (self.head,) if self.head else ()
        if commit.title.startswith("Merge pull request") and self.head:
            parents = (self.head, self._side_branch(commit, self.head))
        self.commits[commit.sha] = GitCommit(commit, parents)
        self.line.append(commit.sha)
        self.commits_version += 1

    def _side_branch(self, merge: Commit, base: str) -> str:
        for index in range(2):
            sha = hashlib.sha1(f"{merge.sha} {index}".encode(), usedforsecurity=False).hexdigest()
            side = Commit(sha, merge.committed_at, f"wip {index}", merge.author)
            self.commits[sha] = GitCommit(side, (base,))
            base = sha
        return base

    def force_push(self, drop: int, commits: Iterable[Commit] = ()) -> None:
        """Take the newest *drop* commits off the branch and put *commits* there instead."""
        del self.line[len(self.line) - drop :]
        self.commits_version += 1
        for commit in commits:
            self.land(commit)

    def note(self, attempt: RecordedJob, *, event: str = "push", branch: str | None = None) -> Run:
        """Make an attempt's state visible, and the run it belongs to."""
        at = attempt.at
        run = self.runs.get(attempt.run_id)
        if run is None:
            run = Run(attempt.run_id, len(self.runs) + 1, attempt, event=event, branch=branch or self.branch)
            self.runs[run.id] = run
            self.by_sha.setdefault(run.sha, []).append(run)
        run.jobs[attempt.job_id, attempt.attempt] = attempt
        self.jobs[attempt.job_id] = attempt
        run.updated_at = at
        run.version += 1
        self.runs_version += 1
        self.sha_versions[run.sha] = self.sha_versions.get(run.sha, 0) + 1
        return run

    def history(self, sha: str | None = None) -> Iterator[str]:
        """The branch from its head, or from *sha*, back; the commits a merge brought follow it."""
        line = self.line if sha is None or sha == self.head else self._first_parents(sha)
        for commit in reversed(line):
            yield commit
            for parent in self.commits[commit].parents[1:]:
                yield from self._side(parent)

    def _side(self, sha: str) -> Iterator[str]:
        while sha not in self.line:
            yield sha
            sha = self.commits[sha].parents[0]

    def _first_parents(self, sha: str) -> list[str]:
        found = [sha]
        while parents := self.commits[found[-1]].parents:
            found.append(parents[0])
        return found[::-1]

    def ancestors(self, sha: str) -> set[str]:
        """*sha* and everything before it."""
        found: set[str] = set()
        waiting = [sha]
        while waiting:
            commit = waiting.pop()
            if commit not in found:
                found.add(commit)
                waiting.extend(self.commits[commit].parents)
        return found

    def resolve(self, ref: str) -> str | None:
        """The commit that a branch name, a sha or its beginning means."""
        if ref in {self.branch, "HEAD", f"heads/{self.branch}"}:
            return self.head
        if ref in self.commits:
            return ref
        found = [sha for sha in self.commits if len(ref) >= 7 and sha.startswith(ref)]  # noqa: PLR2004  as git
        return found[0] if len(found) == 1 else None
