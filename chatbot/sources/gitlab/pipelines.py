"""Pipelines of a branch: which may have changed since they were last read, and what ran in them.

A pipeline that a trigger job started in the same project is read with the one it belongs to; one in another project
stands aside. Whatever had not ended is read again at every poll, the rest where its entry in the list changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from msgspec import Struct

from chatbot.ci import Attempt
from chatbot.errors import PermanentError
from chatbot.sources.gitlab import wire
from chatbot.sources.gitlab.state import Child, PipelineState
from chatbot.sources.gitlab.wire import Job, Pipeline
from chatbot.sources.reader import Reader

GONE = "404"
CHILD = "parent_pipeline"
DEEPEST = 3
"""How deep pipelines may start pipelines; GitLab allows two below the first."""
MOST_PAGES = 100
"""Pages of 100 entries of one list read at most."""
LATE = timedelta(minutes=5)
"""How far back changes are asked for again: what changes during a poll may be listed after it."""

_ACTIVE = frozenset({"running", "pending", "canceling"})
_Page = tuple[Pipeline, ...]
_Jobs = tuple[Job, ...]


class Listing(Struct, frozen=True):
    """Pipelines that may have changed, by number, and those that other pipelines started; the newest change."""

    pipelines: dict[int, Pipeline]
    children: dict[int, Pipeline]
    since: datetime | None


async def listed(
    reader: Reader, project: str, branch: str, *, since: datetime | None, shas: Collection[str], children: bool
) -> Listing:
    """What changed after *since*; where that is not known, everything that is listed of the commits *shas*."""
    url = f"{project}/pipelines?ref={quote(branch, safe='')}&per_page=100"
    if since is not None:
        url += f"&order_by=updated_at&updated_after={(since - LATE).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    found: dict[int, Pipeline] = {}
    async for page in reader.pages(url, _Page, "the pipelines", most=MOST_PAGES):
        found |= {one.id: one for one in page if one.source != CHILD}
        if since is None and not any(one.sha in shas for one in page):
            break
    below: dict[int, Pipeline] = {}
    if children and since is not None:
        async for page in reader.pages(f"{url}&source={CHILD}", _Page, "the child pipelines", most=MOST_PAGES):
            below |= {one.id: one for one in page}
    times = [one.updated_at for one in (*found.values(), *below.values()) if one.updated_at is not None]
    return Listing(found, below, max([*times, *([since] if since else [])], default=None))


def taken_in(known: dict[int, PipelineState], listing: Listing, shas: Collection[str]) -> dict[int, PipelineState]:
    """*known* after *listing*: pipelines of other commits left out, those that changed open."""
    states = {number: state for number, state in known.items() if state.sha in shas}
    for number, one in listing.pipelines.items():
        if one.sha in shas and (number not in states or states[number].mark != one.mark):
            before = states.get(number)
            states[number] = PipelineState(
                one.sha or "", before.mark if before else None, open=True, children=before.children if before else {}
            )
    for state in states.values():
        for number, child in state.children.items():
            if number in listing.children and listing.children[number].mark != child.mark:
                child.mark, state.open = "", True
    return states


class PipelineReader:
    """Reads pipelines of one project."""

    def __init__(self, reader: Reader, project: str) -> None:
        self._reader = reader
        self._url = f"{project}/pipelines"

    async def read(self, number: int, known: PipelineState) -> tuple[PipelineState, list[Attempt]] | None:
        """What is known of a pipeline now, and what ran in it; `None` where it has been deleted."""
        try:
            answer = await self._reader.get(f"{self._url}/{number}")
            top = self._reader.decode(answer, Pipeline, f"pipeline {number}")
            reading = _Reading(known)
            await self._into(reading, top, ())
        except PermanentError as error:
            if error.code != GONE:
                raise
            return None
        settled = top.ended and not reading.active
        return PipelineState(known.sha, top.mark, not settled, reading.children), reading.attempts

    async def _into(self, reading: _Reading, pipeline: Pipeline, within: tuple[str, ...]) -> None:
        """Read the jobs of *pipeline*, and of those that it started where they may have changed."""
        url = f"{self._url}/{pipeline.id}"
        jobs = await self._all(f"{url}/jobs?include_retried=true&per_page=100", f"jobs of pipeline {pipeline.id}")
        bridges = await self._all(f"{url}/bridges?per_page=100", f"trigger jobs of pipeline {pipeline.id}")
        reading.active = reading.active or any(job.status in _ACTIVE for job in jobs)
        reading.attempts += wire.attempts(
            [*jobs, *map(wire.triggered, bridges)],
            sha=reading.known.sha,
            pipeline=pipeline.id,
            within=within,
            now=self._reader.rest.now(),
        )
        if len(within) + 1 < DEEPEST:
            for bridge in bridges:
                child = bridge.downstream_pipeline
                if child is not None and child.same_project(pipeline):
                    await self._follow(reading, bridge, child, pipeline.id, within)

    async def _follow(
        self, reading: _Reading, bridge: Job, child: Pipeline, parent: int, within: tuple[str, ...]
    ) -> None:
        """Read what trigger job *bridge* started, unless that and all below it are as they were. It may be gone."""
        reading.active = reading.active or not child.ended
        known = reading.children.get(child.id)
        below = [one for one in reading.children.values() if one.parent == child.id]
        if known is None or known.mark != child.mark or not all(one.mark for one in below):
            try:
                await self._into(reading, child, (*within, bridge.name or str(bridge.id)))
            except PermanentError as error:
                if error.code != GONE:
                    raise
        reading.children[child.id] = Child(parent, child.mark if child.ended else "")

    async def _all(self, url: str, what: str) -> Iterable[Job]:
        """Every entry, once: a list that grows between two pages shows some twice."""
        found: dict[int, Job] = {}
        async for page in self._reader.pages(url, _Jobs, what, most=MOST_PAGES):
            found |= {job.id: job for job in page if job.id not in found}
        return found.values()


class _Reading:
    """A pipeline while it is read. `active`: something in it, or in one that it started, goes on."""

    def __init__(self, known: PipelineState) -> None:
        self.known = known
        self.attempts: list[Attempt] = []
        self.children = dict(known.children)
        self.active = False
