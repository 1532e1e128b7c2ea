"""No text from outside makes an expression slow: Python's `re` is used where it is linear, RE2 everywhere else.

Every use of `re` is found in the syntax tree, and each pattern is fed 100 kB of what it likes least. A new one joins by
itself. Where a pattern is not linear, or is made at run time, it stands here with its reason, and with the longest text
that reaches it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from time import process_time
from typing import Final

import pytest

from chatbot.config import fields
from chatbot.errors import ConfigError
from chatbot.globs import Globs
from chatbot.loglines.clean import clean
from chatbot.loglines.fingerprint import _VARIABLE
from chatbot.loglines.rules import PATTERN_LIMIT, failure_rule, shipped_rules
from chatbot.loglines.stream import LINE_LIMIT
from chatbot.pictures import labels
from chatbot.sources.values import LONGEST
from chatbot.store.keys import kind_of
from chatbot.suspects.vocabulary import FAILURES, FILES, TITLES
from chatbot.suspects.words import LONGEST_PATH, LONGEST_TEXT
from tests.attacks import texts, uses

ROOT: Final = Path(__file__).parents[2]
LONG: Final = 100_000
PATIENCE: Final = 1.0
"""Seconds of processor time for one text: a quadratic pattern takes ten and more for 100 kB."""

OUTSIDE: Final = "sandbox"
"""Part of no deployment: it hears from nobody but the tests and whoever clicks in the demo."""

BOUNDED: Final[Mapping[str, int]] = {
    r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)": 100,  # durations: longer texts are refused before
    r"(?<![\w\-+])(?<![\w\-+][/\\])[\w\-+]+(?:[/\\][\w\-+.]+)*\.[A-Za-z]{1,6}\b": LONGEST_TEXT,  # suspects.words cuts
}
"""Patterns that are not linear, and the longest text that reaches them."""

MADE: Final[Mapping[str, str]] = {
    "chatbot/config/fields.py": "shapes of fields; all of them are tried below",
    "chatbot/loglines/classify.py": "lines that the shipped rules never mean; tried below. Configured rules are RE2",
    "chatbot/loglines/clean.py": "made of constants; tried below, on whole blocks",
    "chatbot/loglines/fingerprint.py": "a table of constants; tried below",
    "chatbot/pictures/labels.py": "a word of a name, escaped; tried below",
    "chatbot/suspects/vocabulary.py": "words of a table that is shipped; tried below",
}
"""Where patterns are made at run time, and why that is no danger."""

FOUND: Final = [use for use in uses(ROOT, "chatbot", "handlers") if OUTSIDE not in use.file]
SPELLED: Final = sorted({(use.pattern, use.flags, use.methods) for use in FOUND if use.pattern is not None})
CALLS: Final[Mapping[str, Callable[[re.Pattern[str], str], object]]] = {
    "sub": lambda pattern, text: pattern.sub("", text),
    "subn": lambda pattern, text: pattern.subn("", text),
    "split": lambda pattern, text: pattern.split(text),
    "search": lambda pattern, text: pattern.search(text),
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "findall": lambda pattern, text: pattern.findall(text),
    "finditer": lambda pattern, text: list(pattern.finditer(text)),
}


def flags_of(said: str) -> int:
    """The flags that are spelled in the code."""
    return reduce(or_, (getattr(re, name).value for name in re.findall(r"re\.([A-Z]+)", said)), 0)


def quick(work: Callable[[str], object], text: str, patience: float = PATIENCE) -> None:
    began = process_time()
    work(text)
    assert process_time() - began < patience, f"{len(text)} characters, beginning {text[:80]!r}"


def attacked(pattern: str, work: Callable[[str], object], *, longest: int = LONG, patience: float = PATIENCE) -> None:
    for text in texts(pattern, longest):
        quick(work, text, patience)


@pytest.mark.parametrize(("pattern", "flags", "methods"), SPELLED, ids=[one[0] for one in SPELLED])
def test_no_text_makes_a_pattern_slow(pattern: str, flags: str, methods: tuple[str, ...]) -> None:
    compiled = re.compile(pattern, flags_of(flags))
    for method in methods:
        attacked(pattern, lambda text, call=CALLS[method]: call(compiled, text), longest=BOUNDED.get(pattern, LONG))  # type: ignore[misc]  # the default binds it


def test_the_texts_find_a_pattern_that_is_slow() -> None:
    slow = re.compile(r"\s*\(#\d+\)\s*$")
    with pytest.raises(AssertionError, match="20001 characters, beginning '    "):
        attacked(slow.pattern, slow.search, longest=20_000, patience=0.02)


def test_patterns_are_made_at_run_time_only_where_that_is_known() -> None:
    made = {use.file for use in FOUND if use.pattern is None}
    assert made == set(MADE)
    assert {use.pattern for use in FOUND} >= set(BOUNDED)


def test_re_is_used_by_its_name_or_it_is_not_found_here() -> None:
    hidden = {"chatbot/store/keys.py"}  # translates the patterns of our own keys; tried below
    assert {path for path in imports_from_re() if OUTSIDE not in path} == hidden


def imports_from_re() -> set[str]:
    """Files that take functions out of `re`, or call it by another name."""
    return {
        str(path.relative_to(ROOT))
        for folder in ("chatbot", "handlers")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module == "re")
        or (isinstance(node, ast.Import) and any(one.name == "re" and one.asname for one in node.names))
    }


NOISE: Final = [*shipped_rules().never, *(rule.unless for rule in shipped_rules().ordered if rule.unless)]


@pytest.mark.parametrize("pattern", NOISE)
def test_what_shipped_rules_never_mean_is_told_quickly(pattern: str) -> None:
    compiled = re.compile(pattern, re.MULTILINE)
    attacked(pattern, compiled.search, longest=LINE_LIMIT)


WORDS: Final = [
    *((pattern, LONGEST_TEXT) for _, pattern in (*FAILURES, *TITLES)),
    *((pattern, LONGEST_PATH) for _, pattern in FILES),
]


@pytest.mark.parametrize(("pattern", "longest"), WORDS, ids=[one.pattern[:40] for one, _ in WORDS])
def test_the_words_of_suspects_are_told_quickly(pattern: re.Pattern[str], longest: int) -> None:
    attacked(pattern.pattern, pattern.search, longest=longest)


SHAPES: Final = sorted(
    str(node.args[0].value)
    for node in ast.walk(ast.parse(Path(fields.__file__).read_text(encoding="utf-8")))
    if isinstance(node, ast.Call)
    and isinstance(node.func, ast.Name)
    and node.func.id == "Shape"
    and isinstance(node.args[0], ast.Constant)
)


@pytest.mark.parametrize("pattern", SHAPES)
def test_the_shapes_of_fields_are_told_quickly(pattern: str) -> None:
    attacked(pattern, re.compile(pattern, re.ASCII).fullmatch)


@pytest.mark.parametrize("pattern", [one for one, _ in _VARIABLE], ids=[one.pattern for one, _ in _VARIABLE])
def test_a_line_is_made_a_fingerprint_quickly(pattern: re.Pattern[str]) -> None:
    attacked(pattern.pattern, lambda text: pattern.sub("", text), longest=LINE_LIMIT)


PIECES: Final = [
    b"\n2026-01-05T12:00:00Z ",
    b"\n[ 1.00]",
    b"\x1b[",
    b"\x1b]0;",
    b"\n\t",
    b"a\tb\t20",
    b"\r",
    b"\xff",
    b" ",
    b"1",
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_block_of_a_log_is_cleaned_quickly(piece: bytes) -> None:
    for block in (piece * 20_000, b"\n" + piece * 20_000, b"\x1b" + piece * 20_000 + b"\t20", piece[:1] * 200_000):
        quick(lambda _, block=block: clean(block), "")  # type: ignore[misc]  # the default binds it


def test_a_key_of_any_length_is_told_quickly() -> None:
    for text in ("tw:{" + "}:alert:" * 12_000, "tw:{" * 25_000, "tw:{x}:" * 14_000, "tw:{x}:aside:" + ":" * LONG):
        quick(lambda key: kind_of(key, "tw"), text)


@pytest.mark.parametrize(
    "text", ["a " * 500, "(a, " * 250, "a,a/" * 250, "\u2026 " * 500, "(" * LONGEST, "a" * LONGEST]
)
def test_the_name_of_a_job_is_made_short_quickly(text: str) -> None:
    quick(lambda name: labels.short([name, name + "b"], 12, 100), text)


def test_a_pattern_of_somebody_elses_is_never_compiled_by_re() -> None:
    """What the configuration gives goes through RE2, which says so about what only `re` knows."""
    for pattern in (r"(a)\1", r"(?=a)"):
        with pytest.raises(ConfigError, match="RE2"):
            failure_rule("x", pattern, 1)
        with pytest.raises(ConfigError):
            Globs([f"re:{pattern}"])
    with pytest.raises(ConfigError, match="too long"):
        failure_rule("x", "a" * (PATTERN_LIMIT + 1), 1)
