"""Texts that a regular expression likes least, made from the expression itself.

Where Python's `re` is slow it is because something repeated can be cut up in several ways, or because a search begins
again at every character: so each repeated part is repeated, as often as is asked for, after all that may come before
it, and followed by what does not match.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # private, and the only parser there is
from typing import Any, Final

from msgspec import Struct

CALLS: Final = frozenset({"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
NO_MATCH: Final = "\x00"


class Use(Struct, frozen=True):
    """A use of Python's `re`: where, the pattern (`None` where it is made at run time), and what is called on it."""

    file: str
    line: int
    pattern: str | None
    flags: str
    methods: tuple[str, ...]


def uses(root: Path, *folders: str) -> Iterator[Use]:
    """Every use of `re` below the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = {
                id(node.value): _name(node) for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and (called := _of_re(node)):
                    pattern = node.args[0]
                    text = pattern.value if isinstance(pattern, ast.Constant) else None
                    shown = text.decode("latin-1") if isinstance(text, bytes) else text
                    flags = " ".join(ast.unparse(one) for one in [*node.args[1:], *(k.value for k in node.keywords)])
                    methods = {called} if called != "compile" else _called_on(names.get(id(node)), tree)
                    file = str(path.relative_to(root))
                    yield Use(file, node.lineno, str(shown) if shown else None, flags, tuple(sorted(methods)))


def _of_re(node: ast.Call) -> str | None:
    called = node.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
        return called.attr if called.attr in CALLS else None
    return None


def _name(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else ""


def _called_on(name: str | None, tree: ast.Module) -> set[str]:
    """What is called on the pattern of that name; everything, where it has none or is handed on."""
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name and name]
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.value in used and node.attr in CALLS
    }
    return called or {"search", "fullmatch", "findall"}


def texts(pattern: str, length: int) -> Iterator[str]:
    """Texts of *length* characters or so that *pattern* likes least."""
    parsed = list(_parser.parse(pattern))
    pumps = {("", _sample(parsed) or "a"), *(("", one) for one in ("a", " ", "(", "0", "/", "<"))}
    for before, pump in sorted(pumps | set(_pumps(parsed, ""))):
        if pump:
            yield before + pump * max(1, length // len(pump)) + NO_MATCH


def _pumps(nodes: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """One round of everything that is repeated, and what has to stand before it."""
    for code, value in nodes:
        for inner in _inside(code, value):
            yield from _pumps(inner, before)
        if code in _REPEATS:
            yield from ((before, one) for one in {_sample(list(value[2])), *_classes(list(value[2]))})
        before += _sample([(code, value)])


_REPEATS: Final = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}


def _inside(code: Any, value: Any) -> list[list[Any]]:
    if code in _REPEATS:
        return [list(value[2])]
    if code is _constants.SUBPATTERN:
        return [list(value[3])]
    if code is _constants.ATOMIC_GROUP:
        return [list(value)]
    if code is _constants.BRANCH:
        return [list(branch) for branch in value[1]]
    if code in {_constants.ASSERT, _constants.ASSERT_NOT}:
        return [list(value[1])]
    return []


def _sample(nodes: list[Any]) -> str:
    """Something short that matches."""
    said = ""
    for code, value in nodes:
        if code is _constants.LITERAL:
            said += chr(value)
        elif code is _constants.NOT_LITERAL:
            said += "b" if value == ord("a") else "a"
        elif code is _constants.ANY:
            said += "a"
        elif code is _constants.IN:
            said += next(iter(_of_class(value)), "a")
        elif code in _REPEATS:
            said += _sample(list(value[2])) * max(1, min(int(value[0]), 20))
        elif code not in {_constants.ASSERT, _constants.ASSERT_NOT}:
            said += next((_sample(inner) for inner in _inside(code, value)), "")
    return said


def _classes(nodes: list[Any]) -> Iterator[str]:
    """Each kind of character that a class of characters knows."""
    for code, value in nodes:
        if code is _constants.IN:
            yield from _of_class(value)


_CATEGORIES: Final = {
    _constants.CATEGORY_DIGIT: "0",
    _constants.CATEGORY_SPACE: " ",
    _constants.CATEGORY_WORD: "a",
    _constants.CATEGORY_NOT_DIGIT: "a",
    _constants.CATEGORY_NOT_SPACE: "a",
    _constants.CATEGORY_NOT_WORD: " ",
}


def _of_class(parts: list[Any]) -> Iterator[str]:
    if parts[0][0] is _constants.NEGATE:
        shut = {value for code, value in parts if code is _constants.LITERAL}
        spaces = any(value is _constants.CATEGORY_SPACE for _, value in parts)
        yield from (one for one in "a0-/<[ " if ord(one) not in shut and not (spaces and one == " "))
        return
    for code, value in parts:
        if code is _constants.LITERAL:
            yield chr(value)
        elif code is _constants.RANGE:
            yield chr(value[0])
        elif code is _constants.CATEGORY:
            yield _CATEGORIES[value]
