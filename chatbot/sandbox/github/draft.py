"""A recording written by hand, line by line, for tests and trials: commits and jobs a minute apart."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chatbot.ci import Author, ChangedFile, Commit, Conclusion, Failure, Status
from chatbot.recording import Recorded, RecordedJob, recorded

BEGINS = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Draft:
    """Lines of one trunk, each a minute after the one before."""

    def __init__(self, trunk: str = "demo", *, begins: datetime = BEGINS) -> None:
        self.trunk = trunk
        self.lines: list[Recorded] = []
        self._at = begins
        self._jobs = itertools.count(700_001)
        self._runs: dict[tuple[str, str], int] = {}
        self._commits = itertools.count()

    def taken(self) -> list[Recorded]:
        """The lines since this was asked last."""
        lines, self.lines = self.lines, []
        return lines

    def commit(
        self, title: str = "change", *, author: Author | None = None, pr: int | None = None, files: Iterable[str] = ()
    ) -> str:
        """Land a commit; give its sha."""
        sha = hashlib.sha1(f"{self.trunk} {next(self._commits)} {title}".encode(), usedforsecurity=False).hexdigest()
        touched = tuple(ChangedFile(path, 3, 1) for path in files)
        at = self._next()
        commit = Commit(sha, at, title, author or Author("Ada", "ada", "ada@example.org"), pr, touched)
        self.lines.append(recorded(commit, at=at, trunk=self.trunk))
        return sha

    def job(
        self,
        sha: str,
        name: str = "build",
        state: Status | Conclusion | str = Conclusion.SUCCESS,
        *,
        workflow: str = "ci",
        attempt: int = 1,
        job_id: int | None = None,
        line: str | None = None,
    ) -> int:
        """Show a job in *state*, a status or a conclusion; give its number. Jobs of a workflow share a run."""
        number = next(self._jobs) if job_id is None else job_id
        run_id = self._runs.setdefault((sha, workflow), 500_001 + len(self._runs))
        finished = str(state) not in {status.value for status in Status}
        at = self._next()
        self.lines.append(
            RecordedJob(
                sha=sha,
                workflow=workflow,
                job=name,
                run_id=run_id,
                job_id=number,
                attempt=attempt,
                status=Status.COMPLETED if finished else Status(state),
                conclusion=Conclusion(state) if finished else None,
                queued_at=at - 3 * MINUTE,
                started_at=at - 2 * MINUTE,
                completed_at=at if finished else None,
                failure=Failure(line) if line else None,
                at=at,
                trunk=self.trunk,
            )
        )
        return number

    def run_id(self, sha: str, workflow: str = "ci") -> int:
        """The number of the workflow's run on that commit."""
        return self._runs[sha, workflow]

    def _next(self) -> datetime:
        self._at += MINUTE
        return self._at
