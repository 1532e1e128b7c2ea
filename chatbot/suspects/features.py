"""Each candidate as a row of numbers that mean something: what it looks like and how well it fits the failure.

Every column has a name that people can read; a suspect is explained by its columns times the model's weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chatbot.ci import Commit
from chatbot.globs import PathGlobs
from chatbot.suspects.background import Background
from chatbot.suspects.case import Case
from chatbot.suspects.kinds import failure_kinds, file_kinds
from chatbot.suspects.shape import SHAPE, author_key, read_files, shape, title_key
from chatbot.suspects.vocabulary import AFFINE
from chatbot.suspects.words import named_files, named_tests, path_words, text_words, trigrams

SHORTEST_QUOTE = 13
"""Characters from which a title found in a text is a quotation and no accident."""

Rows = NDArray[np.float64]

MATCH = (
    "path overlap", "title overlap", "best file overlap", "file named", "test named", "title quoted", "letters alike",
    "failure kind fits", "kind share fits", "watched paths", "lint",
    "path overlap, relative", "title overlap, relative", "overlap, relative", "letters, relative", "kind, relative",
    "lines, relative", "files, relative", "most overlap", "most lines",
    "author in window", "author known", "files busy", "landed before", "already reverted",
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
        self.letters = frozenset[str]().union(*(trigrams(text) for text in lines))
        self.kinds = frozenset[str]().union(*(failure_kinds(text) for text in self.texts))
        self.lines = lines
        self.affine = frozenset[str]().union(*(AFFINE[kind] for kind in self.kinds))


def rows(case: Case, commits: Sequence[Commit], background: Background) -> Rows:
    """A row of `NAMES` for each of *commits*, which are the candidates of *case* in trunk order."""
    said = Said(case)
    known = background.observe(commits)
    idf = _Idf(known)
    looks = np.array([shape(commit) for commit in commits], dtype=np.float64).reshape(len(commits), len(SHAPE))
    fits = np.array([_match(case, commit, said, idf) for commit in commits], dtype=np.float64)
    fits = fits.reshape(len(commits), 11)
    past = np.array([_past(commit, commits, index, known) for index, commit in enumerate(commits)], dtype=np.float64)
    return np.hstack([looks, fits, _relative(looks, fits), past.reshape(len(commits), 5)])


class _Idf:
    """How telling a word is: the log of how few of the known commits have it, 0 for a word that all have."""

    def __init__(self, background: Background) -> None:
        self._words, self._commits = background.words, max(1, background.commits)

    def __call__(self, word: str) -> float:
        return math.log((self._commits + 1) / (self._words.get(word, 0) + 0.5))

    def total(self, words: frozenset[str]) -> float:
        return sum(max(0.0, self(word)) for word in words)


def _match(case: Case, commit: Commit, said: Said, idf: _Idf) -> list[float]:
    files = read_files(commit)
    paths = [file.path.lower() for file in files]
    per_file = [idf.total(path_words(file.path) & said.words) for file in files]
    in_paths = frozenset[str]().union(*(path_words(file.path) for file in files)) & said.words
    title = text_words(commit.title)
    kinds = [file_kinds(file.path) for file in files]
    fitting = sum(not kind.isdisjoint(said.affine) for kind in kinds)
    letters = trigrams(commit.title)
    key = title_key(commit.title)
    return [
        math.log1p(idf.total(in_paths)),
        math.log1p(idf.total(title & said.words)),
        math.log1p(max(per_file, default=0.0)),
        float(any(names_file(named, path) for named in said.files for path in paths)),
        _test_named(said.tests, paths, commit.title),
        float(len(key) >= SHORTEST_QUOTE and any(key in title_key(line) for line in said.lines)),
        len(letters & said.letters) / (10 + len(letters)),
        float(fitting > 0),
        fitting / max(1, len(kinds)),
        _watched(case.paths, paths),
        float("lint" in said.kinds and any("python" in kind or "lint" in kind for kind in kinds)),
    ]


@lru_cache(maxsize=256)
def _globs(patterns: tuple[str, ...]) -> PathGlobs:
    return PathGlobs(patterns)


def _watched(patterns: tuple[str, ...], paths: list[str]) -> float:
    """The share of *paths* that the watch's globs match; 0 without globs."""
    if not patterns or not paths:
        return 0.0
    globs = _globs(patterns)
    return sum(globs.matches(path) for path in paths) / len(paths)


def names_file(named: str, path: str) -> bool:
    """Whether the file name *named* in a text means *path*: equal from the end, at folder borders."""
    return path == named or path.endswith("/" + named) or (named.count("/") > 1 and named.endswith("/" + path))


def _test_named(tests: frozenset[str], paths: list[str], title: str) -> float:
    """How far a named test points here: 1 for its file, a share of its words where they are in paths or title."""
    if not tests:
        return 0.0
    stems = {path.rpartition("/")[2].partition(".")[0] for path in paths}
    if not tests.isdisjoint(stems):
        return 1.0
    have = text_words(title).union(*(path_words(path) for path in paths))
    wanted = frozenset[str]().union(*(text_words(test) for test in tests)) - {"test", "cpu", "cuda"}
    return len(wanted & have) / max(2, len(wanted))


def _relative(looks: Rows, fits: Rows) -> Rows:
    """The columns that compare a candidate with the best one of the window."""

    def relative(column: Rows) -> Rows:
        top = column.max(initial=0.0)
        return column / top if top > 0 else column * 0

    path, title, letters, kind = fits[:, 0], fits[:, 1], fits[:, 6], fits[:, 8]
    both = np.expm1(path) + np.expm1(title)
    lines, files = looks[:, 0], looks[:, 1]
    return np.column_stack([
        relative(np.expm1(path)), relative(np.expm1(title)), relative(both), relative(letters), relative(kind),
        relative(lines), relative(files), (both >= both.max(initial=0)) * (both > 0), lines >= lines.max(initial=0),
    ])  # fmt: skip


def _past(commit: Commit, commits: Sequence[Commit], index: int, background: Background) -> list[float]:
    author, key = author_key(commit.author), title_key(commit.title)
    same = sum(author_key(other.author) == author for other in commits) if author else 1
    busy = [background.files.get(file.path, 1) for file in read_files(commit)[:50]]
    reverted = any(
        "revert" in other.title.lower() and key and key in title_key(other.title) for other in commits[index + 1 :]
    )
    return [
        math.log(same),
        math.log1p(background.authors.get(author, 1)),
        sum(map(math.log, busy)) / max(1, len(busy)),
        float(background.titles.get(key, 1) > 1),
        float(reverted),
    ]
