"""`trunkwatch backtest`: the alerts that a recording would have caused. No Slack, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from chatbot.messages.words import counted
from chatbot.sweep import Figures, Setting, grid, said


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
@click.option(
    "--recording", "recorded", required=True, type=click.Path(path_type=Path), help="A .jsonl or .jsonl.gz recording."
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--sweep",
    "expressions",
    multiple=True,
    metavar="NAME=VALUES",
    help="Try other thresholds on every watch as well: consecutive_commits=2..5, failing_jobs=1..3 or "
    "broken_probability=0.8,0.9,0.95. Given twice, every combination is tried.",
)
def command(file: Path, recorded: Path, form: Literal["table", "json"], expressions: Sequence[str]) -> None:
    """List the alerts that a recording would have caused, had this configuration been in force.

    With --sweep also what other thresholds would have come to: alerts, commits landed until they opened (the median,
    from the first failing one, both counted), and the share of them over a flake: resolved because the same commits
    passed when they ran again, or likelier no commit's doing than any commit's when they opened.
    """
    settings = grid(expressions)
    backtest = replayed(load(file), recorded, settings=settings)
    swept = backtest.swept if settings else []
    if form == "json":
        for one in (*backtest.fired, *swept):
            click.echo(msgspec.json.encode(one))
        return
    console = Console()
    console.print(table(backtest.fired) if backtest.lines else f"{recorded} has no lines: there is nothing to replay.")
    if swept:
        console.print()
        console.print(swept_table(swept))


def replayed(config: Config, recorded: Path, *, settings: Sequence[Setting] = ()) -> Backtest:
    """The backtest of the whole recording, with a progress bar on a terminal."""
    backtest = Backtest(config, settings=settings)
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
    shown.caption = counted(len(rows), "alert") if rows else "No alert would have fired."
    return shown


def swept_table(swept: Iterable[Figures]) -> Table:
    """What the rules as configured and those of a sweep came to, for people."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("rule", overflow="fold")
    for title in ("alerts", "reopened", "commits to alert", "over a flake"):
        shown.add_column(title, justify="right")
    for one in swept:
        shown.add_row(
            said(one.sweep) if one.sweep is not None else "as configured",
            f"{one.alerts:,}",
            f"{one.reopened:,}",
            f"{one.commits_to_alert:g}" if one.commits_to_alert is not None else "",
            f"{one.flakes:.0%}" if one.flakes is not None else "",
        )
    return shown
