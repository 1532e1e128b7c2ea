"""The one way to Redis: commands, pipelines and scripts, alike for a server, Sentinel and a cluster.

Every call is bounded in time and raises nothing but our errors. It knows no key and no meaning.

A command whose answer got lost is sent again by the driver, so a write must be safe to repeat: our
scripts carry a token by which the second run recognises the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache, partial
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis import exceptions as foreign
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialWithJitterBackoff

from chatbot.errors import PermanentError, TransientError
from chatbot.store.address import Address, Kind
from chatbot.store.convoy import Call, Convoy
from chatbot.store.refusals import REFUSALS, TIMEOUT, UNREACHABLE, code, translate

Argument = str | bytes | int | float
Command = Sequence[Argument]

PATIENCE = 2.5
"""Seconds one call may take, retries included: people wait at most 3 s for an answer."""
CONNECT_TIMEOUT = 1.0
READ_TIMEOUT = 1.0
"""Seconds for an answer of a cluster's node, before the topology is read again. Elsewhere PATIENCE is enough."""
ATTEMPTS = 3
"""Repeats after a dropped connection: a fail-over of a second is bridged, PATIENCE ends the rest."""
AT_ONCE = 48
"""Calls in flight from one process; more wait their turn instead of opening connections."""

_FOREIGN = (foreign.RedisError, foreign.RedisClusterException, OSError)


