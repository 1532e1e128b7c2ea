"""The demo's story with a clock of its own: the same people, the same trunk, the same times in every run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from chatbot import slack_manifest
from chatbot.app import App
from chatbot.config import load
from chatbot.sandbox.demo import furnish
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.slack import SlackSandbox
from chatbot.sandbox.slack.values import Message
from chatbot.sandbox.story import CONFIG, REPO, TRUNK, story
from tests.e2e.live import foretold
from tests.e2e.scene import hurried, settings_for

CHANNEL = "C0INDUCTOR"


class Played:
    """The story up to some moment, told to the bot."""

    def __init__(self, app: App, slack: SlackSandbox, github: GitHubSandbox, breach: datetime) -> None:
        self._app = app
        self.slack = slack
        self.github = github
        self.breach = breach

    async def until(self, moment: datetime) -> None:
        """Let the story go on to *moment*, and wait until the bot has read all of it."""
        while self.github.now < moment:
            self.github.advance(to=min(moment, self.github.now + timedelta(minutes=30)))
            async with asyncio.timeout(60):
                while TRUNK not in self._app._pollers:
                    await asyncio.sleep(0.005)
                poller = self._app._pollers[TRUNK]
                poller.hint()
                while (poller.health.polled_at or self.breach.min.replace(tzinfo=UTC)) < self.github.now:
                    await asyncio.sleep(0.005)

    async def alert(self) -> Message:
        """The alert, once its suspects are ranked."""
        await self.slack.until(lambda: any("%*" in m.shown for m in self.slack.messages(CHANNEL)))
        return self.slack.messages(CHANNEL)[-1]


def _seconds(github: GitHubSandbox) -> float:
    """The story's time as Slack counts it."""
    return github.now.timestamp()


@contextlib.asynccontextmanager
async def played(directory: Path, redis_url: str) -> AsyncIterator[Played]:
    """The story an hour before it breaks, with the bot running."""
    config_file = directory / "trunkwatch.yaml"
    text = CONFIG.read_text(encoding="utf-8").replace("poll_every: 5s", "poll_every: 1h")
    config_file.write_text(text, encoding="utf-8")
    told = story()
    breach = next(fired.opened_at for fired in foretold(config_file, told.lines) if fired.watch == "inductor")
    github = GitHubSandbox(told.lines, repos={TRUNK: REPO}, logs=told.logs, start=breach - timedelta(hours=1))
    slack = SlackSandbox(0, slack_manifest.manifest(), clock=lambda: _seconds(github))
    furnish(slack)
    async with github, slack:
        settings = settings_for(slack, github, mode="socket", redis_url=redis_url)
        prefix = f"t{token_hex(6)}"
        app = App(config_file, load(config_file), settings, prefix=prefix, now=lambda: github.now, pacer=hurried)
        running = asyncio.create_task(app.run())
        try:
            await slack.until(lambda: slack.connected)
            yield Played(app, slack, github, breach)
        finally:
            app.stop()
            await running
