"""`trunkwatch backtest`: the alerts that a recording would have caused. No Slack, no network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot import recording
from chatbot.backtest import Backtest, Fired
from chatbot.config import Config, load
from chatbot.messages.dates import span, utc


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
@click.option(
    "--recording", "recorded", required=True, type=click.Path(path_type=Path), help="A .jsonl or .jsonl.gz recording."
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(file: Path, recorded: Path, form: Literal["table", "json"]) -> None:
    """List the alerts that a recording would have caused, had this configuration been in force."""
    fired = replayed(load(file), recorded).fired
    if form == "json":
        for one in fired:
            click.echo(msgspec.json.encode(one))
    else:
        Console().print(table(fired))


def replayed(config: Config, recorded: Path) -> Backtest:
    """The backtest of the whole recording, with a progress bar on a terminal."""
    backtest = Backtest(config)
    size = recorded.stat().st_size if recorded.exists() else 0
    with _progress() as progress:
        task = progress.add_task("Replaying", total=size)
        for _ in backtest.replay(recording.read(recorded, advanced=lambda n: progress.advance(task, n))):
            progress.update(task, description=f"Replaying, {backtest.lines:,} lines")
    return backtest


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console,
        disable=not console.is_terminal, transient=True,
    )  # fmt: skip


def table(fired: Iterable[Fired]) -> Table:
    """*fired* for people."""
    shown = Table(box=None, pad_edge=False, caption_justify="left")
    for title in ("watch", "opened", "on", "lasted", "reopened", "jobs", "likeliest suspect"):
        shown.add_column(title, overflow="fold")
    rows = list(fired)
    for one in rows:
        suspect = max(one.suspects, key=lambda s: s.probability, default=None)
        shown.add_row(
            one.watch,
            utc(one.opened_at),
            one.opened_on[:10],
            span(one.resolved_at - one.opened_at) if one.resolved_at else "still open",
            str(one.reopened),
            str(len(one.jobs)),
            f"{suspect.sha[:10]} {suspect.probability:.0%}" if suspect else "none",
        )
    shown.caption = f"{len(rows)} alerts" if rows else "No alert would have fired."
    return shown
