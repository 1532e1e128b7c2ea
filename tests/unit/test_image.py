"""What the image consists of: collected from this installation, entered, and run as the image's user."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
UID = 10001
PYTHON = f"{sys.base_prefix}/bin/python"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a process another root")


def files() -> Iterator[tuple[str, Path]]:
    """The bot and everything pinned that is installed here, by where each file goes below the libraries' directory."""
    for package in ("chatbot", "handlers"):
        for path in (TOP / package).rglob("*"):
            yield str(path.relative_to(TOP)), path
    for name in re.findall(r"^([\w.-]+)==", (TOP / "requirements.txt").read_text(), re.MULTILINE):
        try:
            found = metadata.files(name) or []
        except metadata.PackageNotFoundError:  # pinned for another Python
            continue
        for file in found:
            if ".." not in file.parts:
                yield str(file), Path(str(file.locate()))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last stage's file system, with the devices that every container has."""
    directory = tmp_path_factory.mktemp("image")
    lib, root = directory / "lib", directory / "root"
    for name, path in dict(files()).items():
        if path.is_file():
            at = lib / name
            at.parent.mkdir(parents=True, exist_ok=True)
            at.symlink_to(path)
    subprocess.run([sys.executable, TOP / "deploy" / "image.py", lib, root], check=True)
    (root / "dev").mkdir()
    for name, minor in (("null", 3), ("urandom", 9)):
        os.mknod(root / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    for part in directory.parents:  # pytest's own directories are root's alone
        if part.is_relative_to("/tmp") and part != Path("/tmp"):
            part.chmod(0o755)
    directory.chmod(0o755)
    return root


def inside(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python, started there by the user of the image."""
    lib = f"/{(root.parent / 'lib').relative_to('/')}"
    return subprocess.run(
        [shutil.which("chroot") or "chroot", f"--userspec={UID}:{UID}", root, PYTHON, *arguments],
        env={"PYTHONPATH": lib, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "HOME": "/var/lib/trunkwatch"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_it_stays_small(root: Path) -> None:
    """Without Python itself, 40 MB in the image; here it may have been built with everything a debugger wants."""
    python = root / Path(sys.base_prefix).relative_to("/")
    size = sum(one.lstat().st_size for one in root.rglob("*") if one.is_file() and not one.is_relative_to(python))
    assert 50e6 < size < 120e6


def test_there_is_nothing_to_start_but_the_bot(root: Path) -> None:
    programs = {one.name for one in root.rglob("bin/*")}
    assert programs == {"python"}
    assert not list(root.rglob("pip"))


def test_it_plays_the_demo_with_its_own_server_pictures_and_suspects(root: Path) -> None:
    played = inside(root, "-m", "chatbot", "demo", "--once")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Traceback" not in played.stderr


def test_it_trusts_the_usual_authorities_and_knows_the_zones(root: Path) -> None:
    told = inside(
        root,
        "-c",
        "import ssl, zoneinfo, pwd, os\n"
        "assert len(ssl.create_default_context().get_ca_certs()) > 50\n"
        "zoneinfo.ZoneInfo('Europe/Lisbon')\n"
        "print(pwd.getpwuid(os.getuid()).pw_name, *(os.access(at, os.W_OK) for at in ('/var/lib/trunkwatch', '/etc')))",
    )
    assert told.stdout.split() == ["trunkwatch", "True", "False"], told.stderr


def test_what_it_runs_was_compiled_beforehand(root: Path) -> None:
    lib = root / (root.parent / "lib").relative_to("/")
    for package, module in (("chatbot", "app"), ("aiohttp", "client")):
        assert (lib / package / "__pycache__" / f"{module}.{sys.implementation.cache_tag}.pyc").exists()
