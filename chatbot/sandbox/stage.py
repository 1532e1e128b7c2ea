"""A Slack and a GitHub on localhost with the real bot between them, as a process of its own.

The bot is started as anybody would start it: `trunkwatch run` with a configuration file and an environment.
Nothing of it is replaced; it only is told other addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Self

from chatbot import slack_manifest
from chatbot.errors import TransientError
from chatbot.recording import Recorded
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.slack import SlackSandbox

_READY = 30.0  # seconds until the bot has to be connected
_STOPS = 10.0  # seconds in which SIGTERM has to be obeyed


class Stage:
    """Everything that the demo and the tests of the whole bot need, for as long as the `async with` lasts."""

    def __init__(
        self,
        lines: Iterable[Recorded],
        config: str,
        *,
        repos: Mapping[str, str],
        logs: Mapping[int, str] | None = None,
        mode: str = "socket",
        port: int = 0,
        speed: float | None = None,
        begin_after: timedelta | None = None,
        log: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """*config* is the YAML text. *begin_after* skips that much of the recording; without *speed* it stands still.

        *log* is where the bot's log goes (nowhere by default), *environment* is added to the bot's.
        """
        held = list(lines)
        start = held[0].at + begin_after if begin_after and held else None
        self.slack = SlackSandbox(port, slack_manifest.manifest(mode="http" if mode == "http" else "socket"))
        self.github = GitHubSandbox(held, repos=repos, logs=dict(logs or {}), start=start, speed=speed)
        self.bot: asyncio.subprocess.Process | None = None
        self._mode = mode
        self._log = log
        self._config = config
        self._environment = dict(environment or {})
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.directory = Path(self._stack.enter_context(TemporaryDirectory(prefix="trunkwatch-")))
        self.config_file = self.directory / "trunkwatch.yaml"
        self.config_file.write_text(self._config, encoding="utf-8")
        await self._stack.enter_async_context(self.slack)
        await self._stack.enter_async_context(self.github)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bot()
        await self._stack.aclose()

    async def start_bot(self, *, ready: bool = True) -> None:
        """Start the bot, and wait until it listens to Slack.

        Raises:
            TransientError: it did not come up; its log says why.
        """
        self.bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chatbot", "run", "--config", str(self.config_file),
            env=self.environment(), cwd=self.directory, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=self._log or asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        if ready and self._mode == "socket":
            await self._until_connected(self.bot)

    async def _until_connected(self, bot: asyncio.subprocess.Process) -> None:
        ended = asyncio.ensure_future(bot.wait())
        try:
            async with asyncio.timeout(_READY):
                while not self.slack.connected:
                    if ended.done():
                        raise TransientError(f"the bot left with exit code {ended.result()} before it was connected")
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise TransientError(f"the bot did not connect within {_READY:.0f} s") from error
        finally:
            ended.cancel()

    def environment(self) -> dict[str, str]:
        """What the bot is told instead of a real workspace's secrets and addresses."""
        secret = (
            {"SLACK_APP_TOKEN": self.slack.app_token}
            if self._mode == "socket"
            else {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "GITHUB_"))}
        return {
            **inherited,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            **secret,
            "SLACK_API_URL": self.slack.api_url,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_TOKEN": self.github.token,
            "TRUNKWATCH_DATA_DIR": str(self.directory / "data"),
            "TRUNKWATCH_HTTP_PORT": "0",
            **self._environment,
        }

    async def stop_bot(self) -> int | None:
        """Stop the bot as a service manager would; its exit code."""
        bot = self.bot
        if bot is None:
            return None
        if bot.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                bot.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOPS):
                return await bot.wait()
        except TimeoutError:
            bot.kill()
            return await bot.wait()
