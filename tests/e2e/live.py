"""A recording through the sandbox's GitHub into the running bot, moment after moment, by the recording's own clock.

The bot is the same as ever; its clock is the story's, and it is told to poll when something has become visible. What
it makes of the recording can then be held against `Backtest` of the same lines, field by field.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from chatbot import slack_manifest
from chatbot.alert import Alert
from chatbot.app import App
from chatbot.backtest import Backtest, Fired, FiredJob
from chatbot.ci import Status
from chatbot.config import load
from chatbot.recording import Recorded, RecordedJob
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.slack import SlackSandbox
from tests.e2e.scene import furnish, hurried, settings_for

_PATIENCE = 60.0  # seconds for one poll


def foretold(config_file: Path, lines: Iterable[Recorded]) -> list[Fired]:
    """What a backtest makes of *lines*, without its suspects."""
    backtest = Backtest(load(config_file))
    for _ in backtest.replay(lines):
        pass
    return [_plain(fired) for fired in backtest.fired]


def _plain(fired: Fired) -> Fired:
    return Fired(
        watch=fired.watch,
        trunk=fired.trunk,
        opened_at=fired.opened_at,
        opened_on=fired.opened_on,
        resolved_at=fired.resolved_at,
        reopened=fired.reopened,
        jobs=fired.jobs,
        suspects=(),
    )


def moments(lines: Iterable[Recorded]) -> Sequence[datetime]:
    """When a verdict can change: a commit lands or a job ends. What merely starts is seen along the way."""
    ends = (line.at for line in lines if not isinstance(line, RecordedJob) or line.status is Status.COMPLETED)
    return sorted(set(ends))


class Live:
    """The bot between the two sandboxes, following *lines* of one trunk."""

    def __init__(self, config_file: Path, redis_url: str, lines: Sequence[Recorded], repo: str) -> None:
        self._config = load(config_file)
        self._file = config_file
        self._redis = redis_url
        self._lines = lines
        self._trunk = self._config.trunks[0].id
        self._repo = repo
        self._opened: dict[str, Fired] = {}
        self.seconds = 0.0
        self.roots = 0

    async def replay(self) -> list[Fired]:
        """The alerts that the bot raised, in the shape of a backtest's."""
        slack = SlackSandbox(0, slack_manifest.manifest())
        first = self._lines[0].at  # before it the repository would be empty, which no poll takes for an answer
        github = GitHubSandbox(self._lines, repos={self._trunk: self._repo}, start=first, rate_limit=10**9)
        async with slack, github:
            furnish(slack)
            settings = settings_for(slack, github, mode="socket", redis_url=self._redis)
            prefix = f"t{token_hex(6)}"
            app = App(self._file, self._config, settings, prefix=prefix, now=lambda: github.now, pacer=hurried)
            running = asyncio.create_task(app.run())
            began = time.monotonic()
            try:
                await self._follow(app, github)
                await slack.until(lambda: self._shown(slack) >= len(self._opened), timeout=_PATIENCE)
                self.roots = self._shown(slack)
            finally:
                self.seconds = time.monotonic() - began
                app.stop()
                await running
        return sorted(self._opened.values(), key=lambda fired: (fired.opened_at, fired.watch))

    async def _follow(self, app: App, github: GitHubSandbox) -> None:
        async with asyncio.timeout(_PATIENCE):
            while self._trunk not in app._pollers:
                await asyncio.sleep(0.005)
        poller = app._pollers[self._trunk]
        async with asyncio.timeout(_PATIENCE):  # or else a poll would always be under way when something appears
            while poller.health.polled_at is None:
                await asyncio.sleep(0.001)
        read = poller.health.polled_at  # a moment that was read already needs no poll, and would leave one under way
        for moment in (one for one in moments(self._lines) if one > read):
            github.advance(to=moment)
            poller.hint()
            async with asyncio.timeout(_PATIENCE):
                while poller.health.polled_at < moment:
                    await asyncio.sleep(0.001)
            await self._note(app)

    async def _note(self, app: App) -> None:
        for watch in self._config.watches:
            for alert in await app._store.alerts.recent(watch.id, 1):
                self._opened[alert.id] = _fired(alert, self._opened.get(alert.id))

    def _shown(self, slack: SlackSandbox) -> int:
        """Roots of alerts of the configured watches."""
        told = 0
        for channel in slack.channels:
            for message in slack.messages(channel):
                payload = (message.metadata or {}).get("event_payload", {})
                told += payload.get("entry") == "root" and payload.get("alert") in self._opened
        return told


def _fired(alert: Alert, known: Fired | None) -> Fired:
    """*alert* as a backtest lists it: its jobs are those it opened with."""
    jobs = tuple(FiredJob(j.job.workflow, j.job.name, j.streak, j.first_failing, j.last_green) for j in alert.jobs)
    return Fired(
        watch=alert.watch,
        trunk=alert.trunk,
        opened_at=alert.opened_at,
        opened_on=alert.opened_on,
        resolved_at=alert.resolved_at,
        reopened=alert.reopened,
        jobs=known.jobs if known else jobs,
        suspects=(),
    )
