"""What kind of file a path is and what kind of failure a text speaks of.

A lint failure is caused by other files than a linker error. The patterns and which goes with which are general
knowledge, in `vocabulary.toml`; how much it counts is learned.
"""

from __future__ import annotations

from functools import lru_cache

from chatbot.suspects.vocabulary import FAILURES, FILES


@lru_cache(maxsize=4096)
def file_kinds(path: str) -> frozenset[str]:
    """Every kind that *path* is; usually one to three."""
    return frozenset(kind for kind, pattern in FILES if pattern.search(path[-400:]))


@lru_cache(maxsize=1024)
def failure_kinds(text: str) -> frozenset[str]:
    """Every kind of failure that *text* speaks of."""
    return frozenset(kind for kind, pattern in FAILURES if pattern.search(text[:4000]))
