"""Bots as processes of their own, from the nursery: started in a tenth of a second, killed, frozen, thawed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from chatbot.failpoints import VARIABLE


class Bot:
    """One process. `ended` holds its exit code (negative: the signal that ended it); `armed`: it has a failpoint."""

    def __init__(self, pid: int, log: Path, *, armed: bool = False) -> None:
        self.pid = pid
        self.armed = armed
        self.log = log
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended

    async def terminate(self, within: float = 10.0) -> int:
        """SIGTERM; the exit code. Raises TimeoutError where it is not obeyed."""
        self.send(signal.SIGTERM)
        return await asyncio.wait_for(asyncio.shield(self.ended), within)

    def frozen(self) -> bool:
        """Whether it is stopped by SIGSTOP."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    def tail(self, size: int = 3000) -> str:
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""


class Nursery:
    """Where bots come from."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._gone: dict[int, int] = {}
        self._bots: dict[int, Bot] = {}
        self._count = 0

    async def __aenter__(self) -> Self:
        root = Path(__file__).parents[2]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.nursery", cwd=root, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "GITHUB_", "TRUNKWATCH_"))},
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self._bots.values():
            bot.send(signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.kill()
        await self._process.wait()
        await self._listening

    async def bot(self, config: Path, environment: Mapping[str, str]) -> Bot:
        """Start one."""
        self._count += 1
        log = self._directory / f"bot-{self._count % 50}.log"
        log.unlink(missing_ok=True)
        order = {"config": str(config), "log": str(log), "environment": dict(environment)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        pid = await self._born.get()
        bot = self._bots[pid] = Bot(pid, log, armed=VARIABLE in environment)
        if pid in self._gone:
            bot.ended.set_result(self._gone.pop(pid))
        return bot

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            what, pid, *code = line.decode().split()
            if what == "born":
                self._born.put_nowait(int(pid))
            elif int(pid) in self._bots:
                self._bots.pop(int(pid)).ended.set_result(int(code[0]))
            else:
                self._gone[int(pid)] = int(code[0])
