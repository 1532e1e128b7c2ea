"""What is kept, counted and weighed by kind of key, and how the server itself is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from chatbot.errors import PermanentError
from chatbot.store.keys import KEYS, Key, Keys, kind_of
from chatbot.store.wire import Wire

CHUNK = 500
EVICTING = "allkeys"


class Kept(Struct, frozen=True):
    """How much of one kind there is; `bytes` is 0 where the server does not let us weigh."""

    kind: Key
    count: int
    bytes: int


class Health(Struct, frozen=True):
    """The server as it describes itself. `problems` are sentences that say what to change."""

    server: str
    memory: int
    problems: Sequence[str] = ()


async def kept(wire: Wire, keys: Keys) -> list[Kept]:
    """What is stored under our prefix, a row for each kind of key, also where there is none."""
    counts: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    found = sorted({key async for key in wire.scan(f"{keys.prefix}:*")})
    for start in range(0, len(found), CHUNK):
        chunk = found[start : start + CHUNK]
        for key, weight in zip(chunk, await _weights(wire, chunk), strict=True):
            kind = kind_of(key.decode(errors="replace"), keys.prefix)
            if kind:
                counts[kind.name] += 1
                weights[kind.name] += weight
    return [Kept(kind, counts[kind.name], weights[kind.name]) for kind in KEYS]


async def _weights(wire: Wire, chunk: Sequence[bytes]) -> list[int]:
    try:
        answers = await wire.pipeline([("MEMORY", "USAGE", key) for key in chunk])
    except PermanentError:  # no right to weigh: counting must do
        return [0] * len(chunk)
    return [int(answer or 0) for answer in answers]


async def forget(wire: Wire, keys: Keys, owner: str) -> int:
    """Delete everything of a trunk or watch that is no longer configured; how many keys that were."""
    found = [key async for key in wire.scan(f"{keys.of(owner)}:*")]
    await wire.pipeline([("UNLINK", key) for key in found])
    return len(set(found))


async def health(wire: Wire, *, persistent: bool = True) -> Health:
    """What the server says of itself. *persistent*: complain where it keeps nothing on disk.

    Raises:
        TransientError: it cannot be reached.
    """
    try:
        info = await wire.info()
    except PermanentError:  # no right to look
        return Health("unknown: the user of REDIS_URL lacks +info", 0)
    name = "Valkey" if "valkey_version" in info else "Redis"
    problems = []
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy.startswith(EVICTING) and info.get("maxmemory"):
        problems.append(f"maxmemory-policy is {policy}, which may throw alerts away; set it to noeviction")
    if persistent and not info.get("aof_enabled"):
        problems.append("appendonly is off: a restart of the server may lose the newest alerts; set appendonly yes")
    if info.get("aof_enabled") and info.get("aof_last_write_status") == "err":
        problems.append("the server cannot write to its append-only file; free disk space")
    version = info.get("valkey_version") or info.get("redis_version", "")
    return Health(f"{name} {version}", int(info.get("used_memory", 0)), problems)
