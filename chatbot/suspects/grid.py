"""What the attempts of the jobs say about each commit: the likelihood of every green and red, flakes included.

For a job with flake rate f and a break that fails with probability s, a candidate k makes every attempt before k fail
with f and every attempt from k on with s (Henderson et al., Flake Aware Culprit Finding, ICST 2023). s is not known,
so it is averaged over the values of `STRENGTHS`: most breaks fail always, some only at times. No prior is used here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import add
from typing import NamedTuple

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.suspects.case import Case, Evidence
from chatbot.suspects.logspace import log_add, log_sum, log_sums

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

    commits: tuple[float, ...]
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
    total, flake, outage = [0.0] * len(commits), 0.0, 0.0
    for job, attempts in jobs.items():
        where = [at[attempt.sha] for attempt in attempts]
        red = [attempt.failed for attempt in attempts]
        weight, rate = weights[job], _rate(case, job, where, red)
        broken = _of_commits(where, red, rate, len(commits))
        total = [before + weight * one for before, one in zip(total, broken, strict=True)]
        flaked = _Fails.at(rate).told(sum(red), len(red) - sum(red))
        flake += weight * flaked
        outage += weight * (flaked + _gain_of_outage([red[index] for index in _by_time(attempts, where)], rate))
    return Likelihood(tuple(total), flake, outage)


class _Fails(NamedTuple):
    """How often a job fails, as the natural logs of P(red) and P(green)."""

    red: float
    green: float

    @classmethod
    def at(cls, rate: float) -> _Fails:
        return cls(math.log(rate), math.log1p(-rate))

    def told(self, reds: int, greens: int) -> float:
        """The log of the likelihood of these attempts."""
        return reds * self.red + greens * self.green


def _without_outcomes(case: Case, count: int) -> Likelihood:
    rate = min(MOST_FLAKE, max(LEAST_FLAKE, case.flake_rate if case.flake_rate is not None else USUAL_FLAKE))
    failed = math.log(sum(share * strength for strength, share in STRENGTHS))
    return Likelihood((failed,) * count, math.log(rate), math.log(rate))


def _rate(case: Case, job: str, where: Sequence[int], red: Sequence[bool]) -> float:
    """The job's flake rate: as told for it, for the case, or counted before the last streak of reds."""
    told = case.flake_rates.get(job, case.flake_rate)
    if told is not None:
        return min(MOST_FLAKE, max(LEAST_FLAKE, told))
    before = [red[index] for index in sorted(range(len(red)), key=where.__getitem__)]
    while before and before[-1]:
        before.pop()
    return flake_rate(sum(before), len(before) - sum(before))


def _of_commits(where: Sequence[int], red: Sequence[bool], rate: float, count: int) -> list[float]:
    """Per candidate: flake before it, break from it on, averaged over how strong the break is.

    A break fails at least as often as the job flakes.
    """
    reds, greens = [0] * count, [0] * count
    for at, failed in zip(where, red, strict=True):
        (reds if failed else greens)[at] += 1
    flakes = _Fails.at(rate)
    before = accumulate((flakes.told(*here) for here in zip(reds, greens, strict=True)), initial=0.0)
    reds_on, greens_on = list(accumulate(reversed(reds)))[::-1], list(accumulate(reversed(greens)))[::-1]
    each = []
    for strength, share in STRENGTHS:
        likely, (red_then, green_then) = math.log(share), _Fails.at(max(strength, 1.2 * rate))
        each.append([likely + r * red_then + g * green_then for r, g in zip(reds_on, greens_on, strict=True)])
    return list(map(add, before, map(log_sum, zip(*each, strict=True))))


def _gain_of_outage(red: Sequence[bool], rate: float) -> float:
    """What an outage gains on flakes: red during one slice of time whatever the commit, flaky outside.

    *red* is in the order of `_by_time`. Averaged over when it began and ended; half of the outages are taken to last
    until now.
    """
    gains = {True: math.log(OUTAGE / rate), False: math.log((1 - OUTAGE) / (1 - rate))}
    total, count = list(accumulate((gains[failed] for failed in red), initial=0.0)), len(red)
    begun = log_sums(-before for before in total[:-1])
    until_now = total[-1] + begun[-1] - math.log(count)
    ended = log_sum([end + before for end, before in zip(total[1:], begun, strict=True)])
    return log_add(until_now, ended - math.log(count * (count + 1) / 2)) - math.log(2)


def _by_time(attempts: Sequence[Evidence], where: Sequence[int]) -> list[int]:
    """The attempts' order: by start where all are known (the sandwich: an old commit failing late), else by commit."""
    times = [attempt.started_at for attempt in attempts if attempt.started_at is not None]
    if len(times) == len(attempts):
        return sorted(range(len(times)), key=times.__getitem__)
    return sorted(range(len(attempts)), key=lambda i: (where[i], attempts[i].attempt, attempts[i].failed))


def _weights(jobs: dict[str, list[Evidence]]) -> dict[str, float]:
    """1 / (1 + rho (m - 1)) for a job in a cluster of m jobs that were red on mostly the same commits."""
    reds = {job: frozenset(attempt.sha for attempt in attempts if attempt.failed) for job, attempts in jobs.items()}
    alike = {job: sum(_alike(mine, other) for other in reds.values()) for job, mine in reds.items()}
    return {job: 1 / (1 + TOGETHER * (max(1, m) - 1)) for job, m in alike.items()}


def _alike(mine: frozenset[str], other: frozenset[str]) -> bool:
    return len(mine & other) * 2 >= len(mine | other) > 0
