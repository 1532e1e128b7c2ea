"""Commits that trunk itself says broke an alert's jobs: a later commit took them back. Pure; it suspects nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from chatbot import presses
from chatbot.alert import Alert, Culprit, Seen
from chatbot.ci import Commit, Job
from chatbot.suspects import Revert, revert_target
from chatbot.trunk import Trunk


def noticed(alert: Alert, trunk: Trunk, *, at: datetime) -> Alert:
    """*alert* with the culprits that reverts on *trunk* give away; doing it twice changes nothing."""
    found = list(reverted(alert, trunk, at=at))
    return presses.confirmed(alert, *found) if found else alert


def reverted(alert: Alert, trunk: Trunk, *, at: datetime) -> Iterator[Culprit]:
    """The commits of the ranges of *alert*'s jobs that a commit after the first failure reverts.

    A job whose last success is out of sight tells nothing: anything may be in its range.
    """
    spans = [span for job in alert.jobs if (span := _span(trunk, job.last_green, job.first_failing)) is not None]
    if not spans:
        return
    earliest = min(first for _, first in spans)
    for index in range(earliest + 1, len(trunk.commits)):
        revert = trunk.commits[index]
        taken_back = read(revert)
        target = taken_back.target(trunk.commits[trunk.start : index]) if taken_back else None
        if target is not None:
            yield from _culprit(alert, trunk, target, revert, at=at)


def _span(trunk: Trunk, last_green: str | None, first_failing: str | None) -> tuple[int, int] | None:
    green = trunk.index(last_green) if last_green else None
    first = trunk.index(first_failing) if first_failing else None
    return None if green is None or first is None else (green, first)


def _culprit(alert: Alert, trunk: Trunk, target: Commit, revert: Commit, *, at: datetime) -> Iterator[Culprit]:
    """*target* as the culprit of those jobs in whose range it lies, if it lies in any."""
    place, after = trunk.index(target.sha) or 0, trunk.index(revert.sha) or 0
    broke = [
        (*span, job)
        for job in alert.jobs
        if (span := _span(trunk, job.last_green, job.first_failing)) is not None and span[0] < place <= span[1] < after
    ]
    if broke:
        green, first = max(b[0] for b in broke), min(b[1] for b in broke)
        jobs: tuple[Job, ...] = tuple(job.job for _, _, job in broke)
        yield Culprit(
            Seen.of(target), at, jobs, trunk.commits[green].sha, trunk.commits[first].sha, revert=Seen.of(revert)
        )


def accused(alert: Alert, trunk: Trunk, commit: Commit, *, by: str, at: datetime) -> Culprit | None:
    """*commit* as the culprit that *by* says it is; `None` where every job of *alert* failed before it landed.

    A person may know better than the window: it need not lie after the last success.
    """
    place = trunk.index(commit.sha)
    spans = [
        (trunk.index(job.last_green) if job.last_green else None, first, job.job)
        for job in alert.jobs
        if (first := trunk.index(job.first_failing or "")) is not None and place is not None and place <= first
    ]
    if place is None or not spans:
        return None
    inside = [span for span in spans if span[0] is None or span[0] < place] or spans
    green = min(place - 1, max((span[0] for span in inside if span[0] is not None), default=place - 1))
    return Culprit(
        Seen.of(commit),
        at,
        tuple(job for _, _, job in inside),
        trunk.commits[green].sha if green >= trunk.start else None,
        trunk.commits[min(first for _, first, _ in inside)].sha,
        by=by,
    )


def read(commit: Commit) -> Revert | None:
    """What *commit* takes back, `None` where it is no revert."""
    return _read(commit.title, commit.reverts or "")


@lru_cache(maxsize=4096)
def _read(title: str, body: str) -> Revert | None:
    return revert_target(title, body)
