"""A TCP proxy that can be cut, stalled, or lose the answers: the network between the bot and what it depends on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Self

Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Proxy:
    """Listens on a port of its own and passes everything on to whatever *target* opens."""

    def __init__(self, target: Open) -> None:
        self.port = 0
        self.connections = 0
        self._target = target
        self._cut = False
        self._deaf = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Drop every connection, and refuse new ones."""
        self._cut = True
        await self._hang_up()

    def stall(self) -> None:
        """Pass nothing on any more, in either direction, without closing anything."""
        self._flowing.clear()

    async def lose_answers(self) -> None:
        """Pass requests on, but drop the connection when the answer comes."""
        self._deaf = True

    def heal(self) -> None:
        """Be a good network again."""
        self._cut = self._deaf = False
        self._flowing.set()

    async def _hang_up(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        self.connections += 1
        try:
            if not self._cut:
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._target()
        self._open.add(far_writer)
        there = asyncio.ensure_future(self._pass_on(reader, far_writer, answers=False))
        back = asyncio.ensure_future(self._pass_on(far_reader, writer, answers=True))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            far_writer.transport.abort()  # before anything is waited for: a second cancellation may come
            self._open.discard(far_writer)
            await asyncio.gather(there, back, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                if answers and self._deaf:
                    return
                writer.write(data)
                await writer.drain()


def to_port(port: int) -> Open:
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: str) -> Open:
    return lambda: asyncio.open_unix_connection(path)
