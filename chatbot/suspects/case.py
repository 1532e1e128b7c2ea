"""What the suspects model is asked about: the commits, what the job did on them, what the failure said.

Frozen values and the range of candidates. Nothing here reads a file or judges a commit.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chatbot.ci import Commit, Job


class Evidence(Struct, frozen=True):
    """One finished attempt of a job on a commit. Pending, cancelled and skipped attempts are not evidence.

    Outcomes of one case are given oldest first; `started_at` is aware UTC, `None` where the source does not say.
    """

    sha: str
    job: str | Job
    failed: bool
    attempt: int = 1
    started_at: datetime | None = None


class FailureText(Struct, frozen=True):
    """What one failing job said: its names, failing tests, explaining log line, any other stated reason.

    `infrastructure` is true where the rule that found the line is about runners, disks or networks.
    """

    workflow: str | None = None
    job: str | None = None
    tests: tuple[str, ...] = ()
    line: str | None = None
    text: str | None = None
    infrastructure: bool = False


class Case(Struct, frozen=True, kw_only=True):
    """One breakage to explain. `commits` are in trunk order, oldest first.

    `flake_rate` is how often the job fails on good commits (0 to 1); `flake_rates` the same for each job by
    its name. `paths` are the watch's globs. `trunk_wide_failures` is the share (0 to 1) of unrelated job
    families that turned red within the same slice of time: evidence for the infrastructure.
    """

    id: str = ""
    commits: tuple[Commit, ...] = ()
    last_green: str | None = None
    first_failing: str | None = None
    failures: tuple[FailureText, ...] = ()
    outcomes: tuple[Evidence, ...] = ()
    flake_rate: float | None = None
    flake_rates: dict[str, float] = {}
    paths: tuple[str, ...] = ()
    trunk_wide_failures: float = 0.0


def candidates(case: Case) -> tuple[Commit, ...]:
    """The commits that may have done it, oldest first, each sha once.

    With outcomes every commit of the case; without, those after `last_green` up to and including
    `first_failing`. A bound that is not among the commits does not bound.
    """
    commits = tuple({commit.sha: commit for commit in reversed(case.commits)}.values())[::-1]
    if case.outcomes:
        return commits
    shas = [commit.sha for commit in commits]
    first = shas.index(case.last_green) + 1 if case.last_green in shas else 0
    last = shas.index(case.first_failing) + 1 if case.first_failing in shas else len(shas)
    return commits[first:last]
