"""What a commit looks like by itself, whatever failed: its size, its kinds of files, the words of its title.

The titles' words and the file kinds are general; position in the window and age are left out on purpose, since they
say how the window was drawn and not who broke it.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from chatbot.ci import Author, ChangedFile, Commit
from chatbot.suspects.kinds import file_kinds
from chatbot.suspects.vocabulary import TITLES
from chatbot.suspects.words import path_words, text_words, trigrams

MOST_FILES = 1000
"""Files of a commit that are read; a larger commit counts as having this many."""

_TAG = re.compile(r"\W*\[|[\w/.\- ]{2,30}: ")
_PULL = re.compile(r"\(#\d+\)")

SHAPE = (
    "lines", "files", "directories", "deleted share", "entropy", "CI and build share", "docs only", "changes tests",
    "native", "pin only", *(f"title: {name}" for name, _ in TITLES), "title tag",
)  # fmt: skip


def author_key(author: Author) -> str:
    """What identifies an author best; empty where nothing does."""
    return author.login or author.email or author.name or ""


@lru_cache(maxsize=2048)
def title_key(title: str) -> str:
    """The title without tags, pull request numbers and words of landing again: equal for a commit and its reland."""
    bare = _PULL.sub("", title[:400].lower())
    bare = re.sub(r"\[[^\]]*\]|\b(re-?land|re-?submit|re-?apply|revert)\w*\b|[^a-z0-9]+", " ", bare)
    return " ".join(bare.split())


def _entropy(sizes: list[int]) -> float:
    """How evenly the lines spread over the files, in nats; 0 for one file."""
    total = sum(sizes)
    return -sum(size / total * math.log(size / total) for size in sizes if size) if total else 0.0


@lru_cache(maxsize=2048)
def title_features(title: str) -> tuple[float, ...]:
    """The last columns of `SHAPE`: 0 or 1 for each family of words, and whether it begins with a tag."""
    read = title[:2000]
    words = tuple(float(bool(pattern.search(read))) for _, pattern in TITLES)
    return (*words, float(bool(_TAG.match(read))))


class Look:
    """What is read of a commit once for all cases: its files' paths, folders, kinds and words, and its `shape`."""

    def __init__(self, commit: Commit) -> None:
        files = (commit.files or ())[:MOST_FILES]
        self.paths = frozenset(file.path for file in files)
        self.folders = frozenset((path.rpartition("/")[0] or ".") + "/" for path in self.paths)
        self.lower = tuple(path.lower() for path in self.paths)
        self.stems = frozenset(path.rpartition("/")[2].partition(".")[0] for path in self.lower)
        self.kinds = tuple(file_kinds(file.path) for file in files)
        self.title_words = text_words(commit.title)
        self.words = self.title_words.union(*map(path_words, self.paths))
        self.letters = trigrams(commit.title)
        self.title = title_key(commit.title)
        self.author = author_key(commit.author)
        self.shape = self._shape(files, commit.title)

    def share(self, *wanted: str) -> float:
        """The share of the files that are of one of the kinds *wanted*."""
        return sum(not kind.isdisjoint(wanted) for kind in self.kinds) / max(1, len(self.kinds))

    def _shape(self, files: tuple[ChangedFile, ...], title: str) -> tuple[float, ...]:
        """The columns of `SHAPE`."""
        sizes = [max(0, file.added or 0) + max(0, file.deleted or 0) for file in files]
        lines, deleted = sum(sizes), sum(max(0, file.deleted or 0) for file in files)
        return (
            math.log1p(lines), math.log1p(len(files)), math.log1p(len(self.folders)), deleted / max(1, lines),
            _entropy(sizes), self.share("ci", "build"), float(self.share("docs") == 1), float(self.share("test") > 0),
            float(self.share("native") > 0), float(self.share("pin") == 1), *title_features(title),
        )  # fmt: skip


@lru_cache(maxsize=1024)
def look(commit: Commit) -> Look:
    """What *commit* looks like; kept for the commits asked for last."""
    return Look(commit)
