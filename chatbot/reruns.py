"""What can be run again for an alert: what failed last, or what would tell most. Pure; it runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from chatbot.alert import Alert, Group, Seen
from chatbot.ci import Job
from chatbot.trunk import Cell, Trunk


class Why(StrEnum):
    """What a re-run is for."""

    FAILED = "failed"
    TELLING = "telling"


class Again(Struct, frozen=True):
    """One thing to ask of the source: a single job where `job_id` is given, else all failed jobs of the run.

    A run takes one such request until it has ended. `attempt` is the one that is repeated.
    """

    run_id: int
    attempt: int
    job_id: int | None = None


class Plan(Struct, frozen=True):
    """What is run again on one commit. `awaited`: a run that has not ended is among them."""

    why: Why
    commit: Seen
    jobs: tuple[Job, ...]
    again: tuple[Again, ...]
    awaited: bool = False

    @property
    def name(self) -> str:
        """The same for the same plan made anew: `failed:<sha>`."""
        return f"{self.why}:{self.commit.sha}"


def plans(alert: Alert, trunk: Trunk) -> tuple[Plan, ...]:
    """What can be run again: the failed jobs of the newest failing commit first, then what would tell most."""
    newest = next((plan for seen in reversed(alert.failing) if (plan := _failed(alert, seen, trunk))), None)
    telling = (_telling(group, trunk) for group in alert.groups)
    once = {plan.name: plan for plan in (newest, *telling) if plan is not None}
    return tuple(once.values())


def plan(name: str, alert: Alert, trunk: Trunk) -> Plan | None:
    """The plan of that name as it is now; `None` where there is nothing left of it to run."""
    why, _, sha = name.partition(":")
    if why == Why.FAILED:
        seen = next((seen for seen in alert.failing if seen.sha == sha), None)
        return _failed(alert, seen, trunk) if seen else None
    return next((found for group in alert.groups if group.rerun == sha and (found := _telling(group, trunk))), None)


def _failed(alert: Alert, seen: Seen, trunk: Trunk) -> Plan | None:
    red = [(job.job, cell) for job in alert.broken for cell in trunk.cells(job.job, seen.sha) if _is_red(cell)]
    if not red:
        return None
    runs: dict[int, list[Cell]] = {}
    for _, cell in red:
        runs.setdefault(cell.run_id, []).append(cell)
    jobs = tuple(dict.fromkeys(job for job, _ in red))
    return Plan(Why.FAILED, seen, jobs, tuple(_again(cells) for cells in runs.values()), _awaited(jobs, seen, trunk))


def _telling(group: Group, trunk: Trunk) -> Plan | None:
    """The first of the group's jobs that ended on the commit whose result would tell most: one is enough."""
    commit = trunk.commit(group.rerun or "")
    if commit is None:
        return None
    seen = Seen.of(commit)
    for job in group.jobs:
        ended = [cell for cell in trunk.cells(job, seen.sha) if cell.conclusion is not None]
        if ended:
            cell = next((cell for cell in ended if _is_red(cell)), ended[0])
            again = Again(cell.run_id, cell.attempt, cell.job_id)
            return Plan(Why.TELLING, seen, (job,), (again,), _awaited((job,), seen, trunk))
    return None


def _is_red(cell: Cell) -> bool:
    return cell.conclusion is not None and cell.conclusion.failed


def _again(cells: list[Cell]) -> Again:
    attempt = max(cell.attempt for cell in cells)
    return Again(cells[0].run_id, attempt, cells[0].job_id if len(cells) == 1 else None)


def _awaited(jobs: Iterable[Job], seen: Seen, trunk: Trunk) -> bool:
    return any(cell.conclusion is None for cell in _cells(jobs, seen, trunk))


def _cells(jobs: Iterable[Job], seen: Seen, trunk: Trunk) -> Iterator[Cell]:
    for job in jobs:
        yield from trunk.cells(job, seen.sha)
