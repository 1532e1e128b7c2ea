from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.errors import TransientError
from chatbot.store import LostLease, Store
from chatbot.store.trunks import Change, StoredTrunk
from tests.store.conftest import NOW, a_change, held, taken_over

A, B, C = "a" * 40, "b" * 40, "c" * 40
COMMITS = [(1, A, b'{"sha":"a"}'), (2, B, b'{"sha":"b"}')]


async def test_a_trunk_nobody_polled_is_empty(store: Store) -> None:
    assert await store.trunks.load("pytorch") == StoredTrunk(commits=[], cells={}, names={})
    assert await store.trunks.polled_at(["pytorch"]) == {}
    assert await store.trunks.polled_at([]) == {}


async def test_what_was_applied_is_loaded_in_trunk_order(store: Store) -> None:
    lease = await held(store)
    change = a_change(
        commits=list(reversed(COMMITS)),
        cells={(A, "inductor"): b"\x00\xff", (B, "inductor"): b"2", (B, "pull / λ"): b"3"},
        names={"inductor": b"one\0two"},
    )
    await store.trunks.apply("pytorch", change, lease)
    loaded = await store.trunks.load("pytorch")
    assert loaded == StoredTrunk(COMMITS, change.cells, change.names, {"etag": "x"}, NOW, lease.fence)
    assert await store.trunks.polled_at(["pytorch", "other"]) == {"pytorch": NOW}


async def test_a_commit_can_be_asked_for_by_how_its_sha_begins(store: Store) -> None:
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), await held(store))
    assert [await store.trunks.has("pytorch", prefix) for prefix in (A, "b", "ab", "c")] == [True, True, False, False]
    assert not await store.trunks.has("other", "a")


async def test_a_later_poll_changes_what_it_names_and_leaves_the_rest(store: Store) -> None:
    lease = await held(store)
    first = a_change(commits=COMMITS, cells={(A, "x"): b"1", (B, "x"): b"1", (B, "y"): b"1"}, names={"x": b"n"})
    await store.trunks.apply("pytorch", first, lease)
    later = NOW + timedelta(minutes=1)
    second = Change({"etag": "y"}, later, [(3, C, b"c")], {(B, "x"): b"2", (B, "y"): b""}, {"x": b"n\0m"}, [A])
    await store.trunks.apply("pytorch", second, lease)
    loaded = await store.trunks.load("pytorch")
    assert loaded == StoredTrunk(
        [COMMITS[1], (3, C, b"c")], {(B, "x"): b"2"}, {"x": b"n\0m"}, {"etag": "y"}, later, lease.fence
    )


async def test_who_reads_while_a_poll_is_stored_has_the_names_of_all_cells(store: Store) -> None:
    lease = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), lease)

    async def poll() -> None:
        for number in range(1, 150):
            packed = str(number).encode()
            await store.trunks.apply("pytorch", a_change(cells={(A, "x"): packed}, names={"x": packed}), lease)

    polling = asyncio.create_task(poll())
    while not polling.done():
        seen = await store.trunks.load("pytorch")
        assert int(seen.names.get("x", b"0")) >= int(seen.cells.get((A, "x"), b"0"))
    await polling


async def test_a_rewritten_trunk_keeps_only_the_new_window(store: Store) -> None:
    lease = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS, cells={(A, "x"): b"1", (B, "x"): b"1"}), lease)
    await store.failures.write("pytorch", {"1": b"{}"}, B)
    rewritten = a_change(commits=[(1, A, b"a"), (2, C, b"c")], cells={(C, "x"): b"3"}, rewritten=True)
    await store.trunks.apply("pytorch", rewritten, lease)
    loaded = await store.trunks.load("pytorch")
    assert (loaded.commits, loaded.cells) == ([(1, A, b"a"), (2, C, b"c")], {(A, "x"): b"1", (C, "x"): b"3"})
    assert await store.failures.read("pytorch", B) == {}


async def test_outcomes_of_commits_outside_the_window_are_not_kept(store: Store) -> None:
    lease = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS, cells={(C, "x"): b"1"}), lease)
    assert (await store.trunks.load("pytorch")).cells == {}
    assert [key async for key in store.wire.scan(store.keys.of("pytorch", "of", "*"))] == []


async def test_a_stale_lease_writes_nothing(store: Store) -> None:
    stale = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), stale)
    fresh = await taken_over(store, stale)
    with pytest.raises(LostLease, match="this poll was not stored"):
        await store.trunks.apply("pytorch", a_change(removed=[A]), stale)
    assert (await store.trunks.load("pytorch")).commits == COMMITS
    await store.trunks.apply("pytorch", a_change(removed=[A]), fresh)
    assert (await store.trunks.load("pytorch")).commits == COMMITS[1:]


