"""Where the embedded server keeps its data and its socket, and what is wrong with some places."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from chatbot.errors import ConfigError
from chatbot.store import directory as places
from chatbot.store.connect import connect
from chatbot.store.embedded import Embedded
from tests.store.conftest import an_alert


@pytest.mark.parametrize("name", ["x" * 120, "ü" * 60])
async def test_a_directory_with_a_long_path_has_its_socket_elsewhere(data: Path, name: str) -> None:
    async with await connect(None, data / name) as store:
        path = Path(store.wire.address.path)
        assert path.parent.name.startswith(f"trunkwatch-{os.getuid()}-")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert await store.alerts.create(an_alert())


async def test_a_place_for_the_socket_that_others_can_write_is_refused(data: Path) -> None:
    long = data / ("x" * 120)
    async with await connect(None, long) as store:
        outside = Path(store.wire.address.path).parent
    outside.chmod(0o777)
    with pytest.raises(ConfigError, match="no private directory of this user; set TRUNKWATCH_DATA_DIR"):
        await connect(None, long)
    outside.rmdir()


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is forbidden to root")
async def test_a_directory_that_cannot_be_written_is_refused(data: Path) -> None:
    data.mkdir()
    data.chmod(0o500)
    with pytest.raises(ConfigError, match=r"cannot write to the data directory .*Permission denied"):
        await connect(None, data)


async def test_a_file_in_place_of_the_directory_is_refused(data: Path) -> None:
    data.write_text("mine")
    with pytest.raises(ConfigError, match=r"cannot write to the data directory .*File exists"):
        await connect(None, data)
    with pytest.raises(ConfigError, match=r"Not a directory"):
        await connect(None, data / "below")


async def test_a_home_that_is_a_tilde_is_expanded() -> None:
    assert places.prepare(Path("~")) == Path.home()


async def test_foreign_text_in_the_lock_files_is_survived(data: Path) -> None:
    data.mkdir()
    (data / "bot.lock").write_bytes(b"\xff\xfe hello")
    (data / "server.lock").write_bytes(b"{]")
    async with await connect(None, data) as store:
        await store.ping()
    holder = places.lock(data / "server.lock")
    (data / "server.lock").write_bytes(b"{]")
    with pytest.raises(ConfigError, match="process unknown"):
        await Embedded(data, stop=0.1).start()
    assert holder is not None
    os.close(holder)


async def test_a_stale_socket_is_no_obstacle(data: Path) -> None:
    data.mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(data / "valkey.sock"))
    async with await connect(None, data) as store:
        await store.ping()


async def test_stopping_twice_or_before_the_start_is_quiet(data: Path) -> None:
    embedded = Embedded(data)
    await embedded.stop()
    await embedded.start()
    await embedded.stop()
    await embedded.stop()
    assert embedded.pid is None
