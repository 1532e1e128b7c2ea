"""What commit messages say of themselves: the pull request they came by, and what they take back. Pure."""

from __future__ import annotations

import re

from chatbot.sources.values import LONGEST

_NUMBERS = (
    re.compile(r"\(#(\d{1,9})\)\s*$"),
    re.compile(r"^Merge pull request #(\d{1,9})\b"),
    re.compile(r"^(?:Auto merge of|Merge) #(\d{1,9})\b"),
    re.compile(r"^Pull Request resolved: \S+/pull/(\d{1,9})\s*$", re.MULTILINE),
)


_READ = 20_000
"""Characters of a commit message that are read."""


def first_line(message: str) -> str:
    """What a commit message says in its first line, at most 1,000 characters of it."""
    return message[:_READ].split("\n", 1)[0].strip()[:LONGEST]


def pull_number(message: str) -> int | None:
    """The pull request that a commit message names: `(#12)`, `Merge pull request #12`, and what merge bots write."""
    message = message[:_READ]
    title = message.split("\n", 1)[0]
    for pattern in _NUMBERS:
        found = pattern.search(message if pattern.flags & re.MULTILINE else title)
        if found:
            return int(found[1])
    return None


_REVERTS = re.compile(
    r"^\s*(?:This reverts commit\s+[0-9a-f]{7,40}|Reverts\s+\S*#\d+)\b.*$", re.IGNORECASE | re.MULTILINE
)
_REVERT_LINES = 3


def reverted(message: str) -> str | None:
    """The lines of a commit message that say what it reverts, 3 at most."""
    said = [found[0].strip()[:200] for found in _REVERTS.finditer(message[:_READ])]
    return "\n".join(said[:_REVERT_LINES]) or None
