"""The embedded server's data directory: who uses it, and where its socket is.

Two locks, both held by the kernel and so gone with their process, however it dies: `bot.lock` by the bot,
`server.lock` by the server itself, which inherits the open file. There are never two servers on one directory.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import tempfile
from hashlib import sha1
from pathlib import Path

import msgspec
from msgspec import Struct

from chatbot.errors import ConfigError

LONGEST_SOCKET = 100
"""Bytes of a socket's path: Linux takes 107, macOS 103."""
REMEDY = "or set TRUNKWATCH_DATA_DIR to another directory, or REDIS_URL to a server of your own"


class InUseError(ConfigError):
    """Another live process uses the directory."""


class Running(Struct, frozen=True):
    """The server that holds the directory."""

    pid: int
    socket: str


def prepare(path: Path) -> Path:
    """Make *path* and see that it can be written; its absolute form.

    Raises:
        ConfigError: it cannot be; the text says why.
    """
    absolute = path.expanduser().absolute()
    try:
        absolute.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = absolute / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"cannot write to the data directory {str(absolute)!r}: {error.strerror}; make it writable {REMEDY}"
        ) from error
    return absolute


def lock(path: Path) -> int | None:
    """The open, locked file *path*, or `None` where another process holds it. Closing it lets go."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def claim(directory: Path) -> int:
    """Lock *directory* for this process; the handle to close when done.

    Raises:
        InUseError: another live process uses it; the text names its pid.
    """
    handle = lock(directory / "bot.lock")
    if handle is None:
        user = _pid(directory / "bot.lock")
        raise InUseError(f"the data directory {str(directory)!r} is in use by process {user}; stop that, {REMEDY}")
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def _pid(path: Path) -> str:
    text = path.read_text(errors="replace").strip()
    return text if text.isdigit() else "unknown"


def running(directory: Path) -> Running | None:
    """The server that `note` told of last; whether it still runs is another question."""
    try:
        return msgspec.json.decode((directory / "server.lock").read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def note(handle: int, server: Running) -> None:
    """Write down, in the locked file *handle*, which server holds it."""
    text = msgspec.json.encode(server)
    os.pwrite(handle, text, 0)
    os.ftruncate(handle, len(text))


def socket_path(directory: Path) -> Path:
    """Where the socket goes: into *directory* where that can be.

    Where its path is too long or its file system knows no sockets, into a private directory under the system's
    temporary one, named after it.

    Raises:
        ConfigError: there is no place for a socket.
    """
    inside = directory / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET and _takes_sockets(directory):
        return inside
    name = sha1(os.fsencode(directory), usedforsecurity=False).hexdigest()[:12]
    outside = Path(tempfile.gettempdir()) / f"trunkwatch-{os.getuid()}-{name}"
    try:
        outside.mkdir(mode=0o700, exist_ok=True)
        found = outside.lstat()
    except OSError as error:
        raise ConfigError(f"cannot make {str(outside)!r} for the embedded server's socket: {error.strerror}") from error
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    if not private or len(os.fsencode(outside / "valkey.sock")) > LONGEST_SOCKET:
        raise ConfigError(
            f"{str(outside)!r} is no private directory of this user; set TRUNKWATCH_DATA_DIR to a shorter path"
        )
    return outside / "valkey.sock"


def _takes_sockets(directory: Path) -> bool:
    probe = directory / ".socket"
    probe.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.bind(str(probe))
        except OSError:
            return False
    probe.unlink(missing_ok=True)
    return True
