"""GitHub as a source of one trunk: a poll asks for new commits, then for the runs that may have changed.

An idle poll is answered with 304 throughout and costs no rate limit, also right after a restart: the ETags are in
the cursor, and only those of answers that are part of the same poll. One failed answer fails the poll as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec

from chatbot.ci import Attempt
from chatbot.errors import ConfigError
from chatbot.hints import OTHERS, Hint
from chatbot.sources import Cursor, Poll
from chatbot.sources.github import checks, commits
from chatbot.sources.github.commits import Walk
from chatbot.sources.github.credentials import App, Token, credentials
from chatbot.sources.github.runs import Reading, RunReader
from chatbot.sources.github.state import VERSION, CommitState, State, due, restored
from chatbot.sources.github.transport import API_URL, CONCURRENT, Reader, Transport
from chatbot.sources.github.writes import Writes
from chatbot.sources.reader import each

READS = 200
"""Charged requests a poll makes at most; a first window is read over several polls, newest commits first.

What a poll has read is held in memory until it is applied: half a kilobyte a job. GitHub's secondary limit is 900
points a minute, a point a read.
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

FEWEST = 20
"""Charged requests a poll may always make, however little of the rate limit is left."""

TIMEOUT = 30.0
"""Seconds for one request."""


def _now() -> datetime:
    return datetime.now(UTC)


