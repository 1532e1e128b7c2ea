"""A page of results laid into trunk at once: a strip is one shard's cells along the commits of the page.

For sources that show everything each time instead of what changed. `lay` gives what `Trunk.record` gives for
`attempts` of the same page, at a tenth of the time: a shard that nothing is known of is written column-wise, one
that is known is compared column-wise, and only the cells that differ are recorded one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from msgspec import Struct

from chatbot.ci import Attempt, Commit, Conclusion, Failure, Job, Status
from chatbot.columns import CONCLUSIONS, FAILED_STATES, REDDENED, RUNNING, Column, Shard
from chatbot.trunk import Change, Trunk

RUN = 1
"""The run of every cell: such sources show the newest result of a job and not the run it belongs to."""

_SEEN = bytes(state > 0 for state in range(256))  # 1 where a cell was seen
_UNTOLD: tuple[str | None, Failure | None] = (None, None)
_RED = bytes(state in FAILED_STATES for state in range(256))


class Strip(Struct, frozen=True, gc=False):
    """One shard on each commit of the page, oldest first: states and earlier failures a byte each, ids a number.

    States are those of `columns.STATE`, 0 where it did not run. `failed_before`: 1 where an attempt before the one
    shown failed. Job ids may be 0 where the source tells none.
    """

    workflow: str
    job: str
    states: bytes
    failed_before: bytes
    job_ids: array[int]


class Page(Struct, frozen=True):
    """Everything a source shows: commits in trunk order, oldest first, strips as long, and why red cells are red."""

    commits: tuple[Commit, ...]
    strips: tuple[Strip, ...]
    details: Mapping[int, tuple[str | None, Failure | None]]
    """Address and failure of red cells by job id."""


def attempts(page: Page) -> Iterator[Attempt]:
    """The cells of *page* one by one, an earlier failure as an attempt of its own."""
    for strip in page.strips:
        for at, state in enumerate(strip.states):
            if state:
                yield from _cell(page, strip, at)


def lay(trunk: Trunk, page: Page, *, rewritten: bool = False) -> Change:
    """Take in what *page* shows. Laying the same page twice changes nothing the second time.

    Commits of the page that are older than the oldest known one are passed over.
    """
    change = trunk.apply(page.commits if rewritten else _news(trunk, page.commits), (), rewritten=rewritten)
    page = _within(trunk, page)
    known = [trunk.index(commit.sha) for commit in page.commits]
    start = known[0] if known else None
    if start is None or known != list(range(start, start + len(known))):
        return together(change, trunk.apply((), attempts(page)))
    return together(change, _Laying(trunk, page, start).done())


def _news(trunk: Trunk, commits: tuple[Commit, ...]) -> tuple[Commit, ...]:
    """Those of *commits* after the newest known one."""
    known = max((at for at, commit in enumerate(commits) if commit.sha in trunk), default=-1)
    return commits[known + 1 :]


def _within(trunk: Trunk, page: Page) -> Page:
    """*page* without the commits in front that are not in the window."""
    first = next((at for at, commit in enumerate(page.commits) if commit.sha in trunk), len(page.commits))
    if not first:
        return page
    strips = (
        Strip(s.workflow, s.job, s.states[first:], s.failed_before[first:], s.job_ids[first:]) for s in page.strips
    )
    return Page(page.commits[first:], tuple(strips), page.details)


def together(first: Change, second: Change) -> Change:
    """One change of two, the one after the other."""
    return Change(
        first.jobs | second.jobs,
        first.cells | second.cells,
        first.added + second.added,
        first.removed + second.removed,
        first.rewritten or second.rewritten,
    )


def _cell(page: Page, strip: Strip, at: int) -> Iterator[Attempt]:
    """The attempt shown at *at*, and the one before it where that failed."""
    state, sha, number = strip.states[at], page.commits[at].sha, 1 + strip.failed_before[at]
    conclusion = CONCLUSIONS[state - 3] if state > RUNNING else None
    running = Status.IN_PROGRESS if state == RUNNING else Status.QUEUED
    job_id = strip.job_ids[at]
    url, failure = page.details.get(job_id, _UNTOLD) if state in FAILED_STATES else (None, None)
    yield Attempt(
        sha=sha,
        workflow=strip.workflow,
        job=strip.job,
        run_id=RUN,
        job_id=job_id,
        attempt=number,
        status=Status.COMPLETED if conclusion else running,
        conclusion=conclusion,
        url=url,
        failure=failure,
    )
    if number > 1:
        yield Attempt(sha, strip.workflow, strip.job, RUN, 0, conclusion=Conclusion.FAILURE)


class _Laying:
    """One page on its way into trunk, its first commit at *start*."""

    def __init__(self, trunk: Trunk, page: Page, start: int) -> None:
        self._trunk = trunk
        self._page = page
        self._where = slice(start, start + len(page.commits))
        self._shas = [commit.sha for commit in page.commits]
        self._blank: dict[Column, bool] = {}  # nothing was known of the job on any of the commits
        self._written: dict[str, int] = {}  # of a workflow, the commits with a new cell: a byte a commit, as one number
        self._jobs: set[Job] = set()
        self._cells: set[tuple[str, str]] = set()

    def done(self) -> Change:
        """What laying it changed."""
        for strip in self._page.strips:
            self._strip(strip)
        for column, blank in self._blank.items():
            if blank:
                self._settle(column)
        self._explain()
        for workflow, numbers in self._written.items():
            marks = numbers.to_bytes(len(self._shas), "big")
            self._cells.update((sha, workflow) for sha, mark in zip(self._shas, marks, strict=True) if mark)
        return Change(frozenset(self._jobs), frozenset(self._cells))

    def _strip(self, strip: Strip) -> None:
        workflows = self._trunk.workflows
        workflow = workflows.get(strip.workflow) or self._trunk.workflow(strip.workflow)
        shard = workflow.shards.get(strip.job)
        if shard is None:
            if strip.states.count(0) == len(strip.states):
                return
            shard = self._trunk.shard(workflow, strip.job)
        column = shard.job
        blank = self._blank.get(column)
        if blank is None:
            blank = self._blank[column] = self._untouched(column)
        if blank and self._empty(shard.states):
            self._write(strip, shard)
            return
        if blank:  # the page has two jobs of that name
            self._settle(column)
            self._blank[column] = False
        self._compare(strip, shard)

    def _untouched(self, column: Column) -> bool:
        return not any(column.runs[self._where]) and all(
            self._empty(shard.states) and self._empty(shard.marks) for shard in column.shards
        )

    def _empty(self, column: bytearray) -> bool:
        where = self._where
        return column.count(0, where.start, where.stop) == where.stop - where.start

    def _write(self, strip: Strip, shard: Shard) -> None:
        """All cells of *strip*, to where nothing is known."""
        where, states, seen = self._where, strip.states, strip.states.translate(_SEEN)
        cells, red = int.from_bytes(seen, "big"), int.from_bytes(states.translate(_RED), "big")
        before = cells & int.from_bytes(strip.failed_before, "big") if 1 in strip.failed_before else 0
        shard.states[where] = states
        shard.marks[where] = (cells + before + (red | before) * REDDENED).to_bytes(len(seen), "big")
        shard.job_ids[where] = strip.job_ids
        self._written[strip.workflow] = self._written.get(strip.workflow, 0) | cells

    def _settle(self, column: Column) -> None:
        """Say which run counts on the commits written, and what the shards say together."""
        marks = 0
        for shard in column.shards:
            marks |= int.from_bytes(shard.states[self._where].translate(_SEEN), "big")
        column.runs[self._where] = array("q", tuple(marks.to_bytes(len(self._shas), "big")))
        if column.settle_range(self._where):
            self._jobs.add(column.job)

    def _explain(self) -> None:
        """Keep why the red cells are red. What is known already stays: a log may have told more than the page."""
        known = self._trunk.details
        for job_id, detail in self._page.details.items():
            if known.get(job_id, _UNTOLD)[1] is None:
                known[job_id] = detail

    def _compare(self, strip: Strip, shard: Shard) -> None:
        """Record the cells of *strip* that say anything new."""
        states, known, ids = strip.states, shard.states[self._where], shard.job_ids[self._where]
        if known == states and ids == strip.job_ids and 1 not in strip.failed_before:
            return
        for at, state in enumerate(states):
            same = state == known[at] and strip.job_ids[at] == ids[at]
            if state and not (same and self._told_before(strip, shard, at)):
                for attempt in _cell(self._page, strip, at):
                    self._record(attempt)

    def _told_before(self, strip: Strip, shard: Shard, at: int) -> bool:
        """Whether it is known that an attempt before failed, if one did."""
        index = self._where.start + at
        return not strip.failed_before[at] or shard.marks[index] > REDDENED + 1

    def _record(self, attempt: Attempt) -> None:
        changed, told = self._trunk.record(attempt)
        self._jobs.update(changed)
        if told:
            self._cells.add((attempt.sha, attempt.workflow))
