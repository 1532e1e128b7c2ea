"""What Buildkite sends, as far as we read it. The only place that knows its field names.

https://buildkite.com/docs/apis/rest-api/builds, and the states in https://buildkite.com/docs/pipelines/configure/defining-steps
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field

from chatbot.ci import Number
from chatbot.sources.values import Moment

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ENDED = frozenset({"passed", "failed", "canceled", "skipped", "not_run", "blocked", "waiting_failed"})
_EMPTY = frozenset({"skipped", "not_run"})
_ACTIVE = frozenset({"assigned", "accepted", "running", "canceling", "timing_out"})
_JOBS = frozenset({"script", "trigger"})
_HOST = re.compile(r"^[\w.+-]+@([^:/]+):")


class Person(Struct, frozen=True):
    """Who wrote a commit, or set a build off."""

    name: str | None = None
    email: str | None = None
    username: str | None = None


class Pull(Struct, frozen=True):
    """The pull request that a build is for; Buildkite shows `{}` where there is none."""

    id: str | int | bool | None = None
    repository: str | None = None


class Origin(Struct, frozen=True):
    """The build that was built again."""

    number: Number | None = None


class Pipeline(Struct, frozen=True):
    """The pipeline of a build, and what `check` asks of it."""

    slug: str | None = None
    repository: str | None = None
    default_branch: str | None = None


class Job(Struct, frozen=True):
    """One execution of one step. A job that is retried stays, and another takes its place."""

    id: str | None = None
    type: str | None = None
    name: str | None = None
    label: str | None = None
    step_key: str | None = None
    command: str | None = None
    state: str | None = None
    web_url: str | None = None
    soft_failed: bool | None = None
    signal_reason: str | None = None
    runnable_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    retried_in_job_id: str | None = None
    retries_count: Number | None = None
    retry_source: Any = None
    parallel_group_index: Number | None = None
    parallel_group_total: Number | None = None
    matrix: Any = None
    is_async: bool | None = field(default=None, name="async")

    @property
    def counts(self) -> bool:
        """Whether it ran something: neither a wait nor a block step, nor a trigger that waits for nothing."""
        return self.id is not None and self.type in _JOBS and not (self.type == "trigger" and self.is_async)


class Build(Struct, frozen=True):
    """A build as lists show it, and with its jobs as it is shown by itself."""

    number: Number
    state: str | None = None
    blocked: bool | None = None
    message: str | None = None
    commit: str | None = None
    branch: str | None = None
    source: str | None = None
    author: Person | None = None
    creator: Person | None = None
    created_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    pull_request: Pull | None = None
    rebuilt_from: Origin | None = None
    pipeline: Pipeline | None = None
    jobs: tuple[Job, ...] | None = ()

    @property
    def sha(self) -> str | None:
        """Its commit, `None` while Buildkite only knows it as `HEAD` or a tag."""
        commit = (self.commit or "").lower()
        return commit if _SHA.fullmatch(commit) else None

    @property
    def ended(self) -> bool:
        """Whether Buildkite calls it finished. A state unknown to us is not."""
        return self.state in _ENDED

    @property
    def empty(self) -> bool:
        """Whether none of its jobs ever ran."""
        return self.state in _EMPTY

    @property
    def settled(self) -> bool:
        """Whether nothing of it can change without its entry in the list doing so."""
        return self.ended and not any(job.state in _ACTIVE for job in self.jobs or ())

    @property
    def original(self) -> int:
        """Its number, or that of the build it was rebuilt from."""
        before = self.rebuilt_from.number if self.rebuilt_from else None
        return min(before or self.number, self.number)

    @property
    def mark(self) -> str:
        """Eight characters that change whenever its entry in the list does."""
        told = f"{self.state} {self.blocked} {self.started_at} {self.finished_at} {self.commit}"
        return blake2b(told.encode(), digest_size=4).hexdigest()

    def ours(self, branch: str) -> bool:
        """Whether it speaks for *branch*: not for a fork's branch of the same name."""
        if self.branch != branch:
            return False
        pull = self.pull_request
        if pull is None or not pull.id:
            return True
        repository = self.pipeline.repository if self.pipeline else None
        return bool(repository) and _place(pull.repository) == _place(repository)


def _place(url: str | None) -> str:
    """`github.com/owner/name` for all ways of writing a repository's address."""
    text = _HOST.sub(r"\1/", (url or "").strip().lower())
    return text.partition("://")[2].rpartition("@")[2].removesuffix(".git") or text.removesuffix(".git")


def latest(builds: Iterable[Build]) -> dict[int, Build]:
    """*builds* by number, ascending. A list that grows between two pages shows some twice."""
    found = {build.number: build for build in builds}
    return dict(sorted(found.items()))
