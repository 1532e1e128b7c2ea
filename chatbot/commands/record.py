"""`trunkwatch record`: writes down what the sources see, in the recording format. It judges nothing, tells nobody."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import click
import msgspec
from rich.console import Console
from rich.status import Status

from chatbot.ci import Attempt, Commit
from chatbot.config import Config, TrunkConfig, load
from chatbot.durations import parse
from chatbot.errors import TransientError
from chatbot.recorder import Recorder
from chatbot.settings import Settings, read_settings
from chatbot.sources import Cursor, Source
from chatbot.sources.open import open_source
from chatbot.terminal import printable

Say = Callable[[str], None]


def _seconds(_: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    try:
        return None if text is None else parse(text).total_seconds()
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from error


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The recording; .jsonl or .jsonl.gz. Continued where it exists.",
)
@click.option(
    "--for", "seconds", metavar="DURATION", callback=_seconds, help="When to stop: 90s, 5m, 6h, 2d. Else at Ctrl-C."
)
@click.option("--files", is_flag=True, help="Ask for the files of each commit too, a request each; suspects need them.")
def command(file: Path, out: Path, seconds: float | None, *, files: bool) -> None:
    """Record what the sources see, until --for is over or Ctrl-C.

    Each commit is written once and each attempt whenever its state changes, at the time the source showed it.
    Every trunk of the configuration is polled at least once.
    """
    settings, config = read_settings(), load(file)
    console = Console(stderr=True)
    with Recorder(out) as recorder:
        status = console.status("Waiting for the first answer") if console.is_terminal else None
        with status or nullcontext():
            say = _saying(console, status)
            unread = asyncio.run(_record(config, settings, recorder, seconds=seconds, files=files, say=say))
        console.print(f"{out}: {_counted(recorder)}", highlight=False, markup=False, soft_wrap=True)
    if unread:
        raise TransientError(f"Nothing could be read of {', '.join(unread)} in that time.")


def _saying(console: Console, status: Status | None) -> Say:
    """Troubles go to standard error as lines; what changes by the second only to a terminal."""

    def say(text: str) -> None:
        if not text.startswith("recorded"):
            console.print(printable(text), highlight=False, markup=False, soft_wrap=True)
        elif status is not None:
            status.update(printable(text))

    return say


def _counted(recorder: Recorder) -> str:
    return f"recorded {recorder.commits} commits and {recorder.jobs} states of jobs"


async def _record(
    config: Config, settings: Settings, recorder: Recorder, *, seconds: float | None, files: bool, say: Say
) -> list[str]:
    """Record until it is over; the trunks of which nothing was read."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with aiohttp.ClientSession() as http:
        followers = [
            Follower(trunk, open_source(trunk, settings, http), recorder, files=files, say=say)
            for trunk in config.trunks
        ]
        await follow(followers, seconds=seconds, stop=stop)
    return [follower.trunk.id for follower in followers if not follower.answered]


async def follow(followers: Sequence[Follower], *, seconds: float | None, stop: asyncio.Event) -> None:
    """Let all *followers* poll for *seconds*, or until *stop*, or until one fails for good.

    Raises:
        PermanentError: a source refuses us.
        ConfigError: the recording cannot be written.
    """
    ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
    tasks = [asyncio.create_task(follower.run(ends)) for follower in followers]
    stopping = asyncio.create_task(stop.wait())
    following = asyncio.gather(*tasks)
    either: set[asyncio.Future[Any]] = {following, stopping}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
    finally:
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*either, return_exceptions=True)


class Follower:
    """One trunk being recorded."""

    def __init__(self, trunk: TrunkConfig, source: Source, recorder: Recorder, *, files: bool, say: Say) -> None:
        self.trunk = trunk
        self.answered = False
        self._source = source
        self._recorder = recorder
        self._files = files
        self._say = say
        self._cursor: Cursor | None = None
        self._seen: list[Commit | Attempt] = []

    async def run(self, ends: float | None) -> None:
        """Poll until the loop's clock shows *ends*, but once in any case."""
        clock = asyncio.get_running_loop().time
        while True:
            pause = await self._once()
            left = pause if ends is None else min(pause, ends - clock())
            await asyncio.sleep(max(left, 0))
            if ends is not None and clock() >= ends:
                return

    async def _once(self) -> float:
        """One poll, and how many seconds to wait for the next. A window read in parts is written when it is whole."""
        every = self.trunk.poll_every.total_seconds()
        try:
            poll = await self._source.poll(self._cursor, window=self.trunk.window)
            commits = [await self._with_files(commit) for commit in poll.commits]
        except TransientError as error:
            self._say(f"{self.trunk.id}: {error}; trying again")
            return max(every, error.retry_after or 0)
        self._cursor = poll.cursor
        self._seen += [*commits, *poll.each_attempt()]
        if not poll.complete:
            return 0
        self.answered = True
        self._recorder.seen(self._seen, at=poll.at, trunk=self.trunk.id)
        self._seen.clear()
        self._say(_counted(self._recorder))
        return every

    async def _with_files(self, commit: Commit) -> Commit:
        if not self._files or commit.files is not None:
            return commit
        return msgspec.structs.replace(commit, files=tuple(await self._source.files(commit.sha)))
