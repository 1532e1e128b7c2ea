"""The last things made, with what they were made of: what ten people ask for at once is made once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from operator import is_
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Holds on to a few things, and to what they were made of: nothing that changes may be among either."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._made: dict[Hashable, tuple[tuple[object, ...], T]] = {}

    def made(self, key: Hashable, of: tuple[object, ...], make: Callable[[], T]) -> T:
        """What was made last under *key*, if of the very same objects; else what *make* makes now."""
        known = self._made.get(key)
        if known is not None and len(known[0]) == len(of) and all(map(is_, known[0], of)):
            return known[1]
        made = make()
        self._made.pop(key, None)
        self._made[key] = (of, made)
        while len(self._made) > self._most:
            del self._made[next(iter(self._made))]
        return made
