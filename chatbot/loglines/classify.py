"""Finds the line that explains a failure, in a log of any size, in bounded memory.

Between rules the one believed first wins, within a rule its last line. One pass of all rules as an RE2 set
says which of them a block of lines holds; only the best of those is then looked for. It keeps one line and
some names of tests, never the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from chatbot.loglines.clean import clean
from chatbot.loglines.fingerprint import fingerprint
from chatbot.loglines.rules import Rule, Rules, line_pattern, line_set, shipped_rules
from chatbot.loglines.stream import Blocks, Decoder
from chatbot.loglines.tests_named import PATTERNS, TESTS_LIMIT, expressions, spelled

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
        self._never = line_pattern("|".join(rules.never)) if rules.never else None
        self._compiled: dict[str, Any] = {}

    def last(self, rank: int, block: bytes) -> tuple[int, int] | None:
        """Where the last line of the rule at *rank* begins and ends in *block*."""
        rule = self.rules[rank]
        expression = self._expression(rule.pattern)
        end = len(block)
        while end > 0:
            start = block.rfind(b"\n", 0, max(0, end - _STRIDE)) + 1
            for match in reversed(list(expression.finditer(block, start, end))):
                place = line_at(block, match.start())
                if self._counts(rule, block[place[0] : place[1]]):
                    return place
            end = start
        return None

    def _counts(self, rule: Rule, line: bytes) -> bool:
        """Whether *line* may explain a failure, rather than close a step or repeat a script."""
        if rule.shipped and self._never is not None and self._never.search(line) is not None:
            return False
        return rule.unless is None or self._expression(rule.unless).search(line) is None

    def _expression(self, pattern: str) -> Any:
        found = self._compiled.get(pattern)
        if found is None:
            found = self._compiled[pattern] = line_pattern(pattern)
        return found


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
        for matched in sorted(self._machine.together.Match(block) or ()):
            if matched >= rules:
                self._name(matched - rules, block)
            elif self._best is None or matched <= self._best.rank:
                self._take(matched, block)
        self._lines_before += raw.count(b"\n")

    def _take(self, rank: int, block: bytes) -> None:
        place = self._machine.last(rank, block)
        if place is not None:
            start, end = place
            number = self._lines_before + block.count(b"\n", 0, start) + 1
            self._best = _Found(rank, block[start:end].decode("utf-8", "replace"), number)

    def _name(self, index: int, block: bytes) -> None:
        for match in self._machine.names[index].finditer(block):
            if len(self._tests) >= TESTS_LIMIT:
                return
            self._tests[spelled(match.group(1).decode("utf-8", "replace"))] = None


def classify(data: bytes | Iterable[bytes], rules: Rules | None = None) -> Explanation:
    """The line of the log *data* that explains its failure, by the shipped rules or by *rules*."""
    classifier = Classifier(rules)
    for chunk in (data,) if isinstance(data, bytes) else data:
        classifier.feed(chunk)
    return classifier.finish()
