"""Recordings: what a source saw, one JSON object a line, in the order in which it became visible.

Reads files and nothing else; `recorder` writes them. Reading streams: memory is bounded by a line's length, not
by the file's. Unknown keys are ignored; a line that is no record, or earlier than the one before it, is a
`ConfigError` that names the file and the line.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chatbot.ci import Attempt, Commit
from chatbot.errors import ConfigError

CHUNK = 1 << 20
LONGEST_LINE = 64 << 20
"""Bytes; a commit that touches 100,000 files needs about 10 MB."""

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_WITH_HEADER = 31
"""zlib's number for data in gzip's wrapping."""
_Aware = Annotated[datetime, Meta(tz=True)]
_Sha = Annotated[str, Meta(min_length=1, max_length=64)]


class RecordedCommit(Commit, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="commit"):
    """A commit, when it became visible and on which trunk."""

    at: _Aware
    trunk: str
    sha: _Sha
    committed_at: _Aware


class RecordedJob(Attempt, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="job"):
    """An attempt, when this state of it became visible and on which trunk."""

    at: _Aware
    trunk: str
    sha: _Sha
    queued_at: _Aware | None = None
    started_at: _Aware | None = None
    completed_at: _Aware | None = None


Recorded = RecordedCommit | RecordedJob

_decoder: msgspec.json.Decoder[Recorded] = msgspec.json.Decoder(Recorded)
_encoder = msgspec.json.Encoder()


def recorded(what: Commit | Attempt, *, at: datetime, trunk: str) -> Recorded:
    """*what* as a line of a recording."""
    if isinstance(what, Commit):
        values = {name: getattr(what, name) for name in Commit.__struct_fields__}
        return RecordedCommit(**values, at=at, trunk=trunk)
    values = {name: getattr(what, name) for name in Attempt.__struct_fields__}
    return RecordedJob(**values, at=at, trunk=trunk)


def encoded(records: Sequence[Recorded]) -> bytes:
    """*records* as lines, each with its line break."""
    return _encoder.encode_lines(records)


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # the last: it is nested too deep


def read(path: Path, *, advanced: Callable[[int], object] | None = None) -> Iterator[Recorded]:
    """The lines of the recording at *path* (`.jsonl` or `.jsonl.gz`), one at a time.

    *advanced* is told now and then how many bytes of the file have been read since it was told last.

    Raises:
        ConfigError: the file cannot be read, or a line of it is broken; the text says which.
    """
    number = 0
    last = datetime.min.replace(tzinfo=UTC)
    for block in _blocks(path, advanced):
        records = _decoded(block, path, number)
        for record in records:
            if record.at < last:
                raise _out_of_order(path, block, number, last)
            last = record.at
        yield from records
        number += block.count(b"\n")


def _decoded(block: bytes, path: Path, number: int) -> list[Recorded]:
    try:
        return _decoder.decode_lines(block)
    except _UNREADABLE:
        return [record for _, record in _one_by_one(block, path, number)]


def _one_by_one(block: bytes, path: Path, number: int) -> Iterator[tuple[int, Recorded]]:
    """Line by line, with its number, to say which one is broken."""
    for at, line in enumerate(block.split(b"\n"), number + 1):
        if line.strip():
            try:
                yield at, parse(line)
            except _UNREADABLE as error:
                raise ConfigError(f"{path}:{at}: is not a line of a recording: {error}") from error


def parse(line: bytes) -> Recorded:
    """One line. Null counts as missing where a field has a default.

    Raises:
        msgspec.MsgspecError: it is not a record.
    """
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        found: Recorded = msgspec.convert(_without_null(msgspec.json.decode(line)), type=Recorded)
        return found


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(inner) for key, inner in value.items() if inner is not None}
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value


def _out_of_order(path: Path, block: bytes, number: int, last: datetime) -> ConfigError:
    """The error for the first line of *block* that is earlier than a line before it."""
    for at, record in _one_by_one(block, path, number):
        if record.at < last:
            return ConfigError(f"{path}:{at}: its `at` is earlier than the line before; sort the file by `at`")
        last = record.at
    return ConfigError(f"{path}: is not in the order of `at`")


def _blocks(path: Path, advanced: Callable[[int], object] | None) -> Iterator[bytes]:
    """Whole lines, about `CHUNK` bytes of them at a time; the last may lack its line break."""
    rest = b""
    lines = 0
    try:
        for chunk in unpacked(path, advanced):
            block, newline, after = chunk.rpartition(b"\n")
            if newline:
                lines += block.count(b"\n") + 1
                yield b"".join((rest, block, newline))
                rest = after
            elif len(rest := rest + after) > LONGEST_LINE:
                raise ConfigError(f"{path}:{lines + 1}: is longer than {LONGEST_LINE >> 20} MB")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, lines + 1, error) from error
    if rest:
        yield rest


def unpacked(path: Path, advanced: Callable[[int], object] | None = None) -> Iterator[bytes]:
    """The bytes in the file at *path*, unpacked where they are gzip's, without a byte order mark.

    Raises:
        OSError, EOFError, zlib.error: after everything that could be read.
    """
    with path.open("rb") as file:
        first = file.read(CHUNK)
        chunks = itertools.chain([first.removeprefix(_BOM)], iter(lambda: file.read(CHUNK), b""))
        told = _telling(chunks, advanced) if advanced else chunks
        yield from _gunzipped(told) if first.startswith(_GZIP) else told


def _telling(chunks: Iterable[bytes], advanced: Callable[[int], object]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        advanced(len(chunk))


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What is in *chunks*, which may be several gzip members one after the other."""
    member = zlib.decompressobj(_WITH_HEADER)
    for chunk in chunks:
        left = chunk
        while left:
            if member.eof:
                member = zlib.decompressobj(_WITH_HEADER)
            yield member.decompress(left, CHUNK)
            left = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError


def _unreadable(path: Path, line: int, error: Exception) -> ConfigError:
    if isinstance(error, EOFError | zlib.error):
        return ConfigError(f"{path}:{line}: the gzip file is cut off or damaged here")
    if isinstance(error, FileNotFoundError):
        return ConfigError(f"{path}: there is no such file")
    return ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")
