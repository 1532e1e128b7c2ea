"""`trunkwatch run` as a service manager sees it: exit codes, signals, and clear words where it cannot start."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import pytest

from chatbot.sandbox.slack import SlackSandbox
from chatbot.sandbox.stage import Stage
from tests.conftest import Server, StartServer
from tests.e2e.scene import CAROL, CONFIG, INDUCTOR, REPO, TRUNK, furnish


@contextlib.asynccontextmanager
async def staged(redis_url: str, *, config: str = CONFIG, **environment: str) -> AsyncIterator[tuple[Stage, IO[bytes]]]:
    """Two sandboxes and a bot that has not been started, with its log."""
    with tempfile.TemporaryFile() as log:
        more = {"REDIS_URL": redis_url, **environment}
        stage = Stage((), config, repos={TRUNK: REPO}, log=log, environment=more)
        furnish(stage.slack)
        async with stage:
            yield stage, log


def read(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode()


async def left(stage: Stage) -> int:
    """The exit code of a bot that ends by itself."""
    await stage.start_bot(ready=False)
    assert stage.bot is not None
    async with asyncio.timeout(30):
        return await stage.bot.wait()


async def health(slack: SlackSandbox) -> str:
    return (await slack.command("/trunk", "health", user=CAROL, channel=INDUCTOR)).shown


@pytest.fixture
def server(start_server: StartServer) -> Server:
    return start_server()


async def test_a_wrong_token_says_where_to_look(server: Server) -> None:
    async with staged(server.url, SLACK_BOT_TOKEN="xoxb-wrong") as (stage, log):
        assert await left(stage) == 1
        said = read(log)
    assert "SLACK_BOT_TOKEN" in said
    assert "Traceback" not in said
    assert "xoxb-wrong" not in said


async def test_an_unreachable_redis_says_which(closed_port: int) -> None:
    async with staged(f"redis://:hunter2@127.0.0.1:{closed_port}") as (stage, log):
        assert await left(stage) == 1
        said = read(log)
    assert f"127.0.0.1:{closed_port}" in said
    assert "Traceback" not in said
    assert "hunter2" not in said


async def test_a_missing_token_says_where_it_is_to_be_found(server: Server) -> None:
    async with staged(server.url, SLACK_BOT_TOKEN="") as (stage, log):
        assert await left(stage) == 2
        said = read(log)
    assert "SLACK_BOT_TOKEN is not set" in said
    assert "api.slack.com/apps" in said
    assert "Traceback" not in said


async def test_a_wrong_configuration_is_bad_usage_with_its_place(server: Server) -> None:
    async with staged(server.url, config=CONFIG.replace("priority: P2", "priorty: P2")) as (stage, log):
        assert await left(stage) == 2
        said = read(log)
    assert "trunkwatch.yaml:" in said
    assert "priority" in said
    assert "Traceback" not in said


async def test_a_bot_that_is_told_to_stop_obeys_in_time(server: Server) -> None:
    async with staged(server.url) as (stage, log):
        await stage.start_bot()
        began = time.monotonic()
        assert await stage.stop_bot() == 0
        assert time.monotonic() - began < 10
        said = read(log)
    assert "stopped" in said
    assert "Traceback" not in said
    assert "Task was destroyed" not in said


async def test_a_supervisor_is_told_when_it_is_ready_alive_and_stopping(server: Server, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(10)
        async with staged(server.url, NOTIFY_SOCKET=str(tmp_path / "notify")) as (stage, _log):
            await stage.start_bot()
            assert ear.recv(64) == b"READY=1"
            assert await asyncio.to_thread(ear.recv, 64) == b"WATCHDOG=1"
            assert await stage.stop_bot() == 0
        ear.settimeout(0)
        heard = [word for word in iter(lambda: ear.recv(64), b"STOPPING=1") if word != b"WATCHDOG=1"]
        assert heard == []


async def test_a_bot_whose_redis_sleeps_obeys_in_time_all_the_same(server: Server) -> None:
    async with staged(server.url) as (stage, log):
        await stage.start_bot()
        server.signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert await stage.stop_bot() == 0
            assert time.monotonic() - began < 10
        finally:
            server.signal(signal.SIGCONT)
        assert "Traceback" not in read(log)


async def test_a_changed_file_is_taken_on_sighup_and_a_bad_one_is_refused(server: Server) -> None:
    async with staged(server.url) as (stage, log):
        await stage.start_bot()
        bot, slack = stage.bot, stage.slack
        assert bot is not None
        stage.config_file.write_text(CONFIG.replace("id: lint", "id: lint-on-trunk"), encoding="utf-8")
        bot.send_signal(signal.SIGHUP)
        async with asyncio.timeout(10):
            while "lint-on-trunk" not in (await slack.command("/trunk", "", user=CAROL, channel=INDUCTOR)).shown:
                pass
        stage.config_file.write_text(CONFIG.replace("trunk: pytorch", "trunk: pytorsh"), encoding="utf-8")
        bot.send_signal(signal.SIGHUP)
        async with asyncio.timeout(10):
            while "was refused" not in (said := await health(slack)):
                pass
        assert "pytorsh" in said
        assert "trunkwatch.yaml:" in said
        assert "lint-on-trunk" in (await slack.command("/trunk", "", user=CAROL, channel=INDUCTOR)).shown
        assert bot.returncode is None
        assert "configuration_refused" in read(log)
        assert "Traceback" not in read(log)
