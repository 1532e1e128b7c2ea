"""Whether the parts of a configuration fit each other: names that are referred to, names given twice, windows.

Pure. Works on the values as written, as far as they make sense, so that one mistake does not hide the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from chatbot.config.document import Document
from chatbot.config.model import TrunkConfig
from chatbot.config.problems import Path, Problem
from chatbot.config.words import nearest, place_of

Found = Iterator[tuple[Path, str, str]]
"""Path, what is wrong, hint."""

_UNKNOWN = ""
"""The name of something whose name could not be read; nothing is said about references then."""


def problems(document: Document) -> list[Problem]:
    """Every reference in *document* that leads nowhere, and every name given twice."""
    values = document.values
    names = _Names(values)
    checks: tuple[Callable[[dict[str, Any], _Names], Found], ...] = (
        _twice,
        _watches,
        _windows,
        _circles,
        _rotations,
        _infrastructure,
    )
    return [
        Problem(path, place_of(path, document), text, hint)
        for check in checks
        for path, text, hint in check(values, names)
    ]


class _Names:
    """Everything that has a name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.trunks = [_trunk_name(trunk) for trunk in _mappings(values, "trunks")]
        self.teams = [str(name) for name in _mapping(values, "teams")]
        self.watches = [_text(watch, "id") for watch in _mappings(values, "watches")]


def _twice(values: dict[str, Any], names: _Names) -> Found:
    people = [_text(person, "github") for person in _mappings(values, "people")]
    for part, given in (("trunks", names.trunks), ("watches", names.watches), ("people", people)):
        counted: Counter[str] = Counter()
        for at, name in enumerate(given):
            counted[name.lower()] += 1
            if name != _UNKNOWN and counted[name.lower()] > 1:
                key = "github" if part == "people" else "id"
                yield (part, at, key), f"{name!r} is given twice", "upper and lower case are the same"


def _watches(values: dict[str, Any], names: _Names) -> Found:
    for at, watch in enumerate(_mappings(values, "watches")):
        yield from _chosen(watch, "trunk", names.trunks, ("watches", at))
        yield from _chosen(watch, "team", names.teams, ("watches", at))
        for step, other in enumerate(_list(watch, "inhibited_by")):
            path: Path = ("watches", at, "inhibited_by", step)
            if isinstance(other, str) and _UNKNOWN not in names.watches and other not in names.watches:
                yield path, f"there is no watch {other!r}", nearest(other, names.watches)


def _chosen(watch: dict[str, Any], key: str, known: list[str], path: Path) -> Found:
    """A watch's trunk or team: it has to exist, and to be said where there are several."""
    name = watch.get(key)
    if _UNKNOWN in known:
        return
    if isinstance(name, str) and name and name not in known:
        yield (*path, key), f"there is no {key} {name!r}", nearest(name, known)
    elif not name and len(known) > 1:
        yield (*path, key), "is missing", f"there are several, say which: {', '.join(known)}"


def _windows(values: dict[str, Any], names: _Names) -> Found:
    windows = dict(zip(names.trunks, [trunk.get("window", 200) for trunk in _mappings(values, "trunks")], strict=True))
    for at, watch in enumerate(_mappings(values, "watches")):
        when = _mapping(watch, "when")
        trunk = watch.get("trunk") or (names.trunks[0] if len(names.trunks) == 1 else None)
        window = windows.get(trunk) if isinstance(trunk, str) else None
        for path in (("consecutive_commits",), ("failure_rate", "over")):
            needed = when if len(path) == 1 else _mapping(when, path[0])
            count = needed.get(path[-1])
            if isinstance(count, int) and isinstance(window, int) and count > window:
                said = f"is {count}, more commits than the trunk's window of {window}"
                yield ("watches", at, "when", *path), said, f"raise the trunk's `window` to {count} or more"


def _circles(values: dict[str, Any], names: _Names) -> Found:
    """Watches that keep each other quiet for ever."""
    by = {_text(watch, "id"): _list(watch, "inhibited_by") for watch in _mappings(values, "watches")}
    for at, name in enumerate(names.watches):
        reached: set[str] = set()
        ahead = [other for other in by.get(name, ()) if isinstance(other, str)]
        while ahead:
            other = ahead.pop()
            if other not in reached:
                reached.add(other)
                ahead += [further for further in by.get(other, ()) if isinstance(further, str)]
        if name != _UNKNOWN and name in reached:
            yield ("watches", at, "inhibited_by"), f"{name!r} would keep itself quiet", "take one of the references out"


def _rotations(values: dict[str, Any], _: _Names) -> Found:
    for name, team in _mapping(values, "teams").items():
        if isinstance(team, dict) and team.get("rotation") and not team.get("oncall"):
            yield ("teams", name, "rotation"), "has nobody to rotate", "list the people in `oncall`"


def _infrastructure(values: dict[str, Any], names: _Names) -> Found:
    team = _mapping(values, "infrastructure").get("team")
    if isinstance(team, str) and _UNKNOWN not in names.teams and team not in names.teams:
        yield ("infrastructure", "team"), f"there is no team {team!r}", nearest(team, names.teams)


def _trunk_name(trunk: dict[str, Any]) -> str:
    if _text(trunk, "id"):
        return _text(trunk, "id")
    try:
        return TrunkConfig.model_validate({"source": trunk.get("source")}).id
    except ValidationError:
        return _UNKNOWN


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else _UNKNOWN


def _list(values: dict[str, Any], key: str) -> list[Any]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _mapping(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def _mappings(values: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The mappings in the list at *key*; what is none is empty, so that positions stay."""
    return [item if isinstance(item, dict) else {} for item in _list(values, key)]
