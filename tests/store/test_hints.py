from __future__ import annotations

import asyncio

from chatbot.store import Store
from chatbot.store.hints import KEPT


async def test_what_is_said_at_one_replica_is_heard_at_another(store: Store, other: Store) -> None:
    await store.hints.send("pytorch", b"before")
    place = await other.hints.newest()
    heard = asyncio.create_task(other.hints.after(place))
    await store.hints.send("pytorch", b"one")
    place, said = await heard
    assert said == [("pytorch", b"one")]
    await store.hints.send("vision", b"two")
    await store.hints.send("pytorch", b"three")
    assert (await other.hints.after(place))[1] == [("vision", b"two"), ("pytorch", b"three")]


async def test_who_waits_for_nothing_is_told_so_and_stays_in_place(store: Store) -> None:
    assert await store.hints.after("0-0") == ("0-0", [])
    assert await store.hints.newest() == "0-0"


async def test_only_the_newest_are_kept(store: Store) -> None:
    for number in range(5 * KEPT):
        await store.hints.send("pytorch", str(number).encode())
    _, said = await store.hints.after("0-0")
    assert len(said) == KEPT
    rows = {row.kind.name: row.bytes for row in await store.kept()}
    assert rows["hints"] < 200 * 1024
