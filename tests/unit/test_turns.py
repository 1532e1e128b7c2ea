"""Polls are few at a time, come apart from each other, and one that hangs keeps no other waiting for long."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.budgets import Budgets
from chatbot.turns import AT_ONCE, Turns, pause


def turns(**more: float) -> Turns:
    return Turns(Budgets(), now=lambda: datetime.now(UTC), **more)  # type: ignore[arg-type]  # numbers by name


async def test_no_more_than_eight_polls_are_under_way_at_once() -> None:
    gate, under_way, most = turns(), 0, 0

    async def poll() -> None:
        nonlocal under_way, most
        async with gate.one():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(poll() for _ in range(50)))
    assert most == AT_ONCE


async def test_polls_that_hang_keep_no_other_from_its_turn() -> None:
    gate = turns(at_once=1, patience=0.05)
    hanging = asyncio.Event()

    async def hang() -> None:
        async with gate.one():
            await hanging.wait()

    stuck = asyncio.create_task(hang())
    await asyncio.sleep(0)
    async with asyncio.timeout(5), gate.one():
        assert not stuck.done()
    hanging.set()
    await stuck


async def test_a_turn_that_was_given_back_early_is_not_given_back_twice() -> None:
    gate = turns(at_once=1, patience=0.01)
    async with gate.one():
        await asyncio.sleep(0.05)
    assert gate._slots._value == 1


async def test_a_poll_that_fails_gives_its_turn_back() -> None:
    gate = turns(at_once=1)
    with pytest.raises(ValueError, match="broken"):
        async with gate.one():
            raise ValueError("broken")
    async with asyncio.timeout(5), gate.one():
        pass


@given(st.floats(0, 0.999))
def test_what_began_together_is_spread_over_the_interval(chance: float) -> None:
    assert 6 <= pause(60.0, chance, first=True) <= 60
    assert 54 <= pause(60.0, chance, first=False) <= 60
    assert 18 <= pause(60.0, chance, first=False, partly=True) <= 20


def test_fifty_trunks_come_evenly() -> None:
    waits = sorted(pause(60.0, number / 50, first=True) for number in range(50))
    assert max(after - before for before, after in itertools.pairwise(waits)) < 2
