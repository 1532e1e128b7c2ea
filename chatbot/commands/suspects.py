"""`trunkwatch suspects`: ranks suspects for prepared cases out of a file. It asks no source and keeps nothing."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from chatbot.errors import ConfigError
from chatbot.suspects import Case, Model, Ranking, parse_case, rank
from chatbot.terminal import printable

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one case, unpacked; a longer line is refused."""
SHOWN = 3
"""Suspects of a case in the table."""

_encoder = msgspec.json.Encoder()


@click.command()
@click.option(
    "--cases",
    "path",
    required=True,
    type=click.Path(path_type=Path),
    help="Prepared cases, one JSON object a line; .jsonl or .jsonl.gz.",
)
@click.option("--learn", is_flag=True, help="Let each case's culprit, where given, teach the cases after it.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What to print."
)
def command(path: Path, *, learn: bool, form: str) -> None:
    """Rank the commits suspected of each prepared case, most likely first.

    Every candidate gets a probability; what is left is the probability that no commit did it (a flake or the
    infrastructure). Each answer uses only what earlier cases of the file taught.
    """
    _print(_answers(path, learn=learn), form, path)


def _answers(path: Path, *, learn: bool) -> Iterator[tuple[Case, Ranking]]:
    model = Model()
    for case, culprit in _read(path):
        yield case, rank(case, model)
        model = model.learn(case, culprit) if learn and culprit else model.observe(case.commits)


def _read(path: Path) -> Iterator[tuple[Case, str | None]]:
    """The cases of *path* and their culprits.

    Raises:
        ConfigError: the file cannot be read, or a line is not a case; the text names the file and the line.
    """
    number = 0
    try:
        with _opened(path) as lines:
            while line := lines.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise ConfigError(
                        f"{path}:{number}: a line longer than {LONGEST_LINE >> 20} MiB is no suspect case"
                    )
                if line.strip():
                    yield parse_case(line, where=f"{path}:{number}")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ConfigError(f"{path}: cannot be unpacked ({error}); is it a whole .gz file?") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error


def _opened(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _print(answers: Iterator[tuple[Case, Ranking]], form: str, path: Path) -> None:
    """JSON as it comes; a table at the end, with the count of cases on the terminal until then."""
    if form == "json":
        for case, ranking in answers:
            sys.stdout.buffer.write(_encoder.encode(_as_json(case, ranking)) + b"\n")
        sys.stdout.flush()
        return
    console = Console(highlight=False, markup=False)
    errors = Console(stderr=True, highlight=False, markup=False)
    with errors.status(f"ranking the cases of {path.name}"):
        table = _table(answers)
    console.print(table)


def _as_json(case: Case, ranking: Ranking) -> dict[str, object]:
    return {"id": case.id, "suspects": ranking.suspects, "not_a_commit": ranking.not_a_commit}


def _table(answers: Iterator[tuple[Case, Ranking]]) -> Table:
    table = Table("case", "suspect", "probability", "title", "why", box=None, pad_edge=False)
    for case, ranking in answers:
        titles = {commit.sha: printable(commit.title) for commit in case.commits}
        named = ranking.named
        note = "" if named else "nobody is likely enough to name"
        table.add_row(printable(case.id), "no commit", f"{ranking.not_a_commit:.0%}", note, "", style="dim")
        for suspect in ranking.suspects[:SHOWN]:
            title = titles[suspect.sha][:60]
            table.add_row(
                "",
                printable(suspect.sha[:10]),
                f"{suspect.probability:.0%}",
                title,
                printable("; ".join(suspect.reasons)),
            )
    return table
