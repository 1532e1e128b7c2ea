"""A trunk's cells as bytes and back: what storage keeps of one workflow on one commit.

A row a shard, 27 bytes: number of the shard's name (2), which run (1), state (1), whether it ever failed
there (1), attempt (2), job id (8), queued (while it waits), started, completed (4 each, seconds since 1970, 0 for
unknown).
In front the ids of the runs (8 each) and their number (1). Shard names are kept once a workflow, so that an
outcome costs no name.
Nothing here knows where the bytes are kept.
"""

from __future__ import annotations

from struct import Struct

from chatbot.columns import ATTEMPT, REDDENED, WAITING
from chatbot.trunk import Trunk

_RUN = Struct("<q")
_ROW = Struct("<HBBBHqIII")
_MOST_NAMES = 1 << 16  # what two bytes number: a workflow whose jobs are called anew each time gets there in years
_MOST_RUNS = 255


def pack(trunk: Trunk, sha: str, workflow: str) -> bytes:
    """Everything known of *workflow* on commit *sha*; empty where that is nothing.

    What cannot be numbered is left out: the 65,537th name of a shard, and all but the newest 255 runs.
    """
    index, columns = trunk.index(sha), trunk.workflows.get(workflow)
    if index is None or columns is None:
        return b""
    seen = [s for s in columns.shards.values() if s.states[index] or s.marks[index]]
    runs = sorted({shard.job.runs[index] for shard in seen})[-_MOST_RUNS:]
    known = [s for s in seen if columns.numbers[s.name] < _MOST_NAMES and s.job.runs[index] >= runs[0]]
    number = {run: n for n, run in enumerate(runs)}
    rows = [
        _ROW.pack(
            columns.numbers[shard.name],
            number[shard.job.runs[index]],
            shard.states[index],
            shard.marks[index] >= REDDENED,
            shard.marks[index] & ATTEMPT,
            shard.job_ids[index],
            shard.began[index] if shard.states[index] <= WAITING else 0,
            shard.began[index] if shard.states[index] > WAITING else 0,
            shard.completed[index],
        )
        for shard in known
    ]
    return bytes((len(runs),)) + b"".join(map(_RUN.pack, runs)) + b"".join(rows)


def pack_names(trunk: Trunk, workflow: str) -> bytes:
    """The names of *workflow*'s shards, in the order of their numbers."""
    names = list(trunk.workflow(workflow).numbers)[:_MOST_NAMES]
    return "\0".join(name.replace("\0", " ") for name in names).encode()


def unpack_names(trunk: Trunk, workflow: str, packed: bytes) -> None:
    """Number the shards of *workflow* as they were. To be called before its rows are unpacked."""
    names = packed.decode().split("\0") if packed else []
    numbers: dict[str, int] = {}
    for number, name in enumerate(names):  # two that differed by a NUL are stored alike, and are two all the same
        numbers[f"{name}\0{number}" if name in numbers else name] = number
    trunk.workflow(workflow).numbers = numbers


def unpack(trunk: Trunk, sha: str, workflow: str, packed: bytes) -> None:
    """Put back what `pack` made.

    Raises:
        ValueError: *packed* is not of that form, or speaks of a shard without a name.
    """
    index = trunk.index(sha)
    if index is None or not packed:
        return
    start = 1 + packed[0] * _RUN.size
    if len(packed) < start or (len(packed) - start) % _ROW.size:
        raise ValueError(f"{len(packed)} bytes for {workflow!r} on {sha!r} are not whole rows")
    runs = [run for (run,) in _RUN.iter_unpack(packed[1:start])]
    columns = trunk.workflow(workflow)
    names = list(columns.numbers)
    touched = set()
    for number, run, state, reddened, attempt, job_id, queued, started, completed in _ROW.iter_unpack(packed[start:]):
        if number >= len(names) or run >= len(runs):
            raise ValueError(f"shard {number} of {workflow!r} on {sha!r} has no name or no run")
        shard = columns.shards.get(names[number]) or trunk.shard(columns, names[number])
        shard.states[index] = state
        shard.marks[index] = min(attempt, ATTEMPT) | (REDDENED if reddened else 0)
        shard.job_ids[index] = job_id
        shard.began[index] = started if state > WAITING else queued
        shard.completed[index] = completed
        shard.job.runs[index] = runs[run]
        touched.add(shard.job)
    for job in touched:
        job.settle(index)
