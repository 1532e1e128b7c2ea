"""Tells a recording through a GitLab: a pipeline a commit, a job of the same name for each attempt."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import aiohttp

from chatbot.ci import Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sources import Source
from chatbot.sources.gitlab import GitlabSource

STATES: dict[Status | Conclusion | None, str] = {
    Status.IN_PROGRESS: "running",
    Conclusion.SUCCESS: "success",
    Conclusion.FAILURE: "failed",
    Conclusion.TIMED_OUT: "failed",
    Conclusion.CANCELLED: "canceled",
    Conclusion.SKIPPED: "skipped",
}


def _written(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


class GitlabTeller:
    """GitLab."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        self._waiting = deque(lines)
        self._now = lines[0].at
        self._gitlab = GitlabSandbox(clock=lambda: self._now)
        self._pipelines: dict[str, int] = {}
        self._jobs: dict[tuple[str, str], tuple[int, int]] = {}

    async def __aenter__(self) -> Self:
        await self._gitlab.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._gitlab.__aexit__(None, None, None)

    def show(self, until: datetime) -> None:
        while self._waiting and self._waiting[0].at <= until:
            line = self._waiting.popleft()
            self._now = line.at
            self._job(line) if isinstance(line, RecordedJob) else self._commit(line)
        self._now = until

    def open(self, http: aiohttp.ClientSession) -> Source:
        return GitlabSource(self._gitlab.project, http=http, url=self._gitlab.url, token=self._gitlab.token)

    def _commit(self, line: RecordedCommit) -> None:
        self._gitlab.commit(line.title, sha=line.sha)
        self._gitlab.line[-1].update(
            author_name=line.author.name, author_email=line.author.email, committed_date=_written(line.committed_at)
        )
        self._pipelines[line.sha] = self._gitlab.pipeline(line.sha, "running")

    def _job(self, line: RecordedJob) -> None:
        pipeline, key = self._pipelines[line.sha], (line.sha, line.job)
        attempt, number = self._jobs.get(key, (0, 0))
        while attempt < line.attempt:
            attempt, number = attempt + 1, self._gitlab.job(pipeline, line.job, "running", stage=line.workflow)
        self._jobs[key] = attempt, number
        held = {job["id"]: job for job in self._gitlab.jobs[pipeline]}
        held[number].update(
            status=STATES.get(line.conclusion or line.status, "pending"),
            started_at=_written(line.started_at),
            finished_at=_written(line.completed_at),
        )
        states = {job["name"]: job["status"] for job in self._gitlab.jobs[pipeline]}.values()
        going = not {"running", "pending"}.isdisjoint(states)
        self._gitlab.change(pipeline, "running" if going else "failed" if "failed" in states else "success")
