"""A Redis Cluster of real nodes on loopback: primaries, and replicas that take over where one is killed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.conftest import Server, free_port

SLOTS = ("0 5460", "5461 10922", "10923 16383")
OPTIONS = (
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "600",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--repl-diskless-sync-delay",
    "0",
)


def node(directory: Path, number: int) -> Server:
    place = directory / str(number)
    place.mkdir()
    port = free_port()
    return Server(place, *OPTIONS, "--cluster-port", str(free_port()), port=port).start()


def joined(directory: Path, *, replicas: int = 1) -> list[Server]:
    """Three primaries, then as many nodes that are to be their *replicas*."""
    nodes = [node(directory, number) for number in range(3 + replicas)]
    for server, slots in zip(nodes, SLOTS, strict=False):
        assert server.say("CLUSTER", "ADDSLOTSRANGE", *slots.split()).startswith(b"+OK")
    for server in nodes[1:]:
        bus = server.say("CONFIG", "GET", "cluster-port").split(b"\r\n")[-2].decode()
        nodes[0].say("CLUSTER", "MEET", "127.0.0.1", str(server.port), bus)
    return nodes


async def until_agreed(nodes: list[Server], words: bytes) -> None:
    async with asyncio.timeout(20):
        while not all(words in server.say("CLUSTER", "INFO") for server in nodes):
            await asyncio.sleep(0.02)


async def with_replica(nodes: list[Server], of: int = 0) -> None:
    """Make the node three after *of* its replica, as soon as it knows it."""
    primary = nodes[of].say("CLUSTER", "MYID").split(b"\r\n")[1].decode()
    async with asyncio.timeout(10):
        while not nodes[3 + of].say("CLUSTER", "REPLICATE", primary).startswith(b"+OK"):
            await asyncio.sleep(0.02)
        while b"slave" not in nodes[(of + 2) % 3].say("CLUSTER", "NODES"):
            await asyncio.sleep(0.02)
        while b"state=online" not in nodes[of].say("INFO", "replication"):
            await asyncio.sleep(0.02)