@cache
def source(name: str) -> tuple[str, str]:
    """The Lua script *name* from the package and its SHA-1, by which the server knows it."""
    text = (files("chatbot.store") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


class Wire:
    """A connected Redis. All methods raise `TransientError` or `PermanentError`, never redis' own errors."""

    def __init__(
        self, address: Address, *, patience: float = PATIENCE, excuse: Callable[[], str] | None = None
    ) -> None:
        """*excuse* knows better than the network why the server cannot be reached."""
        self.address = address
        self._patience = patience
        self._excuse = excuse
        self._sentinel: Sentinel | None = None
        self.heal: Callable[[Sequence[str]], Awaitable[bool]] | None = None
        self.failed: Callable[[str], object] = lambda code: code
        """Told the code of every call that failed, empty where the table has none."""
        self._client: Redis | RedisCluster = self._open(address)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._calls: set[asyncio.Task[Any]] = set()
        self._convoy = Convoy(
            together=lambda calls: self._within(partial(self._runs, calls)), alone=lambda call: self.run(*call)
        )

    def __repr__(self) -> str:
        return f"Wire({self.address})"

    async def call(self, *command: Argument) -> Any:
        """The answer to one command, as redis-py shapes it (bytes, numbers, lists; HGETALL a dictionary)."""
        return await self._healing(
            [str(part) for part in command[1:2]], partial(self._client.execute_command, *command)
        )

    async def pipeline(self, commands: Sequence[Command], *, patience: float | None = None) -> list[Any]:
        """The answers to *commands*, sent together, not atomic. *patience* is in seconds."""
        if not commands:
            return []
        keys = [str(command[1]) for command in commands]
        return list(await self._healing(keys, partial(self._pipeline, commands), patience))

    async def run(
        self,
        script: str,
        keys: Sequence[str],
        arguments: Sequence[Argument] = (),
        *,
        also: Sequence[str] = (),
        patience: float | None = None,
    ) -> Any:
        """The answer of the Lua *script* (a name), which runs atomically on the node that holds *keys*.

        *also*: keys of the same slot that it writes to without being told them.
        """
        return await self._healing([*keys, *also], partial(self._run, script, keys, arguments), patience)

    def quick(self, script: str, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> asyncio.Future[Any]:
        """Like `run`, for a small question somebody waits for: it travels with those of others.

        Asked the same twice at once, the script runs once: it may tell things, or do what is to be done once.
        """
        return self._convoy.ask((script, tuple(keys), tuple(arguments)))

    async def _healing(
        self, keys: Sequence[str], ask: Callable[[], Awaitable[Any]], patience: float | None = None
    ) -> Any:
        """The answer to *ask*; where one of *keys* holds a foreign type, `heal` is asked and then *ask* once more."""
        try:
            return await self._within(ask, patience)
        except PermanentError as error:
            if error.code != "WRONGTYPE" or self.heal is None or not await self.heal(keys):
                raise
            return await self._within(ask, patience)

    async def scan(self, pattern: str) -> AsyncIterator[bytes]:
        """Every key that matches *pattern*, over all nodes; some may come twice."""
        for node in await self._within(self._primaries):
            cursor = 0
            while True:
                ask = partial(self._on, node, "SCAN", cursor, "MATCH", pattern, "COUNT", 500)
                at, found = await self._within(ask)
                # a cluster names the node: {"127.0.0.1:7000": 12}
                cursor = int(next(iter(at.values())) if isinstance(at, dict) else at)
                for key in found:
                    yield key
                if cursor == 0:
                    break

    async def info(self) -> dict[str, Any]:
        """`INFO` of the server; of one of the nodes where it is a cluster."""
        nodes = await self._within(self._primaries)
        answer: dict[str, Any] = await self._within(lambda: self._on(nodes[0], "INFO"))
        return answer

    async def ping(self) -> None:
        """Return if every node answers."""
        for node in await self._within(self._primaries):
            await self._within(partial(self._on, node, "PING"))

    async def close(self) -> None:
        """Let go of all connections."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        try:
            await self._client.aclose()
            if self._sentinel is not None:
                await self._sentinel.aclose()
        except _FOREIGN:
            return  # what is broken is closed

    async def _within(self, ask: Callable[[], Awaitable[Any]], patience: float | None = None) -> Any:
        """The answer to *ask*, in a task of its own.

        Python 3.11's `wait_for`, which the driver uses, loses a cancellation at times (cpython issue 86296): only by
        walking away from the task is the time really bounded.
        """
        call = asyncio.create_task(self._in_turn(ask))
        self._calls.add(call)
        call.add_done_callback(self._over)
        try:
            done, _ = await asyncio.wait((call,), timeout=patience or self._patience)
        finally:
            call.cancel()
        if not done:
            self.failed(TIMEOUT)
            raise TransientError(f"Redis at {self.address}: {REFUSALS[TIMEOUT].advice} ({TIMEOUT})")
        if call.cancelled():
            raise TransientError(f"the connection to Redis at {self.address} was closed")
        try:
            return call.result()
        except _FOREIGN as error:
            self.failed(code(error))
            if self._excuse and code(error) == UNREACHABLE:
                raise TransientError(self._excuse(), retry_after=1.0) from error
            raise translate(error, str(self.address), self.address.secrets) from error

    async def _in_turn(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async with self._turns:
            return await ask()

    def _over(self, call: asyncio.Task[Any]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # asked for, so that nobody is told of an error that came too late

    async def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False) if isinstance(self._client, Redis) else self._client.pipeline()
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any] = await pipe.execute(raise_on_error=False)
        for index, answer in enumerate(answers):
            # a cluster hands a dead node's error back in place of the answer: ask again, by way of the new topology
            if isinstance(answer, Exception):
                answers[index] = await self._client.execute_command(*commands[index])
        return answers

    async def _run(self, script: str, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        text, digest = source(script)
        try:
            return await self._client.execute_command("EVALSHA", digest, len(keys), *keys, *arguments)
        except foreign.NoScriptError:
            return await self._client.execute_command("EVAL", text, len(keys), *keys, *arguments)

    async def _runs(self, calls: Sequence[Call]) -> list[Any]:
        """What each of *calls* answers; an exception in place of the answer where there is none."""
        if not isinstance(self._client, Redis):
            return list(await asyncio.gather(*(self._run(*call) for call in calls), return_exceptions=True))
        pipe = self._client.pipeline(transaction=False)
        for script, keys, arguments in calls:
            pipe.execute_command("EVALSHA", source(script)[1], len(keys), *keys, *arguments)
        answers: list[Any] = await pipe.execute(raise_on_error=False)
        return answers

    async def _primaries(self) -> list[ClusterNode | None]:
        if isinstance(self._client, Redis):
            return [None]
        await self._client.initialize()
        return list(self._client.get_primaries())

    async def _on(self, node: ClusterNode | None, *command: Argument) -> Any:
        if node is None or isinstance(self._client, Redis):
            return await self._client.execute_command(*command)
        return await self._client.execute_command(*command, target_nodes=node)

    def _open(self, address: Address) -> Redis | RedisCluster:
        options = self._options(address)
        if address.kind is Kind.SOCKET:
            return Redis(unix_socket_path=address.path, db=address.db, **options)
        tls: dict[str, Any] = {"ssl": True, **dict(address.tls_options)} if address.tls else {}
        if address.kind is Kind.CLUSTER:
            nodes = [ClusterNode(host, port) for host, port in address.hosts]
            return RedisCluster(startup_nodes=nodes, **options, **tls)
        if address.kind is Kind.SENTINEL:
            return self._by_sentinel(address, {**options, **tls})
        host, port = address.hosts[0]
        return Redis(host=host, port=port, db=address.db, **options, **tls)

    def _by_sentinel(self, address: Address, options: dict[str, Any]) -> Redis:
        own = {"username": address.sentinel_username, "password": address.sentinel_password}
        # Sentinels are asked one after the other: each gets a part of the patience, or a dead one eats it all
        quick = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(_backoff(), 0)}
        self._sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py forgot this one's types
            list(address.hosts), sentinel_kwargs={**options, **own, **quick}
        )
        primary = self._sentinel.master_for(address.service, db=address.db, **options)
        assert isinstance(primary, Redis)
        return primary

    def _options(self, address: Address) -> dict[str, Any]:
        return {
            "username": address.username,
            "password": address.password,
            "socket_connect_timeout": CONNECT_TIMEOUT,
            "socket_timeout": READ_TIMEOUT if address.kind is Kind.CLUSTER else None,
            "retry": Retry(_backoff(), ATTEMPTS),
            "protocol": 2,  # every server from 6.2 on speaks it alike, and restricted users need no right for HELLO
            "driver_info": None,
        }


def _backoff() -> ExponentialWithJitterBackoff:
    """Waits before a repeat: up to 0.1, 0.2 and 0.4 s, random, so that replicas do not return in step."""
    return ExponentialWithJitterBackoff(cap=0.4, base=0.05)
