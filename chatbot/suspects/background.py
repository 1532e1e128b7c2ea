"""What commits of this trunk usually look like: how common each word, file and author is.

Counted from every commit seen, culprit or not, each sha once. Nothing here knows who was to blame.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.suspects.shape import author_key, read_files, title_key, touched
from chatbot.suspects.words import path_words, text_words

REMEMBERED = 2000
"""Commits whose sha is kept, so that seeing one again does not count again."""
LARGEST = 40_000
"""Entries of a table; above it the counts are halved and what falls to zero is forgotten."""


class Background(Struct, frozen=True):
    """Counts over the commits seen so far; all counts are commits."""

    commits: int = 0
    words: dict[str, int] = {}
    files: dict[str, int] = {}
    authors: dict[str, int] = {}
    seen: tuple[str, ...] = ()
    titles: dict[str, int] = {}

    def observe(self, commits: Iterable[Commit]) -> Background:
        """The counts with *commits* added; those already counted are passed over."""
        known = set(self.seen)
        fresh = {commit.sha: commit for commit in commits if commit.sha not in known}
        if not fresh:
            return self
        words, files, authors, titles = dict(self.words), dict(self.files), dict(self.authors), dict(self.titles)
        for commit in fresh.values():
            _add(words, commit_words(commit))
            _add(files, touched(commit))
            _add(authors, filter(None, (author_key(commit.author),)))
            _add(titles, filter(None, (title_key(commit.title),)))
        return Background(
            commits=self.commits + len(fresh),
            words=_trimmed(words),
            files=_trimmed(files),
            authors=_trimmed(authors),
            seen=(*self.seen, *fresh)[-REMEMBERED:],
            titles=_trimmed(titles),
        )


def commit_words(commit: Commit) -> frozenset[str]:
    """Every word of a commit's paths and title."""
    return frozenset(text_words(commit.title)).union(*(path_words(file.path) for file in read_files(commit)))


def _add(counts: dict[str, int], keys: Iterable[str]) -> None:
    for key in keys:
        counts[key] = counts.get(key, 0) + 1


def _trimmed(counts: dict[str, int]) -> dict[str, int]:
    if len(counts) <= LARGEST:
        return counts
    return {key: count // 2 for key, count in counts.items() if count > 1}
