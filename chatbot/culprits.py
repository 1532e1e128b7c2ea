"""Commits that trunk itself says broke an alert's jobs: a later commit took them back. Pure; it suspects nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from weakref import WeakKeyDictionary

from msgspec import Struct

from chatbot import presses
from chatbot.alert import Alert, Culprit, Seen
from chatbot.ci import Commit, Job
from chatbot.suspects import Revert, revert_target
from chatbot.trunk import Trunk


def noticed(alert: Alert, trunk: Trunk, *, at: datetime) -> Alert:
    """*alert* with the culprits that reverts on *trunk* give away; doing it twice changes nothing."""
    known = _READ.setdefault(trunk, _Read())
    asked = (
        trunk.head.sha if trunk.head else None,
        *((job.job, job.last_green, job.first_failing) for job in alert.jobs),
    )
    answered = known.answered.get(alert.watch)
    if answered is None or answered[0] != asked:  # most polls change neither trunk nor the ranges
        answered = known.answered[alert.watch] = asked, tuple(reverted(alert, trunk, at=at))
    return presses.confirmed(alert, *answered[1]) if answered[1] else alert


def reverted(alert: Alert, trunk: Trunk, *, at: datetime) -> Iterator[Culprit]:
    """The commits of the ranges of *alert*'s jobs that a commit after the first failure reverts.

    A job whose last success is out of sight tells nothing: anything may be in its range.
    """
    spans = list(_spans(alert, trunk))
    earliest = min((first for _, first, _ in spans), default=len(trunk.commits))
    late = [pair for pair in _reverts(trunk) if (trunk.index(pair[0].sha) or 0) > earliest] if spans else []
    for revert, target in late:
        place, after = trunk.index(target.sha) or 0, trunk.index(revert.sha) or 0
        broke = [span for span in spans if target.sha in trunk and span[0] < place <= span[1] < after]
        if broke:
            green, first = max(span[0] for span in broke), min(span[1] for span in broke)
            yield Culprit(
                Seen.of(target),
                at,
                tuple(job for _, _, job in broke),
                trunk.commits[green].sha,
                trunk.commits[first].sha,
                revert=Seen.of(revert),
            )


def _spans(alert: Alert, trunk: Trunk) -> Iterator[tuple[int, int, Job]]:
    """Between which places of the window each job broke, as far as both are in it."""
    for job in alert.jobs:
        if job.last_green is not None and job.first_failing is not None:
            green, first = trunk.index(job.last_green), trunk.index(job.first_failing)
            if green is not None and first is not None:
                yield green, first, job.job


class _Read(Struct):
    """The reverts found on one trunk with what they take back, read up to the commit `last`."""

    last: str | None = None
    found: list[tuple[Commit, Commit]] = []
    answered: dict[str, tuple[tuple[object, ...], tuple[Culprit, ...]]] = {}  # by watch: what was asked, the answer


_READ: WeakKeyDictionary[Trunk, _Read] = WeakKeyDictionary()
"""What a revert takes back stands before it and never changes: each commit's title is read once, not at every poll."""


def _reverts(trunk: Trunk) -> list[tuple[Commit, Commit]]:
    """The reverts of the window, oldest first, each with the commit that it takes back."""
    known = _READ.setdefault(trunk, _Read())
    after = trunk.index(known.last) if known.last else None
    if after is None:
        known.found, after = [], trunk.start - 1
    for index in range(after + 1, len(trunk.commits)):
        taken_back = read(trunk.commits[index])
        target = taken_back.target(trunk.commits[trunk.start : index]) if taken_back else None
        if target is not None:
            known.found.append((trunk.commits[index], target))
    known.last = trunk.head.sha if trunk.head else None
    if known.found and known.found[0][0].sha not in trunk:
        known.found = [pair for pair in known.found if pair[0].sha in trunk]
    return known.found


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
    return revert_target(commit.title, commit.reverts or "")
