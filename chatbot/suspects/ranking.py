"""The answer: suspects with probabilities and reasons, the set that holds 90 %, what to re-run next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.suspects.case import Case
from chatbot.suspects.features import Rows, Said
from chatbot.suspects.reasons import Reasons
from chatbot.suspects.weights import NAMES, Row, scores

WORTH_NAMING = 0.30
"""Below this probability nobody is named: a wrong name costs more than none."""
LIKELY = 0.90
HALF = 0.5
NEGLIGIBLE = 0.01
EXPLAINED = 5
"""Suspects that get reasons, from the probability `NEGLIGIBLE` on; those behind them have none worth reading."""


class Suspect(Struct, frozen=True):
    """A candidate, its probability (0 to 1) and at most three reasons in plain words."""

    sha: str
    probability: float
    reasons: tuple[str, ...] = ()


class Factor(NamedTuple):
    """One column of a suspect: its value, the model's weight, and their product (added to the log odds)."""

    feature: str
    value: float
    weight: float
    contribution: float


class Ranking(Struct, frozen=True):
    """Suspects, most likely first; their probabilities, `flake` and `infrastructure` sum to 1."""

    suspects: tuple[Suspect, ...]
    flake: float
    infrastructure: float
    next_rerun: str | None
    shas: tuple[str, ...]
    rows: Rows
    weights: Row

    @property
    def scores(self) -> list[float]:
        """What each candidate's looks add to its log odds, in the order of `shas`."""
        return scores(self.rows, self.weights)

    @property
    def not_a_commit(self) -> float:
        """The probability that no commit did it: a flake or the infrastructure."""
        return self.flake + self.infrastructure

    @property
    def named(self) -> Suspect | None:
        """The suspect worth naming; `None` where nobody reaches `WORTH_NAMING`, or "no commit" is likelier."""
        first = self.suspects[0] if self.suspects else None
        if first is None or first.probability < WORTH_NAMING or first.probability < self.not_a_commit:
            return None
        return first

    @property
    def likely_set(self) -> tuple[str, ...]:
        """The smallest set of commits that holds 90 % of what all commits hold together, most likely first."""
        total, held, chosen = sum(one.probability for one in self.suspects), 0.0, list[str]()
        for suspect in self.suspects:
            if held >= LIKELY * total:
                break
            held += suspect.probability
            chosen.append(suspect.sha)
        return tuple(chosen)

    def why(self, sha: str) -> list[Factor]:
        """What counted for and against the suspect *sha*, the weightiest first; empty for a sha that is none."""
        if sha not in self.shas:
            return []
        row = self.rows[self.shas.index(sha)]
        factors = [
            Factor(name, value, weight, value * weight)
            for name, value, weight in zip(NAMES, row, self.weights, strict=True)
            if value * weight
        ]
        return sorted(factors, key=lambda factor: -abs(factor.contribution))


def ranked(
    case: Case,
    commits: Sequence[Commit],
    chance: Sequence[float],
    *,
    none: tuple[float, float],
    rows: Rows,
    weights: Row,
    said: Said,
) -> Ranking:
    """The ranking of *commits* (candidates in trunk order) with probabilities *chance*; *none* is (flake, outage)."""
    order = sorted(range(len(commits)), key=lambda index: (-chance[index], index))
    reasons = Reasons(case, commits, [tuple(map(mul, row, weights)) for row in rows], said)
    explained = {index for index in order[:EXPLAINED] if chance[index] >= NEGLIGIBLE}
    suspects = tuple(
        Suspect(commits[index].sha, chance[index], reasons.of(index) if index in explained else ()) for index in order
    )
    return Ranking(
        suspects=suspects,
        flake=none[0],
        infrastructure=none[1],
        next_rerun=_next_rerun(case, commits, chance),
        shas=tuple(commit.sha for commit in commits),
        rows=rows,
        weights=weights,
    )


def _next_rerun(case: Case, commits: Sequence[Commit], chance: Sequence[float]) -> str | None:
    """The untested commit whose result would tell most; `None` where all are tested.

    The untested parent of the favourite, else the first untested candidate at which the candidates up to it hold
    half of the probability, else the last untested one before.
    """
    tested = {outcome.sha for outcome in case.outcomes} | {case.last_green, case.first_failing}
    untested = [index for index, commit in enumerate(commits) if commit.sha not in tested]
    if not untested:
        return None
    parent = chance.index(max(chance)) - 1
    if parent in untested:
        return commits[parent].sha
    held, total = list(accumulate(chance)), math.fsum(chance)
    return commits[next((index for index in untested if total and held[index] / total >= HALF), untested[-1])].sha
