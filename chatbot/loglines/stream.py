r"""Bytes of a log in any pieces become blocks of whole lines in UTF-8, each line bounded.

Lines end at `\n` alone. UTF-16 is known by its byte order mark; everything else is taken as UTF-8,
and bytes that are not become U+FFFD. How the pieces were cut never shows in the lines that come out.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

LINE_LIMIT: Final = 16_384
"""Bytes of a line that are looked at; the rest of the line is dropped unread."""

PIECE: Final = 262_144
"""Bytes looked at together; bounds the memory for a chunk of any size."""

_MARKS: Final = ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARK_LENGTH: Final = max(len(mark) for mark, _ in _MARKS)


class Decoder:
    """Turns UTF-16 into UTF-8 and takes byte order marks off; UTF-8 passes as it is."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the log, in UTF-8 where the log says what it is."""
        if self._head is not None:
            self._head += chunk
            if len(self._head) < _MARK_LENGTH:
                return b""
            chunk = self._settle(self._head)
        return self._recode(chunk, final=False)

    def finish(self) -> bytes:
        """What was held back."""
        chunk = b"" if self._head is None else self._settle(self._head)
        return self._recode(chunk, final=True)

    def _settle(self, head: bytes) -> bytes:
        self._head = None
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
                return head[len(mark) :]
        return head

    def _recode(self, chunk: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return chunk
        # A lone surrogate decodes to itself and cannot be encoded: it becomes "?".
        return self._decoder.decode(chunk, final).encode("utf-8", "replace")


class Blocks:
    """Collects whole lines; a line without an end is held up to `LINE_LIMIT` and no further."""

    def __init__(self) -> None:
        self._held = b""
        self._dropping = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Blocks of whole lines, each ending in a newline."""
        for start in range(0, len(chunk), PIECE):
            block = self._take(chunk[start : start + PIECE])
            if block:
                yield _bounded(block)

    def finish(self) -> bytes:
        """The last line, where the log does not end in a newline."""
        held, self._held = self._held, b""
        return held

    def _take(self, piece: bytes) -> bytes:
        if self._dropping:
            newline = piece.find(b"\n")
            if newline < 0:
                return b""
            piece = piece[newline:]
            self._dropping = False
        text = self._held + piece
        end = text.rfind(b"\n") + 1
        rest = text[end:]
        self._dropping = len(rest) > LINE_LIMIT
        self._held = rest[:LINE_LIMIT]
        return text[:end]


def _bounded(block: bytes) -> bytes:
    """*block* with its long lines cut. Hops from newline to newline in strides of the limit."""
    kept: list[bytes] = []
    copied = start = 0
    while start + LINE_LIMIT < len(block):
        newline = block.rfind(b"\n", start, start + LINE_LIMIT + 1)
        if newline >= 0:
            start = newline + 1
            continue
        kept.append(block[copied : start + LINE_LIMIT])
        copied = block.index(b"\n", start)
        start = copied + 1
    return b"".join((*kept, block[copied:])) if kept else block
