"""PyTorch's HUD as a source of one trunk: pages of a grid, each asked for once a poll and only where it changed.

HUD shows everything each time, so a poll hands over whole pages: the first, those down to the known head, those with
unfinished jobs, now and then an older one. Failure lines come with them. Files of commits and logs are not HUD's;
where GitHub may be asked for them, it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import aiohttp

from chatbot.ci import Attempt, ChangedFile, Commit
from chatbot.errors import PermanentError, TransientError
from chatbot.sources import Cursor, Poll, Source, hud_page, hud_state
from chatbot.sources.hud_state import PER_PAGE, VERSION, Shown, State
from chatbot.sources.reader import Reader
from chatbot.sources.rest import Rest, Words
from chatbot.strips import Page
from chatbot.turnabout import give_way

URL = "https://hud.pytorch.org"
HEADER = "x-hud-internal-bot"
"""In which hud.pytorch.org wants to find the token."""
TIMEOUT = 60.0
"""Seconds for one page, which may have 20 MB."""
DOUBT = timedelta(minutes=2)
"""How long the known head has to be gone before trunk counts as rewritten: caches show what was."""

WORDS = Words(
    name="HUD",
    address="`url`",
    remedies={
        400: "check `repo` and `branch`",
        401: "it wants a token: set HUD_TOKEN, and HUD_TOKEN_HEADER if it comes in another header",
        403: "the token may not read this, or there is none: set HUD_TOKEN anew",
        404: "check `url`, `repo` and `branch`",
        410: "check `url`, `repo` and `branch`",
    },
    moved="put what it is called now into `url`, `repo` or `branch`",
    html="check `url`, or set HUD_TOKEN if it wants people to sign in",
)


def _now() -> datetime:
    return datetime.now(UTC)


class HudSource:
    """One branch of one repository on one HUD."""

    def __init__(
        self,
        repo: str,
        branch: str = "main",
        *,
        http: aiohttp.ClientSession,
        url: str = URL,
        token: str | None = None,
        header: str = HEADER,
        github: Source | None = None,
        clock: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT,
    ) -> None:
        """*header* is the one that *token* comes in; *github* is asked for files and logs. *timeout* is in seconds.

        *http* stays the caller's to close.
        """
        said = f"Bearer {token}" if header.lower() == "authorization" else token
        headers = {header: said} if said else {}
        self._rest = Rest(http, url, WORDS, headers=headers, clock=clock, timeout=timeout)
        self._path = f"/api/hud/{repo}/{quote(branch, safe='')}"
        self._name = f"{repo}@{branch}"
        self._github = github
        self._doubted: datetime | None = None

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """What HUD shows since *cursor*. A cursor that cannot be gone on from has the window read anew.

        Raises:
            TransientError, PermanentError: nothing of this poll counts.
        """
        before = hud_state.restored(cursor, place=self._place, window=window)
        reading = _Reading(self._rest, self._path)
        listed = await self._listed(reading, before, window)
        if before is not None and not reading.whole:
            for number in before.due(len(listed)):
                if number not in reading.pages:
                    await reading.read(number, before.etag(number))
        gone = reading.whole and cursor is not None
        head = listed[-1].sha if listed else before.head if before else ""
        kept = [] if before is None or gone else before.pages
        after = State(VERSION, self._place, window, head, before.polls + 1 if before else 1)
        after.pages = hud_state.together(kept, reading.shown(now=self._rest.now()))
        return Poll(
            commits=tuple(listed),
            attempts=(),
            cursor=after.cursor(),
            at=reading.reader.began or self._rest.now(),
            rewritten=gone,
            requests=reading.reader.requests,
            charged=reading.reader.requests - reading.unchanged,
            pages=tuple(reading.pages[number] for number in sorted(reading.pages, reverse=True)),
        )

    @property
    def _place(self) -> str:
        return f"{self._rest.api}{self._path}"

    async def _listed(self, reading: _Reading, before: State | None, window: int) -> list[Commit]:
        """The commits that follow the known head, oldest first; the newest *window* where there is none any more."""
        first = await reading.read(1, before.etag(1) if before else None)
        if first is None:
            self._doubted = None
            return []
        if not first.commits:
            raise PermanentError(f"HUD shows no commits of {self._name}: check `repo` and `branch`", code="empty")
        commits = {commit.sha: commit for commit in reversed(first.commits)}
        number, more = 1, True
        known = before.head if before else None
        while known not in commits and len(commits) < window and more:
            number += 1
            shown = await reading.read(number, None)
            older = {c.sha: c for c in reversed(shown.commits) if c.sha not in commits} if shown else {}
            commits, more = commits | older, bool(older)
        newest_first = list(commits.values())
        if known is not None and known in commits:
            self._doubted = None
            return newest_first[: list(commits).index(known)][:window][::-1]
        if known is not None:
            self._doubt(known)
        reading.whole = True
        return newest_first[:window][::-1]

    def _doubt(self, head: str) -> None:
        """Believe that *head* is gone only after it has been for a while.

        Raises:
            TransientError: it has not yet.
        """
        now = self._rest.now()
        self._doubted = self._doubted or now
        if now - self._doubted < DOUBT:
            raise TransientError(
                f"HUD does not show commit {head[:12]} of {self._name} any more, the newest one known: if it stays so"
                f" until {self._doubted + DOUBT:%H:%M:%S} UTC, trunk was rewritten and is read anew"
            )
        self._doubted = None

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched, as GitHub tells.

        Raises:
            PermanentError: GitHub is not ours to ask.
        """
        if self._github is None:
            said = "HUD does not tell which files a commit touched: set GITHUB_TOKEN, and GitHub is asked"
            raise PermanentError(said, code="no_files")
        return await self._github.files(sha)

    async def log(self, attempt: Attempt) -> AsyncIterator[bytes]:
        """The log of *attempt* where GitHub has it; HUD's own failure lines come with the pages.

        Raises:
            PermanentError: GitHub is not ours to ask, or has none.
        """
        if self._github is None:
            raise PermanentError("HUD shows no line for this failure, and GITHUB_TOKEN is not set", code="no_log")
        async for chunk in self._github.log(attempt):
            yield chunk

    async def check(self) -> str:
        """One line: what is reached, how much it shows, and whether files of commits can be read.

        Raises:
            PermanentError, TransientError: with what to do about it.
        """
        reading = _Reading(self._rest, self._path)
        page = await reading.read(1, None)
        if page is None or not page.commits:
            raise PermanentError(f"HUD shows no commits of {self._name}: check `repo` and `branch`", code="empty")
        newest = page.commits[-1]
        line = (
            f"{self._name} at {self._rest.api.host}: {len(page.commits)} commits and {len(page.strips):,} names of jobs"
        )
        line += f" on the first page, the newest commit of {newest.committed_at:%Y-%m-%d %H:%M} UTC"
        if self._github is None:
            return f"{line}; files of commits are not told (set GITHUB_TOKEN)"
        try:
            return f"{line}; files of commits: {await self._github.check()}"
        except (TransientError, PermanentError) as error:
            return f"{line}; files of commits cannot be read: {error}"

    async def close(self) -> None:
        """The connections are the caller's; nothing is held."""
        if self._github is not None:
            await self._github.close()


