"""The whole bot between a Slack and a GitHub on localhost: commits land, jobs end, people act, Slack shows.

The bot is `chatbot.app.App`, unchanged, in this process. Only its pace towards Slack is another: a clock that
runs a hundred times as fast, so that a test does not wait out a message a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from chatbot import outbox, slack_manifest
from chatbot.app import App
from chatbot.ci import Author, Commit
from chatbot.config import load
from chatbot.recording import recorded
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.slack import SlackSandbox
from chatbot.sandbox.slack.values import Answer, Message, View
from chatbot.settings import Settings
from chatbot.slack.pacing import Pacer
from chatbot.watchdog import PATIENCE
from tests.e2e.reports import report

ALICE, BOB, CAROL, GRACE = "U01ALICE", "U02BOB", "U03CAROL", "U07GRACE"
INDUCTOR, LINT, DEVINFRA = "C0INDUCTOR", "C0LINT", "C0DEVINFRA"
GROUP = "S0LEADS"
TRUNK, REPO = "pytorch", "pytorch/pytorch"
_FASTER = 100.0

CONFIG = """\
version: 1
slack: {fallback_channel: C0DEVINFRA}
trunks:
  - {id: pytorch, source: {kind: github, repo: pytorch/pytorch, branch: main}, poll_every: 50ms, window: 50}
teams:
  broken-inductor: {channel: C0INDUCTOR, mention: S0LEADS, oncall: [U01ALICE, U02BOB]}
  lint: {channel: C0LINT, mention: S0LEADS}
people:
  - {github: author1, slack: U03CAROL}
watches:
  - id: inductor
    title: Inductor jobs broken for 3 commits in a row
    trunk: pytorch
    match: {workflows: ["inductor*"], exclude: ["*unstable*"]}
    when: {consecutive_commits: 3, failing_jobs: 1}
    reopen_within: 6h
    priority: P2
    team: broken-inductor
    runbook: https://example.org/runbooks/inductor
    dashboard: https://example.org/d/hud
  - id: lint
    title: Lint broken for 2 commits in a row
    trunk: pytorch
    match: {workflows: [lint]}
    when: {consecutive_commits: 2}
    priority: P3
    team: lint
permissions: {resolve: [S0LEADS, U01ALICE, U02BOB]}
"""


def furnish(slack: SlackSandbox) -> None:
    """People, channels and a group."""
    for user, name in ((ALICE, "alice"), (BOB, "bob"), (CAROL, "carol"), (GRACE, "grace")):
        slack.add_person(user, name, real_name=name.title(), email=f"{name}@example.org")
    for channel, name in ((INDUCTOR, "broken-inductor"), (LINT, "broken-lint"), (DEVINFRA, "dev-infra")):
        slack.add_channel(channel, name)
    slack.add_usergroup(GROUP, "leads", [GRACE])


def hurried() -> Pacer:
    """A pacer whose seconds are hundredths."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / _FASTER)

    return Pacer(clock=lambda: time.monotonic() * _FASTER, sleep=sleep)


