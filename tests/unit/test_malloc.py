"""What was large and is free is not kept, whatever small lies between."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from chatbot import malloc

SCRIPT = """
import resource
import sys
from pathlib import Path
from chatbot import malloc

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

bytearray(4_000_000)  # the first large piece that becomes free
before, large, small = resident(), [], []
for _ in range(50):
    large.append(bytearray(b"x") * 1_000_000)
    small.append(bytearray(b"x") * 60_000)
large.clear()
if sys.argv[1] == "told":
    assert malloc.give_back()
print(round(resident() - before))
"""
GLIBC = platform.libc_ver()[0] == "glibc"


def kept(how: str) -> int:
    """MB that are resident although they are free."""
    run = [sys.executable, "-c", SCRIPT, how]
    return int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_what_is_free_is_given_back() -> None:
    assert kept("not told") > 30
    assert kept("told") < 10


@pytest.mark.skipif(GLIBC, reason="the C library is glibc")
def test_another_library_is_left_alone() -> None:
    assert not malloc.give_back()
