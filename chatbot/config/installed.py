"""Kinds of sources that other distributions bring: the entry points of one group. Reads their names, loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

GROUP = "trunkwatch.sources"
"""An entry point's name is the kind; what it leads to opens such a source, see `chatbot.sources.open.Opener`."""


def sources(kind: str | None = None) -> Sequence[EntryPoint]:
    """The entry points of *kind*, or all, ordered by name; two of one name are two distributions that bring it."""
    found = entry_points(group=GROUP) if kind is None else entry_points(group=GROUP, name=kind)
    return sorted(set(found), key=lambda point: (point.name, point.value))


def kinds() -> list[str]:
    """The kinds that are installed."""
    return list(dict.fromkeys(point.name for point in sources()))
