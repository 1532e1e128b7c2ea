from __future__ import annotations

import asyncio

import pytest

from chatbot.store import LostLease, Store
from tests.store.conftest import held, taken_over


async def test_a_document_is_kept_for_a_month(store: Store) -> None:
    await store.files.put("pytorch", "abc", b"[]")
    assert await store.files.get("pytorch", "abc") == b"[]"
    assert 29 * 86400 < await store.wire.call("TTL", store.keys.of("pytorch", "files", "abc")) <= 30 * 86400
    await store.files.delete("pytorch", "abc")
    assert await store.files.get("pytorch", "abc") is None


async def test_many_documents_are_read_at_once(store: Store) -> None:
    await store.pulls.put("pytorch", "1", b"one")
    await store.pulls.put("pytorch", "2", b"two")
    assert await store.pulls.get_many("pytorch", ["2", "3", "1"]) == {"2": b"two", "1": b"one"}
    assert await store.pulls.get_many("pytorch", []) == {}
    assert await store.pulls.get_many("other", ["1"]) == {}


async def test_fields_are_set_one_by_one_and_dropped(store: Store) -> None:
    await store.flakes.write("pytorch", {"a": b"1", "b": b"2"})
    await store.flakes.write("pytorch", {"b": b"3"})
    await store.flakes.write("pytorch", {})
    assert await store.flakes.read("pytorch") == {"a": b"1", "b": b"3"}
    await store.flakes.drop("pytorch", ["a", "never"])
    await store.flakes.drop("pytorch", [])
    assert await store.flakes.read("pytorch") == {"b": b"3"}
    await store.flakes.clear("pytorch")
    assert await store.flakes.read("pytorch") == {}


async def test_failures_are_kept_by_commit(store: Store) -> None:
    await store.failures.write("pytorch", {"17": b"{}"}, "abc")
    assert await store.failures.read_many("pytorch", ["abc", "def"]) == {"abc": {"17": b"{}"}, "def": {}}


async def test_a_model_is_replaced_only_by_who_read_it_last(store: Store) -> None:
    assert (await store.models.get("pytorch")).revision == 0
    assert await store.models.put("pytorch", b"one", after=0)
    assert not await store.models.put("pytorch", b"two", after=0)
    stored = await store.models.get("pytorch")
    assert (stored.revision, stored.document) == (1, b"one")
    answers = await asyncio.gather(*(store.models.put("pytorch", b"x", after=1) for _ in range(10)))
    assert answers.count(True) == 1
    await store.models.reset("pytorch")
    assert (await store.models.get("pytorch")).document == b""


async def test_a_model_write_whose_answer_got_lost_counts_once(store: Store) -> None:
    key = store.keys.of("pytorch", "model")
    assert [await store.wire.run("versioned", (key,), (0, b"x", "token")) for _ in range(2)] == [1, 1]
    assert (await store.models.get("pytorch")).revision == 1


async def test_summaries_are_read_singly_and_all_at_once(store: Store) -> None:
    await store.watches.put("a", b"1")
    await store.watches.put("b", b"2", await held(store))
    assert await store.watches.get("a") == b"1"
    assert await store.watches.get("c") is None
    assert await store.watches.get_many(["c", "b", "a"]) == {"b": b"2", "a": b"1"}
    await store.watches.delete("a")
    assert await store.watches.get("a") is None


async def test_a_stale_replica_does_not_overwrite_its_successors_summary(store: Store) -> None:
    stale = await held(store)
    fresh = await taken_over(store, stale)
    await store.watches.put("a", b"early", stale)
    await store.watches.put("a", b"new", fresh)
    with pytest.raises(LostLease):
        await store.watches.put("a", b"old", stale)
    assert await store.watches.get("a") == b"new"


async def test_a_watch_that_moved_to_another_trunk_is_written_by_that_trunks_holder(store: Store) -> None:
    elsewhere = await held(store, "elsewhere")
    await store.watches.put("a", b"1", await held(store))
    await store.watches.put("a", b"2", elsewhere)
    assert await store.watches.get("a") == b"2"
