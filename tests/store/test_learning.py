"""What the suspects model learned, in the store: once, by several at a time, resettable."""

from __future__ import annotations

import asyncio

from chatbot.ci import ChangedFile, Commit
from chatbot.learning import Learning
from chatbot.store import Store
from chatbot.suspects import Case, FailureText, Model
from tests.trunks import commit, sha


def case(first: int = 0, line: str = "FAILED test_softmax") -> Case:
    commits = tuple(_touching(n) for n in range(first, first + 3))
    return Case(id=f"case {first}", commits=commits, failures=(FailureText("inductor", "test", line=line),))


def _touching(number: int) -> Commit:
    plain = commit(number)
    return Commit(plain.sha, plain.committed_at, plain.title, plain.author, plain.pr, (ChangedFile(f"a/{number}.py"),))


async def culprits(learning: Learning) -> int:
    return (await learning.model("pytorch")).learned.lessons.culprits


async def test_of_a_new_trunk_nothing_is_known(store: Store) -> None:
    assert await Learning(store).model("pytorch") == Model()


async def test_a_culprit_is_learned_once_however_often_it_is_told(store: Store) -> None:
    learning = Learning(store)
    await learning.learn("pytorch", case(), sha(1))
    before = await store.models.get("pytorch")
    await learning.learn("pytorch", case(), sha(1))
    await Learning(store).learn("pytorch", case(), sha(1))  # after a crash, by somebody else
    assert await store.models.get("pytorch") == before
    assert await culprits(learning) == 1


async def test_replicas_that_learn_at_once_lose_nothing(store: Store) -> None:
    replicas = [Learning(store) for _ in range(4)]
    await asyncio.gather(
        *(one.learn("pytorch", case(10 * n), sha(10 * n + 1)) for n, one in enumerate(replicas)),
        *(one.observe("pytorch", case(100 + 10 * n).commits) for n, one in enumerate(replicas)),
    )
    assert await culprits(Learning(store)) == 4
    assert (await Learning(store).model("pytorch")).learned.background.commits == 24


async def test_what_another_replica_learned_is_seen(store: Store) -> None:
    here, there = Learning(store), Learning(store)
    assert await culprits(here) == 0
    await there.learn("pytorch", case(), sha(1))
    assert await culprits(here) == 1
    assert await there.reset("pytorch") == 1
    await there.learn("pytorch", case(20), sha(21))
    assert [one.sha for one in (await here.model("pytorch")).learned.lessons.recent] == [sha(21)]


async def test_trunks_learn_apart(store: Store) -> None:
    learning = Learning(store)
    await learning.learn("pytorch", case(), sha(1))
    assert await learning.model("vision") == Model()


async def test_what_cannot_be_read_counts_as_nothing_and_is_left_alone_until_it_is_reset(store: Store) -> None:
    learning = Learning(store)
    await store.models.put("pytorch", b'{"version": 99}', after=0)
    assert await learning.model("pytorch") == Model()
    await learning.learn("pytorch", case(), sha(1))
    assert (await store.models.get("pytorch")).document == b'{"version": 99}'
    await learning.reset("pytorch")
    await learning.learn("pytorch", case(), sha(1))
    assert await culprits(learning) == 1


async def test_commits_seen_again_are_counted_once(store: Store) -> None:
    learning = Learning(store)
    await learning.observe("pytorch", case().commits)
    before = await store.models.get("pytorch")
    await learning.observe("pytorch", case().commits)
    assert await store.models.get("pytorch") == before
