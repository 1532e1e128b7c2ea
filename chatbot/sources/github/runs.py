"""Runs and jobs of a commit: which may have changed since they were last read, and their attempts.

A run is read again when its entry in the list changed, and until it and all its jobs are completed also when its
job pages did (a job can end before its run's entry says so, and after the run itself was called completed).
All attempts are asked for: what `filter=latest` means differs between servers.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from chatbot.ci import Attempt
from chatbot.sources.github import pages, wire
from chatbot.sources.github.state import CommitState, OpenRun, mark
from chatbot.sources.github.transport import Reader
from chatbot.sources.github.wire import JobPage, JobShard, Run, RunPage

EVENTS = frozenset(
    {
        "create",
        "deployment",
        "dynamic",
        "merge_group",
        "push",
        "registry_package",
        "release",
        "repository_dispatch",
        "schedule",
        "workflow_dispatch",
        "workflow_run",
    }
)
"""What may start a run that speaks for trunk; runs for pull requests, issues and comments do not."""


class Reading(Struct, frozen=True):
    """What was read of one commit. Not `complete` where the allowance ended before its last run."""

    state: CommitState
    attempts: tuple[Attempt, ...] = ()
    complete: bool = True


class RunReader:
    """Reads the runs of one repository's branch, as long as *more* says that requests may be spent."""

    def __init__(self, reader: Reader, repo: str, branch: str, more: Callable[[], bool]) -> None:
        self._reader = reader
        self._repo = repo
        self._branch = branch
        self._more = more

    async def read(self, known: CommitState, poll: int) -> Reading:
        """What changed on a commit since *known*."""
        if not self._more():
            return Reading(known, complete=known.polled > 0)
        url = f"/repos/{self._repo}/actions/runs?head_sha={known.sha}&per_page=100"
        listing = await pages.read(self._reader, url, known.runs, RunPage, f"runs of {known.sha}")
        marks = dict(known.marks)
        attempts: list[Attempt] = []
        unread = set()
        for run in self._changed(known, listing.entries) if listing else ():
            if not self._more():
                unread.add(run.id)
                continue
            before = marks.get(str(run.id))
            marks[str(run.id)] = await self._run(run, before if isinstance(before, OpenRun) else None, attempts)
        if listing is not None and listing.whole:
            shown = {str(run.id) for run in listing.entries}
            marks = {run_id: value for run_id, value in marks.items() if run_id in shown}
        changed = {str(run.id) for run in listing.entries} if listing else set()
        await self._open(known, marks, changed, attempts)
        runs = known.runs if listing is None else listing.pages
        complete = not unread or known.polled > 0
        state = msgspec.structs.replace(
            known, polled=poll if complete else 0, runs=None if unread else runs, marks=marks
        )
        return Reading(state, tuple(attempts), complete=complete)

    def _changed(self, known: CommitState, runs: tuple[Run, ...]) -> list[Run]:
        """Those of trunk whose entry differs from what is known, completed ones first."""
        changed = [run for run in runs if self._ours(run, known.sha) and _mark(known, run.id) != mark(run)]
        return sorted(changed, key=lambda run: not run.finished)

    def _ours(self, run: Run, sha: str) -> bool:
        return (
            run.head_sha == sha
            and run.head_branch in {self._branch, None}
            and (run.event is None or run.event in EVENTS)
        )

    async def _run(self, run: Run, before: OpenRun | None, attempts: list[Attempt]) -> str | OpenRun:
        """Read the run's jobs into *attempts*; give what is to be remembered of it."""
        tags = before.pages if before and not run.finished else None
        url = f"/repos/{self._repo}/actions/runs/{run.id}/jobs?filter=all&per_page=100"
        listing = await pages.read(self._reader, url, tags, JobPage, f"jobs of run {run.id}")
        if listing is None:
            assert before is not None, "only a known run can be unchanged"
            return OpenRun(mark(run), run.workflow, run.finished, before.pages)
        attempts.extend(wire.attempt(job, sha=run.head_sha, workflow=run.workflow) for job in listing.entries)
        if run.finished and _settled(listing.entries):
            return mark(run)
        return OpenRun(mark(run), run.workflow, run.finished, listing.pages)

    async def _open(
        self, known: CommitState, marks: dict[str, str | OpenRun], changed: set[str], attempts: list[Attempt]
    ) -> None:
        """Read the jobs of runs whose entry did not change but whose jobs may have."""
        for run_id, before in list(marks.items()):
            if isinstance(before, str) or (run_id in changed and known.marks.get(run_id) != before):
                continue
            what = f"jobs of run {run_id}"
            url = f"/repos/{self._repo}/actions/runs/{run_id}/jobs?filter=all&per_page=100"
            read = pages.read_whole if before.finished else pages.read
            listing = await read(self._reader, url, before.pages, JobPage, what)
            if listing is None:
                continue
            attempts.extend(wire.attempt(job, sha=known.sha, workflow=before.workflow) for job in listing.entries)
            settled = before.finished and _settled(listing.entries)
            marks[run_id] = (
                before.mark if settled else OpenRun(before.mark, before.workflow, before.finished, listing.pages)
            )


def _mark(known: CommitState, run_id: int) -> str | None:
    value = known.marks.get(str(run_id))
    return value.mark if isinstance(value, OpenRun) else value


def _settled(jobs: tuple[JobShard, ...]) -> bool:
    return all(job.finished for job in jobs)
