"""What of trunk is worth a picture: a watch's worst jobs on the newest commits, with the suspects' range. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatbot.alert import Alert
from chatbot.ci import Job
from chatbot.columns import Column, Outcome
from chatbot.pictures.grid import MOST, Grid, Row
from chatbot.pictures.palette import Mark
from chatbot.trunk import Trunk

COMMITS, JOBS = 16, 16
"""Commits and jobs of a picture that people look at on a phone; a range that is older makes it wider."""
_BEFORE = 2  # commits shown before a range, so that the last green one is among them

Span = tuple[str | None, str | None]


def grid(trunk: Trunk, jobs: Iterable[Job], *, title: str, ranges: Mapping[Job, Span] | None = None) -> Grid:
    """*jobs* along *trunk*, worst first. *ranges* are the last green and the first failing sha of the broken."""
    ranges = ranges or {}
    columns = [column for job in jobs if (column := trunk.jobs.get(job)) is not None]
    columns.sort(key=lambda one: (one.job not in ranges, *_badness(trunk, one)))
    spans = {job: span for job, (green, red) in ranges.items() if (span := _span(trunk, green, red))}
    shown = columns[:JOBS]
    oldest = min((spans[one.job][0] for one in shown if one.job in spans), default=len(trunk.commits))
    first = max(trunk.start, len(trunk.commits) - MOST, min(len(trunk.commits) - COMMITS, oldest - _BEFORE))
    rows = tuple(_row(trunk, one, first, spans.get(one.job)) for one in shown)
    labels = tuple(commit.sha[:7] for commit in trunk.commits[first:])
    return Grid(title, labels, rows, hidden=len(columns) - len(shown))


def ranges_of(alert: Alert | None) -> dict[Job, Span]:
    """Where the jobs of *alert* that are still broken broke."""
    return {one.job: (one.last_green, one.first_failing) for one in alert.broken} if alert is not None else {}


def _badness(trunk: Trunk, column: Column) -> tuple[int, int, Job]:
    """Sorts what failed last to the front, then what failed most."""
    outcomes = column.outcomes
    return -outcomes.rfind(Outcome.RED, trunk.start), -outcomes.count(Outcome.RED, trunk.start), column.job


def _span(trunk: Trunk, green: str | None, red: str | None) -> tuple[int, int] | None:
    """The commits after *green* up to *red*, as places in the columns."""
    last = trunk.index(red) if red else None
    if last is None:
        return None
    before = trunk.index(green) if green else None
    return (trunk.start if before is None else before + 1), last


def _row(trunk: Trunk, column: Column, first: int, span: tuple[int, int] | None) -> Row:
    marks = tuple(_mark(column, index) for index in range(first, len(trunk.commits)))
    return Row(column.job.name, marks, (span[0] - first, span[1] - first) if span else None)


def _mark(column: Column, index: int) -> Mark:
    if column.outcomes[index] == Outcome.GREEN:
        return Mark.FLAKED if column.flakes[index] else Mark.GREEN
    return Mark.RED if column.outcomes[index] == Outcome.RED else Mark.UNKNOWN
