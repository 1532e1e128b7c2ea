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

MOST_FILES = 1000
"""Files of a commit that are read; a larger commit counts as having this many."""

LARGE = 500
"""Lines from which a commit is large."""

_CODE = frozenset({"native", "header", "gpu", "python", "web", "managed", "apple", "android", "script"})
_BESIDE_CODE = frozenset({"docs", "ci", "test", "expect", "lint"})

_PULL = re.compile(r"\s*\(#\d+\)")

SHAPE = (
    "lines", "files", "directories", "large", "deleted share", "entropy", "wide",
    "CI and build share", "docs only", "no code but tests", "tests only", "changes tests", "native", "header",
    "interface", "gpu", "generated", "pin only", "binary", "unknown files",
    *(f"title: {name}" for name, _ in TITLES), "title length", "title tag",
)  # fmt: skip


def read_files(commit: Commit) -> tuple[ChangedFile, ...]:
    """The files of *commit* that are read: the first `MOST_FILES`, none where nobody knows them."""
    return (commit.files or ())[:MOST_FILES]


def directory(path: str) -> str:
    """The folder of *path*, `.` at the top."""
    return path.rpartition("/")[0] or "."


def touched(commit: Commit) -> set[str]:
    """The files of *commit*, and their folders with a `/` at the end."""
    paths = {file.path for file in read_files(commit)}
    return paths | {directory(path) + "/" for path in paths}


def author_key(author: Author) -> str:
    """What identifies an author best; empty where nothing does."""
    return author.login or author.email or author.name or ""


@lru_cache(maxsize=8192)
def title_key(title: str) -> str:
    """The title without tags, pull request numbers and words of landing again: equal for a commit and its reland."""
    bare = _PULL.sub("", title[:400].lower())
    bare = re.sub(r"\[[^\]]*\]|\b(re-?land|re-?submit|re-?apply|revert)\w*\b|[^a-z0-9]+", " ", bare)
    return " ".join(bare.split())


def _entropy(sizes: list[int]) -> float:
    """How evenly the lines spread over the files, in nats; 0 for one file."""
    total = sum(sizes)
    return -sum(size / total * math.log(size / total) for size in sizes if size) if total else 0.0


@lru_cache(maxsize=16384)
def title_features(title: str) -> tuple[float, ...]:
    """The last columns of `SHAPE`: 0 or 1 for each family of words, the length, whether it begins with a tag."""
    read = title[:2000]
    words = tuple(float(bool(pattern.search(read))) for _, pattern in TITLES)
    return (*words, math.log1p(min(len(read), 200)) - 4.0, float(bool(re.match(r"\W*\[|[\w/.\- ]{2,30}: ", read))))


def shape(commit: Commit) -> list[float]:
    """The columns of `SHAPE` for *commit*."""
    files = read_files(commit)
    kinds = [file_kinds(file.path) for file in files]
    sizes = [max(0, file.added or 0) + max(0, file.deleted or 0) for file in files]
    lines, deleted = sum(sizes), sum(max(0, file.deleted or 0) for file in files)
    folders = {directory(file.path) for file in files}
    tops = {file.path.split("/")[0] for file in files}

    def share(*wanted: str) -> float:
        return sum(not kind.isdisjoint(wanted) for kind in kinds) / max(1, len(kinds))

    return [
        math.log1p(lines), math.log1p(len(files)), math.log1p(len(folders)), float(lines > LARGE),
        deleted / max(1, lines), _entropy(sizes), math.log1p(len(tops)),
        share("ci", "build"), float(share("docs") == 1), float(bool(files) and not any(_is_code(k) for k in kinds)),
        float(share("test") == 1), float(share("test") > 0), float(share("native") > 0), float(share("header") > 0),
        float(share("interface") > 0), float(share("gpu") > 0), share("generated"), float(share("pin") == 1),
        float(any(file.added is None for file in files)), float(not commit.files),
        *title_features(commit.title),
    ]  # fmt: skip


def _is_code(kinds: frozenset[str]) -> bool:
    return not kinds.isdisjoint(_CODE) and kinds.isdisjoint(_BESIDE_CODE)
