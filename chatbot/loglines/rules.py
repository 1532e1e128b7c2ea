"""The rules: which lines explain a failure, and in which order they are believed.

They are data, in `shipped/*.toml`, one file a kind of evidence, and a configuration's `failure_rules` join
them. Rules are written for the output format of a tool. A higher priority is believed before a lower one;
within one, the order of the files decides. Nothing here reads a log.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final

import re2  # type: ignore[import-untyped]  # it publishes no stubs
from msgspec import Struct

from chatbot.errors import ConfigError

PATTERN_LIMIT: Final = 1_000
"""Characters of a rule's pattern; longer ones are pasted by mistake."""

_SET_MEMORY: Final = 96 << 20
"""Bytes that the states of all rules together may take; RE2 forgets and rebuilds them beyond that."""


class Rule(Struct, frozen=True):
    """A kind of line that explains a failure.

    `pattern` is RE2, found anywhere in a line; `^` and `$` are the line's ends. `unless` names lines it does not mean.
    `infrastructure`: the line speaks of the runner, the network, a disk or a time limit, not of the code.
    `shipped` rules never win with a line that only closes a step or repeats a script.
    """

    name: str
    pattern: str
    priority: int
    infrastructure: bool = False
    unless: str | None = None
    shipped: bool = False


class Rules(Struct, frozen=True):
    """Rules in the order in which they are believed, and the lines that shipped ones never mean."""

    ordered: tuple[Rule, ...]
    never: tuple[str, ...] = ()


def line_pattern(pattern: str) -> Any:
    """*pattern* compiled to find lines in a block of them. Never matches across lines; captures nothing.

    Raises:
        ConfigError: RE2 does not know it.
    """
    try:
        return re2.compile(_by_line(pattern), line_options())
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "no reason given"
        raise ConfigError(
            f"{pattern!r} is not a regular expression that RE2 knows: {reason} "
            "(RE2 has no look-around and no back-references)"
        ) from error


def line_set(patterns: Iterable[str]) -> Any:
    """All *patterns* as one RE2 set, to be asked which of them a block of lines holds."""
    together = re2.Set.SearchSet(line_options())
    for pattern in patterns:
        together.Add(_by_line(pattern))
    together.Compile()
    return together


def line_options() -> Any:
    """RE2's options for a set or a pattern over blocks of lines."""
    options = re2.Options()
    options.never_nl = True
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _SET_MEMORY
    return options


def _by_line(pattern: str) -> bytes:
    return f"(?m:{pattern})".encode()


def failure_rule(name: str, pattern: str, priority: int) -> Rule:
    """A rule of the configuration. The shipped ones have priorities from 200 to 950.

    Raises:
        ConfigError: the pattern is not RE2, is too long, matches every line, or asks for the ends of the whole log; the
            text names the rule.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise ConfigError(f"failure rule {name!r}: {len(pattern)} characters are too long, {PATTERN_LIMIT} are enough")
    try:
        expression = line_pattern(pattern)
    except ConfigError as error:
        raise ConfigError(f"failure rule {name!r}: {error}") from error
    if expression.search(b"") is not None:
        raise ConfigError(f"failure rule {name!r}: {pattern!r} matches an empty line, so it would match anything")
    if "\\A" in pattern or "\\z" in pattern:
        raise ConfigError(f"failure rule {name!r}: use ^ and $ for the ends of a line, not \\A and \\z")
    return Rule(name, pattern, priority)


def with_failure_rules(added: Iterable[Rule], rules: Rules | None = None) -> Rules:
    """*rules* (the shipped ones by default) and *added*; an added rule goes before others of its priority."""
    base = shipped_rules() if rules is None else rules
    return Rules(tuple(sorted((*added, *base.ordered), key=lambda rule: -rule.priority)), base.never)


@cache
def shipped_rules() -> Rules:
    """The shipped rules."""
    ordered: list[Rule] = []
    never: tuple[str, ...] = ()
    for file in sorted(files(__package__).joinpath("shipped").iterdir(), key=lambda file: file.name):
        document = tomllib.loads(file.read_text("utf-8"))
        never += tuple(document.get("never", ()))
        ordered += _group(document)
    return Rules(tuple(sorted(ordered, key=lambda rule: -rule.priority)), never)


def _group(document: dict[str, Any]) -> list[Rule]:
    return [
        Rule(
            rule["name"],
            rule["pattern"],
            rule.get("priority", document["priority"]),
            rule.get("infrastructure", document.get("infrastructure", False)),
            rule.get("unless"),
            shipped=True,
        )
        for rule in document.get("rule", ())
    ]
