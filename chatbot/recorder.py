"""Writes recordings: appends what is new, so that stopping and starting again leaves one sound file.

A line is written once for each state of an attempt. What a crash tore at the end of the file is cut off before
anything is appended; nothing that could be read is lost. It asks no source: what was seen is handed in.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from chatbot.ci import Attempt, Commit, Conclusion, Status
from chatbot.errors import ConfigError
from chatbot.recording import LONGEST_LINE, Recorded, RecordedJob, encoded, parse, read, recorded, unpacked

_WITH_HEADER = 31

Identity = tuple[str, str, str, str, int, int, int]
State = tuple[Status, Conclusion | None]


class Recorder:
    """A recording that is being written. Use it with `with`; `seen` takes what a poll saw."""

    def __init__(self, path: Path) -> None:
        """Continue the recording at *path*, or begin it.

        Raises:
            ConfigError: the file cannot be written, or is something else than a recording.
        """
        self.commits = 0
        self.jobs = 0
        self._path = path
        self._known: set[tuple[str, str]] = set()
        self._states: dict[Identity, State] = {}
        self._last = datetime.min.replace(tzinfo=UTC)
        try:
            if path.is_file():
                mend(path)
                for record in read(path):
                    self._remember(record)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
        self._packer = _packer() if path.name.endswith(".gz") else None

    def seen(self, what: Iterable[Commit | Attempt], *, at: datetime, trunk: str) -> int:
        """Write what of *what* is new; how many lines that were. An earlier *at* than the last counts as the last.

        Raises:
            ConfigError: the disk is full, or the file cannot be written any more.
        """
        at = max(at.astimezone(UTC), self._last)
        new = [record for record in (recorded(one, at=at, trunk=trunk) for one in what) if self._remember(record)]
        self.commits += sum(not isinstance(record, RecordedJob) for record in new)
        self.jobs += sum(isinstance(record, RecordedJob) for record in new)
        if new:
            self._write(encoded(new))
        return len(new)

    def _remember(self, record: Recorded) -> bool:
        """Whether it says something that the file does not say yet."""
        self._last = record.at
        if not isinstance(record, RecordedJob):
            known = (record.trunk, record.sha) in self._known
            self._known.add((record.trunk, record.sha))
            return not known
        identity = _identity(record)
        state = (record.status, record.conclusion)
        before = self._states.get(identity)
        self._states[identity] = state
        return before != state

    def _write(self, lines: bytes) -> None:
        if self._packer is None:
            self._append(lines)
        else:
            self._append(self._packer.compress(lines) + self._packer.flush(zlib.Z_SYNC_FLUSH))

    def _append(self, content: bytes) -> None:
        left = memoryview(content)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot be written: {error.strerror or error}") from error

    def close(self) -> None:
        """Finish the file."""
        try:
            if self._packer is not None:
                self._append(self._packer.flush(zlib.Z_FINISH))
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _packer() -> zlib._Compress:
    return zlib.compressobj(wbits=_WITH_HEADER)


def _identity(record: RecordedJob) -> Identity:
    return record.trunk, record.sha, record.workflow, record.job, record.run_id, record.job_id, record.attempt


def mend(path: Path) -> None:
    """Cut off what a crash tore at the end of the recording at *path*; a sound file stays as it is.

    A plain file is shortened; a gzip file, which cannot be, is written anew beside it and then takes its place.
    A file that does not begin like a recording is not touched.

    Raises:
        OSError: it cannot be read or written.
        ConfigError: it has a line that no recording has.
    """
    whole, rest, torn = _examined(path)
    if not (rest or torn) or not _begins_as_recording(path):
        return
    end = rest + b"\n" if _is_record(rest) else b""
    if path.name.endswith(".gz"):
        _rewrite(path, whole, end)
    else:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - len(rest))
            file.seek(0, os.SEEK_END)
            file.write(end)


def _examined(path: Path) -> tuple[int, bytes, bool]:
    """How many bytes of whole lines there are, what follows them, and whether the packing is torn."""
    whole, rest = 0, b""
    try:
        for chunk in unpacked(path):
            block, newline, after = chunk.rpartition(b"\n")
            whole += len(rest + block + newline) if newline else 0
            rest = after if newline else rest + after
            if len(rest) > LONGEST_LINE:
                raise ConfigError(f"{path}: holds a line of more than {LONGEST_LINE >> 20} MB; it is no recording")
    except (EOFError, zlib.error):
        return whole, rest, True
    return whole, rest, False


def _begins_as_recording(path: Path) -> bool:
    try:
        line = next((line for chunk in unpacked(path) for line in chunk.split(b"\n")), b"")
    except (EOFError, zlib.error):
        return False
    return _is_record(line) or line.startswith(_TORN)


_TORN = (b'{"kind":"commit",', b'{"kind":"job",')
"""How what we write begins: enough to know a first line that was torn."""


def _is_record(line: bytes) -> bool:
    try:
        parse(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _rewrite(path: Path, whole: int, end: bytes) -> None:
    """The first *whole* unpacked bytes and *end*, packed anew in the place of *path*."""
    anew = path.with_name(f"{path.name}.mending")
    packer = _packer()
    with anew.open("wb") as file:
        for chunk in _first(whole, unpacked(path)):
            file.write(packer.compress(chunk))
        file.write(packer.compress(end) + packer.flush(zlib.Z_FINISH))
        file.flush()
        os.fsync(file.fileno())
    anew.replace(path)


def _first(count: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = count
    ahead = iter(chunks)
    while left > 0:
        chunk = next(ahead)
        yield chunk[:left]
        left -= len(chunk)
