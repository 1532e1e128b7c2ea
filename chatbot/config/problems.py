"""What is wrong with a configuration file, all of it at once, each with its place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chatbot.errors import ConfigError

Path = tuple[str | int, ...]
"""Where in the values: `("watches", 0, "when")`."""

MAX_SHOWN = 50
_WIDTH = 400


class Place(NamedTuple):
    """Where in the file; both count from 1."""

    line: int
    column: int


class Problem(NamedTuple):
    """One thing that is wrong. `text` says what, `hint` what to do about it."""

    path: Path
    place: Place
    text: str
    hint: str = ""

    def said(self, name: str) -> str:
        """`file:line:column: path: what is wrong; hint`, on one line."""
        where = f"{spelled(self.path)}: " if self.path else ""
        what = f"{self.text}; {self.hint}" if self.hint else self.text
        line = " ".join(f"{where}{what}".split())
        return f"{name}:{self.place.line}:{self.place.column}: {line if len(line) <= _WIDTH else line[:_WIDTH] + '…'}"


class InvalidConfigError(ConfigError):
    """The file is wrong. `problems` are in the order of the file."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.place))
        lines = [problem.said(name) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            lines.append(f"{name}: and {len(self.problems) - MAX_SHOWN} more")
        super().__init__("\n".join(lines))


def spelled(path: Path) -> str:
    """`watches[0].when` for `("watches", 0, "when")`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
