"""`trunkwatch classify`: the line of a CI log that explains the failure. It fetches nothing and keeps nothing."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from chatbot import config
from chatbot.errors import UserError
from chatbot.loglines import Explanation, Rules, classify, expanded, failure_rule, with_failure_rules
from chatbot.terminal import printable

CHUNK: Final = 1 << 20
"""Bytes read at a time."""

LONG: Final = 64 << 20
LONG_PACKED: Final = 4 << 20
"""Bytes of a file, plain and gzipped, that take about a second; longer ones get a progress bar."""

SHOWN: Final = 3
"""Failing tests of a log that are printed for people; JSON has them all."""


class Answer(msgspec.Struct, frozen=True):
    """What is printed for a file, as JSON."""

    file: str
    line: str | None
    line_number: int | None
    rule: str | None
    tests: tuple[str, ...]
    fingerprint: str | None
    infrastructure: bool


@click.command()
@click.argument(
    "logs",
    nargs=-1,
    required=True,
    metavar="LOG...",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)
@click.option("--config", "configuration", type=click.Path(), help="Adds the failure_rules of this configuration file.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What to print."
)
def command(logs: tuple[str, ...], *, configuration: str | None, form: str) -> None:
    """Find the line that explains the failure in CI log files.

    A LOG is plain text or gzip, in UTF-8 or UTF-16; `-` is standard input. Colours and timestamps are not part of the
    line; lines are counted from 1. A log in which nothing explains a failure has no line, and that is no error.
    """
    rules = _rules(configuration)
    refused = 0
    for log in logs:
        try:
            _print(log, classify(expanded(_read(log)), rules), form)
        except BrokenPipeError:
            raise
        except (UserError, OSError) as error:
            refused += 1
            click.echo(f"{_shown(log)}: {getattr(error, 'strerror', None) or error}", err=True)
    if refused:
        raise SystemExit(1)


def _rules(configuration: str | None) -> Rules | None:
    """The shipped rules and those of the configuration file.

    Raises:
        ConfigError: the file or one of its rules is wrong.
    """
    if configuration is None:
        return None
    added = config.load(configuration).failure_rules
    return with_failure_rules(failure_rule(rule.name, str(rule.pattern), rule.priority) for rule in added)


def _read(log: str) -> Iterator[bytes]:
    if log == "-":
        yield from _chunks(sys.stdin.buffer)
        return
    with Path(log).open("rb") as file:
        yield from _with_progress(file, _shown(log))


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _with_progress(file: BinaryIO, name: str) -> Iterable[bytes]:
    """The chunks of *file*, with a progress bar on standard error where that is a terminal and the file is large."""
    status = os.fstat(file.fileno())
    long = status.st_size > (LONG_PACKED if name.endswith(".gz") else LONG)
    if not (long and stat.S_ISREG(status.st_mode) and sys.stderr.isatty()):
        yield from _chunks(file)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=status.st_size)
        for chunk in _chunks(file):
            yield chunk
            progress.advance(task, len(chunk))


def _shown(log: str) -> str:
    """A file's name as it can be printed: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(log).decode("utf-8", "replace")


def _print(log: str, found: Explanation, form: str) -> None:
    name = _shown(log)
    if form == "json":
        answer = Answer(
            name, found.line, found.line_number, found.rule, found.tests, found.fingerprint, found.infrastructure
        )
        click.echo(msgspec.json.encode(answer).decode())
        return
    if found.line is None:
        click.echo(f"{name}: nothing explains a failure")
    else:
        click.echo(f"{name}:{found.line_number}: {found.rule}")
        click.echo(f"    {printable(found.line).strip()}")
    for test in found.tests[:SHOWN]:
        click.echo(f"    test: {printable(test).strip()}")
    if len(found.tests) > SHOWN:
        click.echo(f"    +{len(found.tests) - SHOWN} more tests")
