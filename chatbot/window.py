"""A trunk's window between memory and storage: what to store after a poll, and how to read it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chatbot import packing, store
from chatbot.ci import Commit
from chatbot.config import TrunkConfig
from chatbot.shards import Shards
from chatbot.trunk import Change, Trunk
from chatbot.turnabout import give_way

_ROWS = 20  # packed at a stretch: a few milliseconds where a workflow has a hundred jobs


def empty(config: TrunkConfig) -> Trunk:
    """A trunk that nothing is known of yet."""
    return Trunk(config.id, window=config.window, shards=Shards(config.shard_pattern))


def restored(config: TrunkConfig, stored: store.StoredTrunk) -> Trunk:
    """The trunk as it was stored.

    Raises:
        ValueError, msgspec.MsgspecError: what is stored cannot be read; reading the window anew mends it.
    """
    trunk = empty(config)
    newest = stored.commits[-1][0] if stored.commits else 0
    first = max(0, newest - len(stored.commits) + 1)  # what comes next must stand behind what is stored
    trunk.extend((msgspec.json.decode(document, type=Commit) for _, _, document in stored.commits), first=first)
    for workflow, names in stored.names.items():
        packing.unpack_names(trunk, workflow, names)
    for (sha, workflow), packed in stored.cells.items():
        packing.unpack(trunk, sha, workflow, packed)
    return trunk


async def to_store(trunk: Trunk, change: Change, *, cursor: Mapping[str, Any], polled_at: datetime) -> store.Change:
    """What *change* means for storage: commits that came, rows that differ, the names they need, commits that left."""
    cells: dict[tuple[str, str], bytes] = {}
    for count, (sha, workflow) in enumerate(change.cells):
        if count and count % _ROWS == 0:
            await give_way()
        if sha in trunk:
            cells[sha, workflow] = packing.pack(trunk, sha, workflow)
    added = trunk.commits[trunk.start :] if change.rewritten else [c for s in change.added if (c := trunk.commit(s))]
    workflows = {workflow for _, workflow in change.cells}
    return store.Change(
        cursor=cursor,
        polled_at=polled_at,
        commits=[(trunk.position(c.sha) or 0, c.sha, msgspec.json.encode(c)) for c in added],
        cells=cells,
        names={workflow: packing.pack_names(trunk, workflow) for workflow in workflows},
        removed=change.removed,
        rewritten=change.rewritten,
    )
