"""What commit messages say of themselves: the pull request they came by, and what they take back. Pure."""

from __future__ import annotations

import re

_NUMBERS = (
    re.compile(r"\(#(\d+)\)\s*$"),
    re.compile(r"^Merge pull request #(\d+)\b"),
    re.compile(r"^(?:Auto merge of|Merge) #(\d+)\b"),
    re.compile(r"^Pull Request resolved: \S+/pull/(\d+)\s*$", re.MULTILINE),
)


def pull_number(message: str) -> int | None:
    """The pull request that a commit message names: `(#12)`, `Merge pull request #12`, and what merge bots write."""
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
    said = [found[0].strip()[:200] for found in _REVERTS.finditer(message[:20_000])]
    return "\n".join(said[:_REVERT_LINES]) or None
