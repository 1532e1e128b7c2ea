# ruff: noqa: INP001  a script, no part of a package
"""Collects what the image consists of: Python, the bot with its dependencies, the libraries they load, certificates.

usage: python deploy/image.py LIB ROOT
It runs in the first stage of the Dockerfile with the Python that goes into the image. LIB is the directory with the bot
and its dependencies and keeps its path below ROOT, which is made and becomes the whole file system of the last stage:
no shell, no package manager, nothing that came with the base and is not used.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

UID = 10001
HOME = "/var/lib/trunkwatch"
# Parts of Python's library that are for windows, terminals and development.
STDLIB_ASIDE = ("__pycache__", "config-*", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages", "test",
                "tests", "tkinter", "turtledemo", "venv", "_tkinter.*", "_curses*", "curses", "readline.*", "nis.*",
                "_test*", "_xxtest*", "_ctypes_test*", "_dbm.*", "_gdbm.*")  # fmt: skip
# The same of dependencies; what colours source code and sets Markdown (rich does without); pictures of other kinds.
LIB_ASIDE = ("__pycache__", "*.pyi", "*.pyx", "*.pxd", "*.a", "*.h", "*.c", "*.cc", "tests", "bin", "sboms", "pygments",
             "markdown_it", "mdurl", "_avif.*", "_webp.*", "_imagingcms.*", "_imagingtk.*")  # fmt: skip
# Loaded by name when a thread ends, so that no list of needed libraries has it.
BY_NAME = ("libgcc_s.so.1",)
_NEEDED = re.compile(r"(?:=> )?(/\S+) \(0x")


def python(root: Path) -> None:
    """Python itself and its standard library, compiled."""
    interpreter = Path(sys.base_prefix, "bin", "python")
    at = below(root, interpreter)
    at.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(sys._base_executable).resolve(), at)  # noqa: SLF001  what a virtual environment was made from
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    shutil.copytree(stdlib, below(root, stdlib), ignore=shutil.ignore_patterns(*STDLIB_ASIDE))
    compiled(root, stdlib)


def dependencies(lib: Path, root: Path) -> None:
    """The bot and what it depends on, compiled."""
    shutil.copytree(lib, below(root, lib), ignore=shutil.ignore_patterns(*LIB_ASIDE))
    compiled(root, lib)


def compiled(root: Path, path: Path) -> None:
    """Byte code for what is below *root* at *path*: a read-only file system can't keep what was compiled at a start."""
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(below(root, path), quiet=2, workers=0, stripdir=root, invalidation_mode=mode):
        sys.exit(f"{path}: not everything there could be compiled")


def libraries(root: Path) -> None:
    """Every shared library that something below *root* needs, at the path it is found at; no library nothing needs."""
    needed: set[Path] = set()
    shipped = set(root.rglob("*.libs/*.so*"))  # by wheels, for their own modules
    for one in [one for one in binaries(root) if one not in shipped]:
        # Asked where it came from: libraries beside it are found by a path relative to it.
        origin = Path("/", one.relative_to(root))
        told = subprocess.run(["ldd", origin if origin.exists() else one], capture_output=True, text=True, check=False)  # noqa: S603, S607
        if "not found" in told.stdout:
            sys.exit(f"{origin} needs a library that is not here:\n{told.stdout}")
        for found in _NEEDED.findall(told.stdout):
            needed.add(copied(Path(os.path.normpath(found)), root))
    for one in shipped - needed:
        one.unlink()
    beside = {one.name: one.parent for one in root.rglob("lib*.so*")}
    for name in BY_NAME:
        copied(Path("/", beside["libc.so.6"].relative_to(root), name), root)


def binaries(root: Path) -> Iterator[Path]:
    """Every file below *root* that the loader would load."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF":
            yield path


def copied(path: Path, root: Path) -> Path:
    """Copy what is at *path*, or what it points to, to the same path below *root*, which is returned."""
    at = below(root, path)
    if not at.exists():
        at.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path.resolve(strict=True), at)
    return at


def certificates(root: Path) -> None:
    """The authorities' certificates, where this Python's OpenSSL looks for them."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None:
        sys.exit("there are no certificates here: install ca-certificates first")
    at = below(root, Path(paths.openssl_cafile))
    at.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(paths.cafile).resolve(), at)


def accounts(root: Path) -> None:
    """The one user, its home, a place for what is temporary, and the order in which names of hosts are looked up."""
    files = {
        "etc/passwd": f"trunkwatch:x:{UID}:{UID}::{HOME}:/nonexistent\n",
        "etc/group": f"trunkwatch:x:{UID}:\n",
        "etc/nsswitch.conf": "hosts: files dns\n",
    }
    for name, text in files.items():
        at = root / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
    home, temporary = below(root, Path(HOME)), root / "tmp"
    home.mkdir(parents=True)
    temporary.mkdir(exist_ok=True)
    temporary.chmod(0o1777)
    if os.geteuid() == 0:
        os.chown(home, UID, UID)


def below(root: Path, path: Path) -> Path:
    """Where what is at *path* goes."""
    return root / path.relative_to("/")


def main(lib: Path, root: Path) -> None:
    """Make *root*."""
    root.mkdir(parents=True)
    python(root)
    dependencies(lib.resolve(), root)
    libraries(root)
    certificates(root)
    accounts(root)
    size = sum(one.lstat().st_size for one in root.rglob("*") if one.is_file())
    sys.stdout.write(f"{root}: {size / 1e6:.0f} MB\n")


if __name__ == "__main__":
    if len(sys.argv[1:]) != len(("LIB", "ROOT")):
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
