"""The words and patterns of `vocabulary.toml`, read once: aliases, stop words, kinds of files, failures and titles."""

from __future__ import annotations

import re
from importlib.resources import files

import msgspec
from msgspec import Struct


class _FailureKind(Struct, frozen=True):
    says: str
    files: str


class _Stop(Struct, frozen=True):
    words: str


class _Vocabulary(Struct, frozen=True):
    aliases: dict[str, str]
    stop: _Stop
    files: dict[str, str]
    failures: dict[str, _FailureKind]
    titles: dict[str, str]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_READ = msgspec.toml.decode(files(__package__).joinpath("vocabulary.toml").read_bytes(), type=_Vocabulary)

STOP_WORDS = frozenset(_READ.stop.words.split())
"""Words that say nothing about where a failure comes from."""

ALIASES: dict[str, tuple[str, ...]] = {}
"""For a word, the words that it also is: `vs2019` is windows."""
for _name, _members in _READ.aliases.items():
    for _member in _members.split():
        ALIASES[_member] = (*ALIASES.get(_member, ()), _name)

FILES = tuple((kind, _pattern(path)) for kind, path in _READ.files.items())
"""Kinds of files with the pattern of their paths."""

FAILURES = tuple((kind, _pattern(failure.says)) for kind, failure in _READ.failures.items())
"""Kinds of failures with the pattern of what is said."""

AFFINE = {kind: frozenset(failure.files.split()) for kind, failure in _READ.failures.items()}
"""For a kind of failure, the kinds of files that tend to cause it."""

TITLES = tuple((kind, _pattern(words)) for kind, words in _READ.titles.items())
"""Families of words in titles."""