class _Reading:
    """The pages of one poll, by number from 1. `whole`: they are the window anew."""

    def __init__(self, rest: Rest, path: str) -> None:
        self.reader = Reader(rest)
        self.pages: dict[int, Page] = {}
        self.unchanged = 0
        self.whole = False
        self._etags: dict[int, str | None] = {}
        self._path = path

    async def read(self, number: int, etag: str | None) -> Page | None:
        """Page *number*, `None` where it has not changed since *etag*.

        Raises:
            TransientError, PermanentError: it cannot be read.
        """
        answer = await self.reader.get(f"{self._path}/{number}?per_page={PER_PAGE}", etag=etag)
        if answer.body is None:
            self.unchanged += 1
            return None
        page = self.pages[number] = await _decoded(answer.body)
        self._etags[number] = answer.etag
        return page

    def shown(self, *, now: datetime) -> dict[int, Shown]:
        """What is to be remembered of the pages."""
        return {
            number: Shown(self._etags[number], hud_state.waits(page, now=now)) for number, page in self.pages.items()
        }


async def _decoded(body: bytes | bytearray) -> Page:
    """The page in *body*; others get their turn meanwhile."""
    reading = hud_page.read(body)
    while True:
        await give_way()
        try:
            next(reading)
        except StopIteration as ended:
            page: Page = ended.value
            await give_way()
            return page
