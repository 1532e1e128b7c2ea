"""Starts bots quickly: a process that has imported everything already, and forks a bot for each line it reads.

usage: python -m tests.chaos.nursery
A line is `{"config": path, "log": path, "environment": {..}}`; the answer is `born PID`. When a bot ends it says
`gone PID CODE`. A bot is what `trunkwatch run` is, but for the second that the imports take.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

import handlers  # noqa: F401  the imports are what this is for
from chatbot import failpoints
from chatbot.commands import run


def main() -> None:
    # A child's end is told to any thread, and libraries have some: what wakes the reading below is the pipe.
    told, wake = os.pipe()
    os.set_blocking(told, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    gc.freeze()  # so that no child copies what it only reads
    orders = b""
    while True:
        ready, _, _ = select.select([0, told], [], [])
        if told in ready:
            os.read(told, 4096)
            _reap()
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                return
            *lines, orders = (orders + read).split(b"\n")
            for line in lines:
                _bear(json.loads(line))


def _bear(order: dict[str, Any]) -> None:
    pid = os.fork()
    if pid == 0:
        _be(order)
    _say(f"born {pid}")


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _say(f"gone {pid} {os.waitstatus_to_exitcode(status)}")


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def _be(order: dict[str, Any]) -> None:
    """Be a bot, and never return."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.environ.update(order["environment"])
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(log, number)
        signal.signal(signal.SIGUSR2, lambda *_: _confess())
        failpoints.arm(order["environment"].get(failpoints.VARIABLE))
        run.command.main(["--config", str(Path(order["config"]))], standalone_mode=False)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _confess() -> None:
    """What every task waits for, into the log: for tests that wait in vain."""
    faulthandler.dump_traceback()
    for task in asyncio.all_tasks(asyncio.get_running_loop()):
        task.print_stack(limit=4)


if __name__ == "__main__":
    main()
