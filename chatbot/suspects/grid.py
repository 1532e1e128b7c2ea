"""What the attempts of the jobs say about each commit: the likelihood of every green and red, flakes included.

For a job with flake rate f and a break that fails with probability s, a candidate k makes every attempt before k fail
with f and every attempt from k on with s (Henderson et al., Flake Aware Culprit Finding, ICST 2023). s is not known,
so it is averaged over the values of `STRENGTHS`: most breaks fail always, some only at times. No prior is used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chatbot.ci import Commit
from chatbot.suspects.case import Case, Evidence

Row = NDArray[np.float64]

STRENGTHS = ((0.985, 0.80), (0.85, 0.14), (0.6, 0.06))
"""How often a break fails its job, and how likely such a break is."""
OUTAGE = 0.95
"""How often a job fails while the infrastructure under it is out."""
LEAST_FLAKE, MOST_FLAKE = 0.005, 0.6
USUAL_FLAKE = 0.05
"""Assumed flake rate of a job of which nothing is known."""
TOGETHER = 0.7
"""How far jobs that fail on the same commits repeat each other (rho); 1 would count a cluster as one witness."""


class Likelihood(Struct, frozen=True):
    """Natural logs of P(attempts | hypothesis): one for each candidate, one for flakes, one for an outage."""

    commits: Row
    flake: float
    outage: float


def flake_rate(failed: int, passed: int) -> float:
    """A job's flake rate from its attempts outside alerts, pulled a little towards 0.375 and clipped."""
    return min(MOST_FLAKE, max(LEAST_FLAKE, (failed + 0.3) / (failed + passed + 0.8)))


def likelihood(case: Case, commits: Sequence[Commit]) -> Likelihood:
    """The likelihood of the case's attempts under every hypothesis; jobs that fail together weigh less.

    Without outcomes the streak itself is the evidence: `last_green` passed and `first_failing` failed, once each,
    which says nothing among the candidates.
    """
    at = {commit.sha: index for index, commit in enumerate(commits)}
    jobs: dict[str, list[Evidence]] = {}
    for outcome in case.outcomes:
        if outcome.sha in at:
            jobs.setdefault(str(outcome.job), []).append(outcome)
    if not jobs:
        return _without_outcomes(case, len(commits))
    weights = _weights(jobs)
    total, flake, outage = np.zeros(len(commits)), 0.0, 0.0
    for job, attempts in jobs.items():
        where = np.array([at[attempt.sha] for attempt in attempts])
        red = np.array([attempt.failed for attempt in attempts])
        rate = _rate(case, job, where, red)
        total += weights[job] * _of_commits(where, red, rate, len(commits))
        flake += weights[job] * float(np.sum(np.where(red, np.log(rate), np.log1p(-rate))))
        outage += weights[job] * _of_outage(attempts, where, red, rate)
    return Likelihood(total, flake, outage)


def _without_outcomes(case: Case, count: int) -> Likelihood:
    rate = min(MOST_FLAKE, max(LEAST_FLAKE, case.flake_rate if case.flake_rate is not None else USUAL_FLAKE))
    failed = float(np.log(sum(share * strength for strength, share in STRENGTHS)))
    return Likelihood(np.full(count, failed), float(np.log(rate)), float(np.log(rate)))


def _rate(case: Case, job: str, where: NDArray[np.int64], red: NDArray[np.bool_]) -> float:
    """The job's flake rate: as told for it, for the case, or counted before the last streak of reds."""
    told = case.flake_rates.get(job, case.flake_rate)
    if told is not None:
        return min(MOST_FLAKE, max(LEAST_FLAKE, told))
    order = np.argsort(where, kind="stable")
    greens = np.flatnonzero(~red[order])
    before = red[order][: greens[-1] + 1] if greens.size else red[:0]
    return flake_rate(int(before.sum()), int((~before).sum()))


def _of_commits(where: NDArray[np.int64], red: NDArray[np.bool_], rate: float, count: int) -> Row:
    """Per candidate: flake before it, break from it on, averaged over how strong the break is."""
    reds = np.bincount(where[red], minlength=count).astype(np.float64)
    greens = np.bincount(where[~red], minlength=count).astype(np.float64)
    before = np.concatenate([[0.0], np.cumsum(reds * np.log(rate) + greens * np.log1p(-rate))[:-1]])
    reds_on, greens_on = np.cumsum(reds[::-1])[::-1], np.cumsum(greens[::-1])[::-1]
    each = [np.log(share) + reds_on * np.log(s) + greens_on * np.log1p(-s) for s, share in _strengths(rate)]
    broken: Row = np.logaddexp.reduce(np.array(each), axis=0)
    return before + broken


def _strengths(rate: float) -> list[tuple[float, float]]:
    """A break fails at least as often as the job flakes."""
    return [(max(strength, 1.2 * rate), share) for strength, share in STRENGTHS]


def _of_outage(attempts: list[Evidence], where: NDArray[np.int64], red: NDArray[np.bool_], rate: float) -> float:
    """Red during one slice of time whatever the commit, flaky outside; averaged over when it began and ended.

    The order is that of the start times where all are known (the sandwich: an old commit failing late), else the
    commits'. Half of the outages are taken to last until now.
    """
    order = _by_time(attempts, where)
    gain = np.where(red[order], np.log(OUTAGE / rate), np.log((1 - OUTAGE) / (1 - rate)))
    base = float(np.sum(np.where(red, np.log(rate), np.log1p(-rate))))
    total, count = np.concatenate([[0.0], np.cumsum(gain)]), len(gain)
    until_now = np.logaddexp.reduce(total[-1] - total[:-1]) - np.log(count)
    ended = np.logaddexp.reduce(total[1:] + np.logaddexp.accumulate(-total)[:-1]) - np.log(count * (count + 1) / 2)
    return base + float(np.logaddexp(until_now, ended) - np.log(2))


def _by_time(attempts: list[Evidence], where: NDArray[np.int64]) -> NDArray[np.int64]:
    times: list[datetime] = [attempt.started_at for attempt in attempts if attempt.started_at is not None]
    if len(times) == len(attempts):
        return np.argsort(np.array([time.timestamp() for time in times]), kind="stable")
    keys = sorted(range(len(attempts)), key=lambda i: (where[i], attempts[i].attempt, attempts[i].failed))
    return np.array(keys)


def _weights(jobs: dict[str, list[Evidence]]) -> dict[str, float]:
    """1 / (1 + rho (m - 1)) for a job in a cluster of m jobs that were red on mostly the same commits."""
    reds = {job: frozenset(attempt.sha for attempt in attempts if attempt.failed) for job, attempts in jobs.items()}
    alike = {job: sum(_alike(mine, other) for other in reds.values()) for job, mine in reds.items()}
    return {job: 1 / (1 + TOGETHER * (max(1, m) - 1)) for job, m in alike.items()}


def _alike(mine: frozenset[str], other: frozenset[str]) -> bool:
    return len(mine & other) * 2 >= len(mine | other) > 0