class Scene:
    """What a test sees and does. Made by `scene`."""

    def __init__(self, slack: SlackSandbox, github: GitHubSandbox, config_file: Path, settings: Settings) -> None:
        self.slack = slack
        self.github = github
        self.config_file = config_file
        self.settings = settings
        self.prefix = f"t{token_hex(6)}"
        self.commits: list[Commit] = []
        self.ahead = timedelta(0)  # of the bot's clock; moved on, hours pass for it
        self.patience = PATIENCE
        self.app: App = self._made()
        self._running: asyncio.Task[None] | None = None

    def _made(self) -> App:
        config = load(self.config_file)
        more: dict[str, Any] = {"pacer": hurried, "now": self.now, "patience": self.patience}
        return App(self.config_file, config, self.settings, prefix=self.prefix, **more)

    def now(self) -> datetime:
        """What the bot's clock shows."""
        return datetime.now(UTC) + self.ahead

    # -- the bot

    async def start(self) -> None:
        """Start the bot, with what an earlier one left in Redis; raise what keeps it from starting."""
        self.app = self._made()
        running = asyncio.create_task(self.app.run())
        started = asyncio.create_task(self.app.started.wait())
        await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if running.done():
            running.result()
        self._running = running
        self.slack.http_url = self.events_url if self.settings.slack_app_token is None else None
        await self.slack.until(lambda: self.slack.connected)

    @property
    def events_url(self) -> str:
        """Where the bot takes Slack's deliveries over HTTP."""
        return f"http://127.0.0.1:{self.app.port}/slack/events"

    async def stop(self) -> None:
        """Stop the bot as a signal would."""
        self.app.stop()
        if self._running is not None:
            await self._running
            self._running = None

    # -- trunk

    def land(self, title: str = "", *, author: str = "", minutes: int = 10) -> Commit:
        """A commit on top of trunk."""
        number = len(self.commits)
        who = Author(author or f"Author {number}", f"author{number}", f"author{number}@example.org")
        began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=10)
        commit = Commit(
            f"{number:07x}{token_hex(16)}{number % 16:x}",
            began + number * timedelta(minutes=minutes),
            title or f"Change {number} (#{1000 + number})",
            who,
            1000 + number,
        )
        self.commits.append(commit)
        self.github.add(recorded(commit, at=self.github.now, trunk=TRUNK))
        return commit

    def ends(
        self, number: int, job: str, drawn: str, *, workflow: str = "inductor", attempt: int = 1, line: str = ""
    ) -> None:
        """A job ends on the commit in that place: `x` failed, `+` passed, `?` runs. *line* explains a failure."""
        self.github.advance(to=self.github.now + timedelta(seconds=1))
        told = report(
            self.commits[number],
            number,
            job,
            drawn,
            workflow=workflow,
            attempt=attempt,
            line=line,
            at=self.github.now,
            trunk=TRUNK,
        )
        self.github.add(told)

    def draw(self, workflow: str = "inductor", line: str = "", **jobs: str) -> None:
        """Land as many commits as the jobs are drawn long, and let the jobs end on them as drawn."""
        begin = len(self.commits)
        for number in range(max(map(len, jobs.values()))):
            self.land()
            for job, row in jobs.items():
                if row[number] != ".":
                    self.ends(begin + number, job, row[number], workflow=workflow, line=line)

    async def polled(self) -> None:
        """Wait until a poll that began after now has ended."""
        begun = self._polls()
        async with asyncio.timeout(20):
            while self._polls() < begun + 2:
                await asyncio.sleep(0.005)

    def _polls(self) -> int:
        return sum("/commits?" in asked.path for asked in self.github.requests)

    # -- Slack

    def roots(self, channel: str = INDUCTOR) -> list[Message]:
        """Alerts in that channel, oldest first."""
        return [m for m in self.slack.messages(channel) if (m.metadata or {}).get("event_type") == "trunkwatch"]

    async def root(self, channel: str = INDUCTOR, *, says: str = "") -> Message:
        """The newest alert in that channel once there is one that says *says*."""

        def found() -> Message | None:
            return next((m for m in reversed(self.roots(channel)) if says in m.shown), None)

        message = await self.slack.until(lambda: found() is not None and found())
        assert message
        return message

    def replies(self, root: Message) -> list[Message]:
        """What the alert's thread holds."""
        return self.slack.thread(root.channel, root.ts)

    async def reply(self, root: Message, says: str) -> Message:
        """The first reply that says *says*, once it is there."""
        found = await self.slack.until(lambda: [m for m in self.replies(root) if says in m.shown])
        return found[0]

    async def broken(self, **jobs: str) -> Message:
        """An alert of the watch `inductor`, by default of one job, three commits red after a green one."""
        self.draw(**(jobs or {"build": "+xxx"}))
        return await self.root()

    async def settled(self) -> None:
        """Wait until Slack shows everything of every alert."""
        async with asyncio.timeout(20):
            while self.app._delivery.busy or any(
                outbox.next_step(a) for a in await self.app._store.alerts.unfinished()
            ):
                await asyncio.sleep(0.005)

    async def trunk(self, text: str = "", *, user: str = CAROL, channel: str = INDUCTOR, **more: Any) -> Answer:
        """Type `/trunk` and read the answer."""
        return await self.slack.command("/trunk", text, user=user, channel=channel, **more)

    async def told(self, user: str, act: Callable[[], Any]) -> str:
        """What only *user* is told because of *act*."""
        before = len(self.slack.ephemerals(user))
        await act()
        heard = await self.slack.until(lambda: self.slack.ephemerals(user)[before:])
        return "\n".join(message.shown for message in heard)

    async def opened(self, user: str, root: Message, label: str, *, stale: bool = False) -> View:
        """The modal that pressing *label* opens for *user*, once it has been filled."""
        before = self.slack.modal(user)
        await self.slack.click(root, label, user=user, stale=stale)

        def filled() -> View | None:
            view = self.slack.modal(user)
            new = view is not None and (before is None or view.id != before.id)
            return view if view is not None and new and "One moment" not in view.shown else None

        view = await self.slack.until(filled)
        assert view
        return view

    def everything(self) -> Iterable[Message]:
        """Every message of the bot that people in channels see."""
        for channel in (INDUCTOR, LINT, DEVINFRA):
            for root in self.slack.messages(channel):
                yield root
                yield from self.replies(root)


def settings_for(slack: SlackSandbox, github: GitHubSandbox, *, mode: str, **more: Any) -> Settings:
    """The environment that leads the bot to these two."""
    secret = {"socket": {"slack_app_token": slack.app_token}, "http": {"slack_signing_secret": slack.signing_secret}}
    values = {
        "slack_bot_token": slack.bot_token,
        "slack_api_url": slack.api_url,
        "github_api_url": github.url,
        "github_token": github.token,
        "http_port": 0,
    }
    return Settings.model_validate({**values, **secret[mode], **more})


@contextlib.asynccontextmanager
async def scene(
    directory: Path, redis_url: str, *, mode: str = "socket", config: str = CONFIG, start: bool = True
) -> AsyncIterator[Scene]:
    """A workspace, a GitHub and a running bot; everything is taken down at the end."""
    config_file = directory / "trunkwatch.yaml"
    config_file.write_text(config, encoding="utf-8")
    app_manifest = msgspec.convert(slack_manifest.manifest(mode="http" if mode == "http" else "socket"), dict[str, Any])
    async with SlackSandbox(0, app_manifest) as slack, GitHubSandbox([], repos={TRUNK: REPO}) as github:
        furnish(slack)
        made = Scene(slack, github, config_file, settings_for(slack, github, mode=mode, redis_url=redis_url))
        if start:
            await made.start()
        try:
            yield made
        finally:
            await made.stop()
