"""What survived a full collection is not looked at again until the next thorough one."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from chatbot.garbage import AFTERWARDS_EVERY, THOROUGH_EVERY, Survivors


class Thing:
    """Something that can be in a circle with itself."""

    def __init__(self) -> None:
        self.itself: Thing | None = self


class Clock:
    """The seconds that a test wants it to be."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    survivors = Survivors(now=clock)
    survivors.begin()
    yield clock
    survivors.end()


def test_what_survived_is_set_aside(clock: Clock) -> None:
    thing = Thing()
    gc.collect()
    assert gc.get_freeze_count() > 1000
    assert not any(one is thing for one in gc.get_objects())


def test_new_garbage_goes_at_once(clock: Clock) -> None:
    gc.collect()
    gone = weakref.ref(Thing())
    gc.collect()
    assert gone() is None


def test_what_became_garbage_later_goes_with_the_next_thorough_collection(clock: Clock) -> None:
    thing = Thing()
    gone = weakref.ref(thing)
    gc.collect()
    del thing
    clock.now = THOROUGH_EVERY - 1
    gc.collect()
    assert gone() is not None
    clock.now = THOROUGH_EVERY
    gc.collect()
    assert gone() is None


def test_small_collections_set_nothing_aside(clock: Clock) -> None:
    gc.collect()
    before = gc.get_freeze_count()
    thing = Thing()
    gc.collect(1)
    assert gc.get_freeze_count() == before
    assert any(one is thing for one in gc.get_objects())


def test_what_is_to_be_done_afterwards_is_done_now_and_then() -> None:
    clock, done = Clock(), list[float]()
    survivors = Survivors(now=clock, afterwards=lambda: done.append(clock.now))
    survivors.begin()
    try:
        for clock.now in (0, AFTERWARDS_EVERY - 1, AFTERWARDS_EVERY, AFTERWARDS_EVERY + 1, 3 * AFTERWARDS_EVERY):
            gc.collect(1)
            gc.collect()
    finally:
        survivors.end()
    assert done == [AFTERWARDS_EVERY, 3 * AFTERWARDS_EVERY]
