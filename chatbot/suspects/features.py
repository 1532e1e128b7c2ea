"""Each candidate as a row of numbers that mean something: what it looks like and how well it fits the failure.

Every column has a name that people can read; a suspect is explained by its columns times the model's weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from chatbot.ci import Commit
from chatbot.globs import PathGlobs
from chatbot.suspects.background import View
from chatbot.suspects.case import Case
from chatbot.suspects.kinds import failure_kinds
from chatbot.suspects.shape import SHAPE, Look, look, title_key
from chatbot.suspects.vocabulary import AFFINE
from chatbot.suspects.words import named_files, named_tests, path_words, text_words, trigrams

SHORTEST_QUOTE = 13
"""Characters from which a title found in a text is a quotation and no accident."""

Rows = tuple[tuple[float, ...], ...]
"""A row a candidate, a number a column."""

MATCH = (
    "title overlap", "best file overlap", "file named", "test named", "title quoted", "letters alike",
    "failure kind fits", "kind share fits", "lint", "watched paths",
    "busiest file", "landed before", "already reverted",
)  # fmt: skip
NAMES = (*SHAPE, *MATCH)
"""The columns, in order."""


class Said:
    """What a case's failures say, read once for all candidates."""

    def __init__(self, case: Case) -> None:
        names = [part for failure in case.failures for part in (failure.workflow, failure.job) if part]
        lines = [part for failure in case.failures for part in (failure.line, failure.text, *failure.tests) if part]
        self.texts = [*lines, *names]
        self.words = frozenset[str]().union(*(text_words(text) for text in self.texts))
        self.files = named_files(lines)
        self.tests = named_tests(lines)
        self.test_words = frozenset[str]().union(*map(text_words, self.tests)) - {"test", "cpu", "cuda"}
        self.letters = frozenset[str]().union(*(trigrams(text) for text in lines))
        self.kinds = frozenset[str]().union(*(failure_kinds(text) for text in self.texts))
        self.titles = tuple(title_key(line) for line in lines)
        self.affine = frozenset[str]().union(*(AFFINE[kind] for kind in self.kinds))


def rows(case: Case, commits: Sequence[Commit], known: View, said: Said) -> Rows:
    """A row of `NAMES` for each of *commits*, which are the candidates of *case* in trunk order.

    *known* has the commits counted in; *said* is `Said(case)`.
    """
    idf, looks = _Idf(known), [look(commit) for commit in commits]
    reverts = [(at, one.title) for at, one in enumerate(looks) if "revert" in commits[at].title.lower()]
    return tuple(
        (*one.shape, *_match(case, one, said, idf), *_past(one, index, reverts, known))
        for index, one in enumerate(looks)
    )


class _Idf:
    """How telling a word is: the log of how few of the known commits have it, 0 for a word that all have."""

    def __init__(self, known: View) -> None:
        self._known, self._commits = known, max(1, known.commits)
        self._found: dict[str, float] = {}

    def __call__(self, word: str) -> float:
        if word not in self._found:
            self._found[word] = max(0.0, math.log((self._commits + 1) / (self._known.word(word) + 0.5)))
        return self._found[word]

    def total(self, words: frozenset[str]) -> float:
        return sum(map(self, words))


def _match(case: Case, one: Look, said: Said, idf: _Idf) -> list[float]:
    best = 0.0
    if not one.words.isdisjoint(said.words):
        best = max((idf.total(path_words(path) & said.words) for path in one.paths), default=0.0)
    fitting = sum(not kind.isdisjoint(said.affine) for kind in one.kinds)
    return [
        math.log1p(idf.total(one.title_words & said.words)),
        math.log1p(best),
        float(any(names_file(named, path) for named in said.files for path in one.lower)),
        _test_named(said, one),
        float(len(one.title) >= SHORTEST_QUOTE and any(one.title in title for title in said.titles)),
        len(one.letters & said.letters) / (10 + len(one.letters)),
        float(fitting > 0),
        fitting / max(1, len(one.kinds)),
        float("lint" in said.kinds and one.share("python", "lint") > 0),
        _watched(case.paths, one.lower),
    ]


@lru_cache(maxsize=256)
def _globs(patterns: tuple[str, ...]) -> PathGlobs:
    return PathGlobs(patterns)


def _watched(patterns: tuple[str, ...], paths: tuple[str, ...]) -> float:
    """The share of *paths* that the watch's globs match; 0 without globs."""
    if not patterns or not paths:
        return 0.0
    globs = _globs(patterns)
    return sum(globs.matches(path) for path in paths) / len(paths)


def names_file(named: str, path: str) -> bool:
    """Whether the file name *named* in a text means *path*: equal from the end, at folder borders."""
    return path == named or path.endswith("/" + named) or (named.count("/") > 1 and named.endswith("/" + path))


def _test_named(said: Said, one: Look) -> float:
    """How far a named test points here: 1 for its file, a share of its words where they are in paths or title."""
    if not said.tests:
        return 0.0
    if not said.tests.isdisjoint(one.stems):
        return 1.0
    return len(said.test_words & one.words) / max(2, len(said.test_words))


def _past(one: Look, index: int, reverts: Sequence[tuple[int, str]], known: View) -> list[float]:
    """The last columns; *reverts* are the window's, as (index, title without the revert)."""
    busiest = max(map(known.file, one.paths), default=1)
    return [
        math.log(max(1, busiest)),
        float(known.title(one.title) > 1),
        float(bool(one.title) and any(at > index and one.title in title for at, title in reverts)),
    ]
