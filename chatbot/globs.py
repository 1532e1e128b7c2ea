"""Patterns that people write: globs and, with `re:` in front, RE2 regular expressions.

Pure. Everything is compiled once to RE2, so a pattern out of a configuration file cannot make matching
slow, and everything ignores case: job names differ in it by accident, never by meaning. What RE2 does
not know (look-around, back-references) is refused with a `ConfigError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import re2  # type: ignore[import-untyped]  # it publishes no stubs

from chatbot.errors import ConfigError

REGULAR = "re:"
MAX_PATTERN = 1_000
"""Characters in one pattern; longer ones are pasted by mistake."""


def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The RE2 expression *pattern*.

    Raises:
        ConfigError: RE2 does not know it; the text says which part.
    """
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    if len(pattern) > MAX_PATTERN:
        raise ConfigError(f"a pattern of {len(pattern)} characters is too long, {MAX_PATTERN} are enough")
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "no reason given"
        raise ConfigError(
            f"{pattern!r} is not a regular expression that RE2 knows: {reason} (RE2 has no look-around and no "
            "back-references)"
        ) from error


class Globs:
    """Several patterns, of which one has to match.

    A glob is matched against the whole text: `*` is anything, `?` one character, `[ab]` and `[!ab]` one of a
    set. A pattern that begins with `re:` is a regular expression found anywhere in the text; `(?-i)` in it
    makes case count. No patterns match nothing.

    Raises:
        ConfigError: a pattern is empty, or RE2 does not know it.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._all = "*" in self.patterns
        self._expression = _alternatives([self._translated(pattern) for pattern in self.patterns])

    def matches(self, text: str) -> bool:
        """Whether one of the patterns matches *text*."""
        if self._all:
            return True
        encoded = text.encode()  # RE2's bindings search bytes a third faster: they translate no positions
        return any(expression.search(encoded) is not None for expression in self._expression)

    def _translated(self, pattern: str) -> str:
        if not pattern.removeprefix(REGULAR).strip():
            raise ConfigError(f"{pattern!r} is an empty pattern; `*` matches everything")
        if pattern.startswith(REGULAR):
            return f"(?:{checked(pattern.removeprefix(REGULAR))})"
        return rf"\A(?:{self._glob(pattern)})\z"

    def _glob(self, pattern: str) -> str:
        return _translate(pattern, any_run=".*", any_one=".")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.patterns)!r})"


class PathGlobs(Globs):
    """Patterns of file paths: `*` and `?` stay within a directory, `**` crosses directories.

    `torch/_inductor/**` and `torch/_inductor/` are everything below that directory; a pattern without a
    slash, `*.cpp`, is a file name anywhere.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        super().__init__(patterns)
        self._all = bool({"*", "**"} & set(self.patterns))

    def _glob(self, pattern: str) -> str:
        path = pattern.removeprefix("./").removeprefix("/")
        if path.endswith("/"):
            path += "**"
        if "/" not in path:
            path = f"**/{path}"
        return _translate(path, any_run="[^/]*", any_one="[^/]", any_depth=True)


def checked(pattern: str) -> str:
    """*pattern* as it is.

    Raises:
        ConfigError: RE2 does not know it.
    """
    compiled(pattern)
    return pattern


def _alternatives(expressions: Sequence[str]) -> tuple[Any, ...]:
    """One expression for all; where they do not fit into one (they use the same group names), one each."""
    if not expressions:
        return ()
    flags = "(?s)"
    try:
        return (_unlimited(flags + "|".join(expressions)),)
    except re2.error:
        return tuple(_unlimited(flags + expression) for expression in expressions)


def _unlimited(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    return re2.compile(pattern, options)


def _translate(pattern: str, *, any_run: str, any_one: str, any_depth: bool = False) -> str:
    """*pattern* as a regular expression. An unclosed `[` is a plain character, as in fnmatch."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if any_depth and rest.startswith("**/"):
            part, length = "(?:.*/)?", 3
        elif any_depth and rest.startswith("**"):
            part, length = ".*", 2
        elif rest[0] == "*":
            part, length = any_run, 1
        elif rest[0] == "?":
            part, length = any_one, 1
        elif rest[0] == "[":
            part, length = _character_set(rest)
        else:
            part, length = re2.escape(rest[0]), 1
        parts.append(part)
        position += length
    return "".join(parts)


def _character_set(rest: str) -> tuple[str, int]:
    """The set that *rest* begins with, and how many characters it takes."""
    negated = rest[1:2] in {"!", "^"}
    start = 2 if negated else 1
    end = rest.find("]", start + 1)  # a `]` right behind the opening is a member of the set
    if end < 0:
        return re2.escape("["), 1
    members = rest[start:end].replace("\\", r"\\").replace("[", r"\[").replace("]", r"\]").replace("^", r"\^")
    expression = f"[{'^' if negated else ''}{members}]"
    try:
        compiled(expression)
    except ConfigError as error:
        raise ConfigError(f"{rest[: end + 1]!r} in a pattern is not a set of characters") from error
    return expression, end + 1
