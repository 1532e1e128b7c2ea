"""Turns paths, titles, job names and log lines into the same small words, so that they can be compared.

Knows camelCase, snake_case and paths, and that `vs2019` is Windows and `hip` is ROCm. It gives no word a weight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from chatbot.suspects.vocabulary import ALIASES, STOP_WORDS

LONGEST_TEXT = 4000
"""Characters of a title, a log line or a reason that are read; the rest is dropped."""
LONGEST_PATH = 400

_URL = re.compile(r"https?://\S+")
_HEX = re.compile(r"\b[0-9a-f]{8,40}\b")
_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_CHUNK = re.compile(r"[A-Za-z0-9]+")
# Begun only where a path can begin: else each letter of a long word would be a beginning of its own.
_FILE = re.compile(r"(?<![\w\-+])(?<![\w\-+][/\\])[\w\-+]+(?:[/\\][\w\-+.]+)*\.[A-Za-z]{1,6}\b")
_TEST = re.compile(r"\b(?:test_\w+|Test[A-Z]\w+|\w+Test\b|\w+_test\b)")

_SHORTEST_PLURAL = 5
_SHORTEST_PIECE = 3


def _stem(word: str) -> str:
    """Drop the plural; nothing cleverer, since most words are names."""
    if len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith(("ss", "us", "is", "ops")):
        return word[:-1]
    return word


def _expand(chunk: str) -> list[str]:
    """The words of one run of letters and digits: itself, and its camelCase pieces."""
    whole = chunk.lower()
    words = [_stem(whole)] if not whole.isdigit() else []
    pieces = [piece.lower() for piece in _PIECE.findall(chunk)]
    if len(pieces) > 1:
        words += [_stem(piece) for piece in pieces if len(piece) >= _SHORTEST_PIECE and not piece.isdigit()]
    for word in (whole, *pieces):
        words += ALIASES.get(word, ())
    return words


@lru_cache(maxsize=4096)
def path_words(path: str) -> frozenset[str]:
    """The words of a file's path; a leading `.` and the separators are dropped."""
    words: set[str] = set()
    for chunk in _CHUNK.findall(path[-LONGEST_PATH:]):
        words.update(_expand(chunk))
    return frozenset(words - STOP_WORDS)


@lru_cache(maxsize=2048)
def text_words(text: str) -> frozenset[str]:
    """The words of a title, a job's name, a log line or a reason, without addresses and hashes."""
    cleaned = _HEX.sub(" ", _URL.sub(" ", text[:LONGEST_TEXT]))
    words: set[str] = set()
    for chunk in _CHUNK.findall(cleaned):
        words.update(_expand(chunk))
    return frozenset(word for word in words if len(word) > 1 and word not in STOP_WORDS)


@lru_cache(maxsize=1024)
def trigrams(text: str) -> frozenset[str]:
    """Three-letter windows of the letters of *text*, for words that are only nearly equal."""
    letters = re.sub(r"[^a-z0-9]+", " ", text[:LONGEST_TEXT].lower())
    return frozenset(letters[i : i + 3] for i in range(len(letters) - 2) if " " not in letters[i : i + 3])


def named_files(texts: Iterable[str]) -> frozenset[str]:
    """File names (`torch/a/b.py`, `b.py`) that occur in *texts*, lower case, with `/`."""
    found: set[str] = set()
    for text in texts:
        found.update(name.replace("\\", "/").lower() for name in _FILE.findall(_URL.sub(" ", text[:LONGEST_TEXT])))
    return frozenset(found)


def named_tests(texts: Iterable[str]) -> frozenset[str]:
    """Names of tests (`test_scaled_dot`, `TestNested`) that occur in *texts*, lower case."""
    found: set[str] = set()
    for text in texts:
        found.update(name.lower() for name in _TEST.findall(text[:LONGEST_TEXT]))
    return frozenset(found)
