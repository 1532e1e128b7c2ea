"""Puts the load together: GitHub in a process of its own, a Slack with its real limits, Redis, bots, people."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import aiohttp
import msgspec
import psutil
from prometheus_client.parser import text_string_to_metric_families

from chatbot import slack_manifest
from chatbot.sandbox.slack import SlackSandbox
from tests.benchmarks.load.people import People
from tests.benchmarks.load.source import Asked
from tests.benchmarks.load.story import Probe, Shape, configuration, probes
from tests.conftest import Server

CHANNELS = 25
ROOT = Path(__file__).parents[3]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class World:
    """Open for as long as the `async with` lasts; time begins when it opens."""

    def __init__(self, shape: Shape, *, log: Path | None = None) -> None:
        self.shape = shape
        self.slack = SlackSandbox(0, slack_manifest.manifest(mode="socket"), real_limits=True)
        self.channels = [f"C0LOAD{number:02d}" for number in range(CHANNELS)]
        self.people = People(self.slack, shape, self.channels)
        self.bots: list[psutil.Process] = []
        self._ports: list[int] = []
        self._log = log
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        self.directory = Path(self._stack.enter_context(TemporaryDirectory(prefix="twl")))
        self.config = self.directory / "trunkwatch.yaml"
        self.config.write_text(configuration(self.shape, CHANNELS))
        port = free_port()
        self.redis = Server(self.directory, "--appendonly", "yes", "--appendfsync", "everysec", port=port).start()
        self._stack.callback(self.redis.kill)
        await enter(self.slack)
        self.http = await enter(aiohttp.ClientSession())
        for number, channel in enumerate(self.channels):
            self.slack.add_channel(channel, f"load-{number}")
        for number in range(self.shape.people):
            self.slack.add_person(f"U{number:08d}", f"person{number}")
        await self._start_source()
        for _ in range(self.shape.replicas):
            await self._start_bot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.people.end()
        for bot in self.bots:
            bot.terminate()
        psutil.wait_procs(self.bots, timeout=15)
        assert self._source.stdin is not None
        self._source.stdin.close()
        self._source.kill()
        await self._source.wait()
        await self._stack.aclose()

    async def _start_source(self) -> None:
        """The story begins a little after its lines are made, or their first seconds would be missed."""
        pipe = asyncio.subprocess.PIPE
        outcomes = self.shape.trunks * self.shape.commits * self.shape.jobs
        self.start = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 3 + outcomes / 40_000, UTC)
        self._source = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.benchmarks.load.source", msgspec.json.encode(self.shape).decode(),
            self.start.isoformat(), cwd=ROOT, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert self._source.stdout is not None
        self._github, self._token = (await self._source.stdout.readline()).decode().split()
        late = (datetime.now(UTC) - self.start).total_seconds()
        await asyncio.sleep(max(0.0, -late))

    async def _start_bot(self) -> None:
        port = free_port()
        secrets = ("SLACK_", "GITHUB_", "TRUNKWATCH_")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(secrets)},
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "GITHUB_API_URL": self._github,
            "GITHUB_TOKEN": self._token,
            "REDIS_URL": self.redis.url,
            "TRUNKWATCH_HTTP_PORT": str(port),
        }
        with (self._log or Path(os.devnull)).open("ab") as log:
            bot = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "chatbot", "run", "--config", str(self.config),
                cwd=self.directory, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.bots.append(psutil.Process(bot.pid))
        self._ports.append(port)
        await self.slack.until(lambda: self.slack.connections == len(self.bots), timeout=60)

    async def asked(self) -> Asked:
        """What has been asked of GitHub since the last time."""
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        self._source.stdin.write(b"\n")
        return msgspec.json.decode(await self._source.stdout.readline(), type=Asked)

    async def metrics(self) -> dict[str, float]:
        """The bots' metrics, added up, each under its name and labels as they are written."""
        found: dict[str, float] = {}
        for port in self._ports:
            async with self.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                text = await answer.text()
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                    key = f"{sample.name}{{{labels}}}"
                    found[key] = found.get(key, 0.0) + float(sample.value)
        return found

    def cpu(self) -> float:
        """Processor seconds that the bots have used, the busiest one's where there are several."""
        return max(sum(bot.cpu_times()[:2]) for bot in self.bots)

    def resident(self) -> float:
        """MB of the largest bot."""
        return max(float(bot.memory_info().rss) for bot in self.bots) / 1e6

    def noticed(self) -> tuple[list[float], list[Probe]]:
        """Seconds from each probe's failure being visible to its alert in Slack, and the probes without one."""
        shown: dict[str, float] = {}
        for channel in self.channels:
            for message in self.slack.messages(channel):
                payload = (message.metadata or {}).get("event_payload") or {}
                if payload.get("entry") == "root":
                    shown.setdefault(str(payload["watch"]), float(message.ts))
        told = probes(self.shape, self.start)
        took = [shown[probe.watch] - probe.at.timestamp() for probe in told if probe.watch in shown]
        return took, [probe for probe in told if probe.watch not in shown]