async def test_a_change_does_not_go_on_top_of_a_store_that_lost_the_poll_before(store: Store) -> None:
    lease = await held(store)
    state = store.keys.of("pytorch", "state")
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), lease)
    backup = await store.wire.call("HGETALL", state)
    await store.trunks.apply("pytorch", a_change(cells={(A, "x"): b"1"}), lease)
    older = [part for pair in backup.items() for part in pair]  # as after a fail-over that lost the newest write
    await store.wire.call("HSET", state, *older)
    with pytest.raises(LostLease, match="has to be read again"):
        await store.trunks.apply("pytorch", a_change(cells={(B, "x"): b"1"}), lease)
    await store.trunks.load("pytorch")
    await store.trunks.apply("pytorch", a_change(cells={(B, "x"): b"1"}), lease)


async def test_after_a_total_loss_a_lease_has_to_be_taken_again(store: Store) -> None:
    lease = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), lease)
    await store.forget("pytorch")
    with pytest.raises(LostLease):
        await store.trunks.apply("pytorch", a_change(cells={(A, "x"): b"1"}), lease)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), await held(store))


async def test_a_holder_that_comes_back_starts_from_what_its_successor_stored(store: Store, other: Store) -> None:
    first = await held(store)
    await store.trunks.apply("pytorch", a_change(commits=COMMITS), first)
    second = await taken_over(other, first)
    await other.trunks.apply("pytorch", a_change(removed=[A]), second)
    third = await taken_over(store, second)
    await store.trunks.apply("pytorch", a_change(removed=[B]), msgspec.structs.replace(third, holder="me"))
    assert (await store.trunks.load("pytorch")).commits == []


async def test_a_poll_whose_answer_got_lost_counts_once(store: Store) -> None:
    lease = await held(store)
    keys = [store.keys.of("pytorch", kind) for kind in ("state", "commits", "commit", "workflows", "names", "fence")]
    arguments = store.trunks._arguments("pytorch", a_change(commits=COMMITS), lease, "")
    assert [await store.wire.run("apply", keys, arguments) for _ in range(2)] == [[0, 1], [0, 1]]


async def test_trunks_do_not_mix(store: Store) -> None:
    await store.trunks.apply("one", a_change(commits=COMMITS), await held(store, "one"))
    await store.trunks.apply("one:two}", a_change(commits=[(1, C, b"c")]), await held(store, "one:two}"))
    assert (await store.trunks.load("one")).commits == COMMITS
    assert (await store.trunks.load("one:two}")).commits == [(1, C, b"c")]


async def test_workflows_that_left_the_window_lose_their_number_and_names(store: Store) -> None:
    lease = await held(store)
    many = {(A, f"workflow {n}"): b"1" for n in range(300)}
    names = {f"workflow {n}": b"n" for n in range(300)}
    await store.trunks.apply("pytorch", a_change(commits=COMMITS, cells=many, names=names), lease)
    await store.trunks.apply("pytorch", a_change(cells={(B, "workflow 7"): b"7"}, removed=[A]), lease)
    loaded = await store.trunks.load("pytorch")
    assert (loaded.cells, loaded.names) == ({(B, "workflow 7"): b"7"}, {"workflow 7": b"n"})
    await store.trunks.apply("pytorch", a_change(cells={(B, "new"): b"8"}), lease)
    assert (await store.trunks.load("pytorch")).cells == {(B, "workflow 7"): b"7", (B, "new"): b"8"}


async def test_a_window_larger_than_one_reading_is_loaded_whole(store: Store) -> None:
    lease = await held(store)
    commits = [(n, f"{n:040x}", b"{}") for n in range(137)]
    cells = {(sha, f"w{n}"): sha.encode() for _, sha, _ in commits for n in range(20)}
    await store.trunks.apply("pytorch", a_change(commits=commits, cells=cells), lease)
    loaded = await store.trunks.load("pytorch")
    assert (loaded.commits, loaded.cells) == (commits, cells)


SHAS = st.sampled_from([letter * 40 for letter in "abcdef"])
CELLS = st.dictionaries(st.tuples(SHAS, st.sampled_from(["x", "y", ""])), st.binary(max_size=4), max_size=6)
CHANGES = st.builds(
    a_change,
    commits=st.dictionaries(SHAS, st.integers(0, 2**40)).map(lambda d: [(at, sha, b"{}") for sha, at in d.items()]),
    cells=CELLS,
    removed=st.lists(SHAS, max_size=2),
    rewritten=st.booleans(),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, max_size=5))
async def test_applying_a_poll_twice_changes_nothing(store: Store, changes: list[Change]) -> None:
    await store.forget("pytorch")
    lease = await held(store)
    for change in changes:
        await store.trunks.apply("pytorch", change, lease)
        once = await store.trunks.load("pytorch")
        await store.trunks.apply("pytorch", change, lease)
        assert await store.trunks.load("pytorch") == once
        assert {sha for sha, _ in once.cells} <= {sha for _, sha, _ in once.commits}


def test_a_lost_lease_is_worth_another_try_by_its_new_holder() -> None:
    assert issubclass(LostLease, TransientError)
