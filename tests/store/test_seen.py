from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from chatbot.store import Store
from chatbot.store.keys import Keys
from chatbot.store.seen import Seen


async def test_the_first_time_is_told_once(store: Store, other: Store) -> None:
    assert await store.seen.first_time("envelope-1")
    assert not await other.seen.first_time("envelope-1")
    assert await store.seen.first_time("envelope-2")


async def test_of_many_at_once_one_is_first(store: Store) -> None:
    answers = await asyncio.gather(*(store.seen.first_time("1700000000.1", "U1", "ack") for _ in range(30)))
    assert answers.count(True) == 1


async def test_parts_do_not_run_into_each_other(store: Store) -> None:
    assert await store.seen.first_time("a", "bc")
    assert await store.seen.first_time("ab", "c")


async def test_what_was_not_done_may_come_again(store: Store) -> None:
    assert await store.seen.first_time("x")
    await store.seen.forget("x")
    assert await store.seen.first_time("x")


async def test_it_is_forgotten_after_an_hour(store: Store) -> None:
    await store.seen.first_time("x")
    (key,) = [key async for key in store.wire.scan(store.keys.bot("seen:*"))]
    assert 3590 < await store.wire.call("TTL", key) <= 3600


async def test_asking_again_with_the_token_of_a_lost_answer_is_still_the_first_time(store: Store) -> None:
    key = store.keys.bot("seen:x")
    assert [await store.wire.run("first", (key,), ("token", 60)) for _ in range(2)] == [1, 1]
    assert await store.wire.run("first", (key,), ("other", 60)) == 0


@given(st.lists(st.text()), st.lists(st.text()))
def test_different_identities_have_different_keys_and_any_text_makes_one(one: list[str], two: list[str]) -> None:
    seen = Seen(None, Keys())  # type: ignore[arg-type]  # spelling a key asks nobody
    assert (seen._key(tuple(one)) == seen._key(tuple(two))) == ("\0".join(one) == "\0".join(two))
