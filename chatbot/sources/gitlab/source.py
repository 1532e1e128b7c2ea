"""GitLab as a source of one trunk: a poll asks for new commits, then for pipelines that changed since the last one.

An idle poll is two small requests. A pipeline is read with its retried jobs and the pipelines that it started, at
every poll while it goes on. Many pipelines at once are read over several polls, newest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp

from chatbot.ci import Attempt
from chatbot.errors import ConfigError
from chatbot.sources import Cursor, Poll
from chatbot.sources.gitlab import commits, pipelines
from chatbot.sources.gitlab.commits import Walk
from chatbot.sources.gitlab.lookups import WORDS, Lookups
from chatbot.sources.gitlab.pipelines import PipelineReader
from chatbot.sources.gitlab.state import VERSION, PipelineState, State, restored
from chatbot.sources.reader import Reader, each
from chatbot.sources.rest import Rest

URL = "https://gitlab.com"
READS = 300
"""Requests a poll makes at most, but for those under way; gitlab.com allows 2,000 a minute.

https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom
"""
FEWEST = 10
"""Requests a poll may always make, however little of the limit is left."""
TIMEOUT = 60.0
"""Seconds for one request."""


def _now() -> datetime:
    return datetime.now(UTC)


class GitlabSource(Lookups):
    """One branch of one project."""

    def __init__(
        self,
        project: str,
        branch: str = "main",
        *,
        http: aiohttp.ClientSession,
        url: str = URL,
        token: str | None = None,
        clock: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT,
        reads: int = READS,
    ) -> None:
        """*project* is its path or number, *url* the server's address; a public project needs no *token*.

        *http* stays the caller's to close; *timeout* is in seconds, *reads* as `READS`.

        Raises:
            ConfigError: *project* is neither path nor number.
        """
        if not re.fullmatch(r"\d+|[^\s/]+(/[^\s/]+)+", project):
            raise ConfigError(f"{project!r} is not a project: write its path, as in group/name, or its number")
        headers = {"private-token": token} if token else {}
        rest = Rest(http, f"{url.rstrip('/')}/api/v4", WORDS, headers=headers, clock=clock, timeout=timeout)
        super().__init__(rest, project, branch)
        self._reads = reads

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """What changed since *cursor*. A cursor that cannot be gone on from has the window read anew.

        Raises:
            TransientError, PermanentError: nothing of this poll counts.
        """
        state = restored(cursor, project=self._project, branch=self._branch, window=window)
        before = state or State(VERSION, self._project, self._branch, window)
        reader = Reader(self._rest)
        walk = await commits.walk(reader, self._url, self._branch, known=before.head, etag=before.etag, window=window)
        if walk is not None and walk.rewritten:
            before = State(VERSION, self._project, self._branch, window)
        shas = [*before.commits, *(one.sha for one in walk.commits)][-window:] if walk else before.commits
        inside = set(shas)
        below = any(one.children for one in before.pipelines.values())
        listing = await pipelines.listed(
            reader, self._url, self._branch, since=before.since, shas=inside, children=below
        )
        states = pipelines.taken_in(before.pipelines, listing, inside)
        attempts = await self._read(reader, states, shas)
        at = reader.began or self._rest.now()
        after = State(
            VERSION,
            self._project,
            self._branch,
            window,
            head=walk.head if walk else before.head,
            etag=walk.etag if walk else before.etag,
            since=listing.since or at,
            commits=shas,
            pipelines=states,
        )
        return Poll(
            commits=walk.commits if walk else (),
            attempts=tuple(attempts),
            cursor=after.cursor(),
            at=at,
            rewritten=_rewritten(walk) or (cursor is not None and state is None),
            complete=all(one.mark is not None for one in states.values()),
            requests=reader.requests,
            charged=reader.charged,
        )

    def _allowance(self) -> int:
        """How many requests this poll may make: at most half of what the limit leaves for polls."""
        budget = self._rest.budget
        return self._reads if budget is None else min(self._reads, max(FEWEST, int(budget.usable / 2)))

    async def _read(self, reader: Reader, states: dict[int, PipelineState], shas: list[str]) -> list[Attempt]:
        """What ran in the open pipelines, of the newest commit first; *states* then says what was read."""
        place = {sha: index for index, sha in enumerate(shas)}
        wanted = sorted(
            (number for number, one in states.items() if one.open),
            key=lambda number: (place[states[number].sha], number),
            reverse=True,
        )
        allowance = reader.requests + self._allowance()
        read = PipelineReader(reader, self._url)
        found: dict[int, list[Attempt]] = {}

        async def one(number: int) -> None:
            if reader.requests >= allowance:
                return
            reading = await read.read(number, states[number])
            if reading is None:
                del states[number]
            else:
                states[number], found[number] = reading

        await each(wanted, one)
        return [attempt for number in sorted(found) for attempt in found[number]]


def _rewritten(walk: Walk | None) -> bool:
    return walk is not None and walk.rewritten
