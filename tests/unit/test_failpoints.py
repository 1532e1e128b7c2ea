"""Failpoints: off unless armed, counted, and wrong names are refused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot import failpoints

ROOT = Path(__file__).parents[2]


def passing(text: str, times: int) -> subprocess.Popen[bytes]:
    """A process that passes `posted` so often with *text* armed, and says how far it came."""
    program = (
        "import time\nfrom chatbot import failpoints\n"
        f"for n in range({times}):\n    print(n, flush=True)\n    failpoints.reach('posted')\n"
    )
    environment = {**os.environ, failpoints.VARIABLE: text}
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, cwd=ROOT)


def test_nothing_happens_while_none_is_armed() -> None:
    with passing("", 3) as process:
        assert process.communicate()[0].split() == [b"0", b"1", b"2"]
        assert process.returncode == 0


def test_the_process_dies_at_the_point_it_is_armed_for() -> None:
    with passing("posted:2", 5) as process:
        assert process.communicate()[0].split() == [b"0", b"1"]
        assert process.returncode == -signal.SIGKILL


def test_another_point_is_passed_without_harm() -> None:
    with passing("edited", 3) as process:
        assert process.communicate()[0].split() == [b"0", b"1", b"2"]


def test_the_process_can_be_frozen_and_goes_on_afterwards() -> None:
    with passing("posted:1:stop", 2) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[0].split() == [b"0", b"1"]


@pytest.mark.parametrize("text", ["nowhere", "posted:x", "posted:1:explode", ":1"])
def test_what_names_no_point_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="NAME:COUNT"):
        failpoints.arm(text)


def test_every_point_is_reached_somewhere_and_no_other_is() -> None:
    source = "".join(path.read_text() for path in (ROOT / "chatbot").rglob("*.py"))
    assert set(re.findall(r'failpoints\.reach\("(\w+)"\)', source)) == set(failpoints.POINTS)
