"""Buildkite as a source of one trunk: a poll lists the branch's builds, then reads those that may have changed.

The list comes without jobs; a build is read by itself when its entry changed, and at every poll while it has not
ended. An idle poll is one request. Many builds at once are read over several polls, newest first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct

from chatbot.ci import Attempt, ChangedFile, Commit
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.hints import Hint
from chatbot.sources import Cursor, Poll
from chatbot.sources.buildkite.jobs import attempts
from chatbot.sources.buildkite.lookups import GONE, WORDS, Lookups, no_builds
from chatbot.sources.buildkite.order import ordered
from chatbot.sources.buildkite.state import VERSION, BuildState, State, restored
from chatbot.sources.buildkite.wire import Build, latest
from chatbot.sources.reader import Reader, each
from chatbot.sources.rest import Rest

API_URL = "https://api.buildkite.com/v2"

READS = 100
"""Builds a poll reads at most: Buildkite allows an organization 200 requests a minute.

https://buildkite.com/docs/apis/rest-api/limits
"""
FEWEST = 5
"""Builds a poll may always read, however little of the limit is left."""
MOST_PAGES = 20
"""Pages of 100 builds read for a first window: a commit may have several, a branch many that do not count."""
LATE = timedelta(minutes=5)
"""How far back builds that ended are asked for again: what ends during a poll may be listed after it."""
TIMEOUT = 60.0
"""Seconds for one request; a build of a thousand jobs is some megabytes."""

_Builds = tuple[Build, ...]


def _now() -> datetime:
    return datetime.now(UTC)


class _Listing(Struct, frozen=True):
    """Builds that were listed, by number; `edge` is the lowest one of the first page, whose ETag this is."""

    builds: dict[int, Build]
    etag: str | None
    edge: int


class BuildkiteSource(Lookups):
    """One branch of one pipeline."""

    def __init__(
        self,
        org: str,
        pipeline: str,
        branch: str = "main",
        *,
        http: aiohttp.ClientSession,
        token: str | None,
        api_url: str = API_URL,
        files: Callable[[str], Awaitable[Sequence[ChangedFile]]] | None = None,
        clock: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT,
        reads: int = READS,
    ) -> None:
        """*http* stays the caller's to close; *timeout* is in seconds, *reads* as `READS`. *files* knows commits.

        Raises:
            ConfigError: there is no token.
        """
        if not token:
            raise ConfigError(
                "BUILDKITE_API_TOKEN is not set: make a token with the scopes read_builds, read_build_logs and"
                " read_pipelines under Personal Settings > API Access Tokens"
            )
        headers = {"authorization": f"Bearer {token}"}
        rest = Rest(http, api_url, WORDS, headers=headers, clock=clock, timeout=timeout)
        super().__init__(rest, org, pipeline, branch, files)
        self._reads = reads
        self._looked = rest.now()

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """What changed since *cursor*. A cursor that cannot be gone on from has the window read anew.

        Raises:
            TransientError, PermanentError: nothing of this poll counts.
        """
        state = self._restored(cursor, window)
        reader = Reader(self._rest)
        fresh = State(VERSION, self._org, self._pipeline, self._branch, window, at=self._rest.now())
        poll = await self._polled(reader, state or fresh, window)
        if poll is not None:
            return msgspec.structs.replace(poll, rewritten=cursor is not None and state is None)
        poll = await self._polled(reader, fresh, window)
        assert poll is not None, "nothing can be late where nothing is known"
        return msgspec.structs.replace(poll, rewritten=True)

    async def look(self, cursor: Cursor, hint: Hint, *, window: int) -> Poll:
        """What changed since *cursor* in the builds that *hint* names; everything, where there is more to be read.

        Raises:
            TransientError, PermanentError: nothing of it counts.
        """
        state = self._restored(cursor, window)
        if state is None or any(one.mark is None for one in state.builds.values()):
            return await self.poll(cursor, window=window)
        named = {number for _, number in hint.runs}
        reader = Reader(self._rest)
        if hint.head or not named <= state.builds.keys():
            return await self._polled(reader, state, window, named) or await self.poll(cursor, window=window)
        allowed = sorted(named, reverse=True)[: self._allowance(looking=True)]
        return _poll(reader, state, (), await self._read(reader, allowed, state.builds))

    def _restored(self, cursor: Cursor | None, window: int) -> State | None:
        return restored(cursor, org=self._org, pipeline=self._pipeline, branch=self._branch, window=window)

    async def _polled(
        self, reader: Reader, before: State, window: int, named: AbstractSet[int] | None = None
    ) -> Poll | None:
        """What changed since *before*, `None` where a commit turned up that belongs in front of a known one.

        Where builds are *named*, only those and new ones are read.
        """
        listing = await self._listed(reader, before, window)
        builds = listing.builds
        order = ordered(before.standing, builds.values(), window=window)
        if order.late:
            return None
        kept = {one.sha for one in order.standing}
        states = {number: one for number, one in before.builds.items() if one.sha in kept}
        for number, build in builds.items():
            if build.sha in kept and number not in states:
                states[number] = BuildState(build.sha, build.mark if build.empty else None, open=not build.empty)
        due = [n for n in sorted(states, reverse=True) if _due(states[n], builds.get(n))]
        wanted = due if named is None else [n for n in due if n in named or states[n].mark is None]
        allowed = wanted[: self._allowance(looking=named is not None)]
        for number in set(due).difference(allowed):
            states[number].open = True  # whatever is listed next time
        found = await self._read(reader, allowed, states)
        after = msgspec.structs.replace(
            before,
            window=window,
            at=reader.began or self._rest.now(),
            etag=listing.etag,
            edge=listing.edge,
            standing=order.standing,
            builds=dict(sorted(states.items())),
        )
        return _poll(reader, after, order.new, found)

    async def _listed(self, reader: Reader, before: State, window: int) -> _Listing:
        """The newest builds, back to known ones or for the whole window; of older ones those that ended since."""
        url = f"{self._url}/builds?branch={quote(self._branch, safe='')}&exclude_jobs=true&per_page=100"
        first = await reader.get(url, etag=before.etag)
        found: list[Build] = []
        edge = before.edge
        if first.body is not None:
            page = reader.decode(first, _Builds, "the builds")
            if not page:
                raise TransientError(no_builds(self._org, self._pipeline, self._branch))
            found += page
            edge = page[-1].number
            following = first.following
            for _ in range(MOST_PAGES):
                if following is None or self._enough(found, before, window):
                    break
                answer = await reader.get(following)
                found += reader.decode(answer, _Builds, "the builds")
                following = answer.following
        if before.builds and min(before.builds) < edge:
            found += await self._ended(reader, url, before)
        return _Listing(latest(build for build in found if build.ours(self._branch)), first.etag, edge)

    async def _ended(self, reader: Reader, url: str, before: State) -> list[Build]:
        """Known builds that ended since the last poll: an old one may have been run again."""
        since = (before.at - LATE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ended: list[Build] = []
        async for page in reader.pages(f"{url}&finished_from={since}", _Builds, "the builds that ended", most=5):
            ended += page
        return [build for build in ended if build.number in before.builds]

    def _enough(self, found: Sequence[Build], before: State, window: int) -> bool:
        """Whether what was listed reaches back to what is known, or far enough where nothing is."""
        if before.builds:
            return found[-1].number <= before.newest
        return len({build.sha for build in found if build.sha and build.ours(self._branch)}) >= window

    def _allowance(self, *, looking: bool) -> int:
        """How many builds may be read: at most half of what the limit leaves for polls.

        Where hints come, several a second, an even share of that once half of the limit is gone.
        """
        budget, now = self._rest.budget, self._rest.now()
        if budget is None:
            return self._reads
        usable, gap = budget.usable / 2, now - self._looked
        self._looked = now
        if not looking:
            return min(self._reads, max(FEWEST, int(usable)))
        if budget.remaining * 2 > budget.limit:
            return min(self._reads, int(usable))
        left = max(timedelta(seconds=1), budget.reset - now)
        return min(self._reads, max(1, int(usable * (min(gap, left) / left))))

    async def _read(
        self, reader: Reader, wanted: Sequence[int], states: dict[int, BuildState]
    ) -> dict[int, list[Attempt]]:
        """The attempts of the builds *wanted*; *states* then says what was read. One that is gone is forgotten."""
        found: dict[int, list[Attempt]] = {}

        async def one(number: int) -> None:
            known = states[number]
            try:
                answer = await reader.get(f"{self._url}/builds/{number}?include_retried_jobs=true", etag=known.etag)
            except PermanentError as error:
                if error.code != GONE:
                    raise
                del states[number]
                return
            if answer.body is not None:
                build = reader.decode(answer, Build, f"build {number}")
                found[number] = attempts(build, sha=known.sha, workflow=self._pipeline)
                states[number] = BuildState(
                    known.sha, build.mark, not build.settled, None if build.settled else answer.etag
                )

        await each(wanted, one)
        return found


def _poll(reader: Reader, after: State, new: tuple[Commit, ...], found: dict[int, list[Attempt]]) -> Poll:
    """A poll that ends at *after*."""
    return Poll(
        commits=new,
        attempts=tuple(attempt for number in sorted(found) for attempt in found[number]),
        cursor=after.cursor(),
        at=reader.began or after.at,
        complete=all(one.mark is not None for one in after.builds.values()),
        requests=reader.requests,
        charged=reader.charged,
    )


def _due(known: BuildState, listed: Build | None) -> bool:
    return known.open or known.mark is None or (listed is not None and listed.mark != known.mark)
