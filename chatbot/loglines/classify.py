"""Finds the line that explains a failure, in a log of any size, in bounded memory.

Between rules the one believed first wins, within a rule its last line. One pass of all rules as an RE2 set
says which of them a block of lines holds; only the best of those is then looked for. It keeps one line and
some names of tests, never the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from chatbot.loglines.clean import clean
from chatbot.loglines.fingerprint import fingerprint
from chatbot.loglines.rules import Rule, Rules, line_pattern, line_set, shipped_rules
from chatbot.loglines.stream import Blocks, Decoder
from chatbot.loglines.tests_named import NAME_LIMIT, PATTERNS, TESTS_LIMIT, expressions, spelled

_STRIDE: Final = 4_096
"""Bytes searched at a time from the end of a block for the last line of a rule."""


class Explanation(Struct, frozen=True):
    """What a log says about a failure; all empty where nothing in it explains one.

    `line` is without timestamp and colours, `line_number` counts from 1. `infrastructure`: the line speaks of the
    runner, the network, a disk or a time limit, not of the code.
    """

    line: str | None = None
    line_number: int | None = None
    rule: str | None = None
    tests: tuple[str, ...] = ()
    fingerprint: str | None = None
    infrastructure: bool = False


class _Found(Struct, frozen=True):
    rank: int
    line: str
    line_number: int


class _Machine:
    """Rules compiled once, for any number of logs."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules.ordered
        self.together = line_set((*(rule.pattern for rule in rules.ordered), *PATTERNS))
        self.names = expressions()
        self._never = rules.never
        self._compiled: dict[int, Any] = {}
        self._noise: dict[int, re.Pattern[bytes] | None] = {}

    def last(self, rank: int, block: bytes) -> tuple[int, int] | None:
        """Where the last line of the rule at *rank* begins and ends in *block*."""
        expression = self._compiled.get(rank)
        if expression is None:
            expression = self._compiled[rank] = line_pattern(self.rules[rank].pattern)
            self._noise[rank] = self._noise_of(self.rules[rank])
        noise = self._noise[rank]
        end = len(block)
        while end > 0:
            start = block.rfind(b"\n", 0, max(0, end - _STRIDE)) + 1
            for match in reversed(list(expression.finditer(block, start, end))):
                place = line_at(block, match.start())
                if noise is None or noise.search(block, *place) is None:
                    return place
            end = start
        return None

    def _noise_of(self, rule: Rule) -> re.Pattern[bytes] | None:
        """What a line of *rule* must not be: the shipped patterns alone, so Python's faster `re` is safe to use."""
        patterns = (*(self._never if rule.shipped else ()), *((rule.unless,) if rule.unless else ()))
        return (
            re.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode(), re.MULTILINE) if patterns else None
        )


_machine: Final = lru_cache(maxsize=4)(_Machine)


def line_at(block: bytes, position: int) -> tuple[int, int]:
    """Where the line around *position* begins and ends, its newline not counted."""
    end = block.find(b"\n", position)
    return block.rfind(b"\n", 0, position) + 1, len(block) if end < 0 else end


class Classifier:
    """Reads one log in pieces and then explains it."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._machine = _machine(shipped_rules() if rules is None else rules)
        self._decoder = Decoder()
        self._blocks = Blocks()
        self._lines_before = 0
        self._best: _Found | None = None
        self._tests: dict[str, None] = {}
        self._seen: set[bytes] = set()

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the log; how it is cut into pieces does not matter."""
        for block in self._blocks.feed(self._decoder.feed(chunk)):
            self._look(block)

    def finish(self) -> Explanation:
        """The log is over: what explains it."""
        for block in self._blocks.feed(self._decoder.finish()):
            self._look(block)
        self._look(self._blocks.finish())
        tests = tuple(self._tests)
        if self._best is None:
            return Explanation(tests=tests)
        rule = self._machine.rules[self._best.rank]
        line, number = self._best.line, self._best.line_number
        return Explanation(line, number, rule.name, tests, fingerprint(line), rule.infrastructure)

    def _look(self, raw: bytes) -> None:
        if not raw:
            return
        block = clean(raw)
        rules = len(self._machine.rules)
        naming: list[int] = []
        for matched in sorted(self._machine.together.Match(block) or ()):
            if matched >= rules:
                naming.append(matched - rules)
            elif self._best is None or matched <= self._best.rank:
                self._take(matched, block)
        self._name(naming, block)
        self._lines_before += raw.count(b"\n")

    def _take(self, rank: int, block: bytes) -> None:
        place = self._machine.last(rank, block)
        if place is not None:
            start, end = place
            number = self._lines_before + block.count(b"\n", 0, start) + 1
            self._best = _Found(rank, block[start:end].decode("utf-8", "replace"), number)

    def _name(self, naming: list[int], block: bytes) -> None:
        """The tests that the patterns *naming* find, in the order of the log."""
        if len(self._tests) >= TESTS_LIMIT:
            return
        spans = {match.span(1) for index in naming for match in self._machine.names[index].finditer(block)}
        for start, end in sorted(spans):
            name = block[start : min(end, start + NAME_LIMIT)]
            if name not in self._seen and len(self._tests) < TESTS_LIMIT:
                self._seen.add(name)
                self._tests[spelled(name.decode("utf-8", "replace"))] = None


def classify(data: bytes | Iterable[bytes], rules: Rules | None = None) -> Explanation:
    """The line of the log *data* that explains its failure, by the shipped rules or by *rules*."""
    classifier = Classifier(rules)
    for chunk in (data,) if isinstance(data, bytes) else data:
        classifier.feed(chunk)
    return classifier.finish()
