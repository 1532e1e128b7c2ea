"""Takes the shard numbers out of a job's name, so that a job whose tests move between shards stays one job.

Pure. Nothing but shard numbers goes: configuration, versions and runner stay. Where it cannot be told
whether a number is a shard (`test (3)`, `build (18)`, `(1, 4, 18)`), the name stays as it is: two jobs that
should be one are a nuisance, one job that should be two hides a result. `shard_pattern` of the
configuration settles such cases.

Known by themselves, index first, at most 1000 (five digits behind the word), the index not above the total:

    test (1, 4)                          test                       GitHub matrix, Playwright
    test (default, 1, 5, linux.gpu)      test (default, linux.gpu)  PyTorch
    test [2/4]   test (2/4)   test 2/4   test
    test shard 2 of 4   test (shard 2)   test
    test-2-of-4   test_2of4              test
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from chatbot.globs import compiled

ALL_SHARDS = "shard"
"""The name of a job that is called nothing but `2/4`."""

_CACHED = 65_536
_MOST = 1000  # what is above is a year or a version
_DIGITS = r"(?:1000|\d{1,3})"
_CUT = 1
"""The group of what goes, in every expression below (RE2's bindings know positions of groups by number only)."""
_SPACE = "\t\n\f\r "
_SEPARATORS = " \t-_,:/#+|="
# Linear in any text, and so fit for Python's own expressions: a digit, spaces, and what must follow them.
_SLASHED, _LISTED = re.compile(r"\d\s*/\s*\d").search, re.compile(r"\d\s*,\s*\d").search
_CLOSED = re.compile(r"[)\]]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}

# Edges are part of the match because RE2 has no look-around; `cut` is what goes.
_LEFT, _RIGHT = r"(?:^|[\s(\[{,:#/|_-])", r"(?:$|[\s)\]},:/|_-])"
_SHARD = r"shard[\s_:#=-]*"
_NAMED = rf"(?i){_LEFT}(?P<cut>{_SHARD}\d{{1,5}}(?:\s*(?:/|-|_|of|out of)\s*\d{{1,5}})?){_RIGHT}"
_OF = (
    rf"(?i){_LEFT}(?P<cut>(?:{_SHARD})?(?P<index>{_DIGITS})[\s_-]?(?:out[\s_-])?of[\s_-]?(?P<total>{_DIGITS})){_RIGHT}"
)
_SLASH = rf"(?:^|[\s(\[{{,:#])(?P<cut>(?P<index>{_DIGITS})/(?P<total>{_DIGITS}))(?:$|[\s)\]}},:])"


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
        self._named = compiled(_NAMED)
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
        # Looking for what a spelling cannot do without is far cheaper than an expression that finds nothing, and
        # RE2's bindings find in bytes sooner than in text, for which they translate positions.
        small, text = name.casefold(), name.encode() if name.isascii() else name
        if "of" in small:
            yield from _plausibly_cut(self._of, name, text)
        if _SLASHED(name):
            yield from _plausibly_cut(self._slash, name, text)
        if "shard" in small:
            yield from (_without(name, match) for match in self._named.finditer(text))
        if _LISTED(name):
            yield from (_without_pair(name, *found) for found in _lists(name))


def _plausibly_cut(pattern: Any, name: str, text: str | bytes) -> Iterator[str]:
    """*name* without a finding of *pattern* in *text*, which is *name* again, where its numbers can be a shard."""
    return (_without(name, match) for match in pattern.finditer(text) if _plausible(*_pair(match)))


def _pair(match: Any) -> tuple[int, int]:
    return int(match["index"]), int(match["total"])


def _plausible(index: int, total: int) -> bool:
    """Whether *index* can be a shard of *total*, counted from 0 or from 1."""
    return index <= total and total > 0


def _without(name: str, match: Any) -> str:
    return _joined(name[: match.start(_CUT)], name[match.end(_CUT) :])


def _lists(name: str) -> Iterator[tuple[int, int]]:
    """Where at least two numbers stand in a row between commas and brackets, from the first digit to the last."""
    parts = name.split(",")
    run: list[tuple[int, int]] = []
    at = 0
    for index, part in enumerate(parts):
        if index and _number(part):
            run.append(_span(part, at))
        else:
            if run and _number(closed := _CLOSED.split(part, 1)[0]) and closed != part:
                run.append(_span(closed, at))
            yield from _whole(run)
            opening = max(part.rfind("("), part.rfind("[")) + 1
            run = [_span(part[opening:], at + opening)] if opening and _number(part[opening:]) else []
        at += len(part) + 1
    yield from _whole(run)


def _whole(run: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    if len(run) > 1:
        yield run[0][0], run[-1][1]


def _number(text: str) -> bool:
    digits = text.strip(_SPACE)
    return len(digits) <= len(str(_MOST)) and digits.isascii() and digits.isdigit() and int(digits) <= _MOST


def _span(text: str, at: int) -> tuple[int, int]:
    """Where the number in *text*, which itself is *at* there, begins and ends."""
    return at + len(text) - len(text.lstrip(_SPACE)), at + len(text.rstrip(_SPACE))


def _without_pair(name: str, start: int, end: int) -> str:
    """*name* without the one pair of neighbours in its list of numbers that can be a shard; *name* if none is alone."""
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
