"""What earlier culprits taught: which files, folders and authors break things, and which words go with which paths.

Counts of confirmed culprits, each sha once, as shrunk log-odds against how often such commits land anyway. Every
number can be shown and the whole can be thrown away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatbot.ci import Commit
from chatbot.suspects.background import View
from chatbot.suspects.features import Rows
from chatbot.suspects.shape import Look, look

REMEMBERED = 300
"""Confirmed culprits that are kept by sha; older ones stay in the counts only."""
MOST_WORDS = 40
"""Words of one failure, and of one culprit, that are associated with each other: the rarest."""
LARGEST = 60_000
"""Pairs of words kept; above it the rare ones are forgotten."""

VAGUE = 2.0
"""Nats of telling words at which two equal failures count half."""

COMMON = 0.2
"""Share of failures from which a word that they say points nowhere."""

SHRINK = 6.0
"""Commits' worth of doubt in a log ratio."""

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
    pairs: dict[str, dict[str, int]] = {}

    def confirmed(self, culprit: Commit, said: frozenset[str], usual: View) -> Lessons:
        """The lessons with one more culprit. A sha already known only gets the words added to what it broke."""
        before = next((one for one in self.recent if one.sha == culprit.sha), None)
        if before is not None:
            more = Culprit(before.sha, before.words | said)
            return replace(self, recent=tuple(more if one is before else one for one in self.recent))
        words = rarest(said, usual)
        one = look(culprit)
        have = rarest(one.words, usual)
        return Lessons(
            culprits=self.culprits + 1,
            recent=(*self.recent, Culprit(culprit.sha, said))[-REMEMBERED:],
            paths=counted(self.paths, one.paths | one.folders),
            authors=counted(self.authors, filter(None, (one.author,))),
            failure_words=counted(self.failure_words, words),
            pairs=trimmed(self.pairs | {word: counted(self.pairs.get(word, {}), have) for word in words}),
        )


def counted(counts: dict[str, int], keys: Iterable[str]) -> dict[str, int]:
    """A copy of *counts* with each of *keys* once more."""
    after = dict(counts)
    for key in keys:
        after[key] = after.get(key, 0) + 1
    return after


def trimmed(pairs: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """*pairs* without those seen once, where there are too many."""
    if sum(map(len, pairs.values())) <= LARGEST:
        return pairs
    return {word: {path: count for path, count in with_it.items() if count > 1} for word, with_it in pairs.items()}


def rarest(words: frozenset[str], known: View) -> list[str]:
    """The rarest `MOST_WORDS` of *words* on this trunk, in a stable order."""
    return sorted(words, key=lambda word: (known.word(word), word))[:MOST_WORDS]


def rows(lessons: Lessons, commits: Sequence[Commit], said: frozenset[str], known: View) -> Rows:
    """A row of `LEARNED` for each of *commits*; all zero before the first culprit."""
    if not lessons.culprits:
        return ((0.0,) * len(LEARNED),) * len(commits)
    odds, lifts = _Odds(lessons, known), _Lifts(lessons, said, known)
    heard = {culprit.sha: culprit.words for culprit in lessons.recent}
    return tuple(
        (lifts(one), *_history(lessons, one, known, odds), *_told(heard, commit.sha, said, known))
        for commit, one in zip(commits, map(look, commits), strict=True)
    )


def _history(lessons: Lessons, one: Look, known: View, odds: _Odds) -> list[float]:
    blamed = lessons.paths.keys()
    return [
        max((odds(lessons.paths[path], known.file(path)) for path in one.paths & blamed), default=0.0),
        max((odds(lessons.paths[folder], known.file(folder)) for folder in one.folders & blamed), default=0.0),
        odds(lessons.authors.get(one.author, 0), known.author(one.author)) if one.author else 0.0,
    ]


def _told(heard: dict[str, frozenset[str]], sha: str, said: frozenset[str], known: View) -> tuple[float, float]:
    """How alike the failure is that this commit was confirmed for, and how unlike; both 0 if it never was.

    Two failures that only share words which every commit has are not alike.
    """
    if sha not in heard:
        return 0.0, 0.0
    shared = heard[sha] & said
    telling = sum(max(0.0, math.log((known.commits + 1) / (known.word(word) + 0.5))) for word in shared)
    alike = len(shared) / max(1, len(heard[sha] | said)) * telling / (telling + VAGUE)
    return alike, 1 - alike


class _Odds:
    """How much more often than usual commits with something were culprits: a log ratio, shrunk to 0."""

    def __init__(self, lessons: Lessons, known: View) -> None:
        self._usual = (lessons.culprits + 1) / (max(known.commits, lessons.culprits) + 10)

    def __call__(self, blamed: int, landed: int) -> float:
        expected = SHRINK * self._usual
        return math.log((blamed + expected) / (max(landed, blamed) + SHRINK) / self._usual)


class _Lifts:
    """How far the failure's words went with a commit's words before: the mean of the best three log lifts."""

    def __init__(self, lessons: Lessons, said: frozenset[str], known: View) -> None:
        self._lessons, self._known = lessons, known
        often = max(5, lessons.culprits * COMMON)
        telling = [word for word in said if 0 < lessons.failure_words.get(word, 0) <= often]
        self._heard: dict[str, list[str]] = {}
        for word in telling:
            for path in lessons.pairs.get(word, ()):
                self._heard.setdefault(path, []).append(word)
        self._found: dict[str, list[tuple[str, float]]] = {}

    def __call__(self, one: Look) -> float:
        best: dict[str, float] = {}
        for path in one.words & self._heard.keys():
            for word, lift in self._found.get(path) or self._lifts(path):
                best[word] = max(lift, best.get(word, 0.0))
        return sum(sorted(best.values(), reverse=True)[:3]) / 3

    def _lifts(self, path: str) -> list[tuple[str, float]]:
        """For each word heard with *path*: the log of how much likelier that makes *path* in the culprit."""
        usual = (self._known.word(path) + 1) / (self._known.commits + 20)
        self._found[path] = [(word, math.log(self._share(word, path, usual) / usual)) for word in self._heard[path]]
        return self._found[path]

    def _share(self, word: str, path: str, usual: float) -> float:
        return (self._lessons.pairs[word][path] + 3 * usual) / (self._lessons.failure_words[word] + 3)
