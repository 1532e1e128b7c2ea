"""pydantic's errors in our words, with the nearest valid name where one was misspelt. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chatbot.config import installed
from chatbot.config.document import Document
from chatbot.config.problems import Path, Place, Problem
from chatbot.config.schema import keys_at
from chatbot.config.sources import KINDS

_NEAR = 60
"""Similarity in percent from which a name is offered as the one that was meant."""


def problems(error: ValidationError, document: Document) -> list[Problem]:
    """Everything that *error* holds, at its place in *document*."""
    return [_problem(detail, document) for detail in error.errors(include_url=False) if not _follows(detail)]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the known name that *name* looks like, or all of them."""
    names = sorted(known)
    if not names:
        return "there are none"
    from rapidfuzz import fuzz, process  # noqa: PLC0415  3 MB that only a misspelt file needs

    match = process.extractOne(name.lower(), names, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return f"did you mean {match[0]!r}?" if match else f"known are {', '.join(names)}"


def place_of(path: Path, document: Document) -> Place:
    """Where *path* was written, or the nearest thing around it that was."""
    while path and path not in document.places:
        path = path[:-1]
    return document.places.get(path, Place(1, 1))


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    path = _path(detail["loc"])
    kind = detail["type"]
    if kind == "extra_forbidden":
        hint = nearest(str(path[-1]), keys_at(path[:-1], document.values))
        return Problem(path, document.keys.get(path, place_of(path, document)), "is not a key known here", hint)
    if kind == "missing":
        return Problem(path, place_of(path, document), "is missing", _MISSING.get(path[-1:], ""))
    text, hint = _said(kind, detail.get("ctx", {}), detail.get("input"), detail["msg"])
    if kind == "union_tag_invalid":
        path = (*path, "kind")
    named = "[key]" in detail["loc"]
    return Problem(path, document.keys.get(path, Place(1, 1)) if named else place_of(path, document), text, hint)


def _follows(detail: ErrorDetails) -> bool:
    """Whether it only follows from other errors: a list counts as too short when its members are refused."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _path(loc: tuple[str | int, ...]) -> Path:
    """*loc* without what pydantic puts in between: the member of a union, and that a key is meant."""
    tagged = {at for at in range(1, len(loc)) if loc[at] in KINDS and loc[at - 1] == "source"}
    return tuple(part for at, part in enumerate(loc) if at not in tagged and part != "[key]")


_MISSING: Mapping[Path, str] = {
    ("version",): "write `version: 1`",
    ("trunks",): "name at least one: `trunks: [{source: {kind: github, repo: owner/name}}]`",
    ("source",): "say where results come from: `source: {kind: github, repo: owner/name}`",
    ("channel",): "write the channel's ID, as in `channel: C0123456789`",
}

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "path_type": "a path",
}

_SAID: Mapping[str, Callable[[Mapping[str, Any], Any], str]] = {
    "value_error": lambda context, _: str(context["error"]),
    "greater_than": lambda context, value: f"is {value}, it has to be above {context['gt']:g}",
    "greater_than_equal": lambda context, value: f"is {value}, the least is {context['ge']:g}",
    "less_than_equal": lambda context, value: f"is {value}, the most is {context['le']:g}",
    "too_short": lambda *_: "is empty; name at least one",
    "string_too_short": lambda *_: "is too short",
    "string_too_long": lambda context, _: f"is longer than {context['max_length']} characters",
    "union_tag_not_found": lambda *_: f"has no `kind`; known are {', '.join(_kinds())}",
    "union_tag_invalid": lambda context, _: f"is {context['tag']!r}; {nearest(str(context['tag']), _kinds())}",
    "finite_number": lambda *_: "has to be a finite number",
}


def _kinds() -> list[str]:
    """Every kind of source there is here."""
    return [*KINDS, *installed.kinds()]


def _said(kind: str, context: Mapping[str, Any], value: object, otherwise: str) -> tuple[str, str]:
    """What is wrong, and a hint."""
    if kind in _WANTED:
        return f"has to be {_WANTED[kind]}, not {_named(value)}", _quoting(kind, value)
    if kind in {"literal_error", "enum"}:
        names = [name.strip("' ") for name in str(context["expected"]).replace(" or ", ",").split(",")]
        return f"is {_named(value)}", f"it can be {', '.join(names)}"
    if kind in _SAID:
        return _SAID[kind](context, value), ""
    if kind.startswith("datetime"):
        return f"{value!r} is not a date and time", "write 2026-01-05T09:00"
    return otherwise[:1].lower() + otherwise[1:], ""


def _quoting(kind: str, value: object) -> str:
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return f'put it in quotes: "{value}"'
    return "write it as [...]" if kind == "tuple_type" and isinstance(value, str) else ""


def _named(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the number {value}" if isinstance(value, int | float) else f"the text {value!r}"
