"""What GitHub says of a job that ran on a commit of a scene: ids and times follow from the commit's place."""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from chatbot.ci import Commit, Conclusion, Failure, Status
from chatbot.recording import RecordedJob

_ENDS = {"x": Conclusion.FAILURE, "+": Conclusion.SUCCESS}
_WORKFLOWS = ("inductor", "lint", "pull")


def report(
    commit: Commit,
    number: int,
    job: str,
    drawn: str,
    *,
    workflow: str,
    attempt: int,
    line: str,
    at: datetime,
    trunk: str,
) -> RecordedJob:
    """*job* as *drawn* on *commit*, which has that place on trunk; *line* explains a failure."""
    run_id = 10_000 + 10 * number + _WORKFLOWS.index(workflow)
    began = commit.committed_at + timedelta(minutes=1)
    conclusion = _ENDS.get(drawn)
    return RecordedJob(
        sha=commit.sha,
        workflow=workflow,
        job=job,
        run_id=run_id,
        job_id=run_id * 10**10 + attempt * 10**9 + crc32(job.encode()) % 10**9,
        attempt=attempt,
        status=Status.COMPLETED if conclusion else Status.IN_PROGRESS,
        conclusion=conclusion,
        queued_at=began,
        started_at=began,
        completed_at=began + timedelta(minutes=5 * attempt) if conclusion else None,
        failure=Failure(line) if line and drawn == "x" else None,
        at=at,
        trunk=trunk,
    )