class GitHubSource(Writes):
    """One branch of one repository."""

    def __init__(
        self,
        repo: str,
        branch: str = "main",
        *,
        http: aiohttp.ClientSession,
        api_url: str = API_URL,
        auth: Token | App | None = None,
        clock: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT,
        reads: int = READS,
        checks: bool = False,
    ) -> None:
        """*http* stays the caller's to close; *timeout* is in seconds, *reads* as `READS`.

        With *checks*, check runs and commit statuses of systems other than Actions count too.

        Raises:
            ConfigError: *repo* is not `owner/name`, *api_url* no address, or the App's key cannot be used.
        """
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
            raise ConfigError(f"{repo!r} is not a repository: write it as owner/name")
        if not re.match(r"https?://[^/]+", api_url):
            raise ConfigError(f"{api_url!r} is not an address: GITHUB_API_URL looks like {API_URL}")
        transport = Transport(http, credentials(auth, repo), api_url=api_url, clock=clock, timeout=timeout)
        super().__init__(transport, repo, branch)
        self._reads = reads
        self._checks = checks
        self._looked = transport.now()

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """What changed since *cursor*. A cursor that cannot be gone on from has the window read anew.

        Raises:
            TransientError, PermanentError: nothing of this poll counts.
        """
        state = restored(cursor, repo=self._repo, branch=self._branch, window=window)
        reader = Reader(self._transport)
        head, etag = (state.head, state.etag) if state else (None, None)
        walk = await commits.walk(reader, self._repo, self._branch, known=head, etag=etag, window=window)
        states = _states(state, walk, window)
        polls = state.polls + 1 if state else 1

        async def read(runs: RunReader, known: CommitState) -> Reading:
            return await self._with_checks(reader, await runs.read(known, polls))

        readings = await self._read(reader, due(states), read, self._allowance(state))
        at = reader.began or self._transport.now()
        after_head, after_etag = (walk.head, walk.etag) if walk else _unchanged(state)
        after = State(VERSION, self._repo, self._branch, window, after_head, after_etag, at, polls, states)
        poll = _polled(reader, walk, after, readings, at)
        return msgspec.structs.replace(poll, rewritten=poll.rewritten or (cursor is not None and state is None))

    async def look(self, cursor: Cursor, hint: Hint, *, window: int) -> Poll:
        """What changed since *cursor* where *hint* says so; everything, where there is a window still to be read.

        Raises:
            TransientError, PermanentError: nothing of it counts.
        """
        state = restored(cursor, repo=self._repo, branch=self._branch, window=window)
        if state is None or not all(known.polled for known in state.commits):
            return await self.poll(cursor, window=window)
        reader, walk, named = Reader(self._transport), None, hint.by_sha()
        if hint.head or not named.keys() <= {known.sha for known in state.commits}:
            walk = await commits.walk(
                reader, self._repo, self._branch, known=state.head, etag=state.etag, window=window
            )
        if walk is not None and walk.rewritten:
            return await self.poll(cursor, window=window)
        states = _states(state, walk, window)
        wanted = [known for known in reversed(states) if known.sha in named or not known.polled]

        async def read(runs: RunReader, known: CommitState) -> Reading:
            runs_named = named.get(known.sha, set())
            reading = await runs.look(known, runs_named, state.polls)
            changed = OTHERS in runs_named or not known.polled
            return await self._with_checks(reader, reading) if changed else reading

        readings = await self._read(reader, wanted, read, self._looks_allowance())
        head, etag = (walk.head, walk.etag) if walk else (state.head, state.etag)
        after = msgspec.structs.replace(state, head=head, etag=etag, commits=states)
        return _polled(reader, walk, after, readings, reader.began or self._transport.now())

    async def close(self) -> None:
        """The connections are the caller's; nothing is held."""

    def _allowance(self, state: State | None) -> int:
        """How many charged requests this poll may make: all, or an even share once half of the limit is gone."""
        budget = self.budget
        if budget is None or state is None or budget.remaining * 2 > budget.limit:
            return self._reads
        now = self._transport.now()
        gap = max(timedelta(seconds=1), now - state.at)
        left = max(gap, budget.reset - now)
        return min(self._reads, max(FEWEST, int(budget.usable * (gap / left))))

    def _looks_allowance(self) -> int:
        """The same for a look, of which there may be several a second: nothing until enough has come together."""
        budget, now = self.budget, self._transport.now()
        if budget is None or budget.remaining * 2 > budget.limit:
            allowance = self._reads
        else:
            left = max(timedelta(seconds=1), budget.reset - now)
            gap = min(left, now - self._looked)
            allowance = min(self._reads, int(budget.usable * (gap / left)))
        if allowance:
            self._looked = now
        return allowance

    async def _with_checks(self, reader: Reader, reading: Reading) -> Reading:
        return await checks.read(reader, self._repo, reading) if self._checks else reading

    async def _read(
        self,
        reader: Reader,
        wanted: list[CommitState],
        read: Callable[[RunReader, CommitState], Awaitable[Reading]],
        allowance: int,
    ) -> dict[str, Reading]:
        """What *read* finds of the *wanted* commits by sha, begun in the order given."""
        runs = RunReader(reader, self._repo, self._branch, lambda: reader.charged < allowance)
        readings: dict[str, Reading] = {}

        async def one(known: CommitState) -> None:
            readings[known.sha] = await read(runs, known)

        await each(wanted, one, at_once=CONCURRENT)
        return readings


def _states(state: State | None, walk: Walk | None, window: int) -> list[CommitState]:
    """The window's commits after *walk*, oldest first; the new ones unread."""
    new = [CommitState(commit.sha) for commit in walk.commits] if walk else []
    old = state.commits if state and not (walk and walk.rewritten) else []
    return [*old, *new][-window:]


def _unchanged(state: State | None) -> tuple[str, str | None]:
    assert state is not None, "only a known list can be unchanged"
    return state.head, state.etag


def _polled(reader: Reader, walk: Walk | None, after: State, readings: dict[str, Reading], at: datetime) -> Poll:
    """A poll that ends at *after*, whose commits were read as *readings* say or are as they were."""
    read = [readings[known.sha].state if known.sha in readings else known for known in after.commits]
    return Poll(
        commits=walk.commits if walk else (),
        attempts=tuple(attempt for known in read for attempt in _attempts(readings, known.sha)),
        cursor=msgspec.structs.replace(after, commits=read).cursor(),
        at=at,
        rewritten=bool(walk and walk.rewritten),
        complete=all(reading.complete for reading in readings.values()),
        requests=reader.requests,
        charged=reader.charged,
    )


def _attempts(readings: dict[str, Reading], sha: str) -> tuple[Attempt, ...]:
    return readings[sha].attempts if sha in readings else ()
