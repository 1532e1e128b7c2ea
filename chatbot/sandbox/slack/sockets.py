"""Socket Mode: WebSocket connections that the bot opens, and envelopes that go to one of them each.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

from chatbot.sandbox.slack.values import Change, Json
from chatbot.sandbox.slack.workspace import Workspace

MOST = 10
_HEARTBEAT = 15.0
_GOODBYE = 1.0
_LASTS = 18_060


class Sockets:
    """The connections that are open, and who waits for which acknowledgement."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._served: set[web.WebSocketResponse] = set()
        self._turn = count()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._arrived = asyncio.Event()

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def new_address(self) -> str:
        """An address that one connection can be made with."""
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        host = self._workspace.url.replace("http", "ws", 1)
        return f"{host}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to the end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="no such ticket; ask apps.connections.open for a new one")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, timeout=_GOODBYE)
        await socket.prepare(request)
        if len(self._open) >= MOST:
            await _disconnect(socket, "too_many_websockets")
            return socket
        self._enter(socket)
        self._served.add(socket)
        try:
            await socket.send_json(self._hello())
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._received(frame.data)
        except ConnectionError:
            pass  # the bot went away in the middle of a frame: it is gone either way
        finally:
            self._leave(socket)
            self._served.discard(socket)
        return socket

    def _enter(self, socket: web.WebSocketResponse) -> None:
        self._open.append(socket)
        self._arrived.set()
        self._workspace.announce(Change("bot"))

    def _leave(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        if not self._open:
            self._arrived.clear()
        self._workspace.announce(Change("bot"))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": _LASTS},
            "connection_info": {"app_id": self._workspace.app_id},
        }

    def _received(self, frame: str) -> None:
        """An acknowledgement; anything else the bot says is ignored, as Slack does."""
        try:
            said = json.loads(frame)
        except ValueError:
            return
        waiting = self._waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(said.get("payload") or {})

    async def deliver(self, kind: str, payload: Json, *, copies: int = 1, same_id: bool = False, **extra: Any) -> Json:
        """Send an envelope and wait for its acknowledgement; the caller sets the time limit.

        With more *copies* the others follow with envelope ids of their own (or the *same_id*), on the next
        connections, and only the first acknowledgement of any counts.
        """
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        ids: list[str] = []
        try:
            for _ in range(copies):
                envelope_id = ids[0] if ids and same_id else secrets.token_hex(16)
                ids.append(envelope_id)
                self._waiting[envelope_id] = acknowledged
                await self._send({"type": kind, "envelope_id": envelope_id, "payload": payload, **extra})
            return await acknowledged
        finally:
            for envelope_id in ids:
                self._waiting.pop(envelope_id, None)

    async def _send(self, envelope: Json) -> None:
        """To the connection whose turn it is; with none open, to the next that opens."""
        while True:
            await self._arrived.wait()
            socket = self._open[next(self._turn) % len(self._open)]
            try:
                await socket.send_json(envelope)
            except ConnectionError:
                self._leave(socket)
            else:
                return

    async def reconnect(self, *, abrupt: bool, reason: str) -> None:
        """Make the bot connect anew: ask every connection to, or drop them all without a word."""
        for socket in tuple(self._open):
            self._leave(socket)
            if abrupt:
                transport = socket._req.transport if socket._req is not None else None  # noqa: SLF001  no public way
                if transport is not None:
                    transport.abort()
            else:
                await _disconnect(socket, reason)

    async def close(self) -> None:
        """The end of the workspace."""
        for socket in tuple(self._served):
            await socket.close()


async def _disconnect(socket: web.WebSocketResponse, reason: str) -> None:
    await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
