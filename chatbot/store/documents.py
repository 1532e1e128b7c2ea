"""Small documents as bytes: one a key with a lifetime, fields of one hash, or one guarded by a revision.

What they say is their writers' business. They can all be fetched or computed again, so a lost one is no loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from secrets import token_hex

from msgspec import Struct

from chatbot.store.keys import Keys
from chatbot.store.wire import Wire


class Documents:
    """One key a document, by owner (a trunk) and name (a sha, a pull request's number)."""

    def __init__(self, wire: Wire, keys: Keys, kind: str, lifetime: timedelta) -> None:
        self._wire = wire
        self._keys = keys
        self._kind = kind
        self._seconds = int(lifetime.total_seconds())

    async def get(self, owner: str, name: str) -> bytes | None:
        """The document, or `None`."""
        answer: bytes | None = await self._wire.call("GET", self._key(owner, name))
        return answer

    async def get_many(self, owner: str, names: Sequence[str]) -> dict[str, bytes]:
        """Those of *names* that are stored."""
        answers = await self._wire.pipeline([("GET", self._key(owner, name)) for name in names])
        return {name: answer for name, answer in zip(names, answers, strict=True) if isinstance(answer, bytes)}

    async def put(self, owner: str, name: str, document: bytes) -> None:
        """Store it for the lifetime of its kind."""
        await self._wire.call("SET", self._key(owner, name), document, "EX", self._seconds)

    async def touch(self, owner: str, name: str) -> None:
        """Let its lifetime begin anew, where it is stored."""
        await self._wire.call("EXPIRE", self._key(owner, name), self._seconds)

    async def delete(self, owner: str, name: str) -> None:
        """Forget it."""
        await self._wire.call("DEL", self._key(owner, name))

    def _key(self, owner: str, name: str) -> str:
        return self._keys.of(owner, self._kind, name)


class Fields:
    """Many small values of one owner in one hash: flake counters by job, explained failures by job id.

    *group* parts an owner's values, `failures` by commit; it is empty where there is one hash an owner.
    """

    def __init__(self, wire: Wire, keys: Keys, kind: str, lifetime: timedelta) -> None:
        self._wire = wire
        self._keys = keys
        self._kind = kind
        self._seconds = int(lifetime.total_seconds())

    async def read(self, owner: str, group: str = "") -> dict[str, bytes]:
        """All values."""
        return (await self.read_many(owner, (group,)))[group]

    async def read_many(self, owner: str, groups: Sequence[str]) -> dict[str, dict[str, bytes]]:
        """All values of each of *groups*."""
        answers = await self._wire.pipeline([("HGETALL", self._key(owner, group)) for group in groups])
        return {
            group: {name.decode(): value for name, value in answer.items()} if isinstance(answer, dict) else {}
            for group, answer in zip(groups, answers, strict=True)
        }

    async def write(self, owner: str, values: Mapping[str, bytes], group: str = "") -> None:
        """Set *values*; the others stay, and the lifetime of all begins anew."""
        key = self._key(owner, group)
        if values:
            pairs = [part for pair in values.items() for part in pair]
            await self._wire.pipeline([("HSET", key, *pairs), ("EXPIRE", key, self._seconds)])

    async def drop(self, owner: str, names: Iterable[str], group: str = "") -> None:
        """Forget some values."""
        fields = list(names)
        if fields:
            await self._wire.call("HDEL", self._key(owner, group), *fields)

    async def clear(self, owner: str, group: str = "") -> None:
        """Forget all values of *group*."""
        await self._wire.call("DEL", self._key(owner, group))

    def _key(self, owner: str, group: str) -> str:
        return self._keys.of(owner, self._kind, *([group] if group else []))


class Revised(Struct, frozen=True):
    """A document and the revision it was read at; 0 and empty where there was none."""

    revision: int
    document: bytes


class Models:
    """One document an owner that several replicas change: each says which revision it started from."""

    def __init__(self, wire: Wire, keys: Keys, kind: str = "model") -> None:
        self._wire = wire
        self._keys = keys
        self._kind = kind

    async def get(self, owner: str) -> Revised:
        """The document as it is now."""
        revision, document = await self._wire.call("HMGET", self._keys.of(owner, self._kind), "r", "d")
        return Revised(int(revision or 0), document or b"")

    async def put(self, owner: str, document: bytes, *, after: int) -> bool:
        """Store *document* if the stored revision is still *after*; `False`: read it again and start over."""
        key = self._keys.of(owner, self._kind)
        return bool(await self._wire.run("versioned", (key,), (after, document, token_hex(8))))

    async def reset(self, owner: str) -> None:
        """Forget it."""
        await self._wire.call("DEL", self._keys.of(owner, self._kind))
