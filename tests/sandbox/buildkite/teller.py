"""Tells a recording through a Buildkite: a build a commit, a retry for each attempt after the first."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from chatbot.ci import Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sources import Source
from chatbot.sources.buildkite import BuildkiteSource
from tests.sandbox.telling import Telling, written

STATES: dict[Status | Conclusion | None, str] = {
    Status.IN_PROGRESS: "running",
    Conclusion.SUCCESS: "passed",
    Conclusion.FAILURE: "failed",
    Conclusion.TIMED_OUT: "timed_out",
    Conclusion.CANCELLED: "canceled",
    Conclusion.SKIPPED: "skipped",
}


class BuildkiteTeller(Telling[BuildkiteSandbox]):
    """Buildkite."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        super().__init__(lines, lambda clock: BuildkiteSandbox(clock=clock))
        self._builds: dict[str, int] = {}
        self._jobs: dict[tuple[str, str], tuple[int, str]] = {}

    def open(self, http: aiohttp.ClientSession) -> Source:
        buildkite = self.server
        return BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url)

    def commit(self, line: RecordedCommit) -> None:
        author = {"name": line.author.name, "email": line.author.email, "username": line.author.login}
        created = written(line.committed_at)
        self._builds[line.sha] = self.server.build(
            line.sha, "running", message=line.title, author=author, created_at=created
        )

    def job(self, line: RecordedJob) -> None:
        number, key = self._builds[line.sha], (line.sha, line.job)
        attempt, uuid = self._jobs.get(key) or (1, self.server.job(number, line.job))
        while attempt < line.attempt:
            attempt, uuid = attempt + 1, self.server.retry(uuid)
        self._jobs[key] = attempt, uuid
        self.server.find(uuid).update(
            state=STATES.get(line.conclusion or line.status, "scheduled"),
            runnable_at=written(line.queued_at),
            started_at=written(line.started_at),
            finished_at=written(line.completed_at),
        )
        states = {job["state"] for job in self.server.builds[number]["jobs"] if not job["retried"]}
        going = bool(states & {"running", "scheduled"})
        self.server.change(number, state="running" if going else "failed" if "failed" in states else "passed")
