"""A YAML text as plain values that know where they were written.

Pure. It reads YAML 1.2, where `on` and `09:00` are text, and refuses what a configuration never needs and
an attacker may: more than 500 kB, deep nesting, aliases that multiply, several documents, tags, keys that
come twice. What the values mean is not its matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from chatbot.config.problems import InvalidConfigError, Path, Place, Problem

MAX_BYTES = 500_000
MAX_DEPTH = 40
MAX_VALUES = 50_000
"""Values, also after aliases are followed. A file with 500 watches that say everything has a third of it."""

# Besides its own errors, the scanner lets these out: `"\\UFFFFFFFF"` overflows chr(), half a directive has no value.
_STUMBLES = (YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError, AssertionError)
_TABS = "YAML indents with spaces, not tabs"


class Node(NamedTuple):
    """A piece of YAML: text and whether it was plain, a list of nodes, or a list of pairs of nodes."""

    content: str | list[Node] | list[tuple[Node, Node]]
    place: Place
    kind: str


@dataclass(frozen=True)
class Document:
    """The values, where each of them and each key was written, and what was wrong but not hopeless."""

    values: Any
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def parse(text: str, name: str, *, most: int = MAX_VALUES) -> Document:
    """The one document in *text*, of at most *most* values; *name* is the file's, for errors.

    Raises:
        InvalidConfigError: it is not YAML, or beyond a limit.
    """
    reader = _Reader(name, most)
    try:
        root = reader.document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise InvalidConfigError(name, [_syntax(error)]) from error
    except ReaderError as error:
        raise InvalidConfigError(name, [_strange_character(text, error)]) from error
    except _STUMBLES as error:
        reason = str(error) or type(error).__name__
        raise InvalidConfigError(name, [Problem((), Place(1, 1), f"is not YAML: {reason}")]) from error
    builder = _Builder(name, most)
    values = builder.value(root, (), 0)
    return Document(values, builder.places, builder.keys, tuple(builder.problems))


class _Reader:
    """Nodes out of the parser's events."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def document(self, events: Iterator[Any]) -> Node:
        root = Node("", Place(1, 1), "plain")
        for count, event in enumerate(self._starts(events)):
            if count:
                self._refuse(event, "a second document begins here; one file holds one")
            root = self._node(next(events), events, 0)
        return root

    def _starts(self, events: Iterator[Any]) -> Iterator[Any]:
        return (event for event in events if type(event).__name__ == "DocumentStartEvent")

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        self._count += 1
        if self._count > self._most:
            self._refuse(event, _too_many(self._most))
        if depth > MAX_DEPTH:
            self._refuse(event, f"is nested deeper than {MAX_DEPTH} levels")
        name = type(event).__name__
        if name == "AliasEvent":
            return self._alias(event)
        if event.tag not in {None, "!", "tag:yaml.org,2002:str"}:
            self._refuse(event, f"has the tag {str(event.tag)!r}; tags are not used here")
        node = Node(self._content(name, event, events, depth), _place(event), self._kind(name, event))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _content(self, name: str, event: Any, events: Iterator[Any], depth: int) -> Any:
        if name == "ScalarEvent":
            if any("\ud800" <= character <= "\udfff" for character in event.value):
                self._refuse(event, "has half of a character (a lone surrogate)")
            return event.value
        if name == "SequenceStartEvent":
            return [self._node(item, events, depth + 1) for item in _until(events, "SequenceEndEvent")]
        return [
            (self._node(key, events, depth + 1), self._node(next(events), events, depth + 1))
            for key in _until(events, "MappingEndEvent")
        ]

    def _kind(self, name: str, event: Any) -> str:
        if name == "ScalarEvent":
            return "plain" if event.style is None and event.tag is None else "text"
        return "list" if name == "SequenceStartEvent" else "mapping"

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            self._refuse(event, f"*{event.anchor} stands for nothing written before it")
        return self._anchors[event.anchor]

    def _refuse(self, event: Any, text: str) -> None:
        raise InvalidConfigError(self._name, [Problem((), _place(event), text)])


class _Builder:
    """Plain values out of nodes, with their places, following aliases and `<<`."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._count = 0
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []

    def value(self, node: Node, path: Path, depth: int) -> Any:
        self._count += 1
        if self._count > self._most or depth > MAX_DEPTH:
            raise InvalidConfigError(self._name, [Problem(path, node.place, _too_many(self._most))])
        self.places[path] = node.place
        if isinstance(node.content, str):
            return plain(node.content) if node.kind == "plain" else node.content
        if node.kind == "list":
            return [self.value(item, (*path, at), depth + 1) for at, item in enumerate(_items(node))]
        return self._mapping(node, path, depth)

    def _mapping(self, node: Node, path: Path, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[Node] = []
        for key, item in _pairs(node):
            name = self._key(key, path)
            if name == "<<" and key.kind == "plain":
                merged += _items(item) if item.kind == "list" else [item]
            elif name in values:
                first = self.keys[*path, name].line
                self.problems.append(Problem((*path, name), key.place, f"is given twice, first in line {first}"))
            elif name is not None:
                self.keys[*path, name] = key.place
                values[name] = self.value(item, (*path, name), depth + 1)
        for other in merged:
            self._merge(values, other, path, depth)
        return values

    def _key(self, key: Node, path: Path) -> str | None:
        if isinstance(key.content, str) and key.content:
            return key.content
        self.problems.append(Problem(path, key.place, "has a key that is not text"))
        return None

    def _merge(self, values: dict[str, Any], other: Node, path: Path, depth: int) -> None:
        if other.kind != "mapping":
            self.problems.append(Problem(path, other.place, "`<<` takes an alias of a mapping, as in `<<: *defaults`"))
            return
        rest = [(key, item) for key, item in _pairs(other) if key.content not in values]
        values |= self._mapping(other._replace(content=rest), path, depth + 1)


_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?"), float),
)


def plain(text: str) -> Any:
    """What unquoted *text* is in YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#1032-tag-resolution)."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return next((number(text) for pattern, number in _NUMBERS if pattern.fullmatch(text)), text)


def _too_many(most: int) -> str:
    return f"here the file holds more than {most:,} values"


def _items(node: Node) -> list[Any]:
    return node.content if isinstance(node.content, list) else []


_pairs: Callable[[Node], list[Any]] = _items


def _until(events: Iterator[Any], end: str) -> Iterator[Any]:
    for event in events:
        if type(event).__name__ == end:
            return
        yield event


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    text = " ".join(str(part) for part in (error.context, error.problem) if part)
    hint = _TABS if r"'\t'" in text or "tab" in text else "a colon, quote, bracket or the indentation near it is off"
    return Problem((), place, f"is not YAML: {text}", hint)


def _strange_character(text: str, error: ReaderError) -> Problem:
    before = text[: error.position] if isinstance(error.position, int) else ""
    place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Problem((), place, "has a control character, which YAML does not allow", "is this a text file?")
