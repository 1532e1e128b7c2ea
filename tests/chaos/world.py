"""Everything around the bots: Redis, a Slack, a GitHub whose trunk breaks and heals on request, the networks between.

All of it real servers, reused from round to round.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from chatbot import slack_manifest
from chatbot.ci import Author, Conclusion, Status
from chatbot.recording import RecordedCommit, RecordedJob
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sandbox.slack import Message, SlackSandbox
from tests.chaos.bots import Bot, Nursery
from tests.chaos.proxy import Proxy, to_port, to_socket
from tests.conftest import Server

LEASE = 0.4
"""Seconds; short, so that a successor need not be waited for."""
TRUNK = "ember"
CHANNELS = 24


def configuration(watches: int) -> str:
    """A watch, a team and a channel for each of *watches* jobs."""
    lines = ["version: 1", "slack: {fallback_channel: C0FALLBACK}", "trunks:"]
    lines += [f"  - {{source: {{kind: github, repo: ember/{TRUNK}}}, poll_every: 50ms, window: 12}}", "teams:"]
    lines += [f"  team{n}: {{channel: {channel(n)}}}" for n in range(watches)]
    lines += ["watches:"]
    for n in range(watches):
        lines += [
            f"  - id: job{n}",
            f"    team: team{n}",
            f"    match: {{jobs: ['job{n} *']}}",
            "    reopen_within: 1s",
        ]
        lines += ["    when: {consecutive_commits: 1}"]
    return "\n".join(lines) + "\n"


def channel(number: int) -> str:
    return f"C0JOB{number:02d}"


class World:
    """Open for as long as the `async with` lasts."""

    def __init__(self, *, watches: int = CHANNELS, config: str | None = None, real_limits: bool = False) -> None:
        self.slack = SlackSandbox(0, slack_manifest.manifest(mode="socket"), real_limits=real_limits)
        self._watches = watches
        self._config = config or configuration(watches)
        self._stack = AsyncExitStack()
        self._numbers = itertools.count(1)
        # without a limit: a bot that saves its budget polls rarely, and a thousand rounds are more than an hour's worth
        self.github = GitHubSandbox([], repos={TRUNK: f"ember/{TRUNK}"}, start=datetime.now(UTC), rate_limit=10**9)
        self.bots: list[Bot] = []
        self.redis_url = ""  # where bots find Redis, if not in the world's own
        self.job = -1  # which of the jobs a test has for itself

    @property
    def build(self) -> str:
        """The job that breaks."""
        return f"job{self.job} build"

    @property
    def place(self) -> str:
        """Where its alerts go."""
        return channel(self.job)

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        self.directory = Path(self._stack.enter_context(TemporaryDirectory(prefix="twc")))
        self.config = self.directory / "trunkwatch.yaml"
        self.config.write_text(self._config)
        self.redis = Server(self.directory, "--appendonly", "yes", "--appendfsync", "always").start()
        self._stack.callback(self.redis.kill)
        await enter(self.slack)
        await enter(self.github)
        self.to_redis = await enter(Proxy(to_socket(str(self.redis.socket))))
        self.to_slack = await enter(Proxy(to_port(int(self.slack.url.rpartition(":")[2]))))
        self.to_github = await enter(Proxy(to_port(int(self.github.url.rpartition(":")[2]))))
        self.nursery = await enter(Nursery(self.directory))
        self.slack.add_person("U01ALICE", "alice")
        self.slack.add_person("U02BOB", "bob")
        self.slack.add_channel("C0FALLBACK", "dev-infra")
        for number in range(self._watches):
            self.slack.add_channel(channel(number), f"job-{number}")
        if self._watches:
            self.land()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def heal(self) -> None:
        """Everything that was made to go wrong goes right again."""
        for proxy in (self.to_redis, self.to_slack, self.to_github):
            proxy.heal()
        self.slack.faults.clear()
        self.github.faults.clear()

    # ---- bots

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": f"http://127.0.0.1:{self.to_slack.port}/api/",
            "GITHUB_API_URL": f"http://127.0.0.1:{self.to_github.port}",
            "GITHUB_TOKEN": self.github.token,
            "REDIS_URL": self.redis_url or f"redis://127.0.0.1:{self.to_redis.port}",
            "TRUNKWATCH_HTTP_PORT": "0",
            "TRUNKWATCH_LEASE_SECONDS": str(LEASE),
            "TRUNKWATCH_LOOK_AGAIN": "0.1",
            **more,
        }

    async def start(self, failpoint: str | None = None, **more: str) -> Bot:
        """Another bot."""
        armed = {"TRUNKWATCH_FAILPOINT": failpoint} if failpoint else {}
        bot = await self.nursery.bot(self.config, self.environment(**armed, **more))
        self.bots = [one for one in self.bots if one.alive] + [bot]
        return bot

    async def ensure(self) -> None:
        """At least one bot that lives and is not frozen."""
        if not any(bot.alive and not bot.frozen() for bot in self.bots):
            await self.start()

    async def kill_all(self) -> None:
        for bot in self.bots:
            await bot.kill()
        self.bots = []

    # ---- trunk

    def land(self, job: str | None = None, conclusion: Conclusion = Conclusion.FAILURE) -> str:
        """A commit, on which *job* ends with *conclusion*; its sha."""
        number, at = next(self._numbers), datetime.now(UTC) - timedelta(seconds=1)
        sha = sha1(str(number).encode()).hexdigest()
        author = Author("Ada", "ada", "ada@example.org")
        self.github.advance(to=datetime.now(UTC))
        commit = RecordedCommit(sha=sha, committed_at=at, title=f"Change {number}", author=author, at=at, trunk=TRUNK)
        self.github.add(commit)
        if job is not None:
            self.github.add(
                RecordedJob(
                    sha=sha, workflow="ci", job=job, run_id=number, job_id=number * 10, at=at, trunk=TRUNK,
                    status=Status.COMPLETED, conclusion=conclusion, started_at=at, completed_at=at,
                )
            )  # fmt: skip
        return sha

    # ---- what Slack shows

    def shown(self, place: str, *, after: float = 0.0, pictures: bool = False) -> list[tuple[str, str, Message]]:
        """Alert, entry and message of everything of ours in *place* that is newer than *after*, in order.

        An alert gets its picture when it is a minute old: on a slow machine, or where the clock has jumped.
        """
        found = []
        for message in self.slack.workspace.everything(place):
            payload = (message.metadata or {}).get("event_payload") or {}
            if float(message.ts) > after and "alert" in payload and (pictures or payload["entry"] != "picture"):
                found.append((str(payload["alert"]), str(payload["entry"]), message))
        return sorted(found, key=lambda one: float(one[2].ts))

    def newest(self) -> float:
        """The ts of the newest message of any channel, 0 where there is none."""
        everything = (m for job in range(self._watches) for m in self.slack.workspace.everything(channel(job)))
        return max((float(m.ts) for m in everything), default=0.0)

    async def press(self, label: str) -> None:
        """Alice presses a button of the newest alert once somebody listens: bots post before their socket is up."""
        await self.until(lambda: self.slack.connections, 10)
        root = next(m for _, entry, m in reversed(self.shown(self.place)) if entry == "root")
        assert (await self.slack.click(self.slack.current(root), label, user="U01ALICE")).acknowledged

    async def until(self, condition: Callable[[], object], within: float) -> None:
        """Raises TimeoutError, having said what the bots did last; bots that died are replaced meanwhile."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await self.ensure()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            for bot in self.bots:
                bot.send(signal.SIGUSR2)
            await asyncio.sleep(0.5)
            print(self.slack.summary(), *(bot.tail(20_000) for bot in self.bots), sep="\n----\n")
            raise
