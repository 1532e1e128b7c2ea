"""Tells a recording through a Buildkite: a build a commit, a retry for each attempt after the first."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import aiohttp

from chatbot.ci import Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sources import Source
from chatbot.sources.buildkite import BuildkiteSource

STATES: dict[Status | Conclusion | None, str] = {
    Status.IN_PROGRESS: "running",
    Conclusion.SUCCESS: "passed",
    Conclusion.FAILURE: "failed",
    Conclusion.TIMED_OUT: "timed_out",
    Conclusion.CANCELLED: "canceled",
    Conclusion.SKIPPED: "skipped",
}


def _written(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


class BuildkiteTeller:
    """Buildkite."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        self._waiting = deque(lines)
        self._now = lines[0].at
        self._buildkite = BuildkiteSandbox(clock=lambda: self._now)
        self._builds: dict[str, int] = {}
        self._jobs: dict[tuple[str, str], tuple[int, str]] = {}

    async def __aenter__(self) -> Self:
        await self._buildkite.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._buildkite.__aexit__(None, None, None)

    def show(self, until: datetime) -> None:
        while self._waiting and self._waiting[0].at <= until:
            line = self._waiting.popleft()
            self._now = line.at
            self._job(line) if isinstance(line, RecordedJob) else self._commit(line)
        self._now = until

    def open(self, http: aiohttp.ClientSession) -> Source:
        buildkite = self._buildkite
        return BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url)

    def _commit(self, line: RecordedCommit) -> None:
        author = {"name": line.author.name, "email": line.author.email, "username": line.author.login}
        created = _written(line.committed_at)
        self._builds[line.sha] = self._buildkite.build(
            line.sha, "running", message=line.title, author=author, created_at=created
        )

    def _job(self, line: RecordedJob) -> None:
        number, key = self._builds[line.sha], (line.sha, line.job)
        attempt, uuid = self._jobs.get(key) or (1, self._buildkite.job(number, line.job))
        while attempt < line.attempt:
            attempt, uuid = attempt + 1, self._buildkite.retry(uuid)
        self._jobs[key] = attempt, uuid
        self._buildkite.find(uuid).update(
            state=STATES.get(line.conclusion or line.status, "scheduled"),
            runnable_at=_written(line.queued_at),
            started_at=_written(line.started_at),
            finished_at=_written(line.completed_at),
        )
        states = {job["state"] for job in self._buildkite.builds[number]["jobs"] if not job["retried"]}
        going = bool(states & {"running", "scheduled"})
        self._buildkite.change(number, state="running" if going else "failed" if "failed" in states else "passed")
