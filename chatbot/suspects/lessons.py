"""What earlier culprits taught: which files, folders and authors break things, and which words go with which paths.

Counts of confirmed culprits, each sha once, as shrunk log-odds against how often such commits land anyway. Every
number can be shown and the whole can be thrown away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chatbot.ci import Commit
from chatbot.suspects.background import Background, commit_words
from chatbot.suspects.shape import author_key, directory, read_files, touched

REMEMBERED = 300
"""Confirmed culprits that are kept by sha; older ones stay in the counts only."""
MOST_WORDS = 40
"""Words of one failure, and of one culprit, that are associated with each other: the rarest."""
LARGEST = 60_000
"""Pairs of words kept; above it the rare ones are forgotten."""

LEARNED = (
    "learned association", "files broke before", "folders broke before", "author broke before", "confirmed before",
    "confirmed for another failure",
)  # fmt: skip


class Culprit(Struct, frozen=True):
    """A confirmed culprit and the words of the failure that it caused."""

    sha: str
    words: frozenset[str]


class Lessons(Struct, frozen=True):
    """Counts over confirmed culprits."""

    culprits: int = 0
    recent: tuple[Culprit, ...] = ()
    paths: dict[str, int] = {}
    authors: dict[str, int] = {}
    failure_words: dict[str, int] = {}
    pairs: dict[str, int] = {}

    def confirmed(self, culprit: Commit, said: frozenset[str], background: Background) -> Lessons:
        """The lessons with one more culprit. A sha already known only gets the words added to what it broke."""
        known = next((one for one in self.recent if one.sha == culprit.sha), None)
        if known is not None:
            more = Culprit(known.sha, known.words | said)
            return replace_recent(self, tuple(more if one is known else one for one in self.recent))
        words = rarest(said, background)
        have = rarest(commit_words(culprit), background)
        author = author_key(culprit.author)
        return Lessons(
            culprits=self.culprits + 1,
            recent=(*self.recent, Culprit(culprit.sha, said))[-REMEMBERED:],
            paths=counted(self.paths, touched(culprit)),
            authors=counted(self.authors, [author] if author else []),
            failure_words=counted(self.failure_words, words),
            pairs=trimmed(counted(self.pairs, (f"{word}>{path}" for word in words for path in have))),
        )


def replace_recent(lessons: Lessons, recent: tuple[Culprit, ...]) -> Lessons:
    """*lessons* with other recent culprits."""
    return Lessons(lessons.culprits, recent, lessons.paths, lessons.authors, lessons.failure_words, lessons.pairs)


def counted(counts: dict[str, int], keys: Iterable[str]) -> dict[str, int]:
    """A copy of *counts* with each of *keys* once more."""
    after = dict(counts)
    for key in keys:
        after[key] = after.get(key, 0) + 1
    return after


def trimmed(counts: dict[str, int]) -> dict[str, int]:
    """*counts* without the pairs seen once, where there are too many."""
    return counts if len(counts) <= LARGEST else {key: count for key, count in counts.items() if count > 1}


def rarest(words: frozenset[str], background: Background) -> list[str]:
    """The rarest `MOST_WORDS` of *words* on this trunk, in a stable order."""
    return sorted(words, key=lambda word: (background.words.get(word, 0), word))[:MOST_WORDS]


def rows(
    lessons: Lessons, commits: Sequence[Commit], said: frozenset[str], background: Background
) -> NDArray[np.float64]:
    """A row of `LEARNED` for each of *commits*; all zero before the first culprit."""
    if not lessons.culprits:
        return np.zeros((len(commits), len(LEARNED)))
    odds = _Odds(lessons, background)
    found = [_row(lessons, commit, said, background, odds) for commit in commits]
    return np.array(found).reshape(len(commits), len(LEARNED))


def _row(lessons: Lessons, commit: Commit, said: frozenset[str], background: Background, odds: _Odds) -> list[float]:
    paths = {file.path for file in read_files(commit)}
    folders = {directory(path) + "/" for path in paths}
    return [
        _association(lessons, said, commit, background),
        max((odds(lessons.paths, background.files, path) for path in paths), default=0.0),
        max((odds(lessons.paths, background.files, folder) for folder in folders), default=0.0),
        odds(lessons.authors, background.authors, author_key(commit.author)),
        *_confirmed(lessons, commit, said),
    ]


class _Odds:
    """How much more often than usual commits with something were culprits: a log ratio, shrunk to 0."""

    SHRINK = 6.0

    def __init__(self, lessons: Lessons, background: Background) -> None:
        self._usual = (lessons.culprits + 1) / (max(background.commits, lessons.culprits) + 10)

    def __call__(self, culprits: dict[str, int], landed: dict[str, int], key: str) -> float:
        if not key:
            return 0.0
        blamed = culprits.get(key, 0)
        seen = max(landed.get(key, 0), blamed)
        return math.log((blamed + self.SHRINK * self._usual) / (seen + self.SHRINK) / self._usual)


def _association(lessons: Lessons, said: frozenset[str], commit: Commit, background: Background) -> float:
    """How far the failure's words went with this commit's words before: the mean of the best three log lifts."""
    known = [word for word in said if lessons.failure_words.get(word, 0)]
    if not known:
        return 0.0
    have = rarest(commit_words(commit), background)
    lifts = []
    for word in known:
        times = lessons.failure_words[word]
        best = 0.0
        for path in have:
            together = lessons.pairs.get(f"{word}>{path}", 0)
            if together:
                usual = (background.words.get(path, 0) + 1) / (background.commits + 20)
                best = max(best, math.log((together + 3 * usual) / (times + 3) / usual))
        lifts.append(best)
    return sum(sorted(lifts, reverse=True)[:3]) / 3


def _confirmed(lessons: Lessons, commit: Commit, said: frozenset[str]) -> tuple[float, float]:
    """How alike the failure is that this commit was confirmed for, and how unlike; both 0 if it never was."""
    for culprit in reversed(lessons.recent):
        if culprit.sha == commit.sha:
            alike = len(culprit.words & said) / max(1, len(culprit.words | said))
            return alike, 1 - alike
    return 0.0, 0.0
