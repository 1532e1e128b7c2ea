"""Questions that travel together: who shares an answer, who asks alone, and who waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from chatbot.errors import PermanentError, TransientError, TrunkwatchError
from chatbot.store.convoy import Call, Convoy


class Server:
    """Answers each call with its name, unless told otherwise."""

    def __init__(self, *, broken: frozenset[str] = frozenset(), down: TrunkwatchError | None = None) -> None:
        self.convoys: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self._broken = broken
        self._down = down

    async def together(self, calls: Sequence[Call]) -> list[Any]:
        self.convoys.append([name for name, _, _ in calls])
        await self.open.wait()
        if self._down:
            raise self._down
        return [ValueError(name) if name in self._broken else name for name, _, _ in calls]

    async def alone(self, call: Call) -> Any:
        self.convoys.append([call[0]])
        await self.open.wait()
        if self._down:
            raise self._down
        if call[0] in self._broken:
            raise PermanentError(f"no {call[0]}")
        return call[0]


def served(**fields: Any) -> tuple[Server, Convoy]:
    server = Server(**fields)
    return server, Convoy(together=server.together, alone=server.alone)


def question(name: str) -> Call:
    return name, (), ()


async def test_who_asks_in_the_same_moment_travels_together_and_the_same_is_asked_once() -> None:
    server, convoy = served()
    answers = await asyncio.gather(*(convoy.ask(question(name)) for name in "aabca"))
    assert answers == list("aabca")
    assert server.convoys == [["a", "b", "c"]]


async def test_a_single_question_goes_by_itself() -> None:
    server, convoy = served()
    assert await convoy.ask(question("a")) == "a"
    assert server.convoys == [["a"]]


async def test_what_is_asked_while_a_convoy_is_away_is_asked_after_it_even_if_it_is_the_same() -> None:
    server, convoy = served()
    server.open.clear()
    first = asyncio.ensure_future(convoy.ask(question("a")))
    await _until(lambda: server.convoys == [["a"]])
    later = [asyncio.ensure_future(convoy.ask(question(name))) for name in "ab"]
    server.open.set()
    assert await asyncio.gather(first, *later) == ["a", "a", "b"]
    assert server.convoys == [["a"], ["a", "b"]]


async def test_nobody_waits_for_a_convoy_that_does_not_come_back() -> None:
    server, convoy = served()
    server.open.clear()
    lost = asyncio.ensure_future(convoy.ask(question("a")))
    await _until(lambda: server.convoys == [["a"]])
    other = asyncio.ensure_future(convoy.ask(question("b")))
    await _until(lambda: server.convoys == [["a"], ["b"]])
    server.open.set()
    assert (await lost, await other) == ("a", "b")


async def test_what_fails_among_others_is_asked_again_alone_and_fails_alone() -> None:
    server, convoy = served(broken=frozenset("b"))
    answers = await asyncio.gather(*(convoy.ask(question(name)) for name in "abc"), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["a", "no b", "c"]
    assert server.convoys == [["a", "b", "c"], ["b"]]


@pytest.mark.parametrize("names", ["a", "ab"])
async def test_everybody_is_told_that_nobody_answers(names: str) -> None:
    _, convoy = served(down=TransientError("down"))
    answers = await asyncio.gather(*(convoy.ask(question(name)) for name in names), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["down"] * len(names)
    with pytest.raises(TransientError):
        await convoy.ask(question("c"))


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    server, convoy = served()
    server.open.clear()
    gone, other = (asyncio.ensure_future(convoy.ask(question("a"))) for _ in range(2))
    await _until(lambda: server.convoys == [["a"]])
    gone.cancel()
    server.open.set()
    assert await other == "a"
    assert gone.cancelled()


async def _until(true: Any) -> None:
    while not true():
        await asyncio.sleep(0)
