"""What stays the same of a failing line from commit to commit, from runner to runner.

Groups, it does not explain: numbers that stand alone, timings, addresses, hashes and the directories in
front of a file are dropped; names, also those with digits in them (`test_conv2d`, `float32`), stay.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_LENGTH: Final = 12
"""Hexadecimal digits: 48 bits, a collision in a million lines is one in 500."""

# Order matters: what is longer and more telling goes first.
_VARIABLE: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<n>"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|\b)", "<time>"),
        (r"(?i)\b0x[0-9a-f]+\b", "<n>"),
        (r"[-+]?\b(?=[a-f]*[0-9])[0-9a-f]{7,64}\b", "<n>"),
        (r"https?://[^\s'\"<>]+", "<url>"),
        (r"(?:/private)?(?:/var)?/tmp/[^\s'\":,)\]]+", "<temporary>"),
        (r"(?i)\b[a-z]:\\[^\s'\":,)\]]*\\Temp\\[^\s'\":,)\]]+", "<temporary>"),
        (r"(?:\b[A-Za-z]:)?(?:[/\\][\w.+@~-]+)+[/\\]", "/"),
        (r"(?:\b|[-+])\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?(?:[num]?s|min|h|%| ?[KMGT]i?B|B)?\b", "<n>"),
        (r"\s+", " "),
    )
)


def shape(line: str) -> str:
    """*line* with what varies replaced by what it is; readable, for explaining a fingerprint."""
    for pattern, replacement in _VARIABLE:
        line = pattern.sub(replacement, line)
    return line.strip()


def fingerprint(line: str) -> str:
    """Twelve hexadecimal digits that are equal for equal failures."""
    return hashlib.blake2b(shape(line).encode(), digest_size=_LENGTH // 2).hexdigest()
