"""A trunk's window as it is stored: commits in order, and the bytes of each workflow's outcomes on each commit.

The bytes mean nothing here. Every poll is one atomic step together with its cursor, so a crash in between
repeats the poll, and applying it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

import msgspec
from msgspec import Struct

from chatbot.store.keys import Keys
from chatbot.store.leases import Lease
from chatbot.store.refusals import LostLease
from chatbot.store.wire import Argument, Wire

CHUNK = 25
"""Commits read at once: about half a megabyte of a big trunk, some milliseconds of the server's time."""
PATIENCE = 20.0
"""Seconds for a whole window; nobody waits for it."""
WORKFLOWS = 256
"""Numbered workflows above which those that left the window are looked for."""

_BEHIND = -2

StoredCommit = tuple[int, str, bytes]
"""Position on trunk, sha, document."""
Cell = tuple[str, str]
"""Sha and workflow."""


class StoredTrunk(Struct, frozen=True):
    """What is stored of a trunk; `commits` in trunk order, `names` the caller's bytes for each workflow."""

    commits: Sequence[StoredCommit] = ()
    cells: Mapping[Cell, bytes] = {}
    names: Mapping[str, bytes] = {}
    cursor: Mapping[str, Any] | None = None
    polled_at: datetime | None = None
    fence: int = 0


class Change(Struct, frozen=True):
    """What one poll changes. `rewritten`: `commits` are the whole window, all others go. An empty cell is deleted.

    Cells of commits that are not in the window are ignored: they would stay for ever.
    """

    cursor: Mapping[str, Any]
    polled_at: datetime
    commits: Sequence[StoredCommit] = ()
    cells: Mapping[Cell, bytes] = {}
    names: Mapping[str, bytes] = {}
    removed: Sequence[str] = ()
    rewritten: bool = False


class Trunks:
    """Reads and changes stored trunks."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._keys = keys
        self._last: dict[str, tuple[int, int]] = {}  # fence and sequence of the last poll that we stored

    async def has(self, trunk: str, prefix: str) -> bool:
        """Whether the sha of a stored commit begins with *prefix*."""
        (shas,) = await self._wire.pipeline([("ZRANGE", self._keys.of(trunk, "commits"), 0, -1)], patience=PATIENCE)
        return any(sha.startswith(prefix.encode()) for sha in shas)

    async def load(self, trunk: str) -> StoredTrunk:
        """Everything stored of *trunk*; empty where nothing is."""
        order, documents, workflows, state = await self._wire.pipeline(
            [
                ("ZRANGE", self._keys.of(trunk, "commits"), 0, -1, "WITHSCORES"),
                ("HGETALL", self._keys.of(trunk, "commit")),
                ("HGETALL", self._keys.of(trunk, "workflows")),
                ("HGETALL", self._keys.of(trunk, "state")),
            ],
            patience=PATIENCE,
        )
        placed = [(int(float(order[at + 1])), order[at].decode()) for at in range(0, len(order), 2)]
        commits = [(position, sha, documents[sha.encode()]) for position, sha in placed if sha.encode() in documents]
        by_number = {number: name.decode() for name, number in workflows.items()}
        cells = await self._cells(trunk, [sha for _, sha, _ in commits], by_number)
        # Last: a poll may be stored meanwhile, and what was just read of its cells needs its names; they only grow.
        (names,) = await self._wire.pipeline([("HGETALL", self._keys.of(trunk, "names"))], patience=PATIENCE)
        return StoredTrunk(
            commits=commits,
            cells=cells,
            names={name.decode(): packed for name, packed in names.items()},
            cursor=msgspec.json.decode(state[b"cursor"]) if b"cursor" in state else None,
            polled_at=datetime.fromisoformat(state[b"polled_at"].decode()) if b"polled_at" in state else None,
            fence=int(state.get(b"fence", 0)),
        )

    async def _cells(self, trunk: str, shas: Sequence[str], by_number: Mapping[bytes, str]) -> dict[Cell, bytes]:
        cells: dict[Cell, bytes] = {}
        for start in range(0, len(shas), CHUNK):
            chunk = shas[start : start + CHUNK]
            answers = await self._wire.pipeline(
                [("HGETALL", self._keys.of(trunk, "of", sha)) for sha in chunk], patience=PATIENCE
            )
            for sha, answer in zip(chunk, answers, strict=True):
                cells.update(
                    ((sha, by_number[number]), packed) for number, packed in answer.items() if number in by_number
                )
        return cells

    async def apply(self, trunk: str, change: Change, lease: Lease) -> None:
        """Store *change*: all of it, or nothing where this raises. *lease* is the one on *trunk*.

        Raises:
            LostLease: another replica took the lease since, or the server lost what the poll before had written (a
                fail-over, a restart without persistence): the change would not fit. `load` again.
        """
        keys = [self._keys.of(trunk, kind) for kind in ("state", "commits", "commit", "workflows", "names", "fence")]
        fence, sequence = self._last.pop(trunk, (0, 0))
        arguments = self._arguments(trunk, change, lease, sequence if fence == lease.fence else "")
        also = [self._keys.of(trunk, "of", sha) for sha in {sha for sha, _ in change.cells}]
        workflows, *sequences = await self._wire.run("apply", keys, arguments, also=also, patience=PATIENCE)
        _fenced(workflows, trunk)
        self._last[trunk] = lease.fence, sequences[0]
        if workflows > WORKFLOWS and (change.removed or change.rewritten):
            await self._sweep(trunk, lease)

    def _arguments(self, trunk: str, change: Change, lease: Lease, after: int | str) -> list[Argument]:
        arguments: list[Argument] = [
            lease.fence,
            self._keys.of(trunk),
            token_hex(8),
            after,
            int(change.rewritten),
            msgspec.json.encode(change.cursor),
            change.polled_at.isoformat(),
            len(change.commits),
            len(change.cells),
            len(change.names),
            len(change.removed),
        ]
        for commit in change.commits:
            arguments.extend(commit)
        for cell, packed in change.cells.items():
            arguments.extend((*cell, packed))
        for name in change.names.items():
            arguments.extend(name)
        arguments.extend(change.removed)
        return arguments

    async def _sweep(self, trunk: str, lease: Lease) -> None:
        keys = [self._keys.of(trunk, kind) for kind in ("commits", "workflows", "names", "fence")]
        _fenced(await self._wire.run("sweep", keys, (lease.fence, self._keys.of(trunk)), patience=PATIENCE), trunk)

    async def polled_at(self, trunks: Sequence[str]) -> dict[str, datetime]:
        """When each of *trunks* was last polled; those never polled are missing."""
        answers = await self._wire.pipeline([("HGET", self._keys.of(name, "state"), "polled_at") for name in trunks])
        return {
            name: datetime.fromisoformat(answer.decode())
            for name, answer in zip(trunks, answers, strict=True)
            if isinstance(answer, bytes)
        }


def _fenced(answer: int, trunk: str) -> None:
    if answer == _BEHIND:
        raise LostLease(f"Redis lost what was last written of trunk {trunk!r}; it has to be read again")
    if answer < 0:
        raise LostLease(f"the lease on trunk {trunk!r} went to another replica; this poll was not stored")
