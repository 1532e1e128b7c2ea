"""Redis under Sentinel: a fail-over is noticed, the alerts are there, and no old primary is written to."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.errors import PermanentError, TransientError
from chatbot.store import Store
from chatbot.store.connect import connect
from tests.conftest import Server, StartServer
from tests.store.conftest import an_alert, reopened, resolved

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs Debian's redis-server")

QUICK = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"]


class Watched:
    """A primary, a replica and a Sentinel that watches them as `main`."""

    def __init__(self, start_server: StartServer, directory: Path, *password: str) -> None:
        self.primary: Server = start_server(*QUICK, kind="redis", tcp=True)
        self.replica: Server = start_server(
            *QUICK, "--replicaof", f"127.0.0.1 {self.primary.port}", kind="redis", tcp=True
        )
        config = directory / "sentinel.conf"
        config.write_text(
            f"sentinel monitor main 127.0.0.1 {self.primary.port} 1\n"
            "sentinel down-after-milliseconds main 400\nsentinel failover-timeout main 2000\n"
            + "".join(f"requirepass {word}\n" for word in password)
        )
        self.sentinel: Server = start_server(kind="redis", tcp=True, before=(str(config), "--sentinel"))
        self.url = self.sentinel.url.replace("redis:", "redis+sentinel:") + "/main"


async def until(check: Callable[[], bool]) -> None:
    """Wait for an effect on a server, at most 10 s."""
    async with asyncio.timeout(10):
        while not check():
            await asyncio.sleep(0.02)


async def eventually(store: Store, act: Callable[[Store], object]) -> None:
    """Do *act* as a loop of the bot would: again after every `TransientError`."""
    async with asyncio.timeout(15):
        while True:
            try:
                await act(store)  # type: ignore[misc]  # a coroutine
            except TransientError:
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_failover_is_followed(start_server: StartServer, tmp_path: Path, number: signal.Signals) -> None:
    watched = Watched(start_server, tmp_path)
    async with await connect(watched.url) as store:
        assert await store.alerts.create(an_alert())
        await until(lambda: b"slave0:" in watched.primary.say("INFO", "replication"))
        await until(lambda: b"inductor" in watched.replica.say("ZRANGE", "tw:watches", "0", "-1"))
        await until(lambda: b"slaves=1" in watched.sentinel.say("INFO", "sentinel"))
        watched.primary.signal(number)
        await eventually(store, lambda s: s.alerts.change(an_alert().id, resolved))
        assert b"role:master" in watched.replica.say("INFO", "replication")
        await store.alerts.change(an_alert().id, reopened)
        assert [alert.id for alert in await store.alerts.all_open()] == [an_alert().id]


async def test_a_service_that_sentinel_does_not_know_is_said(start_server: StartServer, tmp_path: Path) -> None:
    watched = Watched(start_server, tmp_path)
    with pytest.raises(TransientError, match="Sentinel knows no reachable primary of that name"):
        await connect(watched.url.replace("/main", "/other"))


async def test_a_sentinel_with_a_password_wants_it(start_server: StartServer, tmp_path: Path) -> None:
    watched = Watched(start_server, tmp_path, "geheim")
    with pytest.raises(PermanentError, match="append `\\?sentinel_password=PASSWORD`"):
        await connect(watched.url)
    async with await connect(f"{watched.url}?sentinel_password=geheim") as store:
        await store.ping()
        assert "geheim" not in repr(store)
