"""Tells a recording through a GitLab: a pipeline a commit, a job of the same name for each attempt."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from chatbot.ci import Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sources import Source
from chatbot.sources.gitlab import GitlabSource
from tests.sandbox.telling import Telling, written

STATES: dict[Status | Conclusion | None, str] = {
    Status.IN_PROGRESS: "running",
    Conclusion.SUCCESS: "success",
    Conclusion.FAILURE: "failed",
    Conclusion.TIMED_OUT: "failed",
    Conclusion.CANCELLED: "canceled",
    Conclusion.SKIPPED: "skipped",
}


class GitlabTeller(Telling[GitlabSandbox]):
    """GitLab."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        super().__init__(lines, lambda clock: GitlabSandbox(clock=clock))
        self._pipelines: dict[str, int] = {}
        self._jobs: dict[tuple[str, str], tuple[int, int]] = {}

    def open(self, http: aiohttp.ClientSession) -> Source:
        return GitlabSource(self.server.project, http=http, url=self.server.url, token=self.server.token)

    def commit(self, line: RecordedCommit) -> None:
        self.server.commit(line.title, sha=line.sha)
        self.server.line[-1].update(
            author_name=line.author.name, author_email=line.author.email, committed_date=written(line.committed_at)
        )
        self._pipelines[line.sha] = self.server.pipeline(line.sha, "running")

    def job(self, line: RecordedJob) -> None:
        pipeline, key = self._pipelines[line.sha], (line.sha, line.job)
        attempt, number = self._jobs.get(key, (0, 0))
        while attempt < line.attempt:
            attempt, number = attempt + 1, self.server.job(pipeline, line.job, "running", stage=line.workflow)
        self._jobs[key] = attempt, number
        held = {job["id"]: job for job in self.server.jobs[pipeline]}
        held[number].update(
            status=STATES.get(line.conclusion or line.status, "pending"),
            started_at=written(line.started_at),
            finished_at=written(line.completed_at),
        )
        states = {job["name"]: job["status"] for job in self.server.jobs[pipeline]}.values()
        going = not {"running", "pending"}.isdisjoint(states)
        self.server.change(pipeline, "running" if going else "failed" if "failed" in states else "success")
