"""The sandbox's two hosts: the API and the log storage, on two ports, replaying one recording.

async with GitHubSandbox(recording.read(path)) as github:
    github.advance(to=datetime(...))
    GitHubSource("pytorch/pytorch", api_url=github.url, auth=Token(github.token), http=http)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from chatbot.ci import Commit, Conclusion
from chatbot.recording import Recorded, RecordedJob
from chatbot.sandbox.github import wholes
from chatbot.sandbox.github.api import Api
from chatbot.sandbox.github.door import Asked, Door, Limit
from chatbot.sandbox.github.faults import Faults
from chatbot.sandbox.github.hooks import Hooks
from chatbot.sandbox.github.login import AppKey, Login
from chatbot.sandbox.github.repository import Repository
from chatbot.sandbox.github.schedule import Schedule
from chatbot.sandbox.github.shown import Shape
from chatbot.sandbox.github.storage import Logs, Storage
from chatbot.sandbox.github.wholes import written
from chatbot.sandbox.github.writes import Outcomes, Revert, Writes

TOKEN = "ghp_sandbox"  # noqa: S105  good on localhost only
FIRST_ID = 65_600_975
"""The first repository's number."""


class GitHubSandbox:
    """GitHub's API and log storage on 127.0.0.1 while the context lasts."""

    def __init__(
        self,
        lines: Iterable[Recorded],
        *,
        repos: Mapping[str, str] | None = None,
        branch: str = "main",
        logs: Logs | None = None,
        port: int = 0,
        start: datetime | None = None,
        speed: float | None = None,
        token: str | None = TOKEN,
        app: AppKey | None = None,
        rate_limit: int = 5000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Replays *lines*, each trunk as a repository: `name/name`, or what *repos* calls it.

        Story time begins at *start*, by default just before the first line, and runs *speed* story seconds a
        second; without *speed* only `advance` moves it. *logs* are by job number; other jobs' logs are made of what
        the recording says. Without *token* and *app* anybody may ask.
        """
        held = list(lines)
        self.token = token or ""
        self.url = ""
        self._port = port
        self._runners: list[web.AppRunner] = []
        self._schedule = Schedule(held, start=start, speed=speed, monotonic=monotonic)
        self._login = Login(token, app)
        self._door = Door(self._login, Limit(rate_limit), lambda: self.now)
        self._outcomes = Outcomes()
        self._repositories = _repositories({line.trunk for line in held}, repos or {}, branch)
        self._writes = Writes(self._schedule, self._outcomes, self._catch_up)
        self._api = Api(list(self._repositories.values()), self._door, self._writes, self._catch_up)
        self.hooks = Hooks()
        self.storage = Storage(logs or {}, self._api.attempt)

    async def __aenter__(self) -> Self:
        self._api.storage_url = await self._serve(self.storage.application(), 0)
        self.url = await self._serve(self._api.application(), self._port)
        self._api.shape = Shape(self.url)
        self._schedule.begin()
        await self.hooks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hooks.__aexit__(kind, error, trace)
        for runner in self._runners:
            await runner.cleanup()

    async def _serve(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def _catch_up(self) -> None:
        """Make visible what story time has reached."""
        for line in self._schedule.due():
            self._repositories[line.trunk].apply(line)
            self.hooks.about(self._repositories[line.trunk], line, self._api.shape)

    @property
    def now(self) -> datetime:
        """The story time."""
        return self._schedule.now

    @property
    def finished(self) -> bool:
        """Whether every line has become visible."""
        self._catch_up()
        return self._schedule.applied == self._schedule.total

    @property
    def end(self) -> datetime:
        """When the last line becomes visible."""
        return self._schedule.end

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self._door.faults

    @property
    def requests(self) -> list[Asked]:
        """What was asked, oldest first."""
        return list(self._door.asked)

    @property
    def limit(self) -> Limit:
        """The rate limit; its `remaining` may be set."""
        return self._door.limit

    @property
    def login(self) -> Login:
        """Who may ask."""
        return self._login

    @property
    def comments(self) -> list[tuple[int, str]]:
        """Comments written, as the pull request's number and the text, oldest first."""
        return self._writes.comments

    @property
    def reverts(self) -> list[Revert]:
        """Pull requests opened by `revertPullRequest`."""
        return self._writes.reverts

    def advance(self, *, to: datetime | int | None = None) -> datetime:
        """Move story time to *to*: a time, a count of lines from the beginning, or by default the end."""
        if isinstance(to, int):
            self._schedule.move_by(to)
        else:
            self._schedule.move(to or self._schedule.end)
        self._catch_up()
        return self.now

    def add(self, *lines: Recorded) -> None:
        """Have more *lines* become visible, each at its time."""
        for line in lines:
            self._schedule.add(line)
        self._catch_up()

    def script(self, job: str, *conclusions: Conclusion | str) -> None:
        """Let re-runs of jobs like the glob *job* end so; unscripted ones end as they did before."""
        self._outcomes.script(job, *conclusions)

    def force_push(self, *, drop: int, commits: Iterable[Commit] = (), trunk: str | None = None) -> None:
        """Replace the newest *drop* commits of the branch by *commits*."""
        self.repository(trunk).force_push(drop, commits)

    def note(self, job: RecordedJob, *, event: str = "push", branch: str | None = None) -> None:
        """Show an attempt now, as part of a run for another *event* or *branch* if need be."""
        self._repositories[job.trunk].note(job, event=event, branch=branch)

    def add_check(
        self, sha: str, name: str, *, app: str, conclusion: str | None = None, trunk: str | None = None
    ) -> int:
        """Show a check run of another system now, unfinished without *conclusion*; give its number."""
        held = self.repository(trunk)
        number, at = held.new_id(), written(self.now)
        held.checks.setdefault(sha, []).append(
            {
                "id": number,
                "name": name,
                "head_sha": sha,
                "status": "completed" if conclusion else "in_progress",
                "conclusion": conclusion,
                "started_at": at,
                "completed_at": at if conclusion else None,
                "app": wholes.app(self.url, app),
                "check_suite": {"id": held.id},
            }
        )
        return number

    def add_status(self, sha: str, context: str, state: str, *, trunk: str | None = None) -> int:
        """Show a commit status now: `pending`, `success`, `failure` or `error`; give its number."""
        held = self.repository(trunk)
        number, at = held.new_id(), written(self.now)
        status = {"id": number, "context": context, "state": state, "created_at": at, "updated_at": at}
        held.statuses.setdefault(sha, []).append(status)
        return number

    def point_logs_to(self, url: str) -> None:
        """Let addresses of logs lead to another storage host."""
        self._api.storage_url = url

    def repository(self, trunk: str | None = None) -> Repository:
        """What is held of *trunk*, or of the first one."""
        return self._repositories[trunk] if trunk else next(iter(self._repositories.values()))

    def clear(self) -> None:
        """Forget the requests so far."""
        self._door.asked.clear()


def _repositories(trunks: set[str], repos: Mapping[str, str], branch: str) -> dict[str, Repository]:
    names = dict(repos) | {trunk: f"{trunk}/{trunk}" for trunk in sorted(trunks - set(repos))} or {
        "sandbox": "sandbox/sandbox"
    }
    return {
        trunk: Repository(name, FIRST_ID + index, branch, trunk) for index, (trunk, name) in enumerate(names.items())
    }
