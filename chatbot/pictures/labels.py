"""Names of jobs made short enough to stand beside their row, so that they still tell the jobs apart. Draws nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from chatbot.pictures import palette

_WORDS: Final = re.compile(r"[^\s/(),]+")
_LEFT_OUT: Final = "…"
_TINY: Final = 6  # characters; a shorter word takes little room and is left out last


def short(names: Sequence[str], size: int, room: int) -> list[str]:
    """*names* in letters of *size* pixels, at most *room* pixels wide.

    From a name that is too long go the words that most of the others have too, the longest first; only then its middle.
    """
    shown = [palette.legible(name) for name in names]
    common = Counter(word for name in shown for word in set(_WORDS.findall(name)))
    return [_short(name, common, size, room) for name in shown]


def _short(name: str, common: Counter[str], size: int, room: int) -> str:
    words = sorted(set(_WORDS.findall(name)), key=lambda word: (len(word) < _TINY, -common[word], -len(word), word))
    left = name
    for word in words[:-1]:
        if palette.width(left, size) <= room:
            return left
        if common[word] > 1:
            left = _without(left, word)
    return palette.clipped(left, size, room)


def _without(name: str, word: str) -> str:
    """*name* with a mark where *word* was; marks that come to stand side by side become one."""
    bare = re.sub(rf"(?<![^\s/(),]){re.escape(word)}(?![^\s/(),])", _LEFT_OUT, name)
    bare = re.sub(rf"{_LEFT_OUT}(?:[\s/,]*{_LEFT_OUT})+", _LEFT_OUT, bare)
    bare = re.sub(rf"\(\s*{_LEFT_OUT}\s*\)", _LEFT_OUT, bare)
    return re.sub(rf"^{_LEFT_OUT}[\s/,]*", "", bare) or _LEFT_OUT
