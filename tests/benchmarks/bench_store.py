"""What stored outcomes weigh and how long the store takes, beside one hash field an outcome.

usage: bench_store.py
The trunk is 200 commits of 800 shards in 40 workflows, 26 bytes a shard and 8 a cell, random and so not
compressible. The peer keeps the same bytes the obvious way: a hash a commit, a field `workflow\\0job\\0shard` each.
Runs on the embedded Valkey (every write synced) and, where it is installed, on Debian's Redis in its default form.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from chatbot.alert import Alert
from chatbot.errors import TransientError
from chatbot.store import Change, Lease, Store
from chatbot.store.connect import connect

COMMITS, WORKFLOWS, SHARDS, ROW, HEAD = 200, 40, 20, 26, 8
OUTCOMES = COMMITS * WORKFLOWS * SHARDS
NOW = datetime(2026, 11, 20, tzinfo=UTC)
DOCUMENT = b'{"sha":"%040x","title":"[inductor] Fuse pointwise kernels over reduction splits (#170123)","author":"A"}'


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str


def window(rng: Random) -> Change:
    """The first poll of a big trunk."""
    shas = [f"{rng.getrandbits(160):040x}" for _ in range(COMMITS)]
    cells = {
        (sha, f"workflow-{number}"): rng.randbytes(HEAD + ROW * SHARDS) for sha in shas for number in range(WORKFLOWS)
    }
    names = {
        f"workflow-{n}": b"\0".join(b"linux-jammy / test (default, %d)" % s for s in range(SHARDS)) for n in range(40)
    }
    commits = [(at, sha, DOCUMENT % int(sha, 16)) for at, sha in enumerate(shas)]
    return Change({"etag": "x"}, NOW, commits, cells, names)


async def memory(store: Store) -> int:
    """Bytes in use."""
    return int((await store.wire.info())["used_memory"])


async def timed(times: int, act: Callable[[int], Awaitable[object]]) -> str:
    """Median and 99th percentile of *act*, in milliseconds."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        await act(number)
        took.append((time.perf_counter() - began) * 1000)
    return f"p50 {statistics.median(took):.2f} ms, p99 {sorted(took)[int(times * 0.99) - 1]:.2f} ms"


async def peer(store: Store, change: Change, lease: Lease) -> float:
    """Bytes an outcome costs as a field of its own."""
    before = await memory(store)
    for sha in {sha for sha, _ in change.cells}:
        pairs = [
            part
            for number in range(WORKFLOWS)
            for shard in range(SHARDS)
            for part in (
                f"workflow-{number}\0linux-jammy / test (default)\0{shard}",
                change.cells[sha, f"workflow-{number}"][HEAD + ROW * shard : HEAD + ROW * (shard + 1)],
            )
        ]
        await store.wire.call("HSET", store.keys.of("peer", "of", sha), *pairs)
    return (await memory(store) - before) / OUTCOMES


def an_alert(number: int) -> Alert:
    """An alert of a watch of its own."""
    fields = {"trunk": "t", "opened_at": NOW, "opened_on": "a", "changed_at": NOW, "jobs": (), "failing": ()}
    return msgspec.convert({"id": f"watch-{number}:1", "watch": f"watch-{number}", **fields}, Alert)


async def measure(store: Store) -> list[Row]:
    """All rows for one server."""
    change = window(Random(1))
    lease = await store.leases.acquire("t", "me")
    assert lease is not None
    before = await memory(store)
    began = time.perf_counter()
    await store.trunks.apply("t", change, lease)
    applied = time.perf_counter() - began
    weight = (await memory(store) - before) / OUTCOMES
    began = time.perf_counter()
    loaded = await store.trunks.load("t")
    took = time.perf_counter() - began
    assert loaded.cells == change.cells
    some = list(change.cells.items())

    async def poll(number: int) -> None:
        await store.trunks.apply("t", Change({"n": number}, NOW, cells=dict(some[number : number + 1])), lease)

    async def press(number: int) -> None:
        await store.alerts.change("watch-1:1", lambda alert: alert.changed(at=NOW, reopened=number + 1))

    rows = [
        Row("memory an outcome, packed", f"{weight:.1f} bytes"),
        Row("memory an outcome, a field each (peer)", f"{await peer(store, change, lease):.1f} bytes"),
        Row("first poll, 160,000 outcomes", f"{applied * 1000:.0f} ms"),
        Row("loading the window", f"{took * 1000:.0f} ms"),
        Row("poll with one changed run", await timed(300, poll)),
        Row("creating an alert", await timed(200, lambda number: store.alerts.create(an_alert(number)))),
        Row("changing an alert", await timed(300, press)),
        Row("the 200 open alerts", await timed(30, lambda _: store.alerts.all_open())),
        Row("one summary", await timed(500, lambda _: store.watches.get("watch-1"))),
    ]
    answers = await asyncio.gather(*(press(number) for number in range(20)), return_exceptions=True)
    return [*rows, Row("20 presses on one alert at once, lost", str(sum(a is not None for a in answers)))]


async def on_redis(url: str) -> list[Row]:
    """The rows on a Redis that has just been started."""
    while True:
        try:
            async with await connect(url) as store:
                return await measure(store)
        except TransientError:
            await asyncio.sleep(0.05)


async def on_embedded(directory: str) -> list[Row]:
    """The rows on the server that comes with the bot."""
    async with await connect(None, directory) as store:
        return await measure(store)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory(prefix="tw") as place:
        show("embedded Valkey, every write synced", asyncio.run(on_embedded(place)))
    binary = shutil.which("redis-server")
    if binary is None:
        print("\nNo redis-server here: the second table is skipped.")
        return
    with tempfile.TemporaryDirectory(prefix="tw") as place:
        path = Path(place) / "r.sock"
        server = subprocess.Popen([binary, "--port", "0", "--unixsocket", path, "--dir", place, "--logfile", "log"])
        try:
            show("redis-server as it comes", asyncio.run(asyncio.wait_for(on_redis(f"unix://{path}"), 120)))
        finally:
            server.terminate()
            server.wait()
    print(f"\nAn alert of this size is {len(msgspec.json.encode(an_alert(0)))} bytes.")


def show(server: str, rows: list[Row]) -> None:
    """Print *rows* as a table."""
    print(f"\n| {server} | |\n| --- | --- |")
    for row in rows:
        print(f"| {row.what} | {row.figure} |")


if __name__ == "__main__":
    main()
