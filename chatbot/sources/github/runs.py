"""Runs and jobs of a commit: which may have changed since they were last read, and their attempts.

A run is read again when its entry in the list changed, and until it and all its jobs are completed also when its
job pages did (a job can end before its run's entry says so, and after the run itself was called completed).
All attempts are asked for: what `filter=latest` means differs between servers.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Struct

from chatbot.ci import Attempt
from chatbot.errors import PermanentError
from chatbot.hints import OTHERS
from chatbot.sources.github import pages, wire
from chatbot.sources.github.pages import Pages
from chatbot.sources.github.state import CommitState, OpenRun, mark
from chatbot.sources.github.transport import Reader
from chatbot.sources.github.wire import JobPage, Run, RunPage

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


GONE = "404"
"""A run that is listed but cannot be read: it was deleted a moment ago, or is not everywhere yet."""


class Reading(Struct, frozen=True):
    """What was read of one commit. Not `complete` where the allowance ended before its last run."""

    state: CommitState
    attempts: tuple[Attempt, ...] = ()
    complete: bool = True


class RunReader:
    """Reads the runs of one repository's branch, as long as *more* says that requests may be spent."""

    def __init__(self, reader: Reader, repo: str, branch: str, more: Callable[[], bool]) -> None:
        self._reader = reader
        self._url = f"/repos/{repo}/actions/runs"
        self._branch = branch
        self._more = more

    async def read(self, known: CommitState, poll: int) -> Reading:
        """What changed on a commit since *known*."""
        if not self._more():
            return Reading(known, complete=known.polled > 0)
        url = f"{self._url}?head_sha={known.sha}&per_page=100"
        listing = await pages.read(self._reader, url, known.runs, RunPage, f"runs of {known.sha}")
        jobs = _Jobs(self._reader, self._url, known)
        unread = False
        for run in self._changed(known, listing.entries) if listing else ():
            unread = unread or not self._more()
            if not unread:
                await jobs.follow(run)
        if listing is not None and listing.whole:
            jobs.keep({str(run.id) for run in listing.entries})
        await jobs.follow_open()
        complete = not unread or known.polled > 0
        state = msgspec.structs.replace(
            known,
            polled=poll if complete else 0,
            runs=None if unread or jobs.missing else listing.pages if listing else known.runs,
            marks=jobs.marks,
        )
        return Reading(state, tuple(jobs.attempts), complete=complete)

    async def look(self, known: CommitState, named: AbstractSet[int], poll: int) -> Reading:
        """What changed in the runs *named* of a commit; all of it where it was never read. The rest stays unread."""
        if not known.polled:
            return await self.read(known, poll)
        jobs = _Jobs(self._reader, self._url, known)
        if self._more():
            await jobs.follow_open({str(run) for run in named})
            strange = {run for run in named - {OTHERS} if not isinstance(known.marks.get(str(run)), OpenRun)}
            for run in await self._listed(known, strange) if strange else ():
                await jobs.follow(run)
        state = msgspec.structs.replace(known, marks=jobs.marks, runs=None if jobs.missing else known.runs)
        return Reading(state, tuple(jobs.attempts))

    async def _listed(self, known: CommitState, named: AbstractSet[int]) -> list[Run]:
        """Those of *named* whose entry differs from what is known. The list counts as unread: others may differ too."""
        url = f"{self._url}?head_sha={known.sha}&per_page=100"
        listing = await pages.read(self._reader, url, known.runs, RunPage, f"runs of {known.sha}")
        return [run for run in self._changed(known, listing.entries) if run.id in named] if listing else []

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


class _Jobs:
    """The jobs of a commit's runs while they are read. `missing`: a run that was listed has none to show yet."""

    def __init__(self, reader: Reader, url: str, known: CommitState) -> None:
        self.marks = dict(known.marks)
        self.attempts: list[Attempt] = []
        self.missing = False
        self._reader = reader
        self._url = url
        self._sha = known.sha
        self._followed: set[str] = set()

    def keep(self, run_ids: set[str]) -> None:
        """Forget the runs that are not among *run_ids* any more."""
        self.marks = {run_id: value for run_id, value in self.marks.items() if run_id in run_ids}

    async def follow(self, run: Run) -> None:
        """Read the jobs of a run whose entry changed."""
        run_id = str(run.id)
        before = self.marks.get(run_id)
        known = before.pages if isinstance(before, OpenRun) and not run.finished else None
        self._followed.add(run_id)
        await self._read(run_id, OpenRun(mark(run), run.workflow, run.finished, known or Pages(0, [])), known)

    async def follow_open(self, named: AbstractSet[str] | None = None) -> None:
        """Read the jobs of runs whose entry did not change but whose jobs may have: all, or those *named*."""
        for run_id, value in list(self.marks.items()):
            wanted = named is None or run_id in named
            if isinstance(value, OpenRun) and run_id not in self._followed and wanted:
                await self._read(run_id, value, value.pages)

    async def _read(self, run_id: str, run: OpenRun, known: Pages | None) -> None:
        url = f"{self._url}/{run_id}/jobs?filter=all&per_page=100"
        read = pages.read_whole if run.finished else pages.read
        try:
            listing = await read(self._reader, url, known, JobPage, f"jobs of run {run_id}")
        except PermanentError as error:
            if error.code != GONE:
                raise
            self.marks.pop(run_id, None)
            self.missing = True
            return
        if listing is not None:
            run = msgspec.structs.replace(run, pages=listing.pages)
            found = (wire.attempt(job, sha=self._sha, workflow=run.workflow) for job in listing.entries)
            self.attempts.extend(found)
        settled = run.finished and listing is not None and all(job.finished for job in listing.entries)
        self.marks[run_id] = run.mark if settled else run


def _mark(known: CommitState, run_id: int) -> str | None:
    value = known.marks.get(str(run_id))
    return value.mark if isinstance(value, OpenRun) else value
