"""Expands a gzipped log piece by piece, within a limit; what is not gzipped passes as it is.

Refuses bombs and damaged files with a `UserError`; it never holds more than a piece in memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from chatbot.errors import UserError

EXPANDED_LIMIT: Final = 2 << 30
"""Bytes that a gzipped log may expand to."""

RATIO_LIMIT: Final = 400
"""How many times its size a gzipped log may become, once it is over `RATIO_FROM`. Logs become 5 to 50 times
their size, one line repeated for ever about 300; deflate itself ends at 1,032."""

RATIO_FROM: Final = 128 << 20

_MAGIC: Final = b"\x1f\x8b"
_OTHERS: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ\x00", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"BZh", "compressed with bzip2"),
)
_HEAD: Final = 6
_PIECE: Final = 1 << 20
_GZIP: Final = 31  # zlib's window bits for a gzip header and trailer


def expanded(chunks: Iterable[bytes], *, limit: int = EXPANDED_LIMIT) -> Iterator[bytes]:
    """The text of *chunks*, gunzipped if they begin like gzip; then at most *limit* bytes.

    Raises:
        UserError: it is packed in another way, expands to more than *limit* bytes or `RATIO_LIMIT` times its
            size, is damaged, or ends too early.
    """
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if len(head) >= _HEAD:
            break
    for magic, kind in _OTHERS:
        if head.startswith(magic):
            raise UserError(f"the log is {kind}: unpack it first, only plain text and gzip are read")
    if not head.startswith(_MAGIC):
        yield head
        yield from rest
        return
    gunzip = _Gunzip(limit)
    yield from gunzip.feed(head)
    for chunk in rest:
        yield from gunzip.feed(chunk)
    gunzip.finish()


class _Gunzip:
    """One or several gzip members, one after another."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.decompressobj(_GZIP)
        self._read = self._made = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._read += len(chunk)
        while chunk:
            if self._stream.eof:
                chunk = chunk.lstrip(b"\0")  # padding to a block of the tape or disk it was on
                if not chunk:
                    return
                self._stream = zlib.decompressobj(_GZIP)
            piece = self._piece(chunk)
            if piece:
                yield piece
            chunk = self._stream.unused_data or self._stream.unconsumed_tail

    def finish(self) -> None:
        if not self._stream.eof:
            raise UserError("the gzipped log ends too early: fetch it again")

    def _piece(self, chunk: bytes) -> bytes:
        try:
            piece = self._stream.decompress(chunk, _PIECE)
        except zlib.error as error:
            raise UserError(f"the log is not valid gzip ({error}): fetch it again") from error
        self._made += len(piece)
        if self._made > self._limit:
            raise UserError(f"the gzipped log expands to more than {self._limit:,} bytes: unpack it and cut it first")
        if self._made > RATIO_FROM and self._made > RATIO_LIMIT * self._read:
            raise UserError(f"the gzipped log expands to more than {RATIO_LIMIT} times its size: this is no log")
        return piece
