"""Check runs and commit statuses of systems other than Actions, for those who want them to count.

A check run is a job of the workflow that its app's name makes; a status is a job of the workflow `status`.
Both lists are read conditionally, and at every poll while something in them is unfinished.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from chatbot.ci import Attempt, Conclusion, Number, Status
from chatbot.sources.github import pages, wire
from chatbot.sources.github.runs import Reading
from chatbot.sources.github.transport import Reader
from chatbot.sources.values import Moment

ACTIONS = "github-actions"
STATUSES = "status"


class _App(Struct, frozen=True):
    slug: str | None = None
    name: str | None = None


class _Suite(Struct, frozen=True):
    id: Number = 0


class _Check(Struct, frozen=True):
    id: Number
    name: str
    status: str | None = None
    conclusion: str | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    html_url: str | None = None
    app: _App | None = None
    check_suite: _Suite | None = None


class _CheckPage(Struct, frozen=True):
    total_count: Number
    check_runs: tuple[_Check, ...]

    @property
    def entries(self) -> tuple[_Check, ...]:
        return self.check_runs


class _CommitStatus(Struct, frozen=True):
    id: Number
    context: str
    state: str | None = None
    target_url: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


class _StatusPage(Struct, frozen=True):
    total_count: Number
    statuses: tuple[_CommitStatus, ...]

    @property
    def entries(self) -> tuple[_CommitStatus, ...]:
        return self.statuses


async def read(reader: Reader, repo: str, before: Reading) -> Reading:
    """*before* with what other systems say about its commit added."""
    state, sha = before.state, before.state.sha
    url = f"/repos/{repo}/commits/{sha}"
    checks = await pages.read_whole(
        reader, f"{url}/check-runs?filter=all&per_page=100", state.checks, _CheckPage, f"check runs of {sha}"
    )
    statuses = await pages.read_whole(
        reader, f"{url}/status?per_page=100", state.statuses, _StatusPage, f"statuses of {sha}"
    )
    said = _attempts(sha, checks.entries) if checks else []
    stated = [_status(sha, each) for each in statuses.entries] if statuses else []
    after = state
    if checks is not None:
        after = msgspec.structs.replace(after, checks=checks.pages, waiting=_unfinished(said))
    if statuses is not None:
        after = msgspec.structs.replace(after, statuses=statuses.pages, pending=_unfinished(stated))
    return Reading(after, (*before.attempts, *said, *stated), before.complete)


def _unfinished(told: Sequence[Attempt]) -> bool:
    return any(attempt.status is not Status.COMPLETED for attempt in told)


def _attempts(sha: str, checks: tuple[_Check, ...]) -> list[Attempt]:
    """Those of other apps; a check that was made anew under the same name is the next attempt."""
    found: list[Attempt] = []
    made: dict[tuple[str, str], int] = {}
    for check in sorted(checks, key=lambda check: check.id):
        app = check.app or _App()
        if app.slug == ACTIONS:
            continue
        workflow = app.name or app.slug or "checks"
        made[workflow, check.name] = made.get((workflow, check.name), 0) + 1
        shard = wire.JobShard(
            id=check.id,
            run_id=check.check_suite.id if check.check_suite else 0,
            name=check.name,
            status=check.status,
            conclusion=check.conclusion,
            run_attempt=made[workflow, check.name],
            started_at=check.started_at,
            completed_at=check.completed_at,
            html_url=check.html_url,
        )
        found.append(wire.attempt(shard, sha=sha, workflow=workflow))
    return found


_ENDS = {"success": Conclusion.SUCCESS, "failure": Conclusion.FAILURE, "error": Conclusion.FAILURE}


def _status(sha: str, status: _CommitStatus) -> Attempt:
    end = _ENDS.get(status.state or "")
    return Attempt(
        sha=sha,
        workflow=STATUSES,
        job=status.context,
        run_id=0,
        job_id=status.id,
        status=Status.COMPLETED if end else Status.IN_PROGRESS,
        conclusion=end,
        queued_at=status.created_at,
        completed_at=status.updated_at if end else None,
        url=status.target_url,
    )
