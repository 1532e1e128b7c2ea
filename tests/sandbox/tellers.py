"""Servers that tell one and the same story, each in its service's words: what every kind of source is tested against.

A kind joins `test_conformance.py` by one line in `TELLERS`. Its story is what all services can tell: one workflow,
which a service without workflows calls by its own name (a pipeline's), and jobs whose names hold their shards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

import aiohttp

from chatbot.recording import Recorded, RecordedCommit, RecordedJob, encoded
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.hud import TOKEN, HudSandbox
from chatbot.sources import Source
from chatbot.sources.github import GitHubSource, Token
from chatbot.sources.hud import HudSource
from chatbot.sources.replay import ReplaySource
from tests.sandbox.buildkite.teller import BuildkiteTeller
from tests.sandbox.gitlab.teller import GitlabTeller
from tests.sandbox.telling import Telling


class Teller(Protocol):
    """A local server of one service for as long as the `async with` lasts.

    It is made with the lines of a recording (`chatbot.recording`), in order of `at`, of which nothing is visible at
    first. Times of commits and attempts are those of the lines; ids may be others. An attempt that failed before the
    one shown last has to be told in whatever way the service has.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    def show(self, until: datetime) -> None:
        """Make every line visible whose `at` is *until* or earlier; never called with an earlier time than before."""
        ...

    def open(self, http: aiohttp.ClientSession) -> Source:
        """A new source that reads the story; *http* stays the caller's to close."""
        ...


class GithubTeller:
    """GitHub."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        self._github = GitHubSandbox(lines)

    async def __aenter__(self) -> Self:
        await self._github.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._github.__aexit__(None, None, None)

    def show(self, until: datetime) -> None:
        self._github.advance(to=until)

    def open(self, http: aiohttp.ClientSession) -> Source:
        repo = self._github.repository().name
        return GitHubSource(repo, http=http, api_url=self._github.url, auth=Token(self._github.token))


class HudTeller(Telling[HudSandbox]):
    """PyTorch's HUD, whose cells hold the newest attempt and whether one before it failed."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        super().__init__(lines, lambda clock: HudSandbox(token=TOKEN, clock=clock))

    def commit(self, line: RecordedCommit) -> None:
        self.server.commit(line)

    def job(self, line: RecordedJob) -> None:
        lines = [line.failure.line] if line.failure else []
        state = line.conclusion or "pending"
        self.server.cell(line.sha, f"{line.workflow} / {line.job}", state, id=line.job_id, failureLines=lines)

    def open(self, http: aiohttp.ClientSession) -> Source:
        return HudSource("pytorch/pytorch", http=http, url=self.server.url, token=TOKEN)


class ReplayTeller:
    """A recording, seen as its clock goes on."""

    def __init__(self, lines: Sequence[Recorded]) -> None:
        self._lines = lines
        self._now = lines[0].at
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._file = Path(self._stack.enter_context(TemporaryDirectory())) / "story.jsonl"
        self._file.write_bytes(encoded(self._lines))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def show(self, until: datetime) -> None:
        self._now = until

    def open(self, http: aiohttp.ClientSession) -> Source:  # noqa: ARG002  the protocol's
        return ReplaySource(self._file, self._lines[0].trunk, clock=lambda: self._now)


TELLERS: Mapping[str, Callable[[Sequence[Recorded]], Teller]] = {
    "buildkite": BuildkiteTeller,
    "github": GithubTeller,
    "gitlab": GitlabTeller,
    "hud": HudTeller,
    "replay": ReplayTeller,
}
