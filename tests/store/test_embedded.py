"""The server that comes with the bot: one on a directory, whoever is killed and whenever."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.store import Store
from chatbot.store.connect import connect
from chatbot.store.embedded import Embedded
from chatbot.store.wire import Wire
from tests.store.conftest import an_alert

BOT = """
import asyncio, sys
from chatbot.store.connect import connect

async def main():
    store = await connect(None, sys.argv[1])
    await store.wire.call("SET", "tw:kept", "yes")
    print(store.embedded.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def start_bot(data: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process that uses *data*, and its server's pid."""
    bot = subprocess.Popen([sys.executable, "-c", BOT, str(data)], stdout=subprocess.PIPE, text=True)
    assert bot.stdout is not None
    return bot, int(bot.stdout.readline())


def gone(pid: int) -> bool:
    """Whether *pid* ended; a child of a killed bot may stay a zombie where nobody collects it."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while not gone(pid):
            await asyncio.sleep(0.01)


async def test_what_was_stored_is_there_after_a_restart_and_no_server_stays(data: Path) -> None:
    async with await connect(None, data) as store:
        assert store.embedded is not None
        first = store.embedded.pid
        assert await store.alerts.create(an_alert())
    assert first is not None
    assert gone(first)
    async with await connect(None, str(data)) as store:
        assert await store.alerts.all_open() == [an_alert()]
        assert (await store.health()).problems == []


async def test_every_write_is_synced_before_it_is_answered(data: Path) -> None:
    async with await connect(None, data) as store:
        assert await store.wire.call("CONFIG", "GET", "appendonly") == [b"appendonly", b"yes"]
        assert await store.wire.call("CONFIG", "GET", "appendfsync") == [b"appendfsync", b"always"]


async def test_only_this_user_reaches_the_data_and_the_socket(data: Path) -> None:
    async with await connect(None, data) as store:
        assert store.wire.address.path == str(data / "valkey.sock")
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "valkey.sock").stat().st_mode) == 0o700


async def test_a_directory_in_use_is_refused_and_the_error_names_the_process(data: Path) -> None:
    bot, _ = start_bot(data)
    with pytest.raises(ConfigError, match=f"in use by process {bot.pid}; stop that, or set TRUNKWATCH_DATA_DIR"):
        await connect(None, data)
    bot.kill()
    bot.communicate()
    async with await connect(None, data):
        pass


async def test_who_only_wants_to_look_joins_the_bot_that_runs(data: Path) -> None:
    bot, server = start_bot(data)
    async with await connect(None, data, join=True) as store:
        assert store.embedded is None
        assert await store.wire.call("GET", "tw:kept") == b"yes"
    assert not gone(server)
    bot.kill()
    bot.communicate()
    async with await connect(None, data, join=True) as store:
        assert store.embedded is not None


async def test_a_directory_in_use_by_this_very_process_is_refused_too(data: Path) -> None:
    async with await connect(None, data) as store:
        with pytest.raises(ConfigError, match=f"in use by process {os.getpid()}"):
            await connect(None, data)
        await store.ping()


async def test_the_server_of_a_killed_bot_is_replaced_and_its_data_are_kept(data: Path) -> None:
    bot, server = start_bot(data)
    bot.kill()
    bot.communicate()
    assert not gone(server)
    async with await connect(None, data) as store:
        assert store.embedded is not None
        assert store.embedded.pid != server
        await until_gone(server)
        assert await store.wire.call("GET", "tw:kept") == b"yes"


async def test_a_server_that_does_not_stop_is_named(data: Path) -> None:
    bot, server = start_bot(data)
    bot.kill()
    bot.communicate()
    os.kill(server, signal.SIGSTOP)
    embedded = Embedded(data, stop=0.2)
    with pytest.raises(ConfigError, match=rf"a server \(process {server}\) runs on .* and does not stop"):
        await embedded.start()
    os.kill(server, signal.SIGCONT)
    await until_gone(server)
    await embedded.start()
    await embedded.stop()


async def test_ctrl_c_reaches_the_bot_and_not_its_server(data: Path) -> None:
    async with await connect(None, data) as store:
        assert store.embedded is not None
        assert store.embedded.pid is not None
        assert os.getsid(store.embedded.pid) != os.getsid(0)


async def test_a_server_that_dies_is_started_again_with_all_it_had_answered(data: Path) -> None:
    async with await connect(None, data) as store:
        await store.alerts.create(an_alert())
        for _ in range(2):
            assert store.embedded is not None
            before = store.embedded.pid
            assert before is not None
            os.kill(before, signal.SIGKILL)
            async with asyncio.timeout(15):
                while store.embedded.pid == before or not await answers(store):
                    await asyncio.sleep(0.01)
            assert await store.alerts.all_open() == [an_alert()]


async def answers(store: Store) -> bool:
    try:
        await store.ping()
    except TransientError:
        return False
    return True


async def test_a_server_that_cannot_start_again_is_tried_until_it_can(data: Path) -> None:
    async with await connect(None, data) as store:
        await store.alerts.create(an_alert())
        assert store.embedded is not None
        before = store.embedded.pid
        assert before is not None
        (log,) = (data / "appendonlydir").glob("*.incr.aof")
        good = log.read_bytes()
        log.write_bytes(b"garbage" * 50 + good)
        os.kill(before, signal.SIGKILL)
        with capture_logs() as logs:
            async with asyncio.timeout(15):
                while not [entry for entry in logs if entry["event"] == "embedded_server_does_not_start"]:
                    await asyncio.sleep(0.01)
        with pytest.raises(TransientError, match="ended and is being started again"):
            await store.ping()
        log.write_bytes(good)
        async with asyncio.timeout(15):
            while not await answers(store):
                await asyncio.sleep(0.01)
        assert await store.alerts.all_open() == [an_alert()]


async def test_a_server_that_hangs_is_killed_at_the_end(data: Path) -> None:
    embedded = Embedded(data, stop=0.2)
    await embedded.start()
    server = embedded.pid
    assert server is not None
    os.kill(server, signal.SIGSTOP)
    await embedded.stop()
    assert gone(server)


async def test_while_the_server_is_away_the_error_holds_its_last_words(data: Path) -> None:
    embedded = Embedded(data)
    await embedded.start()
    wire = Wire(embedded.address, excuse=embedded.trouble)
    await wire.ping()
    await embedded.stop()
    with pytest.raises(TransientError, match=r"the embedded server on .* started again.*ready to exit, bye bye"):
        await wire.ping()
    await wire.close()


async def test_a_torn_last_write_is_cut_off_and_the_rest_kept(data: Path) -> None:
    async with await connect(None, data) as store:
        await store.alerts.create(an_alert())
    (log,) = (data / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes() + b"*3\r\n$3\r\nSET\r\n$5\r\nhel")
    async with await connect(None, data) as store:
        assert await store.alerts.all_open() == [an_alert()]


async def test_damaged_data_are_an_error_with_the_servers_own_words(data: Path) -> None:
    async with await connect(None, data) as store:
        await store.alerts.create(an_alert())
    (log,) = (data / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"garbage" * 50 + log.read_bytes())
    with pytest.raises(PermanentError, match=r"ended with code 1.*Bad file format"):
        await connect(None, data)
