"""Shortening text without breaking it.

A cut never falls inside what a reader sees as one character, nor inside an entity, a link, a mention, a date
or a code span: those stay whole, are closed again, or go. Knows nothing of what the text says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

ELLIPSIS: Final = "…"
_LONGEST_CLUSTER: Final = 32  # code points; a longer run of joiners and marks is no character but a prank
_ZERO_WIDTH_JOINER: Final = "\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_REGIONAL: Final = range(0x1F1E6, 0x1F200)
_HANGUL_TAILS: Final = range(0x1160, 0x1200)
_ATOM: Final = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|```.*?```|`[^`\n]+`", re.DOTALL)


def units(text: str) -> int:
    """Length in UTF-16 units, the larger of the ways Slack may count a character."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> Iterator[str]:
    """Split into what readers see as characters: an approximation of Unicode's extended grapheme clusters (UAX 29)."""
    start = 0
    for at in range(1, len(text)):
        if at - start >= _LONGEST_CLUSTER or not _joins(text, start, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def clip_plain(text: str, limit: int) -> str:
    """*text* in at most *limit* UTF-16 units, with an ellipsis where something was cut."""
    return text if units(text) <= limit else _fill(clusters(text), limit)


def clip_mrkdwn(text: str, limit: int) -> str:
    """The same for Slack's mrkdwn: entities, `<...>` and code spans stay valid."""
    if units(text) <= limit:
        return text
    room = limit - 1
    kept: list[str] = []
    for atom in _atoms(text):
        size = units(atom)
        if size > room:
            if atom.startswith("`") and (code := _shorter_code(atom, room + 1)):
                return "".join((*kept, code))
            break
        kept.append(atom)
        room -= size
    return _ended("".join(kept), limit)


def _joins(text: str, start: int, at: int) -> bool:
    """Whether the code point at *at* belongs to the cluster that began at *start*."""
    char, before = text[at], text[at - 1]
    if char.isascii():
        return False
    code = ord(char)
    return (
        _ZERO_WIDTH_JOINER in {char, before}
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or code in _SKIN_TONES
        or (code in _REGIONAL and ord(before) in _REGIONAL and (at - start) % 2 == 1)
        or (code in _HANGUL_TAILS and unicodedata.category(before) == "Lo")
    )


def _atoms(text: str) -> Iterator[str]:
    at = 0
    for match in _ATOM.finditer(text):
        yield from clusters(text[at : match.start()])
        yield match.group()
        at = match.end()
    yield from clusters(text[at:])


def _shorter_code(span: str, limit: int) -> str:
    """The beginning of a code span or block with its closing marks, or nothing where not even those fit."""
    marks = "```" if span.startswith("```") else "`"
    room = limit - 2 * len(marks) - 1
    if room <= 0:
        return ""
    inner = span[len(marks) : -len(marks)]
    kept = _fill(_atoms(inner), room + 1)
    return f"{marks}{kept}{marks}"


def _fill(pieces: Iterable[str], limit: int) -> str:
    """As many leading *pieces* as fit, and the ellipsis."""
    room = limit - 1
    kept: list[str] = []
    for piece in pieces:
        room -= units(piece)
        if room < 0:
            break
        kept.append(piece)
    return _ended("".join(kept), limit)


def _ended(text: str, limit: int) -> str:
    return text.rstrip() + ELLIPSIS if limit > 0 else ""
