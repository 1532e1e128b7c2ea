"""Takes the shard numbers out of a job's name, so that a job whose tests move between shards stays one job.

Pure. Nothing but shard numbers goes: configuration, versions and runner stay. Where it cannot be told
whether a number is a shard (`test (3)`, `build (18)`, `(1, 4, 18)`), the name stays as it is: two jobs that
should be one are a nuisance, one job that should be two hides a result. `shard_pattern` of the
configuration settles such cases.

Known by themselves, index first, at most three digits, the index not above the total:

    test (1, 4)                          test                       GitHub matrix, Playwright
    test (default, 1, 5, linux.gpu)      test (default, linux.gpu)  PyTorch
    test [2/4]   test (2/4)   test 2/4   test
    test shard 2 of 4   test (shard 2)   test
    test-2-of-4   test_2of4              test
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from chatbot.globs import compiled

ALL_SHARDS = "shard"
"""The name of a job that is called nothing but `2/4`."""

_CACHED = 65_536
_CUT = 1
"""The group of what goes, in every expression below (RE2's bindings know positions of groups by number only)."""
_SEPARATORS = " \t-_,:/#+|="
_CLOSING = {"(": ")", "[": "]", "{": "}"}

# Edges are part of the match because RE2 has no look-around; `cut` is what goes.
_LEFT, _RIGHT = r"(?:^|[\s(\[{,:#/|_-])", r"(?:$|[\s)\]},:/|_-])"
_SHARD = r"shard[\s_:#=-]*"
_NAMED = rf"(?i){_LEFT}(?P<cut>{_SHARD}\d{{1,3}}(?:\s*(?:/|-|_|of|out of)\s*\d{{1,3}})?){_RIGHT}"
_OF = (
    rf"(?i){_LEFT}(?P<cut>(?:{_SHARD})?(?P<index>\d{{1,3}})[\s_-]?(?:out[\s_-])?of[\s_-]?(?P<total>\d{{1,3}})){_RIGHT}"
)
_SLASH = r"(?:^|[\s(\[{,:#])(?P<cut>(?P<index>\d{1,3})/(?P<total>\d{1,3}))(?:$|[\s)\]},:])"
_NUMBERS = r"[(\[,]\s*(?P<cut>\d{1,3}(?:\s*,\s*\d{1,3})+)\s*(?:$|[)\],])"


class Shards:
    """Merges the shards of one trunk's jobs. *patterns* come before the spellings known by themselves.

    A pattern is an RE2 expression found anywhere in the name: what it matches is taken out, except what its
    groups `head` and `tail` matched.

    Raises:
        ConfigError: RE2 does not know a pattern.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._custom = [compiled(pattern) for pattern in patterns]
        self._of, self._slash = compiled(_OF), compiled(_SLASH)
        self._named, self._numbers = compiled(_NAMED), compiled(_NUMBERS)
        self._merged = lru_cache(maxsize=_CACHED)(self._merge)

    def merge(self, name: str) -> str:
        """*name* without its shard numbers; merging twice changes nothing more."""
        return self._merged(name)

    def _merge(self, name: str) -> str:
        before, after = "", name
        while after != before:
            before, after = after, next((cut for cut in self._cuts(after) if len(cut) < len(after)), after)
        return after or (ALL_SHARDS if name else name)

    def _cuts(self, name: str) -> Iterator[str]:
        """What each spelling makes of *name*, the configured ones first."""
        for pattern in self._custom:
            if (match := pattern.search(name)) is not None:
                groups = match.groupdict(default="")
                head, tail = (
                    name[: match.start()] + groups.get("head", ""),
                    groups.get("tail", "") + name[match.end() :],
                )
                yield _joined(head, tail)
        # Looking for what a spelling cannot do without is far cheaper than an expression that finds nothing.
        small = name.casefold()
        if "of" in small:
            yield from self._plausible(self._of, name)
        if _between_digits(name, "/"):
            yield from self._plausible(self._slash, name)
        if "shard" in small:
            yield from (_without(name, match) for match in self._named.finditer(name))
        if _between_digits(name, ","):
            yield from (_without_pair(name, match) for match in self._numbers.finditer(name))

    def _plausible(self, pattern: Any, name: str) -> Iterator[str]:
        return (_without(name, match) for match in pattern.finditer(name) if _plausible(*_pair(match)))


def _between_digits(name: str, separator: str) -> bool:
    """Whether *separator* stands between two digits anywhere, spaces aside."""
    if separator not in name:
        return False
    parts = [part.strip() for part in name.split(separator)]
    return any(left[-1:].isdigit() and right[:1].isdigit() for left, right in pairwise(parts))


def _pair(match: Any) -> tuple[int, int]:
    return int(match["index"]), int(match["total"])


def _plausible(index: int, total: int) -> bool:
    """Whether *index* can be a shard of *total*, counted from 0 or from 1."""
    return index <= total and total > 0


def _without(name: str, match: Any) -> str:
    return _joined(name[: match.start(_CUT)], name[match.end(_CUT) :])


def _without_pair(name: str, match: Any) -> str:
    """*name* without the one pair of neighbours in a list of numbers that can be a shard; *name* if it is not one."""
    start, end = match.span(_CUT)
    kept = name[start:end].split(",")
    numbers = [int(number) for number in kept]
    pairs = [at for at, pair in enumerate(pairwise(numbers)) if _plausible(*pair)]
    if len(pairs) != 1:
        return name
    del kept[pairs[0] : pairs[0] + 2]
    left, right = name[:start], name[end:]
    return f"{left}{','.join(kept).strip()}{right}" if kept else _joined(left, right)


def _joined(head: str, tail: str) -> str:
    """The two ends of a name whose middle was taken out, without the brackets and separators that leaves bare."""
    left, right = head.rstrip(), tail.lstrip()
    spaced = left != head or right != tail
    while left and right and _CLOSING.get(left[-1]) == right[0]:
        spaced = spaced or left[:-1] != left[:-1].rstrip() or right[1:] != right[1:].lstrip()
        left, right = left[:-1].rstrip(), right[1:].lstrip()
    if not left or left[-1] in _CLOSING:
        right, spaced = right.lstrip(_SEPARATORS), False
    if not right or right[0] in f"{_SEPARATORS})]}}":
        left, spaced = left.rstrip(_SEPARATORS), spaced and right[:1] in {"/", "-", "|", "+", "="}
    return f"{left} {right}" if spaced and left and right else left + right
