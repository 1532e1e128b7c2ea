"""What commits of this trunk usually look like: how common each word, file and author is.

Counted from every commit seen, culprit or not, each sha once. Nothing here knows who was to blame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.suspects.shape import look

REMEMBERED = 2000
"""Commits that count. Above twice as many all counts are halved, so that what is usual stays recent."""


class Background(Struct, frozen=True):
    """Counts over the commits seen so far; all counts are commits."""

    commits: int = 0
    words: dict[str, int] = {}
    files: dict[str, int] = {}
    authors: dict[str, int] = {}
    titles: dict[str, int] = {}
    seen: tuple[str, ...] = ()

    def observe(self, commits: Iterable[Commit]) -> Background:
        """The counts with *commits* added; those already counted are passed over."""
        new = self.fresh(commits)
        return self._plus(new) if new.commits else self

    def fresh(self, commits: Iterable[Commit]) -> Background:
        """The counts of those of *commits* alone that are not counted here yet."""
        known = set(self.seen)
        unseen = {commit.sha: commit for commit in commits if commit.sha not in known}
        words, files, authors, titles = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for one in map(look, unseen.values()):
            words.update(one.words)
            files.update(one.paths | one.folders)
            authors.update(filter(None, (one.author,)))
            titles.update(filter(None, (one.title,)))
        return Background(len(unseen), words, files, authors, titles, tuple(unseen))

    def _plus(self, new: Background) -> Background:
        share = 1 if self.commits < 2 * REMEMBERED else 2
        return Background(
            self.commits // share + new.commits,
            _sum(self.words, new.words, share),
            _sum(self.files, new.files, share),
            _sum(self.authors, new.authors, share),
            _sum(self.titles, new.titles, share),
            (*self.seen, *new.seen)[-2 * REMEMBERED :],
        )


class View:
    """A background with some commits counted in, without a copy of it."""

    def __init__(self, background: Background, commits: Iterable[Commit]) -> None:
        self._old, self._new = background, background.fresh(commits)
        self.commits = self._old.commits + self._new.commits

    def word(self, word: str) -> int:
        """Commits with *word* in a path or the title."""
        return self._old.words.get(word, 0) + self._new.words.get(word, 0)

    def file(self, path: str) -> int:
        """Commits that touch *path*; a folder's ends with `/`."""
        return self._old.files.get(path, 0) + self._new.files.get(path, 0)

    def author(self, key: str) -> int:
        """Commits of an author."""
        return self._old.authors.get(key, 0) + self._new.authors.get(key, 0)

    def title(self, key: str) -> int:
        """Commits with this title, tags and pull request aside."""
        return self._old.titles.get(key, 0) + self._new.titles.get(key, 0)


def _sum(old: dict[str, int], new: dict[str, int], share: int) -> dict[str, int]:
    """*old* divided by *share*, what falls to nothing forgotten, plus *new*."""
    total = dict(old) if share == 1 else {key: count // share for key, count in old.items() if count >= share}
    for key, count in new.items():
        total[key] = total.get(key, 0) + count
    return total
