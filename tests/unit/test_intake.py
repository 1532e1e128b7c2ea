"""A poll taken in a piece at a time gives what it gives at once."""

from __future__ import annotations

import asyncio
from array import array

from chatbot import window
from chatbot.ci import Conclusion
from chatbot.columns import STATE
from chatbot.intake import ATTEMPTS, STRIPS, take_in
from chatbot.sources import Poll
from chatbot.strips import Page, Strip, lay
from chatbot.trunk import Trunk
from tests.trunks import START, WORKFLOW, attempt, commit, sha

GREEN, RED = STATE[Conclusion.SUCCESS], STATE[Conclusion.FAILURE]
COMMITS = 6


def page(first: int, jobs: int) -> Page:
    """Commits from *first* on, on which every seventh cell is red."""
    strips = tuple(
        Strip(
            WORKFLOW,
            f"test (x, {job % 9 + 1}, 9, config{job // 9})",
            bytes(RED if (job + at) % 7 == 0 else GREEN for at in range(COMMITS)),
            bytes(COMMITS),
            array("q", range(job * COMMITS + 1, (job + 1) * COMMITS + 1)),
        )
        for job in range(jobs)
    )
    return Page(tuple(commit(first + at) for at in range(COMMITS)), strips, {})


def poll(*pages: Page, rewritten: bool = False) -> Poll:
    commits = tuple({one.sha: one for shown in pages for one in shown.commits}.values())
    return Poll(commits, (), {}, START, rewritten=rewritten, pages=pages)


async def test_many_strips_are_laid_as_if_at_once() -> None:
    shown, taken, other = page(0, 3 * STRIPS + 1), Trunk("t"), Trunk("t")
    change, expected = await take_in(taken, poll(shown)), lay(other, shown)
    assert (change.jobs, change.cells, change.added) == (expected.jobs, expected.cells, expected.added)
    assert [taken.outcomes(sha(at)) for at in range(COMMITS)] == [other.outcomes(sha(at)) for at in range(COMMITS)]


async def test_pages_that_overlap_are_one_trunk() -> None:
    taken = Trunk("t")
    change = await take_in(taken, poll(page(0, 9), page(4, 9)))
    assert change.added == tuple(sha(at) for at in range(10))
    assert len(taken.jobs) == 1


async def test_a_rewritten_trunk_is_what_the_pages_show() -> None:
    taken = Trunk("t")
    await take_in(taken, poll(page(0, 9)))
    change = await take_in(taken, poll(page(20, 9), rewritten=True))
    assert change.rewritten
    assert set(change.removed) == {sha(at) for at in range(COMMITS)}
    assert [one.sha for one in taken.commits] == [sha(at) for at in range(20, 20 + COMMITS)]


async def test_others_get_on_meanwhile() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(other())
    await take_in(Trunk("t"), poll(page(0, 3 * STRIPS)))
    task.cancel()
    assert turns >= 3


def test_cells_of_pages_are_attempts_too() -> None:
    told = list(poll(page(0, 2)).each_attempt())
    assert len(told) == 2 * COMMITS
    assert {one.conclusion for one in told} == {Conclusion.SUCCESS, Conclusion.FAILURE}


async def test_many_attempts_are_taken_in_and_packed_as_if_at_once_and_let_others_get_on() -> None:
    commits = [commit(number) for number in range(30)]
    reported = [attempt(at % 30, "x" if at % 7 else "+", job=f"job {at // 30}") for at in range(3 * ATTEMPTS)]
    shown, taken, other = Poll(tuple(commits), tuple(reported), {}, START), Trunk("t"), Trunk("t")
    turns = 0

    async def somebody() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    waiting = asyncio.create_task(somebody())
    change, expected = await take_in(taken, shown), other.apply(commits, reported)
    while_taken_in = turns
    stored = await window.to_store(taken, change, cursor={}, polled_at=START)
    waiting.cancel()
    assert (change.jobs, change.cells, change.added) == (expected.jobs, expected.cells, expected.added)
    assert stored == await window.to_store(other, expected, cursor={}, polled_at=START)
    assert while_taken_in >= 2
    assert turns > while_taken_in
